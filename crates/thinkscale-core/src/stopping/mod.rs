//! When parallel sampling may stop: rules that look at the votes of the first k of at most N samples.
//!
//! Samples come in an order that does not depend on their answers. An answer is a canonical id ≥ 0 that is only
//! compared; [`ABSTAIN`] (−1) is a sample without an answer, which counts towards k but votes for nothing. The answer at
//! a stop is the leader of the votes so far, a tie going to the answer that was seen first, as in
//! [`majority_vote`](crate::votes::majority_vote).
//!
//! - [`beta`], [`dirichlet`]: the posterior chance that the leader is the likeliest answer (Adaptive-Consistency).
//! - [`window`]: a whole window of samples agrees (ESC). [`supermajority`]: the leader's share of the votes.
//! - [`certified`]: with a bound on how often the answer at the stop differs from the majority of all N samples.
//! - [`outcomes`]: what a rule saves and how often it agrees with that majority, over random orders of known votes.
//!
//! A rule is asked after every sample, after the N-th as well, where most rules may still be undecided.

pub mod beta;
pub mod certified;
pub mod dirichlet;
pub mod outcomes;
pub mod supermajority;
mod tally;
pub mod window;

pub use certified::Certified;
pub use outcomes::{StopOutcomes, stop_outcomes};

use std::collections::HashMap;

use thiserror::Error;

use crate::votes::ABSTAIN;
use tally::Tally;

/// A stop rule and its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum StopRule {
    /// See [`beta`].
    Beta {
        /// The posterior chance from which the rule stops, between 0.5 and 1; 0.95 is the source's.
        threshold: f64,
    },
    /// See [`dirichlet`].
    Dirichlet {
        /// The posterior chance from which the rule stops, between 0.5 and 1; 0.95 is the source's.
        threshold: f64,
    },
    /// See [`window`].
    Window {
        /// Samples in a window, from 2 up; 5 is the source's.
        size: u32,
    },
    /// See [`supermajority`].
    Supermajority {
        /// The leader's share of the votes from which the rule stops, above 0.5 and up to 1; 0.8 is usual.
        share: f64,
        /// Votes, abstentions left out, below which the rule never stops, from 1 up; 4 is usual.
        least: u32,
    },
    /// See [`certified`].
    Certified {
        /// The most that the chance of another answer than the majority of all samples may be, above 0 and up to 0.5;
        /// 0.05 is usual.
        epsilon: f64,
    },
}

impl StopRule {
    /// The length k ≤ `answers.len()` of the shortest prefix at which the rule stops, or `None` if it goes on.
    ///
    /// `answers` are ids in the order of the samples, `most` is N: how many samples there will be if the rule never
    /// stops, at least `answers.len()`. Only [`Certified`](Self::Certified) depends on N; its first call for an N and ε
    /// calibrates (some 5 ms for N = 64, 0.1 s for 256, 0.2 s for 4096) and later ones look up.
    ///
    /// # Errors
    /// [`StoppingError::BadAnswer`], [`StoppingError::TooManyAnswers`] and those of the parameters.
    ///
    /// # Example
    /// ```
    /// use thinkscale_core::stopping::StopRule;
    ///
    /// let rule = StopRule::Beta { threshold: 0.95 };
    /// assert_eq!(rule.first_stop(&[7, 7, -1, 7, 7, 2], 64)?, Some(5));
    /// assert_eq!(rule.first_stop(&[7, 7, 7], 64)?, None);
    /// # Ok::<(), thinkscale_core::stopping::StoppingError>(())
    /// ```
    pub fn first_stop(&self, answers: &[i32], most: u32) -> Result<Option<u32>, StoppingError> {
        if answers.len() > most as usize {
            return Err(StoppingError::TooManyAnswers {
                got: answers.len(),
                most,
            });
        }
        if let Some(index) = answers.iter().position(|&answer| answer < ABSTAIN) {
            return Err(StoppingError::BadAnswer {
                index,
                got: answers[index],
            });
        }
        let mut watch = self.watch(most)?;
        let mut tally = Tally::default();
        let mut index_of = HashMap::new();
        for &answer in answers {
            let next = index_of.len();
            tally.add((answer != ABSTAIN).then(|| *index_of.entry(answer).or_insert(next)));
            if watch.stops(&tally) {
                return Ok(Some(tally.drawn()));
            }
        }
        Ok(None)
    }

