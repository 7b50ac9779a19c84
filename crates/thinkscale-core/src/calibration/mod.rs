//! From a verifier's score to the probability that a sample is right, and how good such probabilities are.
//!
//! - [`isotonic`], [`platt`]: models that map a score to a probability.
//! - [`auroc`], [`auroc_over_problems`]: how well scores separate right samples from wrong ones, whatever their scale.
//! - [`metrics`]: Brier score and log loss. [`reliability`]: calibration by bins.
//!
//! `correct` holds 1 for a right sample and 0 for a wrong one. A model must be fitted on other problems than those it
//! is judged on: samples of one problem resemble each other, and a split by samples would leak.

pub mod auroc;
pub mod auroc_over_problems;
pub mod isotonic;
pub mod metrics;
pub(crate) mod newton;
pub mod platt;
pub mod reliability;

pub use auroc::auroc;
pub use auroc_over_problems::{Area, AurocOverProblems, auroc_over_problems};
pub use isotonic::Isotonic;
pub use metrics::{brier_score, log_loss};
pub use platt::{Platt, PlattFit};
pub use reliability::{Bin, Binning, Reliability, reliability};

use thiserror::Error;

use crate::stats::{StatsError, check_finite};
use crate::votes::{VotesError, check_flags, check_length, check_weights};

/// Samples below which nothing can be learned.
pub const NEEDED_SAMPLES: usize = 2;

/// What a caller can get wrong in [`calibration`](self).
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum CalibrationError {
    /// Lengths, flags, weights or offsets.
    #[error(transparent)]
    Votes(#[from] VotesError),
    /// Numbers that are not finite, or resampling options.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// Fewer than [`NEEDED_SAMPLES`] samples with a weight above 0.
    #[error("expected at least {needed} samples with a weight above 0, got {got}")]
    TooFewSamples {
        /// Samples that were passed.
        got: usize,
        /// Samples needed.
        needed: usize,
    },
    /// All samples are right, or all are wrong.
    #[error("expected both right and wrong samples, got only samples with `correct` = {only}")]
    OneClass {
        /// The flag that all samples share.
        only: u8,
    },
    /// A probability outside [0, 1].
    #[error("expected `{name}` between 0 and 1, got {got} at index {index}")]
    NotAProbability {
        /// Which input.
        name: &'static str,
        /// The index in the input.
        index: usize,
        /// The value found there.
        got: f64,
    },
    /// No bins, or too many.
    #[error("expected `bins` from 1 to {most}, got {got}")]
    BinsOutOfRange {
        /// The number that was passed.
        got: usize,
        /// The most that is allowed.
        most: usize,
    },
    /// The knots of an isotonic model do not rise.
    #[error("expected `{name}` of the model to rise, got {got} at index {index}")]
    BadKnots {
        /// Which input.
        name: &'static str,
        /// The index of the knot.
        index: usize,
        /// The value found there.
        got: f64,
    },
}

impl CalibrationError {
    /// A name of the variant that stays the same when messages change, for callers that cannot match on the enum.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Votes(error) => error.code(),
            Self::Stats(error) => error.code(),
            Self::TooFewSamples { .. } => "TOO_FEW_SAMPLES",
            Self::OneClass { .. } => "ONE_CLASS",
            Self::NotAProbability { .. } => "NOT_A_PROBABILITY",
            Self::BinsOutOfRange { .. } => "BINS_OUT_OF_RANGE",
            Self::BadKnots { .. } => "BAD_KNOTS",
        }
    }
}

/// One sample of a calibration set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labelled {
    pub score: f64,
    pub right: bool,
    pub weight: f64,
}

