//! Laws: fitted forms that relate accuracy to the compute that was spent, with intervals, or a typed refusal.
//!
//! - [`beta_binomial`]: coverage from per-problem counts, by maximum likelihood.
//! - [`saturating_power`]: a mean accuracy curve over k, by least squares.
//! - [`logistic`]: accuracy over thinking tokens, from counts at each level, by maximum likelihood.
//!
//! - [`forms`]: the laws that a table of measurements is fitted to ([`crate::fit`]).
//!
//! [`law`] is what the first three return. A wrong argument is a [`LawError`]; data that cannot carry the law are not an error
//! but a [`Refusal`] with the numbers that speak against it.

pub mod beta_binomial;
mod beta_binomial_likelihood;
pub mod forms;
pub mod law;
pub mod logistic;
mod logistic_data;
mod logistic_likelihood;
mod refit;
pub mod saturating_power;
mod variable_projection;

pub use beta_binomial::{BetaBinomialFit, fit_beta_binomial};
pub use law::{Estimate, FitOptions, Outcome, Prediction, Refits, Refusal};
pub use logistic::{Ends, LogisticFit, fit_logistic};
pub use saturating_power::{Direction, SaturatingPowerFit, fit_saturating_power};

use thiserror::Error;

use crate::stats::StatsError;

/// What a caller can get wrong in [`laws`](self).
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum LawError {
    /// A resampling option or a count is out of range.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A problem without samples.
    #[error("expected at least 1 sample per problem, got 0 (problem {problem})")]
    NoSamples {
        /// The index of the problem.
        problem: usize,
    },
    /// The ks are not positive, finite and rising.
    #[error("expected `{name}` to be positive, finite and rising, got {got} at index {index}")]
    BadKs {
        /// Which input.
        name: &'static str,
        /// The index that breaks the rule.
        index: usize,
        /// The value found there.
        got: f64,
    },
    /// Token counts below 0, or levels that do not rise.
    #[error("expected `{name}` to be at least 0 and rising, got {got} at index {index}")]
    BadTokens {
        /// Which input.
        name: &'static str,
        /// The index that breaks the rule.
        index: usize,
        /// The value found there.
        got: f64,
    },
    /// A level at which no problem has a sample.
    #[error("expected at least 1 sample per level, got 0 (level {level})")]
    EmptyLevel {
        /// The index of the level.
        level: usize,
    },
    /// Given ends of a curve that leave no room between them.
    #[error(
        "expected 0 <= floor <= ceiling - 0.01 and ceiling <= 1, got floor {floor} and ceiling {ceiling}"
    )]
    BadEnds {
        /// The floor, 0 if it is fitted.
        floor: f64,
        /// The ceiling, 1 if it is fitted.
        ceiling: f64,
    },
    /// A value outside [0, 1].
    #[error("expected `values` between 0 and 1, got {got} (problem {problem}, column {column})")]
    ValueOutOfRange {
        /// The row.
        problem: usize,
        /// The column.
        column: usize,
        /// The value found there.
        got: f64,
    },
}

impl LawError {
    /// A name of the variant that stays the same when messages change, for callers that cannot match on the enum.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stats(error) => error.code(),
            Self::NoSamples { .. } => "NO_SAMPLES",
            Self::BadKs { .. } => "BAD_KS",
            Self::BadTokens { .. } => "BAD_TOKENS",
            Self::EmptyLevel { .. } => "EMPTY_LEVEL",
            Self::BadEnds { .. } => "BAD_ENDS",
            Self::ValueOutOfRange { .. } => "VALUE_OUT_OF_RANGE",
        }
    }
}
