//! Border of `thinkscale_core::calibration` and of the theory of best-of-N.

use napi::bindgen_prelude::{AsyncTask, Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;
use thinkscale_core::calibration::{self, Binning, Isotonic, Platt};
use thinkscale_core::votes;

use crate::compute::{Compute, compute};
use crate::error::{BorderError, Result};
use crate::scalar::{integer, size};

/// Knots between which an isotonic model is linear.
#[napi(object, object_from_js = false)]
pub struct IsotonicModel {
    /// Scores, rising.
    pub scores: Vec<f64>,
    /// Probabilities, not falling.
    pub probabilities: Vec<f64>,
}

/// A sigmoid and how its fit ended.
#[napi(object, object_from_js = false)]
pub struct PlattFit {
    /// Change of the log-odds a unit of score.
    pub slope: f64,
    /// Log-odds at score 0.
    pub intercept: f64,
    /// Whether the gradient vanished.
    pub converged: bool,
    /// Largest entry of the gradient, a sample.
    pub gradient_norm: f64,
    /// Newton iterations.
    pub iterations: u32,
}

/// An area under the ROC curve with its interval.
#[napi(object, object_from_js = false)]
pub struct Area {
    /// The area on all problems.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Resamples without a pair to compare.
    pub undefined_resamples: f64,
}

/// The areas of samples that belong to problems.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct AurocOverProblems {
    /// All samples against each other.
    pub pooled: Option<Area>,
    /// Samples against others of their own problem.
    pub within: Option<Area>,
    /// Problems with both right and wrong samples.
    pub mixed_problems: f64,
}

/// The samples of one bin.
#[napi(object, object_from_js = false)]
pub struct ReliabilityBin {
    /// Samples.
    pub count: f64,
    /// Their mean probability.
    pub mean_probability: f64,
    /// The share of them that is right.
    pub share_right: f64,
}

/// Calibration by bins.
#[napi(object, object_from_js = false)]
pub struct Reliability {
    /// Bins that hold samples.
    pub bins: Vec<ReliabilityBin>,
    /// Expected calibration error.
    pub ece: f64,
    /// The largest gap of a bin.
    pub largest_gap: f64,
    /// Brier score.
    pub brier: f64,
    /// Its part from bins that are off.
    pub reliability: f64,
    /// Its part, subtracted, from bins that differ.
    pub resolution: f64,
    /// Its part from the base rate.
    pub uncertainty: f64,
    /// Its part from probabilities that differ inside bins.
    pub within: f64,
}

/// Fits an isotonic model.
#[napi(ts_return_type = "Promise<IsotonicModel>")]
pub fn fit_isotonic(
    scores: Float64Array,
    correct: Uint8Array,
    weights: Option<Float64Array>,
) -> AsyncTask<Compute<IsotonicModel>> {
    let (scores, correct) = (scores.to_vec(), correct.to_vec());
    let weights = weights.map(|weights| weights.to_vec());
    compute(move || {
        let model = Isotonic::fit(&scores, &correct, weights.as_deref())?;
        Ok(IsotonicModel {
            scores: model.scores().to_vec(),
            probabilities: model.probabilities().to_vec(),
        })
    })
}

/// Probabilities of scores by an isotonic model.
#[napi(catch_unwind)]
pub fn apply_isotonic(
    scores: Float64Array,
    knot_scores: Float64Array,
    knot_probabilities: Float64Array,
) -> Result<Float64Array> {
    let model = Isotonic::new(knot_scores.to_vec(), knot_probabilities.to_vec());
    let values = model.and_then(|model| model.apply(&scores));
    Ok(values.map_err(BorderError::from)?.into())
}

/// Fits a sigmoid.
#[napi(ts_return_type = "Promise<PlattFit>")]
pub fn fit_platt(
    scores: Float64Array,
    correct: Uint8Array,
    weights: Option<Float64Array>,
) -> AsyncTask<Compute<PlattFit>> {
    let (scores, correct) = (scores.to_vec(), correct.to_vec());
    let weights = weights.map(|weights| weights.to_vec());
    compute(move || {
        let fit = Platt::fit(&scores, &correct, weights.as_deref())?;
        Ok(PlattFit {
            slope: fit.model.slope,
            intercept: fit.model.intercept,
            converged: fit.converged,
            gradient_norm: fit.gradient_norm,
            iterations: fit.iterations as u32,
        })
    })
}

