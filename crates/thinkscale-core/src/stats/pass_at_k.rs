//! Unbiased pass@k.
//!
//! Of n samples of a problem c are right. The chance that k of them, drawn without replacement, hold at least one
//! right sample is
//!
//! pass@k = 1 − C(n − c, k) / C(n, k)
//!
//! (Chen et al. 2021, "Evaluating Large Language Models Trained on Code", eq. 1), an unbiased estimator of
//! 1 − (1 − p)^k. It is evaluated in one of three ways, none of which loses digits by subtraction:
//!
//! - Many ks up to a moderate largest one: sample by sample. If none of k − 1 samples is right, the next one is with
//!   chance c/(n − k + 1), so pass@k = s + (1 − s) c/(n − k + 1) with s = pass@(k − 1). All terms are positive: k steps
//!   lose at most some k roundings, and all ks on the way cost one step each.
//! - Otherwise as −expm1 of ln [C(n − c, k)/C(n, k)], from a table of ln n! ([`ln_factorials`](super::ln_factorials))
//!   where there are enough values for one;
//! - else from a log-gamma second difference ([`ln_gamma_cross`]), which keeps full relative accuracy for n up to 10^6
//!   and beyond: products of binomials overflow near n = 10^4, and plain log-gamma values lose three digits at n = 10^6.

use rayon::prelude::*;

use super::StatsError;
use super::ln_factorials::{self, LnFactorial, ln_factorials};
use super::log_gamma::ln_gamma_cross;

/// Problems that step together: their chains are independent, so a processor works on all of them at once.
const LANES: usize = 8;
/// Steps that together take about as long as one value from the table.
const STEPS_A_VALUE: usize = 4;
/// Entries of the table that together take about as long as one log-gamma difference.
const ENTRIES_A_VALUE: usize = 4;
/// Below this logarithm of the chance that no draw is right it is less than half a digit of 1.
const CERTAIN: f64 = -38.0;
/// Steps after which the roundings could reach 10^-12.
const MOST_STEPS: usize = 2048;
/// Below this many steps one thread finishes before others would have woken up.
const PARALLEL_FROM: usize = 1 << 16;
/// Steps that a thread takes at once.
const PIECE: usize = 1 << 14;

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
    let mut values = vec![0.0; samples.len() * ks.len()];
    pass_at_k_into(samples, successes, ks, &mut values)?;
    Ok(values)
}

