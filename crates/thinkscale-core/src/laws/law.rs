//! What every fit takes and returns.

use crate::stats::Interval;

/// Problems below which no law is fitted: a bootstrap over fewer has too few distinct resamples of what differs.
pub const NEEDED_PROBLEMS: usize = 20;
/// Problems with a success below which a curve is at its floor: with 5, a resample misses all of them once in 150.
pub const NEEDED_SOLVED: usize = 5;
/// Distinct ks that a three-parameter curve needs to leave a residual.
pub const NEEDED_POINTS: usize = 4;
/// The least ratio of the largest to the smallest k: three doublings show whether growth slows.
pub const NEEDED_FACTOR: f64 = 8.0;
/// How many standard errors count as noise.
pub const NOISE_ERRORS: f64 = 2.0;
/// The share of failed refits above which intervals would describe a selection of the resamples.
pub const TOLERATED_FAILURES: f64 = 0.1;

/// What a fit should predict and how it should resample.
#[derive(Clone, Copy, Debug)]
pub struct FitOptions<'a> {
    /// The ks to predict, positive and finite, in any order; real values are allowed.
    pub predict_at: &'a [f64],
    /// Bootstrap resamples of the problems, from 2 to 10^6; 1000 is usual.
    pub resamples: usize,
    /// Seed of the resamples.
    pub seed: u64,
    /// Level of all intervals, between 0 and 1, for instance 0.95.
    pub level: f64,
}

/// A fit, or the reason why the data support none.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<F> {
    /// The law is supported.
    Fitted(F),
    /// The law is not supported.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The parameters all the same, where they could be computed: for a report, never for a decision.
        fit: Option<F>,
    },
}

impl<F> Outcome<F> {
    /// The fit, supported or not.
    pub fn fit(&self) -> Option<&F> {
        match self {
            Self::Fitted(fit) => Some(fit),
            Self::Refused { fit, .. } => fit.as_ref(),
        }
    }

    /// The reason of a refusal.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Fitted(_) => None,
            Self::Refused { refusal, .. } => Some(refusal),
        }
    }

    pub(crate) fn new(refusal: Option<Refusal>, fit: F) -> Self {
        match refusal {
            None => Self::Fitted(fit),
            Some(refusal) => Self::Refused {
                refusal,
                fit: Some(fit),
            },
        }
    }
}

/// Why the data do not support a law. Its `Display` is a sentence with the numbers.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// Fewer than [`NEEDED_PROBLEMS`].
    #[error("The fit needs at least {needed} problems, and there are {got}.")]
    TooFewProblems {
        /// Problems in the data.
        got: usize,
        /// Problems needed.
        needed: usize,
    },
    /// Fewer than [`NEEDED_POINTS`] distinct ks or a range below [`NEEDED_FACTOR`].
    #[error(
        "The fit needs at least {needed_points} values of k over a factor of {needed_factor}, and there are {points} \
         over a factor of {factor:.3}."
    )]
    TooShortRange {
        /// Distinct ks in the data.
        points: usize,
        /// Distinct ks needed.
        needed_points: usize,
        /// Largest over smallest k.
        factor: f64,
        /// The factor needed.
        needed_factor: f64,
    },
    /// Fewer than [`NEEDED_SOLVED`] problems have any success.
    #[error(
        "The curve is at its floor: {solved} problems have a success, and the fit needs at least {needed}."
    )]
    AtFloor {
        /// Problems with a success.
        solved: usize,
        /// Problems needed.
        needed: usize,
    },
    /// At its smallest k the curve is within [`NOISE_ERRORS`] standard errors of 1.
    #[error(
        "The curve starts at its ceiling: accuracy {accuracy:.4} at the smallest k is within noise ({noise:.4}) of 1."
    )]
    AtCeiling {
        /// Mean accuracy at the smallest k.
        accuracy: f64,
        /// [`NOISE_ERRORS`] standard errors of it.
        noise: f64,
    },
    /// From the first to the last k the mean changes by less than [`NOISE_ERRORS`] standard errors of the change.
    #[error(
        "The curve has no trend: accuracy changes by {change:+.4} from the smallest to the largest k, within noise \
         ({noise:.4})."
    )]
    NoTrend {
        /// Mean change, paired by problem.
        change: f64,
        /// [`NOISE_ERRORS`] standard errors of it.
        noise: f64,
    },
    /// Fewer levels of thinking tokens than a residual needs.
    #[error("The fit needs at least {needed} levels of thinking tokens, and there are {levels}.")]
    TooFewLevels {
        /// Levels in the data.
        levels: usize,
        /// Levels needed.
        needed: usize,
    },
    /// From the first to the last level the mean does not rise by more than [`NOISE_ERRORS`] standard errors.
    #[error(
        "Accuracy does not rise with thinking tokens: from the first to the last level it changes by {change:+.4}, and \
         only a rise above {noise:.4} stands out from noise."
    )]
    NoRise {
        /// Mean change, paired by problem.
        change: f64,
        /// [`NOISE_ERRORS`] standard errors of it.
        noise: f64,
    },
    /// The best parameter lies where nothing was measured, and no given number ties it down there.
    #[error(
        "The data do not determine {name}: its best value {value:.4} lies outside what was measured, {low:.4} to {high:.4}."
    )]
    OutsideData {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Where the measurements start, in the unit of the parameter.
        low: f64,
        /// Where they end.
        high: f64,
    },
    /// The best parameter lies at the edge of what is allowed or of what the data can tell apart.
    #[error("The data do not determine {name}: its best value {value:.6} lies at the bound {bound}.")]
    ParameterAtBound {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The bound.
        bound: f64,
    },
    /// The optimiser stopped before the gradient vanished.
    #[error(
        "The fit did not converge: the gradient is still {gradient_norm:.3e} after {iterations} iterations."
    )]
    NotConverged {
        /// Norm of the scaled gradient where it stopped.
        gradient_norm: f64,
        /// Iterations made.
        iterations: usize,
    },
    /// More than [`TOLERATED_FAILURES`] of the bootstrap refits failed.
    #[error("The fit is not stable: {failed} of {resamples} refits on resampled problems failed.")]
    UnstableRefits {
        /// Refits that failed.
        failed: usize,
        /// Refits tried.
        resamples: usize,
    },
}