    /// The rule at work on one run of at most `most` samples.
    fn watch(&self, most: u32) -> Result<Box<dyn Watch>, StoppingError> {
        if most == 0 {
            return Err(StoppingError::MostOutOfRange {
                got: most,
                largest: u32::MAX,
            });
        }
        Ok(match *self {
            Self::Beta { threshold } => Box::new(beta::Beta::new(threshold)?),
            Self::Dirichlet { threshold } => Box::new(dirichlet::Dirichlet::new(threshold)?),
            Self::Window { size } => Box::new(window::Window::new(size)?),
            Self::Supermajority { share, least } => {
                Box::new(supermajority::Supermajority::new(share, least)?)
            }
            Self::Certified { epsilon } => Box::new(Certified::shared(most, epsilon)?),
        })
    }
}

/// A rule that is asked after each sample; it may remember what it computed.
trait Watch: Send {
    /// Whether to stop at these votes.
    fn stops(&mut self, votes: &Tally) -> bool;
}

/// What a caller can get wrong in [`stopping`](self).
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StoppingError {
    /// An id below −1.
    #[error("expected `answers` to hold ids from 0 up, or -1 for no answer, got {got} at index {index}")]
    BadAnswer {
        /// The index in the input.
        index: usize,
        /// The id found there.
        got: i32,
    },
    /// More answers than there are samples.
    #[error("expected at most `most` = {most} answers, got {got}")]
    TooManyAnswers {
        /// The number of answers.
        got: usize,
        /// The most samples.
        most: u32,
    },
    /// No samples, or more than a rule can be calibrated for.
    #[error("expected the most samples from 1 to {largest}, got {got}")]
    MostOutOfRange {
        /// The number that was passed.
        got: u32,
        /// The largest that the rule takes.
        largest: u32,
    },
    /// A posterior chance outside (0.5, 1).
    #[error("expected `threshold` between 0.5 and 1 (exclusive), got {got}")]
    ThresholdOutOfRange {
        /// The threshold that was passed.
        got: f64,
    },
    /// A window in which one answer agrees with itself.
    #[error("expected `size` of the window from 2 up, got {got}")]
    WindowOutOfRange {
        /// The size that was passed.
        got: u32,
    },
    /// A share that two answers could have at once, or none.
    #[error("expected `share` above 0.5 and up to 1, got {got}")]
    ShareOutOfRange {
        /// The share that was passed.
        got: f64,
    },
    /// A least number of votes of 0.
    #[error("expected `least` votes from 1 up, got {got}")]
    LeastOutOfRange {
        /// The number that was passed.
        got: u32,
    },
    /// A bound outside (0, 0.5].
    #[error("expected `epsilon` above 0 and up to 0.5, got {got}")]
    EpsilonOutOfRange {
        /// The bound that was passed.
        got: f64,
    },
    /// No orders to average over.
    #[error("expected `orders` from 1 to 100000000, got {got}")]
    OrdersOutOfRange {
        /// The number that was passed.
        got: usize,
    },
}

impl StoppingError {
    /// A name of the variant that stays the same when messages change, for callers that cannot match on the enum.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadAnswer { .. } => "BAD_ANSWER",
            Self::TooManyAnswers { .. } => "TOO_MANY_ANSWERS",
            Self::MostOutOfRange { .. } => "MOST_OUT_OF_RANGE",
            Self::ThresholdOutOfRange { .. } => "THRESHOLD_OUT_OF_RANGE",
            Self::WindowOutOfRange { .. } => "WINDOW_OUT_OF_RANGE",
            Self::ShareOutOfRange { .. } => "SHARE_OUT_OF_RANGE",
            Self::LeastOutOfRange { .. } => "LEAST_OUT_OF_RANGE",
            Self::EpsilonOutOfRange { .. } => "EPSILON_OUT_OF_RANGE",
            Self::OrdersOutOfRange { .. } => "ORDERS_OUT_OF_RANGE",
        }
    }
}

