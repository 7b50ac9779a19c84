//! McNemar's exact test: do two methods that were tried on the same problems differ?
//!
//! Only the problems on which exactly one method is right tell them apart. If the methods are equally good, each of
//! these n = b + c problems falls either way with probability ½, and with m = min(b, c)
//!
//! p = min(1, 2 P(X ≤ m)),   mid-p = p − P(X = m),   X ~ Binomial(n, ½)
//!
//! (McNemar 1947, "Note on the Sampling Error of the Difference Between Correlated Proportions or Percentages"; mid-p:
//! Fagerland, Lydersen and Laake 2013, "The McNemar Test for Binary Matched-Pairs Data"). The exact p never errs too
//! often but is conservative; the mid-p is close to its level and errs slightly too often in places.
//!
//! One pair a problem: several samples of a problem are not independent pairs. Average them first and bootstrap the
//! differences over problems ([`bootstrap_mean`](super::bootstrap_mean)).

use super::StatsError;
use super::log_gamma::ln_binomial;

/// What McNemar's test compared and found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct McNemar {
    /// Problems on which both methods are right.
    pub both: usize,
    /// Problems on which only the first is right.
    pub only_first: usize,
    /// Problems on which only the second is right.
    pub only_second: usize,
    /// Problems on which neither is right.
    pub neither: usize,
    /// Two-sided exact p-value.
    pub p_value: f64,
    /// Two-sided mid-p-value; 1 if no problem tells the methods apart.
    pub mid_p_value: f64,
}

/// Compares the outcomes (1 right, 0 wrong) of two methods on the same problems, in the same order.
///
/// # Errors
/// [`StatsError::Empty`] without problems, [`StatsError::LengthMismatch`], [`StatsError::NotAFlag`].
///
/// # Example
/// ```
/// // Six problems tell the methods apart, all in favour of the second: p = 2/64.
/// let test = thinkscale_core::stats::mc_nemar(&[0, 0, 0, 0, 0, 0, 1], &[1, 1, 1, 1, 1, 1, 1])?;
/// assert!((test.p_value - 0.03125).abs() < 1e-12);
/// # Ok::<(), thinkscale_core::stats::StatsError>(())
/// ```
pub fn mc_nemar(first: &[u8], second: &[u8]) -> Result<McNemar, StatsError> {
    if first.is_empty() {
        return Err(StatsError::Empty { name: "first" });
    }
    if second.len() != first.len() {
        return Err(StatsError::LengthMismatch {
            name: "second",
            expected: first.len(),
            got: second.len(),
        });
    }
    for (name, flags) in [("first", first), ("second", second)] {
        if let Some(index) = flags.iter().position(|&flag| flag > 1) {
            let got = flags[index];
            return Err(StatsError::NotAFlag { name, index, got });
        }
    }
    let count = |pair: (u8, u8)| {
        first
            .iter()
            .zip(second)
            .filter(|(a, b)| (**a, **b) == pair)
            .count()
    };
    let (only_first, only_second) = (count((1, 0)), count((0, 1)));
    let (p_value, mid_p_value) = p_values(only_first, only_second);
    Ok(McNemar {
        both: count((1, 1)),
        only_first,
        only_second,
        neither: count((0, 0)),
        p_value,
        mid_p_value,
    })
}

/// Exact p and mid-p of the two discordant counts.
fn p_values(b: usize, c: usize) -> (f64, f64) {
    let (n, m) = ((b + c) as f64, b.min(c) as f64);
    if n == 0.0 {
        return (1.0, 1.0);
    }
    let at = (ln_binomial(n, m) - n * std::f64::consts::LN_2).exp();
    if b == c {
        // Every outcome is at least as extreme; half of this one is taken off.
        return (1.0, 1.0 - 0.5 * at);
    }
    // P(X = k − 1) = P(X = k) k/(n − k + 1); m < n/2, so the terms only shrink.
    let (mut term, mut tail, mut k) = (at, 0.0, m);
    while term > 0.0 && term > f64::EPSILON * tail {
        tail += term;
        term *= k / (n - k + 1.0);
        k -= 1.0;
    }
    let p = (2.0 * tail).min(1.0);
    (p, p - at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_fagerland_lydersen_and_laake() {
        // Airway hyper-responsiveness (1 against 7) and complete response (6 against 16): exact p and mid-p.
        for (b, c, exact, mid) in [(1, 7, 0.0703, 0.0391), (6, 16, 0.0525, 0.0347)] {
            let (p, mid_p) = p_values(b, c);
            assert!(
                (p - exact).abs() < 5e-5 && (mid_p - mid).abs() < 5e-5,
                "{p} {mid_p}"
            );
            assert_eq!(p_values(c, b), (p, mid_p));
        }
    }

    #[test]
    fn problems_that_agree_do_not_matter() {
        let first = [1, 1, 0, 0, 0, 0, 0, 0];
        let second = [1, 0, 1, 1, 1, 1, 0, 0];
        let test = mc_nemar(&first, &second).unwrap();
        assert_eq!(
            (test.both, test.only_first, test.only_second, test.neither),
            (1, 1, 4, 2)
        );
        // 2 (1 + 5)/32, and one 5/32 less.
        assert!((test.p_value - 0.375).abs() < 1e-12 && (test.mid_p_value - 0.21875).abs() < 1e-12);
    }

    #[test]
    fn equal_methods_and_large_counts() {
        let same = mc_nemar(&[1, 0, 1], &[1, 0, 1]).unwrap();
        assert_eq!((same.p_value, same.mid_p_value), (1.0, 1.0));
        // Two against two: 6/16 of the outcomes are this one.
        assert!((p_values(2, 2).1 - (1.0 - 3.0 / 16.0)).abs() < 1e-12);
        // The normal approximation with continuity correction: z = 999/1000, p = 0.31779.
        let (p, _) = p_values(499_500, 500_500);
        assert!((p - 0.317_79).abs() < 1e-4, "{p}");
        // 2^-9999 is below the smallest double.
        assert_eq!(p_values(0, 10_000).0, 0.0);
    }

    #[test]
    fn bad_arguments_are_named() {
        assert_eq!(mc_nemar(&[], &[]).unwrap_err().code(), "EMPTY");
        assert_eq!(mc_nemar(&[1], &[]).unwrap_err().code(), "LENGTH_MISMATCH");
        assert_eq!(
            mc_nemar(&[1, 0], &[1, 3]).unwrap_err().to_string(),
            "expected `second` to hold 0 or 1, got 3 at index 1"
        );
    }

    proptest! {
        #[test]
        fn equals_the_sum_over_all_outcomes(b in 0_usize..25, c in 0_usize..25) {
            prop_assume!(b + c > 0);
            let n = b + c;
            let mut row = vec![1.0_f64];
            for _ in 0..n {
                row = (0..=row.len()).map(|k| {
                    let left = if k > 0 { row[k - 1] } else { 0.0 };
                    0.5 * (left + row.get(k).copied().unwrap_or(0.0))
                }).collect();
            }
            let distance = b.abs_diff(c);
            let (mut beyond, mut equal) = (0.0, 0.0);
            for (k, p) in row.iter().enumerate() {
                match k.abs_diff(n - k).cmp(&distance) {
                    std::cmp::Ordering::Greater => beyond += p,
                    std::cmp::Ordering::Equal => equal += p,
                    std::cmp::Ordering::Less => {}
                }
            }
            let (p, mid_p) = p_values(b, c);
            prop_assert!((p - beyond - equal).abs() < 1e-12);
            prop_assert!((mid_p - beyond - 0.5 * equal).abs() < 1e-12);
        }
    }
}
