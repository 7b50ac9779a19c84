//! Border of `thinkscale_core::laws`.

use std::collections::BTreeMap;

use napi::bindgen_prelude::{AsyncTask, Float64Array, Uint32Array};
use napi_derive::napi;
use thinkscale_core::laws::{self, Direction, FitOptions, Outcome};

use crate::compute::{Compute, compute};
use crate::error::BorderError;
use crate::scalar::{integer, size};

/// A figure with its bootstrap interval.
#[napi(object, object_from_js = false)]
pub struct Estimate {
    /// The value on all problems.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The law at one k.
#[napi(object, object_from_js = false)]
pub struct Prediction {
    /// The k that was asked for.
    pub k: f64,
    /// Predicted accuracy.
    pub value: f64,
    /// Lower end of its band.
    pub low: f64,
    /// Upper end of its band.
    pub high: f64,
    /// How far k lies outside the data, in factors of ten.
    pub decades_beyond: f64,
}

/// The bootstrap refits behind the intervals.
#[napi(object, object_from_js = false)]
pub struct Refits {
    /// Resamples drawn.
    pub resamples: f64,
    /// Refits that failed.
    pub failed: f64,
    /// Parameters of the others, row-major.
    pub draws: Float64Array,
}

/// Why the data do not support a law.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Refusal {
    /// Which reason.
    pub kind: String,
    /// The reason as a sentence with its numbers.
    pub sentence: String,
    /// The parameter concerned, if there is one.
    pub parameter: Option<String>,
    /// The numbers by name.
    pub numbers: BTreeMap<String, f64>,
}

/// A fitted Beta-Binomial law.
#[napi(object, object_from_js = false)]
pub struct BetaBinomialFit {
    /// First shape.
    pub alpha: Estimate,
    /// Second shape.
    pub beta: Estimate,
    /// Expected pass@1.
    pub mean: Estimate,
    /// Log-likelihood, binomial coefficients included.
    pub log_likelihood: f64,
    /// Whether the gradient vanished.
    pub converged: bool,
    /// Largest entry of the gradient in the log parameters, a problem.
    pub gradient_norm: f64,
    /// Iterations of the best start.
    pub iterations: u32,
    /// Share of the starts that reached the best log-likelihood.
    pub agreeing_starts: f64,
    /// Problems in the data.
    pub problems: u32,
    /// Coverage at the requested ks.
    pub predictions: Vec<Prediction>,
    /// A draw is (alpha, beta).
    pub refits: Refits,
}

/// A fitted saturating power law.
#[napi(object, object_from_js = false)]
pub struct SaturatingPowerFit {
    /// The limit for large k.
    pub c: Estimate,
    /// The gap to the limit at k = 1.
    pub a: Estimate,
    /// The exponent.
    pub b: Estimate,
    /// Whether more compute helps.
    #[napi(ts_type = "'rising' | 'falling'")]
    pub direction: String,
    /// Root mean square of the residuals.
    pub rmse: f64,
    /// Root mean square error on problems that were left out.
    pub cross_validation_rmse: f64,
    /// The same if the others' mean curve itself predicts.
    pub cross_validation_reference: f64,
    /// Whether the search reached the bottom of its valley.
    pub converged: bool,
    /// Scaled derivative in ln b.
    pub gradient_norm: f64,
    /// Evaluations after the grid.
    pub iterations: u32,
    /// Problems in the data.
    pub problems: u32,
    /// Accuracy at the requested ks.
    pub predictions: Vec<Prediction>,
    /// A draw is (c, a, b).
    pub refits: Refits,
}

/// A fit and, if the data do not support it, why.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct BetaBinomialOutcome {
    /// Null if the law is supported.
    pub refusal: Option<Refusal>,
    /// Null if nothing could be computed.
    pub fit: Option<BetaBinomialFit>,
}

/// A fit and, if the data do not support it, why.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct SaturatingPowerOutcome {
    /// Null if the law is supported.
    pub refusal: Option<Refusal>,
    /// Null if nothing could be computed.
    pub fit: Option<SaturatingPowerFit>,
}

