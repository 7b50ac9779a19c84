//! Weighted vote at k, by subsampling.
//!
//! How often a weighted vote is right over all k-subsets has no closed form: the weights of an answer's samples
//! differ, so counting subsets by their numbers of votes is not enough. Instead the pool is put in a random order
//! `subsets` times and its first k samples vote, for every k at once (nested subsets, each uniformly random). The
//! Monte Carlo standard error of a value v is sqrt(v (1 − v) / subsets), at most 0.016 for 1000 subsets.

use rayon::prelude::*;

use super::{
    Group, VotesError, check_answers, check_flags, check_ks, check_length, check_weights, group, problems,
};
use crate::stats::random::{shuffle, stream};

/// The most subsets that one call draws.
const MAX_SUBSETS: usize = 100_000_000;

/// The share of `subsets` random ordered subsets of size k whose weighted vote is right, for every problem and k.
///
/// Inputs as in [`majority_at_k`](super::majority_at_k) plus `weights` (finite, ≥ 0). A tie goes to the answer seen
/// first in the subset's random order; a subset without votes, or whose votes all weigh nothing and tie, follows the
/// same rule (no votes at all is wrong). Subset s of problem p draws from stream (p, s) of `seed`, so the result does
/// not depend on the number of threads. Row-major problems × `ks.len()`.
///
/// # Errors
/// [`VotesError::BadOffsets`], [`VotesError::LengthMismatch`], [`VotesError::BadAnswer`], [`VotesError::BadWeight`],
/// [`VotesError::BadFlag`], [`VotesError::InconsistentFlags`], [`VotesError::KOutOfRange`],
/// [`VotesError::SubsetsOutOfRange`].
pub fn weighted_vote_at_k(
    answers: &[i32],
    weights: &[f64],
    correct: &[u8],
    offsets: &[u32],
    ks: &[u32],
    subsets: usize,
    seed: u64,
) -> Result<Vec<f64>, VotesError> {
    if subsets == 0 || subsets > MAX_SUBSETS {
        return Err(VotesError::SubsetsOutOfRange { got: subsets });
    }
    let ranges = problems(offsets, answers.len())?;
    check_length("weights", answers.len(), weights.len())?;
    check_length("correct", answers.len(), correct.len())?;
    check_answers(answers)?;
    check_weights(weights)?;
    check_flags(correct)?;
    check_ks(ks, &ranges)?;
    let rows = ranges
        .into_par_iter()
        .enumerate()
        .map(|(problem, range)| {
            let weights = &weights[range.clone()];
            let flags = &correct[range.clone()];
            let (groups, membership) = group(problem, &answers[range], |i| weights[i], |i| flags[i] == 1)?;
            let pool = Pool {
                problem: problem as u64,
                weights,
                groups,
                membership,
            };
            Ok(pool.simulate(ks, subsets, seed))
        })
        .collect::<Result<Vec<_>, VotesError>>()?;
    Ok(rows.concat())
}

struct Pool<'a> {
    problem: u64,
    weights: &'a [f64],
    groups: Vec<Group>,
    membership: Vec<Option<u32>>,
}

