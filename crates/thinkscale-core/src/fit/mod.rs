//! Fits of laws to a table of measurements: the minimum, how sure it is, and what speaks against it.
//!
//! - [`form`]: what a law is; the laws themselves are in [`laws::forms`](crate::laws::forms).
//! - [`table`], [`objective`]: the rows and what is minimised. [`solve`], [`bfgs`], [`lad`], [`starts`]: how.
//! - [`likelihood`], [`errors`]: AICc, BIC and standard errors. [`resample`], [`profile`]: intervals.
//! - [`holdout`], [`cautions`] (found by `findings`): whether it extrapolates, and what to distrust. [`select`]: which of several laws.
//! - [`derived`]: what a fitted law says about budgets, with intervals.
//!
//! [`fit`] runs them all and returns a [`Fit`].

pub mod bfgs;
pub mod cautions;
mod cross_validation;
pub mod derived;
pub mod errors;
mod findings;
pub mod form;
mod freeing;
pub mod holdout;
mod lad;
pub mod likelihood;
mod merge;
pub mod objective;
mod predict;
pub mod profile;
pub mod resample;
mod run;
mod search;
pub mod select;
mod setup;
mod simulate;
pub mod solve;
pub mod starts;
pub mod table;
mod trend;

pub use cautions::Caution;
pub use derived::{Figure, Unreachable};
pub use form::{About, Coordinate, Form, Input, Parameter};
pub use holdout::{HeldOutRow, HoldoutResult};
pub use objective::{Objective, Problem, Scale};
pub use predict::chain;
pub use resample::DrawKind;
pub use run::fit;
pub use select::{Selection, select};
pub use table::{Data, Response, Table};

use thiserror::Error;

use crate::stats::{Interval, StatsError};

/// The most parameters that a law may have.
pub const MAX_PARAMETERS: usize = 8;
/// Independent rows or groups below which intervals come from the profile likelihood: resampling so few repeats them.
pub const FEW: usize = 20;

/// How to fit.
#[derive(Clone, Debug)]
pub struct FitOptions<'a> {
    /// `None` is the law's own, or binomial with counts.
    pub objective: Option<Objective>,
    /// `None` is the law's own.
    pub scale: Option<Scale>,
    /// Parameters held at a value, by name, in natural units.
    pub fixed: &'a [(&'a str, f64)],
    /// Parameters that the law holds by itself and that are fitted all the same, unless `fixed` names them too.
    pub freed: &'a [&'a str],
    /// Resamples, 0 for none; 1000 is usual. Of groups, or of a few independent rows by simulation ([`resample`]).
    pub resamples: usize,
    /// Seed of the resamples.
    pub seed: u64,
    /// Level of the intervals, between 0 and 1; 0.95 is usual.
    pub level: f64,
    /// What is held out for a check of the extrapolation.
    pub holdout: Holdout<'a>,
    /// Row-major inputs at which the law is asked.
    pub predict: &'a [f64],
}

impl Default for FitOptions<'_> {
    fn default() -> Self {
        Self {
            objective: None,
            scale: None,
            fixed: &[],
            freed: &[],
            resamples: 0,
            seed: 0,
            level: 0.95,
            holdout: Holdout::None,
            predict: &[],
        }
    }
}

/// Rows that a second fit does not see.
#[derive(Clone, Copy, Debug)]
pub enum Holdout<'a> {
    /// None.
    None,
    /// The rows in the top third of the range of ln budget, at least 3 of them. Where that leaves too few to fit, the
    /// fit has no [`Fit::holdout`] and a [`Caution::NoHoldout`].
    TopThird,
    /// The rows marked.
    Rows(&'a [bool]),
}

