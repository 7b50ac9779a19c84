//! Unbiased pass@k.
//!
//! Of n samples of a problem c are right. The chance that k of them, drawn without replacement, hold at least one
//! right sample is
//!
//! pass@k = 1 − C(n − c, k) / C(n, k)
//!
//! (Chen et al. 2021, "Evaluating Large Language Models Trained on Code", eq. 1), an unbiased estimator of
//! 1 − (1 − p)^k. It is evaluated as −expm1 of a log-gamma second difference ([`ln_gamma_cross`]), which keeps full
//! relative accuracy for n up to 10^6 and beyond: products of binomials overflow near n = 10^4, and plain log-gamma
//! values lose three digits at n = 10^6.

use rayon::prelude::*;

use super::StatsError;
use super::log_gamma::ln_gamma_cross;

/// Below this many values one thread finishes before others would have woken up.
const PARALLEL_FROM: usize = 1 << 14;

/// pass@k of every problem at every k.
///
/// `samples` and `successes` hold n and c of each problem; the result is row-major, `samples.len()` × `ks.len()`.
///
/// # Errors
/// [`StatsError::LengthMismatch`] if the two counts differ in length, [`StatsError::TooManySuccesses`] if c > n, and
/// [`StatsError::KOutOfRange`] for a k outside 1..=n: an estimate at k > n would have to extrapolate, which is what
/// [laws](crate::laws) are for.
///
/// # Example
/// ```
/// let values = thinkscale_core::stats::pass_at_k(&[4], &[1], &[1, 2, 4])?;
/// assert_eq!(values, [0.25, 0.5, 1.0]);
/// # Ok::<(), thinkscale_core::stats::StatsError>(())
/// ```
pub fn pass_at_k(samples: &[u32], successes: &[u32], ks: &[u32]) -> Result<Vec<f64>, StatsError> {
    if successes.len() != samples.len() {
        return Err(StatsError::LengthMismatch {
            name: "successes",
            expected: samples.len(),
            got: successes.len(),
        });
    }
    for (problem, (&n, &c)) in samples.iter().zip(successes).enumerate() {
        if c > n {
            return Err(StatsError::TooManySuccesses {
                successes: c,
                samples: n,
                problem,
            });
        }
        if let Some(&k) = ks.iter().find(|&&k| k == 0 || k > n) {
            return Err(StatsError::KOutOfRange {
                k,
                samples: n,
                problem,
            });
        }
    }
    let value = |index: usize| {
        let problem = index / ks.len();
        estimate(samples[problem], successes[problem], ks[index % ks.len()])
    };
    let total = samples.len() * ks.len();
    if total < PARALLEL_FROM {
        Ok((0..total).map(value).collect())
    } else {
        Ok((0..total).into_par_iter().with_min_len(1024).map(value).collect())
    }
}

/// pass@k of one problem whose arguments were checked.
fn estimate(n: u32, c: u32, k: u32) -> f64 {
    let failures = n - c;
    if failures < k {
        return 1.0;
    }
    if c == 0 {
        return 0.0;
    }
    if k == 1 {
        return f64::from(c) / f64::from(n);
    }
    -ln_gamma_cross(f64::from(failures - k) + 1.0, f64::from(c), f64::from(k)).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same quantity as a product of n − c − i over n − i, which is slow and exact.
    fn by_product(n: u32, c: u32, k: u32) -> f64 {
        let (few, many) = (c.min(k), c.max(k));
        let log: f64 = (0..few)
            .map(|i| (-f64::from(many) / f64::from(n - i)).ln_1p())
            .sum();
        -log.exp_m1()
    }

    #[test]
    fn values_of_exact_integer_arithmetic() {
        // Computed with Python integers: 1 - Fraction(comb(n - c, k), comb(n, k)).
        let cases = [
            (10, 3, 2, 0.533_333_333_333_333_3),
            (100, 5, 10, 0.416_247_633_073_848_1),
            (10_000, 140, 100, 0.757_552_028_933_460_4),
            (1_000_000, 1, 2, 2e-6),
            (1_000_000, 3, 100, 2.999_703_009_405_028_7e-4),
        ];
        for (n, c, k, expected) in cases {
            let got = pass_at_k(&[n], &[c], &[k]).unwrap()[0];
            assert!(
                (got / expected - 1.0).abs() < 1e-12,
                "n {n}, c {c}, k {k}: expected {expected}, got {got}"
            );
        }
    }

    #[test]
    fn edges() {
        assert_eq!(
            pass_at_k(&[8, 8, 8], &[0, 8, 7], &[1, 2, 8]).unwrap(),
            [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.875, 1.0, 1.0]
        );
        assert!(pass_at_k(&[], &[], &[1]).unwrap().is_empty());
        assert!(pass_at_k(&[3], &[1], &[]).unwrap().is_empty());
    }

    #[test]
    fn bad_parameters_are_named() {
        assert_eq!(
            pass_at_k(&[16], &[1], &[4, 20]).unwrap_err().to_string(),
            "expected k from 1 to n = 16, got 20 (problem 0)"
        );
        assert!(matches!(
            pass_at_k(&[16], &[1], &[0]),
            Err(StatsError::KOutOfRange { k: 0, .. })
        ));
        assert!(matches!(
            pass_at_k(&[9, 4], &[1, 5], &[1]),
            Err(StatsError::TooManySuccesses { problem: 1, .. })
        ));
        assert!(matches!(
            pass_at_k(&[9, 4], &[1], &[1]),
            Err(StatsError::LengthMismatch { got: 1, .. })
        ));
    }

    #[test]
    fn large_inputs_take_the_parallel_path_and_agree() {
        let samples = vec![500_u32; 5000];
        let successes: Vec<u32> = (0..5000).map(|i| i % 501).collect();
        let ks = [1, 7, 100, 500];
        let values = pass_at_k(&samples, &successes, &ks).unwrap();
        for problem in (0..5000).step_by(271) {
            for (column, &k) in ks.iter().enumerate() {
                let single = pass_at_k(&[500], &[successes[problem]], &[k]).unwrap()[0];
                assert_eq!(values[problem * 4 + column], single);
            }
        }
    }

    proptest! {
        #[test]
        fn matches_the_product_up_to_a_million(n in 1_u32..=1_000_000, c_share in 0.0_f64..1.0, k_share in 0.0_f64..1.0) {
            // Cubes, so that small c and k, where relative accuracy is hard, are drawn often.
            let c = (f64::from(n) * c_share.powi(3)) as u32;
            let k = ((f64::from(n) * k_share.powi(3)) as u32).max(1);
            let got = pass_at_k(&[n], &[c], &[k]).unwrap()[0];
            let expected = if n - c < k { 1.0 } else { by_product(n, c, k) };
            prop_assert!((got - expected).abs() <= 1e-11 * expected, "expected {}, got {}", expected, got);
        }

        #[test]
        fn never_falls_in_k(n in 2_u32..400, c_share in 0.0_f64..=1.0) {
            let c = (f64::from(n) * c_share) as u32;
            let ks: Vec<u32> = (1..=n).collect();
            let values = pass_at_k(&[n], &[c], &ks).unwrap();
            prop_assert!(values.windows(2).all(|pair| pair[1] >= pair[0] - 1e-14));
            prop_assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}
