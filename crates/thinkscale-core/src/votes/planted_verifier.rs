//! What a verifier of a given AUROC buys at best-of-N.
//!
//! A sample is right with probability p. The verifier scores right samples N(d, 1) and wrong ones N(0, 1), the
//! binormal model (Green and Swets 1966, "Signal Detection Theory and Psychophysics"), whose AUROC is Φ(d/√2). The
//! sample with the highest of N scores is right with probability
//!
//! N p ∫ φ(x − d) F(x)^(N − 1) dx,   F(x) = p Φ(x − d) + (1 − p) Φ(x)
//!
//! (one of N samples is right and scores x, all others score less; the sum over the number of right samples is already
//! done). p at AUROC ½, coverage 1 − (1 − p)^N at 1, and p^N at 0.
//!
//! The AUROC is the one *within* a problem, and p that of one problem: average over problems afterwards. At large N
//! the figure rests on the far tail of a normal distribution, and real verifiers have wrong samples that they like;
//! take it for what the AUROC allows, not for a forecast.

use super::VotesError;
use crate::stats::interval::{normal_cdf, normal_quantile};

/// The largest N.
pub const MAX_SAMPLES: u64 = 1_000_000_000;
/// Half the width of the integral, in standard deviations: beyond, even N = 10^9 leaves less than 10^-9.
const REACH: f64 = 9.0;
/// Width of a panel. The trapezoidal rule converges exponentially for a smooth function that vanishes at both ends
/// (Trefethen and Weideman 2014, "The Exponentially Convergent Trapezoidal Rule").
const PANEL: f64 = 0.01;

/// The chance that best-of-`n` by a binormal verifier of `auroc` is right where one sample is right with chance `p`.
///
/// # Errors
/// [`VotesError::NotAProbability`] if `p` or `auroc` is outside [0, 1], [`VotesError::PoolOutOfRange`] if `n` is 0 or
/// above 10^9.
///
/// # Example
/// ```
/// let accuracy = thinkscale_core::votes::best_of_n_at_auroc(0.3, 8, 0.5)?;
/// assert!((accuracy - 0.3).abs() < 1e-9);
/// # Ok::<(), thinkscale_core::votes::VotesError>(())
/// ```
pub fn best_of_n_at_auroc(p: f64, n: u64, auroc: f64) -> Result<f64, VotesError> {
    for (name, got) in [("p", p), ("auroc", auroc)] {
        if !(0.0..=1.0).contains(&got) {
            return Err(VotesError::NotAProbability { name, got });
        }
    }
    if !(1..=MAX_SAMPLES).contains(&n) {
        return Err(VotesError::PoolOutOfRange {
            got: n,
            most: MAX_SAMPLES,
        });
    }
    let count = n as f64;
    Ok(if n == 1 {
        p
    } else if auroc == 0.0 {
        p.powf(count)
    } else if auroc == 1.0 {
        // 0 − x, because p = 0 would give −0.
        0.0 - (count * (-p).ln_1p()).exp_m1()
    } else {
        let distance = std::f64::consts::SQRT_2 * normal_quantile(auroc);
        binormal(p, count, distance).clamp(0.0, 1.0)
    })
}