/// Checks a posterior chance. Two answers with equal votes have one of 0.5 at most.
fn check_threshold(threshold: f64) -> Result<f64, StoppingError> {
    if threshold > 0.5 && threshold < 1.0 {
        Ok(threshold)
    } else {
        Err(StoppingError::ThresholdOutOfRange { got: threshold })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(super) const RULES: [StopRule; 5] = [
        StopRule::Beta { threshold: 0.95 },
        StopRule::Dirichlet { threshold: 0.95 },
        StopRule::Window { size: 3 },
        StopRule::Supermajority { share: 0.8, least: 4 },
        StopRule::Certified { epsilon: 0.1 },
    ];

    #[test]
    fn bad_parameters_are_named() {
        let refused = |rule: StopRule| rule.first_stop(&[0], 8).unwrap_err().code();
        for threshold in [0.5, 1.0, f64::NAN] {
            assert_eq!(refused(StopRule::Beta { threshold }), "THRESHOLD_OUT_OF_RANGE");
            assert_eq!(
                refused(StopRule::Dirichlet { threshold }),
                "THRESHOLD_OUT_OF_RANGE"
            );
        }
        assert_eq!(refused(StopRule::Window { size: 1 }), "WINDOW_OUT_OF_RANGE");
        for share in [0.5, 1.1, f64::NAN] {
            assert_eq!(
                refused(StopRule::Supermajority { share, least: 4 }),
                "SHARE_OUT_OF_RANGE"
            );
        }
        let least = StopRule::Supermajority { share: 0.8, least: 0 };
        assert_eq!(refused(least), "LEAST_OUT_OF_RANGE");
        for epsilon in [0.0, 0.51, f64::NAN] {
            assert_eq!(refused(StopRule::Certified { epsilon }), "EPSILON_OUT_OF_RANGE");
        }
    }

    #[test]
    fn bad_votes_are_named() {
        for rule in RULES {
            let refused = |answers: &[i32], most| rule.first_stop(answers, most).unwrap_err().to_string();
            assert_eq!(
                refused(&[0, -2], 8),
                "expected `answers` to hold ids from 0 up, or -1 for no answer, got -2 at index 1"
            );
            assert_eq!(
                refused(&[0, 1, 1], 2),
                "expected at most `most` = 2 answers, got 3"
            );
            assert!(refused(&[], 0).starts_with("expected the most samples from 1 to "));
        }
        assert_eq!(
            StopRule::Certified { epsilon: 0.1 }.first_stop(&[], 4097),
            Err(StoppingError::MostOutOfRange {
                got: 4097,
                largest: 4096
            })
        );
    }

    #[test]
    fn without_votes_nothing_stops() {
        for rule in RULES {
            assert_eq!(rule.first_stop(&[], 4).unwrap(), None);
            assert_eq!(rule.first_stop(&[-1; 16], 16).unwrap(), None);
        }
    }

    proptest! {
        #[test]
        fn a_stop_stands_whatever_follows_and_whatever_answers_are_called(
            answers in prop::collection::vec(-1_i32..4, 1..24),
        ) {
            let renamed: Vec<i32> = answers
                .iter()
                .map(|&answer| if answer == ABSTAIN { ABSTAIN } else { i32::MAX - 7 * answer })
                .collect();
            for rule in RULES {
                let stop = rule.first_stop(&answers, 24).unwrap();
                prop_assert_eq!(rule.first_stop(&renamed, 24).unwrap(), stop);
                for length in 0..answers.len() {
                    let expected = stop.filter(|&k| k as usize <= length);
                    prop_assert_eq!(rule.first_stop(&answers[..length], 24).unwrap(), expected);
                }
            }
        }
    }
}