/// Probabilities of scores by a sigmoid.
#[napi(catch_unwind)]
pub fn apply_platt(scores: Float64Array, slope: f64, intercept: f64) -> Result<Float64Array> {
    let values = Platt { slope, intercept }.apply(&scores);
    Ok(values.map_err(BorderError::from)?.into())
}

/// Area under the ROC curve; null without both classes.
#[napi(catch_unwind, ts_return_type = "number | null")]
pub fn auroc(scores: Float64Array, correct: Uint8Array) -> Result<Option<f64>> {
    Ok(calibration::auroc(&scores, &correct).map_err(BorderError::from)?)
}

/// Areas over problems with bootstrap intervals.
#[napi(ts_return_type = "Promise<AurocOverProblems>")]
pub fn auroc_over_problems(
    scores: Float64Array,
    correct: Uint8Array,
    offsets: Uint32Array,
    resamples: f64,
    seed: f64,
    level: f64,
) -> AsyncTask<Compute<AurocOverProblems>> {
    let (scores, correct, offsets) = (scores.to_vec(), correct.to_vec(), offsets.to_vec());
    compute(move || {
        let (resamples, seed) = (size("resamples", resamples)?, integer("seed", seed)?);
        let result = calibration::auroc_over_problems(&scores, &correct, &offsets, resamples, seed, level)?;
        let area = |area: calibration::Area| Area {
            value: area.value,
            low: area.interval.low,
            high: area.interval.high,
            undefined_resamples: area.undefined as f64,
        };
        Ok(AurocOverProblems {
            pooled: result.pooled.map(area),
            within: result.within.map(area),
            mixed_problems: result.mixed_problems as f64,
        })
    })
}

/// Mean squared error of probabilities.
#[napi(catch_unwind)]
pub fn brier_score(probabilities: Float64Array, correct: Uint8Array) -> Result<f64> {
    Ok(calibration::brier_score(&probabilities, &correct).map_err(BorderError::from)?)
}

/// Mean log loss of probabilities in nats.
#[napi(catch_unwind)]
pub fn log_loss(probabilities: Float64Array, correct: Uint8Array) -> Result<f64> {
    Ok(calibration::log_loss(&probabilities, &correct).map_err(BorderError::from)?)
}

/// Calibration of probabilities by bins.
#[napi(catch_unwind)]
pub fn reliability(
    probabilities: Float64Array,
    correct: Uint8Array,
    #[napi(ts_arg_type = "'equal-width' | 'equal-mass'")] binning: String,
    bins: f64,
) -> Result<Reliability> {
    let binning = match binning.as_str() {
        "equal-width" => Binning::EqualWidth,
        "equal-mass" => Binning::EqualMass,
        other => {
            let message = format!("expected `binning` to be 'equal-width' or 'equal-mass', got '{other}'");
            return Err(BorderError::new("BAD_BINNING", message).into());
        }
    };
    let result = calibration::reliability(&probabilities, &correct, binning, size("bins", bins)?)
        .map_err(BorderError::from)?;
    let bin = |bin: &calibration::Bin| ReliabilityBin {
        count: bin.count as f64,
        mean_probability: bin.mean_probability,
        share_right: bin.share_right,
    };
    Ok(Reliability {
        bins: result.bins.iter().map(bin).collect(),
        ece: result.ece,
        largest_gap: result.largest_gap,
        brier: result.brier,
        reliability: result.reliability,
        resolution: result.resolution,
        uncertainty: result.uncertainty,
        within: result.within,
    })
}

/// Best-of-N in theory, by a binormal verifier of a given AUROC.
#[napi(catch_unwind)]
pub fn best_of_n_at_auroc(p: f64, n: f64, auroc: f64) -> Result<f64> {
    let value = votes::best_of_n_at_auroc(p, integer("n", n)?, auroc);
    Ok(value.map_err(BorderError::from)?)
}