impl Refusal {
    /// A name of the variant that stays the same when sentences change.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TooFewProblems { .. } => "too-few-problems",
            Self::TooShortRange { .. } => "too-short-range",
            Self::AtFloor { .. } => "at-floor",
            Self::AtCeiling { .. } => "at-ceiling",
            Self::NoTrend { .. } => "no-trend",
            Self::TooFewLevels { .. } => "too-few-levels",
            Self::NoRise { .. } => "no-rise",
            Self::OutsideData { .. } => "outside-data",
            Self::ParameterAtBound { .. } => "parameter-at-bound",
            Self::NotConverged { .. } => "not-converged",
            Self::UnstableRefits { .. } => "unstable-refits",
        }
    }

    /// The parameter concerned, if there is one.
    pub fn parameter(&self) -> Option<&'static str> {
        match self {
            Self::ParameterAtBound { name, .. } | Self::OutsideData { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The numbers of the sentence, by the names of the fields in camel case.
    pub fn numbers(&self) -> Vec<(&'static str, f64)> {
        match *self {
            Self::TooFewProblems { got, needed } => vec![("got", got as f64), ("needed", needed as f64)],
            Self::TooShortRange {
                points,
                needed_points,
                factor,
                needed_factor,
            } => vec![
                ("points", points as f64),
                ("neededPoints", needed_points as f64),
                ("factor", factor),
                ("neededFactor", needed_factor),
            ],
            Self::AtFloor { solved, needed } => vec![("solved", solved as f64), ("needed", needed as f64)],
            Self::AtCeiling { accuracy, noise } => vec![("accuracy", accuracy), ("noise", noise)],
            Self::NoTrend { change, noise } => vec![("change", change), ("noise", noise)],
            Self::TooFewLevels { levels, needed } => {
                vec![("levels", levels as f64), ("needed", needed as f64)]
            }
            Self::NoRise { change, noise } => vec![("change", change), ("noise", noise)],
            Self::OutsideData { value, low, high, .. } => {
                vec![("value", value), ("low", low), ("high", high)]
            }
            Self::ParameterAtBound { value, bound, .. } => vec![("value", value), ("bound", bound)],
            Self::NotConverged {
                gradient_norm,
                iterations,
            } => {
                vec![("gradientNorm", gradient_norm), ("iterations", iterations as f64)]
            }
            Self::UnstableRefits { failed, resamples } => {
                vec![("failed", failed as f64), ("resamples", resamples as f64)]
            }
        }
    }
}

/// A parameter or another figure with its percentile interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value on all problems.
    pub value: f64,
    /// Its bootstrap interval; NaN at both ends if every refit failed.
    pub interval: Interval,
}

/// The law at one k.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The k that was asked for.
    pub k: f64,
    /// Predicted accuracy and its band from the bootstrap draws.
    pub estimate: Estimate,
    /// How far k lies outside the data, in factors of ten; 0 inside. Distrust predictions beyond 1 or 2.
    pub decades_beyond: f64,
}

/// The bootstrap refits behind the intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Refits {
    /// Resamples drawn.
    pub resamples: usize,
    /// Refits that found no optimum; they are left out of the draws.
    pub failed: usize,
    /// Parameters of the others, row-major, in the order in which the fit lists its parameters. Derived figures, such
    /// as the k that reaches a target, take their interval from these.
    pub draws: Vec<f64>,
}
