//! Exact best-of-k: the expectation that the sample with the highest score in a random k-subset is right.
//!
//! Sort the n scores upwards. In a uniformly random subset of size k the best sample has rank r with probability
//! C(r − 1, k − 1) / C(n, k). Samples with equal scores are exchangeable, so a block of equal scores that ends at
//! rank r and starts after rank s wins with probability [C(r, k) − C(s, k)] / C(n, k) and its credit is the share of
//! right samples in it: the same as breaking ties at random, or by the order of a randomly ordered subset.

use rayon::prelude::*;

use super::{VotesError, check_flags, check_ks, check_length, problems};
use crate::stats::log_gamma::ln_gamma_cross;

/// The chance, for every problem and k, that best-of-k picks a right sample.
///
/// `scores` (higher is better; infinities are allowed, so a log-probability of −∞ is) and `correct` (0 or 1) are flat,
/// `offsets` cuts them into problems, and the result is row-major problems × `ks.len()`.
///
/// # Errors
/// [`VotesError::BadOffsets`], [`VotesError::LengthMismatch`], [`VotesError::BadScore`], [`VotesError::BadFlag`],
/// [`VotesError::KOutOfRange`].
///
/// # Example
/// ```
/// let values = thinkscale_core::votes::best_of_k(&[0.9, 0.1, 0.5], &[1, 0, 0], &[0, 3], &[1, 2, 3])?;
/// assert!((values[1] - 2.0 / 3.0).abs() < 1e-15);
/// assert_eq!(values[2], 1.0);
/// # Ok::<(), thinkscale_core::votes::VotesError>(())
/// ```
pub fn best_of_k(
    scores: &[f64],
    correct: &[u8],
    offsets: &[u32],
    ks: &[u32],
) -> Result<Vec<f64>, VotesError> {
    let ranges = problems(offsets, scores.len())?;
    check_length("correct", scores.len(), correct.len())?;
    if let Some(index) = scores.iter().position(|score| score.is_nan()) {
        return Err(VotesError::BadScore { index });
    }
    check_flags(correct)?;
    check_ks(ks, &ranges)?;
    let rows: Vec<Vec<f64>> = ranges
        .into_par_iter()
        .with_min_len(16)
        .map(|range| one_problem(&scores[range.clone()], &correct[range], ks))
        .collect();
    Ok(rows.concat())
}

fn one_problem(scores: &[f64], correct: &[u8], ks: &[u32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    // (rank of the last sample, share of right samples) of each block; == joins −0 and 0, which total_cmp separates.
    let blocks: Vec<(usize, f64)> = order
        .chunk_by(|&a, &b| scores[a] == scores[b])
        .scan(0, |end, block| {
            *end += block.len();
            let right = block.iter().filter(|&&sample| correct[sample] == 1).count();
            Some((*end, right as f64 / block.len() as f64))
        })
        .collect();
    ks.iter()
        .map(|&k| expectation(&blocks, scores.len(), k as usize))
        .collect()
}

fn expectation(blocks: &[(usize, f64)], n: usize, k: usize) -> f64 {
    let mut below = 0.0;
    let mut sum = 0.0;
    for &(end, share) in blocks {
        let up_to = all_within(end, n, k);
        sum += (up_to - below) * share;
        below = up_to;
    }
    sum.clamp(0.0, 1.0)
}

/// C(r, k) / C(n, k): the chance that a k-subset lies within the r lowest samples.
fn all_within(r: usize, n: usize, k: usize) -> f64 {
    match r {
        _ if r == n => 1.0,
        _ if r < k => 0.0,
        _ => ln_gamma_cross((r - k) as f64 + 1.0, (n - r) as f64, k as f64).exp(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::pass_at_k;
    use proptest::prelude::*;

    /// Averages over every subset, ties shared.
    fn by_enumeration(scores: &[f64], correct: &[u8], k: usize) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for mask in 0_u32..1 << scores.len() {
            if mask.count_ones() as usize != k {
                continue;
            }
            let inside: Vec<usize> = (0..scores.len()).filter(|i| mask >> i & 1 == 1).collect();
            let best = inside
                .iter()
                .map(|&i| scores[i])
                .fold(f64::NEG_INFINITY, f64::max);
            let tied: Vec<usize> = inside.into_iter().filter(|&i| scores[i] == best).collect();
            sum += tied.iter().map(|&i| f64::from(correct[i])).sum::<f64>() / tied.len() as f64;
            count += 1.0;
        }
        sum / count
    }

    #[test]
    fn bad_parameters_are_named() {
        assert_eq!(
            best_of_k(&[0.0, f64::NAN], &[0, 1], &[0, 2], &[1]).unwrap_err(),
            VotesError::BadScore { index: 1 }
        );
        assert!(matches!(
            best_of_k(&[0.0], &[0], &[0, 1], &[2]),
            Err(VotesError::KOutOfRange { k: 2, .. })
        ));
        assert!(matches!(
            best_of_k(&[0.0], &[], &[0, 1], &[1]),
            Err(VotesError::LengthMismatch { .. })
        ));
    }

    #[test]
    fn an_oracle_score_gives_pass_at_k() {
        let n = 300_u32;
        let correct: Vec<u8> = (0..n).map(|i| u8::from(i % 23 == 0)).collect();
        let scores: Vec<f64> = correct.iter().map(|&flag| f64::from(flag)).collect();
        let ks = [1, 2, 10, 100, 300];
        let got = best_of_k(&scores, &correct, &[0, n], &ks).unwrap();
        let successes = correct.iter().map(|&flag| u32::from(flag)).sum();
        let expected = pass_at_k(&[n], &[successes], &ks).unwrap();
        for (got, expected) in got.iter().zip(&expected) {
            assert!((got - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn infinite_scores_are_ordered() {
        let values = best_of_k(
            &[f64::NEG_INFINITY, 0.0, f64::INFINITY],
            &[1, 0, 1],
            &[0, 3],
            &[3],
        )
        .unwrap();
        assert_eq!(values, [1.0]);
    }

    proptest! {
        #[test]
        fn matches_enumeration(
            samples in prop::collection::vec((0_u8..4, 0_u8..2), 1..9),
        ) {
            let scores: Vec<f64> = samples.iter().map(|&(score, _)| f64::from(score)).collect();
            let correct: Vec<u8> = samples.iter().map(|&(_, flag)| flag).collect();
            let ks: Vec<u32> = (1..=scores.len() as u32).collect();
            let got = best_of_k(&scores, &correct, &[0, scores.len() as u32], &ks).unwrap();
            for (got, &k) in got.iter().zip(&ks) {
                let expected = by_enumeration(&scores, &correct, k as usize);
                prop_assert!((got - expected).abs() < 1e-12, "k {}: expected {}, got {}", k, expected, got);
            }
        }
    }
}
