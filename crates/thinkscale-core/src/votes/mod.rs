//! What a vote among the samples of a problem decides, and how often it decides right for a smaller pool.
//!
//! Samples of all problems lie in one flat array. `offsets` cuts it (compressed sparse rows): problem p owns the
//! samples `offsets[p]..offsets[p + 1]`, so there is one offset more than problems, the first is 0 and the last is
//! the number of samples. An answer is a canonical id ≥ 0 that is only compared within its problem; [`ABSTAIN`] (−1)
//! is a sample without an answer, which counts towards k but votes for nothing.
//!
//! - [`majority`], [`weighted`]: the ranking of one pool as it was drawn.
//! - [`subsets`]: exact maj@k over every subset of the pool. [`weighted_at_k`]: the same for weights, by seeded
//!   subsampling, because it has no closed form. [`best_of_k`]: exact best-of-k by score.
//! - [`majority_bootstrap`]: the mean of maj@k over problems, with its uncertainty.
//! - [`planted_verifier`]: best-of-N in theory, by a verifier of a given AUROC.

pub mod best_of_k;
pub mod majority;
pub mod majority_bootstrap;
pub mod planted_verifier;
pub mod subsets;
mod ties;
pub mod weighted;
pub mod weighted_at_k;

pub use best_of_k::best_of_k;
pub use majority::majority_vote;
pub use majority_bootstrap::majority_bootstrap;
pub use planted_verifier::best_of_n_at_auroc;
pub use subsets::majority_at_k;
pub use weighted::weighted_vote;
pub use weighted_at_k::weighted_vote_at_k;

use std::ops::Range;

use thiserror::Error;

use crate::stats::StatsError;

/// The id of a sample that gave no answer.
pub const ABSTAIN: i32 = -1;

/// What a caller can get wrong in [`votes`](self).
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum VotesError {
    /// A resampling option is out of range.
    #[error(transparent)]
    Resampling(#[from] StatsError),
    /// Two parallel inputs differ in length.
    #[error("expected `{name}` to have {expected} entries, got {got}")]
    LengthMismatch {
        /// Which input.
        name: &'static str,
        /// The number of samples.
        expected: usize,
        /// The length that was passed.
        got: usize,
    },
    /// The offsets do not cut the samples into consecutive problems.
    #[error("expected `offsets` to rise from 0 to {samples} without falling, got {got} at index {index}")]
    BadOffsets {
        /// The number of samples to cover.
        samples: usize,
        /// The first index that breaks the rule (the length, if the last offset is missing).
        index: usize,
        /// The offset found there (0 where none is).
        got: u32,
    },
    /// An id below −1.
    #[error("expected `answers` to hold ids from 0 up, or -1 for no answer, got {got} at index {index}")]
    BadAnswer {
        /// The index in the flat input.
        index: usize,
        /// The id found there.
        got: i32,
    },
    /// A weight that is NaN, infinite or negative.
    #[error("expected `weights` to be finite and not negative, got {got} at index {index}")]
    BadWeight {
        /// The index in the flat input.
        index: usize,
        /// The weight found there.
        got: f64,
    },
    /// A score that cannot be ordered.
    #[error("expected `scores` to be numbers, got NaN at index {index}")]
    BadScore {
        /// The index in the flat input.
        index: usize,
    },
    /// A correctness flag other than 0 and 1.
    #[error("expected `correct` to hold 0 or 1, got {got} at index {index}")]
    BadFlag {
        /// The index in the flat input.
        index: usize,
        /// The flag found there.
        got: u8,
    },
    /// Samples with the same answer carry different correctness flags.
    #[error(
        "expected one correctness flag per answer, got both 0 and 1 for answer {answer} of problem {problem}"
    )]
    InconsistentFlags {
        /// The index of the problem.
        problem: usize,
        /// The id of the answer.
        answer: i32,
    },
    /// A k outside the range that a pool of n samples allows.
    #[error("expected k from 1 to n = {samples}, got {k} (problem {problem})")]
    KOutOfRange {
        /// The k that was asked for.
        k: u32,
        /// The number of samples of the problem.
        samples: usize,
        /// The index of the problem.
        problem: usize,
    },
    /// A probability outside [0, 1].
    #[error("expected `{name}` between 0 and 1, got {got}")]
    NotAProbability {
        /// Which input.
        name: &'static str,
        /// The value that was passed.
        got: f64,
    },
    /// A pool without samples, or with more than the arithmetic carries.
    #[error("expected `n` from 1 to {most}, got {got}")]
    PoolOutOfRange {
        /// The number that was passed.
        got: u64,
        /// The most that is allowed.
        most: u64,
    },
    /// No subsets to average over.
    #[error("expected `subsets` from 1 to 100000000, got {got}")]
    SubsetsOutOfRange {
        /// The number that was passed.
        got: usize,
    },
}