/// A fitted law.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fit {
    /// [`About::name`].
    pub law: &'static str,
    /// What was minimised.
    pub objective: Objective,
    /// Where residuals were taken.
    pub scale: Scale,
    /// In the order of [`About::parameters`].
    pub parameters: Vec<FittedParameter>,
    /// The same as internal coordinates, which [`Form::value`] takes.
    pub theta: Vec<f64>,
    /// The objective at the minimum, a sum over rows.
    pub objective_value: f64,
    /// Log-likelihood ([`likelihood`]) in units of y.
    pub log_likelihood: f64,
    /// Akaike's criterion, corrected for few rows; `None` if the rows are not independent or too few.
    pub aicc: Option<f64>,
    /// Schwarz's criterion; `None` if the rows are not independent.
    pub bic: Option<f64>,
    /// Whether the search ended at a minimum.
    pub converged: bool,
    /// Largest entry of the gradient over the free internal coordinates, as a share of the objective; at the corner where
    /// least absolute deviations end, of the one between its sides that is nearest to 0.
    pub gradient_norm: f64,
    /// Iterations of the start that won.
    pub iterations: usize,
    /// Starts followed.
    pub starts: usize,
    /// Share of them that reached the best objective.
    pub agreeing_starts: f64,
    /// Rows with a weight.
    pub rows: usize,
    /// Groups among them.
    pub groups: usize,
    /// Whether every group has one row, so that rows are independent.
    pub independent: bool,
    /// Least and largest [`Form::budget`] of the rows with a weight.
    pub budget_range: (f64, f64),
    /// [`FitOptions::level`].
    pub level: f64,
    /// f of every row.
    pub fitted: Vec<f64>,
    /// Residuals on the scale, s(f) − s(y), of every row; not finite at a row without a weight whose y has no place on
    /// the scale.
    pub residuals: Vec<f64>,
    /// The refits behind the intervals.
    pub draws: Draws,
    /// At [`FitOptions::predict`].
    pub predictions: Vec<Predicted>,
    /// How the law did on rows that it had not seen.
    pub holdout: Option<HoldoutResult>,
    /// What to distrust.
    pub cautions: Vec<Caution>,
}

/// A parameter of a fit, in natural units.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedParameter {
    /// [`Parameter::name`].
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// Whether it was held: by the caller, by the law, or (with `at_bound`) by its bound.
    pub fixed: bool,
    /// Whether it stopped at a bound.
    pub at_bound: bool,
    /// Its standard error in natural units; `None` if it is held or the curvature does not give one.
    pub standard_error: Option<f64>,
    /// Percentile interval of the refits, or the profile's with fewer than [`FEW`] independent rows; `None` without
    /// either. An end may be infinite.
    pub interval: Option<Interval>,
    /// Bias-corrected and accelerated interval, where refits without one group at a time were affordable.
    pub bca: Option<Interval>,
    /// From the profile of the objective, with few independent rows.
    pub profile: Option<Interval>,
}

/// Refits on resampled data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draws {
    /// What was drawn anew.
    pub kind: DrawKind,
    /// Resamples drawn.
    pub resamples: usize,
    /// Refits that did not converge; they are left out.
    pub failed: usize,
    /// Internal coordinates of the others, row-major.
    pub thetas: Vec<f64>,
    /// Which resample each of them belongs to, rising.
    pub kept: Vec<u32>,
}

impl Fit {
    /// A parameter by its name.
    pub fn parameter(&self, name: &str) -> Option<&FittedParameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

/// The law at a row that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// f there.
    pub value: f64,
    /// Interval of f from the draws: of the law, not of a single measurement. `None` without draws.
    pub interval: Option<Interval>,
    /// How far the row's budget lies outside the data, in factors of ten; 0 inside.
    pub decades_beyond: f64,
}