/// The integral for n ≥ 2.
fn binormal(p: f64, n: f64, distance: f64) -> f64 {
    let panels = (REACH / PANEL) as i32;
    let sum: f64 = (-panels..=panels)
        .map(|panel| {
            let u = f64::from(panel) * PANEL;
            // 1 − F at x = u + d, so that F^(N − 1) keeps its digits where F is near 1.
            let above = p * normal_cdf(-u) + (1.0 - p) * normal_cdf(-u - distance);
            ((n - 1.0) * (-above).ln_1p() - 0.5 * u * u).exp()
        })
        .sum();
    n * p * sum * PANEL / std::f64::consts::TAU.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::log_gamma::ln_binomial;
    use crate::stats::random::stream;
    use proptest::prelude::*;
    use rand_core::Rng;

    /// The sum over the number j of right samples, each term by Simpson's rule.
    fn by_sum(p: f64, n: u32, distance: f64) -> f64 {
        let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
        (1..=n)
            .map(|j| {
                let (right, wrong) = (f64::from(j), f64::from(n - j));
                let weight = (ln_binomial(f64::from(n), right) + right * p.ln() + wrong * (-p).ln_1p()).exp();
                let value = |x: f64| {
                    right
                        * density(x - distance)
                        * normal_cdf(x - distance).powf(right - 1.0)
                        * normal_cdf(x).powf(wrong)
                };
                let (steps, low) = (4000, distance - 10.0);
                let width = 20.0 / f64::from(steps);
                let sum: f64 = (0..=steps)
                    .map(|step| {
                        let factor = match step {
                            0 => 1.0,
                            _ if step == steps => 1.0,
                            _ if step % 2 == 1 => 4.0,
                            _ => 2.0,
                        };
                        factor * value(low + f64::from(step) * width)
                    })
                    .sum();
                weight * sum * width / 3.0
            })
            .sum()
    }

    #[test]
    fn equals_the_sum_over_the_number_of_right_samples() {
        for (p, n, auroc) in [(0.3, 4, 0.8), (0.05, 12, 0.95), (0.7, 7, 0.4), (0.5, 2, 0.6)] {
            let distance = std::f64::consts::SQRT_2 * normal_quantile(auroc);
            let got = best_of_n_at_auroc(p, u64::from(n), auroc).unwrap();
            assert!(
                (got - by_sum(p, n, distance)).abs() < 1e-9,
                "p {p}, n {n}, auroc {auroc}"
            );
        }
    }

    #[test]
    fn two_samples_by_hand() {
        // Both right, or one of each and the right one scores higher: p² + 2 p (1 − p) AUROC.
        for auroc in [0.1, 0.5, 0.73, 0.99] {
            let expected = 0.09 + 0.42 * auroc;
            assert!((best_of_n_at_auroc(0.3, 2, auroc).unwrap() - expected).abs() < 1e-10);
        }
    }

    #[test]
    fn a_simulation_agrees() {
        let mut rng = stream(11, &[]);
        let mut uniform = move || ((rng.next_u64() >> 11) as f64 + 0.5) * 2.0_f64.powi(-53);
        let (p, n, auroc, rounds) = (0.2, 16, 0.75, 100_000);
        let distance = std::f64::consts::SQRT_2 * normal_quantile(auroc);
        let mut wins = 0.0;
        for _ in 0..rounds {
            let (mut best, mut best_is_right) = (f64::NEG_INFINITY, false);
            for _ in 0..n {
                let right = uniform() < p;
                let score = normal_quantile(uniform()) + if right { distance } else { 0.0 };
                if score > best {
                    (best, best_is_right) = (score, right);
                }
            }
            wins += f64::from(u8::from(best_is_right));
        }
        let expected = best_of_n_at_auroc(p, n, auroc).unwrap();
        let error = (expected * (1.0 - expected) / f64::from(rounds)).sqrt();
        assert!((wins / f64::from(rounds) - expected).abs() < 4.0 * error);
    }

    #[test]
    fn perfect_useless_and_perverse_verifiers() {
        assert!((best_of_n_at_auroc(0.3, 5, 1.0).unwrap() - (1.0 - 0.7_f64.powi(5))).abs() < 1e-15);
        assert!((best_of_n_at_auroc(0.3, 5, 0.0).unwrap() - 0.3_f64.powi(5)).abs() < 1e-15);
        // Nearly perfect meets perfect, and a useless verifier stays at p for every N.
        let near = best_of_n_at_auroc(0.3, 5, 1.0 - 1e-12).unwrap();
        assert!((near - best_of_n_at_auroc(0.3, 5, 1.0).unwrap()).abs() < 1e-9);
        for n in [1, 10, 1000, 1_000_000, MAX_SAMPLES] {
            assert!(
                (best_of_n_at_auroc(0.3, n, 0.5).unwrap() - 0.3).abs() < 1e-7,
                "n {n}"
            );
        }
        for p in [0.0, 1.0] {
            assert!((best_of_n_at_auroc(p, 9, 0.8).unwrap() - p).abs() < 1e-9);
        }
    }

    #[test]
    fn bad_arguments_are_named() {
        let text = |p, n, auroc| best_of_n_at_auroc(p, n, auroc).unwrap_err().to_string();
        assert_eq!(text(1.5, 2, 0.5), "expected `p` between 0 and 1, got 1.5");
        assert_eq!(
            text(0.5, 2, f64::NAN),
            "expected `auroc` between 0 and 1, got NaN"
        );
        assert_eq!(text(0.5, 0, 0.5), "expected `n` from 1 to 1000000000, got 0");
    }

    proptest! {
        #[test]
        fn rises_with_the_verifier_and_stays_below_coverage(p in 0.01_f64..0.99, n in 1_u64..2000, auroc in 0.01_f64..0.98) {
            let got = best_of_n_at_auroc(p, n, auroc).unwrap();
            prop_assert!(best_of_n_at_auroc(p, n, auroc + 0.01).unwrap() >= got - 1e-9);
            prop_assert!(got <= best_of_n_at_auroc(p, n, 1.0).unwrap() + 1e-9);
            if auroc >= 0.5 {
                prop_assert!(got >= p - 1e-9);
                prop_assert!(best_of_n_at_auroc(p, n + 1, auroc).unwrap() >= got - 1e-9);
            }
        }
    }
}