/// Checks a calibration set and leaves out what has no weight; without `weights` every sample counts once.
pub(crate) fn calibration_set(
    scores: &[f64],
    correct: &[u8],
    weights: Option<&[f64]>,
) -> Result<Vec<Labelled>, CalibrationError> {
    check_finite("scores", scores)?;
    check_length("correct", scores.len(), correct.len())?;
    check_flags(correct)?;
    if let Some(weights) = weights {
        check_length("weights", scores.len(), weights.len())?;
        check_weights(weights)?;
    }
    let samples: Vec<Labelled> = (0..scores.len())
        .map(|index| Labelled {
            score: scores[index],
            right: correct[index] == 1,
            weight: weights.map_or(1.0, |weights| weights[index]),
        })
        .filter(|sample| sample.weight > 0.0)
        .collect();
    if samples.len() < NEEDED_SAMPLES {
        return Err(CalibrationError::TooFewSamples {
            got: samples.len(),
            needed: NEEDED_SAMPLES,
        });
    }
    let right = samples.iter().filter(|sample| sample.right).count();
    if right == 0 || right == samples.len() {
        return Err(CalibrationError::OneClass {
            only: u8::from(right > 0),
        });
    }
    Ok(samples)
}

/// Checks probabilities and their outcomes, of which there must be at least one.
pub(crate) fn check_forecasts(probabilities: &[f64], correct: &[u8]) -> Result<(), CalibrationError> {
    if probabilities.is_empty() {
        return Err(StatsError::Empty {
            name: "probabilities",
        }
        .into());
    }
    check_length("correct", probabilities.len(), correct.len())?;
    check_flags(correct)?;
    check_probabilities("probabilities", probabilities)
}

/// Checks that every entry lies in [0, 1], which NaN does not.
pub(crate) fn check_probabilities(name: &'static str, values: &[f64]) -> Result<(), CalibrationError> {
    match values.iter().position(|value| !(0.0..=1.0).contains(value)) {
        Some(index) => Err(CalibrationError::NotAProbability {
            name,
            index,
            got: values[index],
        }),
        None => Ok(()),
    }
}

/// σ(z) = 1/(1 + e^−z), without overflow on either side.
pub(crate) fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + (-z).exp())
    } else {
        let e = z.exp();
        e / (1.0 + e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibration_sets_are_checked() {
        let code = |scores: &[f64], correct: &[u8], weights: Option<&[f64]>| {
            calibration_set(scores, correct, weights).unwrap_err().code()
        };
        assert_eq!(code(&[], &[], None), "TOO_FEW_SAMPLES");
        assert_eq!(code(&[1.0], &[1], None), "TOO_FEW_SAMPLES");
        assert_eq!(code(&[1.0, 2.0], &[1, 1], None), "ONE_CLASS");
        assert_eq!(code(&[1.0, 2.0], &[0, 0], None), "ONE_CLASS");
        assert_eq!(code(&[1.0, f64::NAN], &[0, 1], None), "NOT_FINITE");
        assert_eq!(code(&[1.0, 2.0], &[0, 2], None), "BAD_FLAG");
        assert_eq!(code(&[1.0, 2.0], &[0], None), "LENGTH_MISMATCH");
        assert_eq!(code(&[1.0, 2.0], &[0, 1], Some(&[1.0])), "LENGTH_MISMATCH");
        assert_eq!(code(&[1.0, 2.0], &[0, 1], Some(&[1.0, -1.0])), "BAD_WEIGHT");
        // A sample without weight is not there.
        assert_eq!(code(&[1.0, 2.0], &[0, 1], Some(&[1.0, 0.0])), "TOO_FEW_SAMPLES");
        assert_eq!(
            code(&[1.0, 2.0, 3.0], &[0, 0, 1], Some(&[1.0, 2.0, 0.0])),
            "ONE_CLASS"
        );
    }

    #[test]
    fn sigmoids_do_not_overflow() {
        assert_eq!(sigmoid(0.0), 0.5);
        assert_eq!(sigmoid(1000.0), 1.0);
        assert_eq!(sigmoid(-1000.0), 0.0);
        assert!((sigmoid(2.0) + sigmoid(-2.0) - 1.0).abs() < 1e-15);
    }
}