/// Fits coverage to samples and successes of each problem.
#[napi(ts_return_type = "Promise<BetaBinomialOutcome>")]
pub fn fit_beta_binomial(
    samples: Uint32Array,
    successes: Uint32Array,
    predict_at: Float64Array,
    resamples: f64,
    seed: f64,
    level: f64,
) -> AsyncTask<Compute<BetaBinomialOutcome>> {
    let (samples, successes, predict_at) = (samples.to_vec(), successes.to_vec(), predict_at.to_vec());
    compute(move || {
        let options = options(&predict_at, resamples, seed, level)?;
        let (refusal, fit) = split(laws::fit_beta_binomial(&samples, &successes, &options)?);
        Ok(BetaBinomialOutcome {
            refusal,
            fit: fit.map(BetaBinomialFit::from),
        })
    })
}

/// Fits the mean curve of a row-major problems × ks matrix.
#[napi(ts_return_type = "Promise<SaturatingPowerOutcome>")]
pub fn fit_saturating_power(
    values: Float64Array,
    ks: Float64Array,
    predict_at: Float64Array,
    resamples: f64,
    seed: f64,
    level: f64,
) -> AsyncTask<Compute<SaturatingPowerOutcome>> {
    let (values, ks, predict_at) = (values.to_vec(), ks.to_vec(), predict_at.to_vec());
    compute(move || {
        let options = options(&predict_at, resamples, seed, level)?;
        let (refusal, fit) = split(laws::fit_saturating_power(&values, &ks, &options)?);
        Ok(SaturatingPowerOutcome {
            refusal,
            fit: fit.map(SaturatingPowerFit::from),
        })
    })
}

pub(crate) fn options(
    predict_at: &[f64],
    resamples: f64,
    seed: f64,
    level: f64,
) -> Result<FitOptions<'_>, BorderError> {
    Ok(FitOptions {
        predict_at,
        resamples: size("resamples", resamples)?,
        seed: integer("seed", seed)?,
        level,
    })
}

pub(crate) fn split<F>(outcome: Outcome<F>) -> (Option<Refusal>, Option<F>) {
    match outcome {
        Outcome::Fitted(fit) => (None, Some(fit)),
        Outcome::Refused { refusal, fit } => (Some(refusal.into()), fit),
    }
}

impl From<laws::Refusal> for Refusal {
    fn from(refusal: laws::Refusal) -> Self {
        let numbers = refusal.numbers();
        Self {
            kind: refusal.kind().to_owned(),
            sentence: refusal.to_string(),
            parameter: refusal.parameter().map(str::to_owned),
            numbers: numbers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }
    }
}

impl From<laws::Estimate> for Estimate {
    fn from(estimate: laws::Estimate) -> Self {
        Self {
            value: estimate.value,
            low: estimate.interval.low,
            high: estimate.interval.high,
        }
    }
}

impl From<laws::Prediction> for Prediction {
    fn from(prediction: laws::Prediction) -> Self {
        let Estimate { value, low, high } = prediction.estimate.into();
        Self {
            k: prediction.k,
            value,
            low,
            high,
            decades_beyond: prediction.decades_beyond,
        }
    }
}

impl From<laws::Refits> for Refits {
    fn from(refits: laws::Refits) -> Self {
        Self {
            resamples: refits.resamples as f64,
            failed: refits.failed as f64,
            draws: refits.draws.into(),
        }
    }
}

impl From<laws::BetaBinomialFit> for BetaBinomialFit {
    fn from(fit: laws::BetaBinomialFit) -> Self {
        Self {
            alpha: fit.alpha.into(),
            beta: fit.beta.into(),
            mean: fit.mean.into(),
            log_likelihood: fit.log_likelihood,
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

impl From<laws::SaturatingPowerFit> for SaturatingPowerFit {
    fn from(fit: laws::SaturatingPowerFit) -> Self {
        let direction = match fit.direction {
            Direction::Rising => "rising",
            Direction::Falling => "falling",
        };
        Self {
            c: fit.c.into(),
            a: fit.a.into(),
            b: fit.b.into(),
            direction: direction.to_owned(),
            rmse: fit.rmse,
            cross_validation_rmse: fit.cross_validation_rmse,
            cross_validation_reference: fit.cross_validation_reference,
            converged: fit.converged,
            gradient_norm: fit.gradient_norm,
            iterations: fit.iterations as u32,
            problems: fit.problems as u32,
            predictions: fit.predictions.into_iter().map(Prediction::from).collect(),
            refits: fit.refits.into(),
        }
    }
}