/// The same into `values`, which has an entry a problem and k. Memory that was used before spares the time of its first
/// touch, which is longer than that of the values.
///
/// # Errors
/// Those of [`pass_at_k`], and [`StatsError::LengthMismatch`] for `values` of another length; they are unchanged then.
pub fn pass_at_k_into(
    samples: &[u32],
    successes: &[u32],
    ks: &[u32],
    values: &mut [f64],
) -> Result<(), StatsError> {
    if successes.len() != samples.len() {
        return Err(StatsError::LengthMismatch {
            name: "successes",
            expected: samples.len(),
            got: successes.len(),
        });
    }
    if values.len() != samples.len() * ks.len() {
        return Err(StatsError::LengthMismatch {
            name: "values",
            expected: samples.len() * ks.len(),
            got: values.len(),
        });
    }
    let mut order: Vec<(u32, usize)> = ks.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let (least, most) = (
        order.first().map_or(1, |first| first.0),
        order.last().map_or(0, |last| last.0),
    );
    for (problem, (&n, &c)) in samples.iter().zip(successes).enumerate() {
        if c > n {
            return Err(StatsError::TooManySuccesses {
                successes: c,
                samples: n,
                problem,
            });
        }
        if least == 0 || most > n {
            let k = ks.iter().copied().find(|&k| k == 0 || k > n).unwrap_or(most);
            return Err(StatsError::KOutOfRange {
                k,
                samples: n,
                problem,
            });
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    let stepped = most as usize <= MOST_STEPS.min(STEPS_A_VALUE * ks.len());
    let largest = samples.iter().copied().max().unwrap_or(0);
    let tabled = largest <= ln_factorials::MOST && ENTRIES_A_VALUE * values.len() >= largest as usize;
    let table = if tabled && !stepped {
        ln_factorials(largest)
    } else {
        &[]
    };
    let cost = if stepped {
        most as usize
    } else {
        STEPS_A_VALUE * ks.len()
    };
    let lanes = if cost * samples.len() < PARALLEL_FROM {
        samples.len()
    } else {
        1 + PIECE / (LANES * cost)
    };
    values
        .par_chunks_mut(LANES * ks.len())
        .zip(samples.par_chunks(LANES).zip(successes.par_chunks(LANES)))
        .with_min_len(lanes)
        .for_each(|(rows, (samples, successes))| {
            if stepped {
                return step_by_step(samples, successes, &order, rows);
            }
            for ((row, &n), &c) in rows.chunks_exact_mut(ks.len()).zip(samples).zip(successes) {
                if tabled {
                    from_table(table, n as usize, c as usize, ks, row);
                } else {
                    row.iter_mut()
                        .zip(ks)
                        .for_each(|(value, &k)| *value = estimate(n, c, k));
                }
            }
        });
    Ok(())
}

/// Rows of up to [`LANES`] problems, at the ks of `order` (rising, each with its column).
fn step_by_step(samples: &[u32], successes: &[u32], order: &[(u32, usize)], rows: &mut [f64]) {
    // Lanes without a problem have one without successes.
    let (mut left, mut right, mut chance) = ([f64::INFINITY; LANES], [0.0; LANES], [0.0; LANES]);
    for ((left, right), (&n, &c)) in left.iter_mut().zip(&mut right).zip(samples.iter().zip(successes)) {
        (*left, *right) = (f64::from(n), f64::from(c));
    }
    let mut taken = 0;
    for &(k, column) in order {
        for _ in taken..k {
            for ((chance, left), right) in chance.iter_mut().zip(&mut left).zip(&right) {
                // Once only right samples are left, k − 1 wrong ones are impossible and the rest is certain.
                let next = (right / *left).min(1.0);
                *chance += (1.0 - *chance) * next;
                *left -= 1.0;
            }
        }
        taken = k;
        for (row, chance) in rows.chunks_exact_mut(order.len()).zip(&chance) {
            row[column] = *chance;
        }
    }
}

/// A row of one problem from ln n! up to its n.
fn from_table(table: &[LnFactorial], n: usize, c: usize, ks: &[u32], row: &mut [f64]) {
    let wrong = n - c;
    let of_problem = table[wrong].minus(table[n]);
    for (value, &k) in row.iter_mut().zip(ks) {
        let k = k as usize;
        *value = if k > wrong {
            1.0
        } else {
            let log = of_problem.plus(table[n - k].minus(table[wrong - k]));
            // Not its negative, which would be −0 without a right sample.
            if log < CERTAIN { 1.0 } else { 0.0 - log.exp_m1() }
        };
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
        let mut values = [7.0; 3];
        assert_eq!(
            pass_at_k_into(&[9, 4], &[1, 1], &[1], &mut values)
                .unwrap_err()
                .to_string(),
            "expected `values` to have 2 entries, got 3"
        );
        assert_eq!(values, [7.0; 3]);
    }

    #[test]
    fn large_inputs_take_the_parallel_path_and_agree() {
        let samples = vec![500_u32; 5000];
        let successes: Vec<u32> = (0..5000).map(|i| i % 501).collect();
        let ks = [1, 7, 100, 500];
        let values = pass_at_k(&samples, &successes, &ks).unwrap();
        for problem in (0..5000).step_by(271) {
            let alone = pass_at_k(&[500], &[successes[problem]], &ks).unwrap();
            for (got, expected) in values[problem * 4..].iter().zip(alone) {
                assert!((got - expected).abs() <= 1e-13 * expected, "problem {problem}");
            }
        }
    }

    #[test]
    fn steps_agree_with_exact_integer_arithmetic() {
        // The cases above at all ks up to the last one, so that the value is reached step by step.
        let cases = [
            (10, 3, 2, 0.533_333_333_333_333_3),
            (100, 5, 10, 0.416_247_633_073_848_1),
            (10_000, 140, 100, 0.757_552_028_933_460_4),
            (1_000_000, 3, 100, 2.999_703_009_405_028_7e-4),
        ];
        for (n, c, k, expected) in cases {
            let ks: Vec<u32> = (1..=k).collect();
            let got = pass_at_k(&[n], &[c], &ks).unwrap()[k as usize - 1];
            assert!(
                (got / expected - 1.0).abs() < 1e-13,
                "n {n}, c {c}, k {k}: expected {expected}, got {got}"
            );
        }
    }

    #[test]
    fn ks_may_come_in_any_order_and_twice() {
        let (samples, successes) = (vec![30_u32; 11], (0..11).collect::<Vec<u32>>());
        let shuffled = pass_at_k(&samples, &successes, &[20, 3, 3, 30]).unwrap();
        let sorted = pass_at_k(&samples, &successes, &[3, 3, 20, 30]).unwrap();
        for (a, b) in shuffled.chunks(4).zip(sorted.chunks(4)) {
            assert_eq!([a[1], a[2], a[0], a[3]], [b[0], b[1], b[2], b[3]]);
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
        fn steps_match_the_product(n in 1_u32..=1_000_000, c_share in 0.0_f64..1.0, k in 1_u32..=2048) {
            let (c, k) = ((f64::from(n) * c_share.powi(3)) as u32, k.min(n));
            let ks: Vec<u32> = (1..=k).rev().step_by(30).collect();
            let values = pass_at_k(&[n], &[c], &ks).unwrap();
            for (&k, got) in ks.iter().zip(values) {
                let expected = if n - c < k { 1.0 } else { by_product(n, c, k) };
                prop_assert!((got - expected).abs() <= 1e-12 * expected, "k {}: expected {}, got {}", k, expected, got);
            }
        }

        #[test]
        fn the_table_matches_the_product(n in 1_u32..=ln_factorials::MOST, c_share in 0.0_f64..1.0) {
            let c = (f64::from(n) * c_share.powi(3)) as u32;
            let ks: Vec<u32> = (0..=32).map(|i| f64::from(n).powf(f64::from(i) / 32.0) as u32).collect();
            let mut row = vec![0.0; ks.len()];
            from_table(ln_factorials(n), n as usize, c as usize, &ks, &mut row);
            for (&k, got) in ks.iter().zip(row) {
                let expected = if n - c < k { 1.0 } else { by_product(n, c, k) };
                prop_assert!((got - expected).abs() <= 1e-12 * expected, "k {}: expected {}, got {}", k, expected, got);
                prop_assert!(got.is_sign_positive());
            }
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
