//! Several verifiers as one: the probability that a sample is right, given what all of them say.
//!
//! - [`learned`]: from scores and known outcomes, by logistic regression.
//! - [`agreement`]: from yes-or-no votes alone, without any outcome, by the model of Dawid and Skene.
//!   [`dependence`]: whether the votes contradict the independence that the second assumes.
//!
//! Matrices are row-major with a sample a row and a verifier a column.

pub mod agreement;
pub mod dependence;
pub mod learned;

pub use agreement::{Agreement, AgreementFit, fit_agreement};
pub use dependence::{ExcessAgreement, excess_agreement};
pub use learned::{Learned, LearnedFit, fit_learned};

use thiserror::Error;

use crate::calibration::CalibrationError;

/// The vote of a verifier that has nothing to say about a sample.
pub const NO_VOTE: i8 = -1;

/// What a caller can get wrong in [`ensemble`](self).
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum EnsembleError {
    /// Scores, outcomes or their lengths.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
    /// Fewer verifiers than a model needs.
    #[error("expected at least {needed} verifiers, got {got}")]
    TooFewVerifiers {
        /// The number that was passed.
        got: usize,
        /// The number needed.
        needed: usize,
    },
    /// The entries do not fill rows of one entry a verifier.
    #[error("expected `{name}` to have a multiple of {verifiers} entries, one a verifier, got {got}")]
    BadShape {
        /// Which input.
        name: &'static str,
        /// Columns of the matrix.
        verifiers: usize,
        /// Entries of the matrix.
        got: usize,
    },
    /// A penalty that gives no finite weights.
    #[error("expected `penalty` to be positive and finite, got {got}")]
    BadPenalty {
        /// The value that was passed.
        got: f64,
    },
    /// A vote other than 0, 1 and −1.
    #[error("expected `votes` to hold 1 (right), 0 (wrong) or -1 (no vote), got {got} at index {index}")]
    BadVote {
        /// The index in the flat input.
        index: usize,
        /// The value found there.
        got: i8,
    },
    /// A verifier whose votes are all equal, or that never votes.
    #[error(
        "expected every verifier to vote both right and wrong, got one kind of vote at most from verifier {verifier}"
    )]
    OneSidedVerifier {
        /// The index of the verifier.
        verifier: usize,
    },
    /// A share or a parameter outside (0, 1).
    #[error("expected `{name}` between 0 and 1 (exclusive), got {got}")]
    ParameterOutOfRange {
        /// Which one.
        name: &'static str,
        /// The value that was passed.
        got: f64,
    },
}

impl EnsembleError {
    /// A name of the variant that stays the same when messages change, for callers that cannot match on the enum.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Calibration(error) => error.code(),
            Self::TooFewVerifiers { .. } => "TOO_FEW_VERIFIERS",
            Self::BadShape { .. } => "BAD_SHAPE",
            Self::BadPenalty { .. } => "BAD_PENALTY",
            Self::BadVote { .. } => "BAD_VOTE",
            Self::OneSidedVerifier { .. } => "ONE_SIDED_VERIFIER",
            Self::ParameterOutOfRange { .. } => "PARAMETER_OUT_OF_RANGE",
        }
    }
}

/// Checks the number of columns and that the entries fill rows.
fn check_shape(name: &'static str, got: usize, verifiers: usize, needed: usize) -> Result<(), EnsembleError> {
    if verifiers < needed {
        return Err(EnsembleError::TooFewVerifiers {
            got: verifiers,
            needed,
        });
    }
    if !got.is_multiple_of(verifiers) {
        return Err(EnsembleError::BadShape { name, verifiers, got });
    }
    Ok(())
}

fn check_votes(votes: &[i8]) -> Result<(), EnsembleError> {
    match votes.iter().position(|vote| !(NO_VOTE..=1).contains(vote)) {
        Some(index) => Err(EnsembleError::BadVote {
            index,
            got: votes[index],
        }),
        None => Ok(()),
    }
}