impl VotesError {
    /// A name of the variant that stays the same when messages change, for callers that cannot match on the enum.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Resampling(error) => error.code(),
            Self::LengthMismatch { .. } => "LENGTH_MISMATCH",
            Self::BadOffsets { .. } => "BAD_OFFSETS",
            Self::BadAnswer { .. } => "BAD_ANSWER",
            Self::BadWeight { .. } => "BAD_WEIGHT",
            Self::BadScore { .. } => "BAD_SCORE",
            Self::BadFlag { .. } => "BAD_FLAG",
            Self::InconsistentFlags { .. } => "INCONSISTENT_FLAGS",
            Self::KOutOfRange { .. } => "K_OUT_OF_RANGE",
            Self::NotAProbability { .. } => "NOT_A_PROBABILITY",
            Self::PoolOutOfRange { .. } => "POOL_OUT_OF_RANGE",
            Self::SubsetsOutOfRange { .. } => "SUBSETS_OUT_OF_RANGE",
        }
    }
}

/// The distinct answers of every problem, best first.
///
/// `offsets` cuts the other vectors into problems as the input's offsets cut the samples. A problem in which every
/// sample abstained has an empty ranking.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Ranking {
    /// Where each problem's answers start; one entry more than problems.
    pub offsets: Vec<u32>,
    /// Answer ids.
    pub answers: Vec<i32>,
    /// How many samples gave the answer.
    pub votes: Vec<u32>,
    /// The sum of their weights; equal to the votes in an unweighted vote.
    pub weights: Vec<f64>,
    /// The place, within its problem, of the first sample that gave the answer.
    pub first_samples: Vec<u32>,
}

/// Checks offsets and returns the samples of each problem.
pub(crate) fn problems(offsets: &[u32], samples: usize) -> Result<Vec<Range<usize>>, VotesError> {
    let bad = |index: usize| VotesError::BadOffsets {
        samples,
        index,
        got: offsets.get(index).copied().unwrap_or_default(),
    };
    if offsets.first() != Some(&0) {
        return Err(bad(0));
    }
    if let Some(index) = offsets.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(bad(index + 1));
    }
    if offsets[offsets.len() - 1] as usize != samples {
        return Err(bad(offsets.len() - 1));
    }
    Ok(offsets
        .windows(2)
        .map(|pair| pair[0] as usize..pair[1] as usize)
        .collect())
}

pub(crate) fn check_length(name: &'static str, expected: usize, got: usize) -> Result<(), VotesError> {
    if got == expected {
        Ok(())
    } else {
        Err(VotesError::LengthMismatch { name, expected, got })
    }
}

pub(crate) fn check_answers(answers: &[i32]) -> Result<(), VotesError> {
    // A minimum is found many entries at a time; where it is, only if it is bad.
    if answers.iter().copied().min().unwrap_or(ABSTAIN) >= ABSTAIN {
        return Ok(());
    }
    match answers.iter().position(|&answer| answer < ABSTAIN) {
        Some(index) => Err(VotesError::BadAnswer {
            index,
            got: answers[index],
        }),
        None => Ok(()),
    }
}

pub(crate) fn check_weights(weights: &[f64]) -> Result<(), VotesError> {
    match weights
        .iter()
        .position(|weight| !(weight.is_finite() && *weight >= 0.0))
    {
        Some(index) => Err(VotesError::BadWeight {
            index,
            got: weights[index],
        }),
        None => Ok(()),
    }
}

pub(crate) fn check_flags(correct: &[u8]) -> Result<(), VotesError> {
    if correct.iter().fold(0, |bits, flag| bits | flag) <= 1 {
        return Ok(());
    }
    match correct.iter().position(|&flag| flag > 1) {
        Some(index) => Err(VotesError::BadFlag {
            index,
            got: correct[index],
        }),
        None => Ok(()),
    }
}