/// What a caller can get wrong.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FitError {
    /// A resampling option is out of range.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// Two inputs differ in length.
    #[error("expected `{name}` to have {expected} entries, got {got}")]
    LengthMismatch {
        /// Which input.
        name: &'static str,
        /// Entries that the others imply.
        expected: usize,
        /// Entries that were passed.
        got: usize,
    },
    /// An input that is not finite or too small.
    #[error("expected `{name}` {} {low}, got {got} (row {row})", if *.closed { "of at least" } else { "above" })]
    BadInput {
        /// Which column.
        name: &'static str,
        /// Which row, from 0.
        row: usize,
        /// The value there.
        got: f64,
        /// The least value.
        low: f64,
        /// Whether `low` itself is allowed.
        closed: bool,
    },
    /// A measured value that the law cannot have.
    #[error("expected `y` {}, got {got} (row {row})", if *.probability { "between 0 and 1" } else { "to be finite" })]
    BadValue {
        /// Which row, from 0.
        row: usize,
        /// The value there.
        got: f64,
        /// Whether the law is one of probabilities.
        probability: bool,
    },
    /// A measured value without a place on the scale of residuals.
    #[error("expected `y` {} for residuals on a logarithmic scale, got {got} (row {row})", if *.plus_one { "above -1" } else { "above 0" })]
    BadOnScale {
        /// Which row, from 0.
        row: usize,
        /// The value there.
        got: f64,
        /// Whether the scale is ln(1 + y).
        plus_one: bool,
    },
    /// Successes beyond their total.
    #[error(
        "expected 0 <= `count` <= `total` and `total` of at least 1, got {successes} of {total} (row {row})"
    )]
    BadCounts {
        /// Which row, from 0.
        row: usize,
        /// Successes there.
        successes: f64,
        /// Tries there.
        total: f64,
    },
    /// A negative or infinite weight.
    #[error("expected `weight` to be finite and at least 0, got {got} (row {row})")]
    BadWeight {
        /// Which row, from 0.
        row: usize,
        /// The weight there.
        got: f64,
    },
    /// Counts for a law whose value is not a probability.
    #[error("expected values of y for the law {law}, got counts: its values are not probabilities")]
    CountsWithoutProbability {
        /// Which law.
        law: &'static str,
    },
    /// The binomial objective without counts.
    #[error("expected `count` and `total` for the binomial objective, got values of y alone")]
    BinomialWithoutCounts,
    /// A δ that is not positive.
    #[error("expected `delta` above 0, got {got}")]
    BadDelta {
        /// The δ.
        got: f64,
    },
    /// No parameter of that name.
    #[error("expected a parameter of {law} ({known}), got {got}")]
    UnknownParameter {
        /// Which law.
        law: &'static str,
        /// Its parameters.
        known: String,
        /// The name that was passed.
        got: String,
    },
    /// A fixed value outside the parameter's range.
    #[error("expected `{name}` to be finite, from {low} to {high}, got {got}")]
    FixedOutOfRange {
        /// Which parameter.
        name: &'static str,
        /// Its least value.
        low: f64,
        /// Its largest value.
        high: f64,
        /// The value that was passed.
        got: f64,
    },
    /// Fewer rows than free parameters.
    #[error("expected at least {needed} rows for {needed} free parameters of {law}, got {got}")]
    TooFewRows {
        /// Which law.
        law: &'static str,
        /// Free parameters.
        needed: usize,
        /// Rows with a weight, or distinct rows of inputs if those are fewer.
        got: usize,
    },
    /// A law that no start could be found for.
    #[error("no start of {law} has a finite objective on these rows")]
    NoStart {
        /// Which law.
        law: &'static str,
    },
    /// A holdout that leaves too little on a side.
    #[error("expected at least 3 rows held out and {needed} left to fit, got {held} and {left}")]
    BadHoldout {
        /// Rows that the fit needs.
        needed: usize,
        /// Rows held out.
        held: usize,
        /// Rows left.
        left: usize,
    },
    /// Selection among laws that do not read the same inputs or were given none.
    #[error("expected at least one law with the inputs {inputs}, got none")]
    NothingToSelect {
        /// The inputs.
        inputs: String,
    },
}

impl FitError {
    /// A name of the variant that stays the same when messages change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stats(error) => error.code(),
            Self::LengthMismatch { .. } => "LENGTH_MISMATCH",
            Self::BadInput { .. } => "BAD_INPUT",
            Self::BadValue { .. } => "BAD_VALUE",
            Self::BadOnScale { .. } => "BAD_ON_SCALE",
            Self::BadCounts { .. } => "BAD_COUNTS",
            Self::BadWeight { .. } => "BAD_WEIGHT",
            Self::CountsWithoutProbability { .. } => "COUNTS_WITHOUT_PROBABILITY",
            Self::BinomialWithoutCounts => "BINOMIAL_WITHOUT_COUNTS",
            Self::BadDelta { .. } => "BAD_DELTA",
            Self::UnknownParameter { .. } => "UNKNOWN_PARAMETER",
            Self::FixedOutOfRange { .. } => "FIXED_OUT_OF_RANGE",
            Self::TooFewRows { .. } => "TOO_FEW_ROWS",
            Self::NoStart { .. } => "NO_START",
            Self::BadHoldout { .. } => "BAD_HOLDOUT",
            Self::NothingToSelect { .. } => "NOTHING_TO_SELECT",
        }
    }

    /// The row concerned, from 0, so that a reader of a file can name its line.
    pub fn row(&self) -> Option<usize> {
        match self {
            Self::BadInput { row, .. }
            | Self::BadValue { row, .. }
            | Self::BadOnScale { row, .. }
            | Self::BadCounts { row, .. }
            | Self::BadWeight { row, .. } => Some(*row),
            _ => None,
        }
    }
}