impl Pool<'_> {
    fn simulate(&self, ks: &[u32], subsets: usize, seed: u64) -> Vec<f64> {
        // Visiting ks upwards lets one pass over the order serve all of them.
        let mut columns: Vec<usize> = (0..ks.len()).collect();
        columns.sort_unstable_by_key(|&column| ks[column]);
        let hits = (0..subsets)
            .into_par_iter()
            .with_min_len(64)
            .fold(
                || vec![0_u64; ks.len()],
                |mut hits, subset| {
                    self.one_order(ks, &columns, seed, subset as u64, &mut hits);
                    hits
                },
            )
            .reduce(
                || vec![0_u64; ks.len()],
                |mut total, part| {
                    total.iter_mut().zip(part).for_each(|(sum, hits)| *sum += hits);
                    total
                },
            );
        hits.iter().map(|&hits| hits as f64 / subsets as f64).collect()
    }

    fn one_order(&self, ks: &[u32], columns: &[usize], seed: u64, subset: u64, hits: &mut [u64]) {
        let mut order: Vec<u32> = (0..self.membership.len() as u32).collect();
        shuffle(&mut stream(seed, &[self.problem, subset]), &mut order);
        let mut sums = vec![0.0; self.groups.len()];
        let mut seen: Vec<u32> = Vec::new();
        let mut taken = 0;
        for &column in columns {
            for &sample in &order[taken..ks[column] as usize] {
                if let Some(index) = self.membership[sample as usize] {
                    if !seen.contains(&index) {
                        seen.push(index);
                    }
                    sums[index as usize] += self.weights[sample as usize];
                }
            }
            taken = ks[column] as usize;
            let mut winner: Option<u32> = None;
            for &index in &seen {
                if winner.is_none_or(|best| sums[index as usize] > sums[best as usize]) {
                    winner = Some(index);
                }
            }
            hits[column] += u64::from(winner.is_some_and(|index| self.groups[index as usize].correct));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::majority_at_k;
    use super::*;

    const ANSWERS: [i32; 12] = [0, 1, 1, 2, 0, -1, 0, 3, 1, 2, -1, 0];

    fn flags() -> Vec<u8> {
        ANSWERS.iter().map(|&answer| u8::from(answer == 0)).collect()
    }

    #[test]
    fn unit_weights_estimate_the_exact_majority_at_k() {
        let ks = [12, 1, 2, 3, 5, 8];
        let exact = majority_at_k(&ANSWERS, &flags(), &[0, 12], &ks).unwrap();
        let estimate = weighted_vote_at_k(&ANSWERS, &[1.0; 12], &flags(), &[0, 12], &ks, 40_000, 5).unwrap();
        for ((exact, estimate), k) in exact.iter().zip(&estimate).zip(ks) {
            assert!(
                (exact - estimate).abs() < 0.0125,
                "k {k}: exact {exact}, estimate {estimate}"
            );
        }
    }

    #[test]
    fn does_not_depend_on_the_number_of_threads() {
        let run = |threads, seed| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let weights: Vec<f64> = (0..12).map(|i| f64::from(i) / 7.0).collect();
            pool.install(|| {
                weighted_vote_at_k(&ANSWERS, &weights, &flags(), &[0, 12], &[1, 4, 9], 777, seed).unwrap()
            })
        };
        assert_eq!(run(1, 3), run(4, 3));
        assert_ne!(run(1, 3), run(1, 4));
    }

    #[test]
    fn the_whole_pool_gives_the_vote_itself() {
        let correct = [0, 0, 1];
        let values =
            weighted_vote_at_k(&[0, 0, 1], &[0.2, 0.2, 0.9], &correct, &[0, 3], &[3], 50, 1).unwrap();
        assert_eq!(values, [1.0]);
        let silent = weighted_vote_at_k(&[-1, -1], &[1.0; 2], &[0, 0], &[0, 2], &[1, 2], 50, 1).unwrap();
        assert_eq!(silent, [0.0, 0.0]);
    }

    #[test]
    fn bad_parameters_are_named() {
        let run = |weights: &[f64], flags: &[u8], ks: &[u32], subsets| {
            weighted_vote_at_k(&[0, 0], weights, flags, &[0, 2], ks, subsets, 1).unwrap_err()
        };
        assert_eq!(
            run(&[1.0; 2], &[1, 1], &[1], 0),
            VotesError::SubsetsOutOfRange { got: 0 }
        );
        assert!(matches!(
            run(&[1.0, -1.0], &[1, 1], &[1], 9),
            VotesError::BadWeight { index: 1, .. }
        ));
        assert!(matches!(
            run(&[1.0; 2], &[1, 0], &[1], 9),
            VotesError::InconsistentFlags { .. }
        ));
        assert!(matches!(
            run(&[1.0; 2], &[1, 1], &[3], 9),
            VotesError::KOutOfRange { k: 3, .. }
        ));
    }
}