pub(crate) fn check_ks(ks: &[u32], problems: &[Range<usize>]) -> Result<(), VotesError> {
    for (problem, range) in problems.iter().enumerate() {
        if let Some(&k) = ks.iter().find(|&&k| k == 0 || k as usize > range.len()) {
            return Err(VotesError::KOutOfRange {
                k,
                samples: range.len(),
                problem,
            });
        }
    }
    Ok(())
}

/// One distinct answer of a problem and its samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Group {
    pub answer: i32,
    pub votes: u32,
    pub weight: f64,
    pub first_sample: u32,
    pub correct: bool,
}

/// The distinct answers of one problem in order of first appearance, and the group of each sample (`None` where it
/// abstained). `weight` and `correct` give a sample's weight and flag by its place in the problem.
pub(crate) fn group(
    problem: usize,
    answers: &[i32],
    weight: impl Fn(usize) -> f64,
    correct: impl Fn(usize) -> bool,
) -> Result<(Vec<Group>, Vec<Option<u32>>), VotesError> {
    let mut groups: Vec<Group> = Vec::new();
    let mut index_of = std::collections::HashMap::new();
    let mut membership = Vec::with_capacity(answers.len());
    for (sample, &answer) in answers.iter().enumerate() {
        if answer == ABSTAIN {
            membership.push(None);
            continue;
        }
        let index = *index_of.entry(answer).or_insert_with(|| {
            groups.push(Group {
                answer,
                votes: 0,
                weight: 0.0,
                first_sample: sample as u32,
                correct: correct(sample),
            });
            groups.len() - 1
        });
        if groups[index].correct != correct(sample) {
            return Err(VotesError::InconsistentFlags { problem, answer });
        }
        groups[index].votes += 1;
        groups[index].weight += weight(sample);
        membership.push(Some(index as u32));
    }
    Ok((groups, membership))
}

/// Ranks groups by weight; the stable sort leaves ties in order of first appearance.
pub(crate) fn rank(rankings: impl Iterator<Item = Vec<Group>>) -> Ranking {
    let mut ranking = Ranking {
        offsets: vec![0],
        ..Ranking::default()
    };
    for mut groups in rankings {
        groups.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        for group in groups {
            ranking.answers.push(group.answer);
            ranking.votes.push(group.votes);
            ranking.weights.push(group.weight);
            ranking.first_samples.push(group.first_sample);
        }
        ranking.offsets.push(ranking.answers.len() as u32);
    }
    ranking
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_must_rise_from_zero_to_the_end() {
        assert_eq!(problems(&[0, 2, 2, 5], 5).unwrap(), [0..2, 2..2, 2..5]);
        assert_eq!(problems(&[0], 0).unwrap(), []);
        let cases: [(&[u32], usize, usize); 5] = [
            (&[], 0, 0),
            (&[1, 2], 2, 0),
            (&[0, 3, 2], 2, 2),
            (&[0, 2], 3, 1),
            (&[0], 3, 0),
        ];
        for (offsets, samples, expected) in cases {
            match problems(offsets, samples).unwrap_err() {
                VotesError::BadOffsets { index, .. } => assert_eq!(index, expected, "{offsets:?}"),
                other => panic!("unexpected {other}"),
            }
        }
    }

    #[test]
    fn bad_entries_are_named() {
        assert_eq!(
            check_answers(&[0, -2]).unwrap_err().to_string(),
            "expected `answers` to hold ids from 0 up, or -1 for no answer, got -2 at index 1"
        );
        for bad in [f64::NAN, -0.5, f64::INFINITY] {
            assert!(matches!(
                check_weights(&[1.0, 0.0, bad]),
                Err(VotesError::BadWeight { index: 2, .. })
            ));
        }
        assert!(matches!(
            check_flags(&[0, 1, 2]),
            Err(VotesError::BadFlag { index: 2, got: 2 })
        ));
        assert!(matches!(
            check_ks(&[1, 3], &[0..4, 4..6]),
            Err(VotesError::KOutOfRange {
                k: 3,
                samples: 2,
                problem: 1
            })
        ));
        let flags = [true, false];
        assert_eq!(
            group(4, &[9, 9], |_| 1.0, |i| flags[i]).unwrap_err(),
            VotesError::InconsistentFlags {
                problem: 4,
                answer: 9
            }
        );
    }
}
