//! Border of `thinkscale_core::laws::logistic`.

use napi::bindgen_prelude::{AsyncTask, Float64Array, Uint32Array};
use napi_derive::napi;
use thinkscale_core::laws::{self, Ends};

use crate::compute::{Compute, compute};
use crate::laws::{Estimate, Prediction, Refits, Refusal, options, split};

/// A fitted logistic law of thinking tokens.
#[napi(object, object_from_js = false)]
pub struct LogisticFit {
    /// Change of the log-odds for each factor of e in 1 + t.
    pub slope: Estimate,
    /// ln(1 + t) halfway between the ends.
    pub midpoint: Estimate,
    /// The same in tokens.
    pub midpoint_tokens: Estimate,
    /// Accuracy at the low end.
    pub floor: Estimate,
    /// Accuracy at the high end.
    pub ceiling: Estimate,
    /// Whether the midpoint lies within the measured levels.
    pub midpoint_inside: bool,
    /// Log-likelihood, binomial coefficients included.
    pub log_likelihood: f64,
    /// Twice what a free accuracy at each level would gain.
    pub deviance: f64,
    /// Levels less fitted parameters.
    pub degrees_of_freedom: f64,
    /// Whether the gradient vanished.
    pub converged: bool,
    /// Largest entry of the gradient, in standard errors.
    pub gradient_norm: f64,
    /// Iterations of the best start.
    pub iterations: u32,
    /// Share of the starts that reached the best log-likelihood.
    pub agreeing_starts: f64,
    /// Problems in the data.
    pub problems: u32,
    /// Accuracy at the requested tokens.
    pub predictions: Vec<Prediction>,
    /// A draw is (slope, midpoint, floor, ceiling).
    pub refits: Refits,
}

/// A fit and, if the data do not support it, why.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct LogisticOutcome {
    /// Null if the law is supported.
    pub refusal: Option<Refusal>,
    /// Null if nothing could be computed.
    pub fit: Option<LogisticFit>,
}

/// Fits accuracy over thinking tokens to row-major problems × levels counts; an end that is null is fitted.
#[napi(ts_return_type = "Promise<LogisticOutcome>")]
#[allow(clippy::too_many_arguments)] // The options of one object, flat as N-API wants them.
pub fn fit_logistic(
    samples: Uint32Array,
    successes: Uint32Array,
    tokens: Float64Array,
    floor: Option<f64>,
    ceiling: Option<f64>,
    predict_at: Float64Array,
    resamples: f64,
    seed: f64,
    level: f64,
) -> AsyncTask<Compute<LogisticOutcome>> {
    let (samples, successes) = (samples.to_vec(), successes.to_vec());
    let (tokens, predict_at) = (tokens.to_vec(), predict_at.to_vec());
    compute(move || {
        let options = options(&predict_at, resamples, seed, level)?;
        let ends = Ends { floor, ceiling };
        let outcome = laws::fit_logistic(&samples, &successes, &tokens, ends, &options)?;
        let (refusal, fit) = split(outcome);
        Ok(LogisticOutcome {
            refusal,
            fit: fit.map(LogisticFit::from),
        })
    })
}

impl From<laws::LogisticFit> for LogisticFit {
    fn from(fit: laws::LogisticFit) -> Self {
        Self {
            slope: fit.slope.into(),
            midpoint: fit.midpoint.into(),
            midpoint_tokens: fit.midpoint_tokens.into(),
            floor: fit.floor.into(),
            ceiling: fit.ceiling.into(),
            midpoint_inside: fit.midpoint_inside,
            log_likelihood: fit.log_likelihood,
            deviance: fit.deviance,
            degrees_of_freedom: fit.degrees_of_freedom as f64,
            converged: fit.converged,
            gradient_norm: fit.gradient_norm,
            iterations: fit.iterations as u32,
            agreeing_starts: fit.agreeing_starts,
            problems: fit.problems as u32,
            predictions: fit.predictions.into_iter().map(Prediction::from).collect(),
            refits: fit.refits.into(),
        }
    }
}
