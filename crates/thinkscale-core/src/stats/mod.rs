//! Statistics of repeated sampling: [`pass_at_k`](mod@pass_at_k), the [`bootstrap`](mod@bootstrap) over problems, and
//! the special functions and random streams that these and the [laws](crate::laws) share.
//!
//! Matrices are row-major slices with one problem a row. Problems, not single samples, are the independent unit:
//! pass@k at two values of k comes from the same draws.

pub mod bootstrap;
pub mod interval;
pub(crate) mod ln_factorials;
pub mod log_gamma;
pub mod paired;
pub mod pass_at_k;
pub mod random;

pub use bootstrap::{BootstrapMean, bootstrap_mean};
pub use interval::{BcaStatus, Interval};
pub use paired::{McNemar, mc_nemar};
pub use pass_at_k::{pass_at_k, pass_at_k_into};

use thiserror::Error;

/// What a caller can get wrong in [`stats`](self).
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StatsError {
    /// Two parallel inputs differ in length.
    #[error("expected `{name}` to have {expected} entries, got {got}")]
    LengthMismatch {
        /// Which input.
        name: &'static str,
        /// The length that the other inputs imply.
        expected: usize,
        /// The length that was passed.
        got: usize,
    },
    /// A k outside the range that a pool of n samples allows.
    #[error("expected k from 1 to n = {samples}, got {k} (problem {problem})")]
    KOutOfRange {
        /// The k that was asked for.
        k: u32,
        /// The number of samples of the problem.
        samples: u32,
        /// The index of the problem.
        problem: usize,
    },
    /// More successes than samples.
    #[error("expected successes from 0 to n = {samples}, got {successes} (problem {problem})")]
    TooManySuccesses {
        /// The successes that were passed.
        successes: u32,
        /// The number of samples of the problem.
        samples: u32,
        /// The index of the problem.
        problem: usize,
    },
    /// A NaN or an infinity.
    #[error("expected `{name}` to be finite, got {value} at index {index}")]
    NotFinite {
        /// Which input.
        name: &'static str,
        /// Its index in the flat input.
        index: usize,
        /// The value found there.
        value: f64,
    },
    /// A flag other than 0 and 1.
    #[error("expected `{name}` to hold 0 or 1, got {got} at index {index}")]
    NotAFlag {
        /// Which input.
        name: &'static str,
        /// The index in the input.
        index: usize,
        /// The flag found there.
        got: u8,
    },
    /// An input without entries.
    #[error("expected `{name}` to have at least 1 entry, got 0")]
    Empty {
        /// Which input.
        name: &'static str,
    },
    /// A confidence level outside (0, 1).
    #[error("expected `level` between 0 and 1 (exclusive), got {level}")]
    LevelOutOfRange {
        /// The level that was passed.
        level: f64,
    },
    /// Too few resamples for a percentile to exist.
    #[error("expected `resamples` from 2 to 1000000, got {resamples}")]
    ResamplesOutOfRange {
        /// The number that was passed.
        resamples: usize,
    },
}

impl StatsError {
    /// A name of the variant that stays the same when messages change, for callers that cannot match on the enum.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LengthMismatch { .. } => "LENGTH_MISMATCH",
            Self::KOutOfRange { .. } => "K_OUT_OF_RANGE",
            Self::TooManySuccesses { .. } => "TOO_MANY_SUCCESSES",
            Self::NotFinite { .. } => "NOT_FINITE",
            Self::NotAFlag { .. } => "NOT_A_FLAG",
            Self::Empty { .. } => "EMPTY",
            Self::LevelOutOfRange { .. } => "LEVEL_OUT_OF_RANGE",
            Self::ResamplesOutOfRange { .. } => "RESAMPLES_OUT_OF_RANGE",
        }
    }
}

/// The most resamples that one call draws: beyond it the draws of a wide matrix no longer fit in memory.
pub const MAX_RESAMPLES: usize = 1_000_000;

/// Checks the two numbers that every bootstrap takes.
pub(crate) fn check_resampling(resamples: usize, level: f64) -> Result<(), StatsError> {
    if !(2..=MAX_RESAMPLES).contains(&resamples) {
        return Err(StatsError::ResamplesOutOfRange { resamples });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(StatsError::LevelOutOfRange { level });
    }
    Ok(())
}

/// Checks that every entry is finite.
pub(crate) fn check_finite(name: &'static str, values: &[f64]) -> Result<(), StatsError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(StatsError::NotFinite {
            name,
            index,
            value: values[index],
        }),
        None => Ok(()),
    }
}
