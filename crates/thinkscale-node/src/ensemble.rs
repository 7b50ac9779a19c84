//! Border of `thinkscale_core::ensemble`.

use napi::bindgen_prelude::{AsyncTask, Float64Array, Int8Array, Uint8Array};
use napi_derive::napi;
use thinkscale_core::ensemble::{self, Agreement, Learned};

use crate::compute::{Compute, compute};
use crate::error::{BorderError, Result};
use crate::scalar::size;

/// An ensemble learned from outcomes and how its fit ended.
#[napi(object, object_from_js = false)]
pub struct LearnedEnsembleFit {
    /// Change of the log-odds a unit of each verifier's score.
    pub weights: Vec<f64>,
    /// Log-odds where every score is 0.
    pub intercept: f64,
    /// Weights a standard deviation of score.
    pub standardised_weights: Vec<f64>,
    /// Whether the gradient vanished.
    pub converged: bool,
    /// Largest entry of the gradient, a sample.
    pub gradient_norm: f64,
    /// Newton iterations.
    pub iterations: u32,
}

/// The pair of verifiers that agrees most beyond its model.
#[napi(object, object_from_js = false)]
pub struct ExcessAgreement {
    /// One verifier.
    pub first: u32,
    /// The other.
    pub second: u32,
    /// The share of equal votes.
    pub observed: f64,
    /// The share that the model expects.
    pub expected: f64,
    /// The excess in standard errors.
    pub standard_errors: f64,
}

/// An ensemble learned from agreement and how its fit ended.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct AgreementEnsembleFit {
    /// P(vote 1 | right) of each verifier.
    pub sensitivities: Vec<f64>,
    /// P(vote 0 | wrong) of each verifier.
    pub specificities: Vec<f64>,
    /// P(right) of a sample.
    pub prior: f64,
    /// The share of each verifier's votes that is correct.
    pub accuracies: Vec<f64>,
    /// P(right) of each sample.
    pub posteriors: Float64Array,
    /// Log-likelihood with the prior on the rates.
    pub log_likelihood: f64,
    /// Whether the parameters stopped moving.
    pub converged: bool,
    /// The last change of a parameter.
    pub last_change: f64,
    /// EM iterations.
    pub iterations: u32,
    /// Verifiers that tell right from wrong.
    pub informative: u32,
    /// Whether agreement determines the accuracies.
    pub identified: bool,
    /// Null if no two verifiers vote on one sample.
    pub excess_agreement: Option<ExcessAgreement>,
}

/// Learns weights of verifiers from outcomes.
#[napi(ts_return_type = "Promise<LearnedEnsembleFit>")]
pub fn fit_learned_ensemble(
    scores: Float64Array,
    verifiers: f64,
    correct: Uint8Array,
    penalty: f64,
) -> AsyncTask<Compute<LearnedEnsembleFit>> {
    let (scores, correct) = (scores.to_vec(), correct.to_vec());
    compute(move || {
        let fit = ensemble::fit_learned(&scores, size("verifiers", verifiers)?, &correct, penalty)?;
        Ok(LearnedEnsembleFit {
            weights: fit.model.weights,
            intercept: fit.model.intercept,
            standardised_weights: fit.standardised_weights,
            converged: fit.converged,
            gradient_norm: fit.gradient_norm,
            iterations: fit.iterations as u32,
        })
    })
}

/// Probabilities of rows of scores.
#[napi(catch_unwind)]
pub fn apply_learned_ensemble(
    scores: Float64Array,
    weights: Float64Array,
    intercept: f64,
) -> Result<Float64Array> {
    let model = Learned {
        weights: weights.to_vec(),
        intercept,
    };
    Ok(model.apply(&scores).map_err(BorderError::from)?.into())
}

/// Learns the accuracies of verifiers from their agreement.
#[napi(ts_return_type = "Promise<AgreementEnsembleFit>")]
pub fn fit_agreement_ensemble(
    votes: Int8Array,
    verifiers: f64,
    prior: Option<f64>,
) -> AsyncTask<Compute<AgreementEnsembleFit>> {
    let votes = votes.to_vec();
    compute(move || {
        let fit = ensemble::fit_agreement(&votes, size("verifiers", verifiers)?, prior)?;
        let excess = ensemble::excess_agreement(&fit.model, &votes)?;
        Ok(AgreementEnsembleFit {
            accuracies: fit.accuracies,
            posteriors: fit.posteriors.into(),
            log_likelihood: fit.log_likelihood,
            converged: fit.converged,
            last_change: fit.last_change,
            iterations: fit.iterations as u32,
            informative: fit.informative as u32,
            identified: fit.identified,
            excess_agreement: excess.map(|pair| ExcessAgreement {
                first: pair.first as u32,
                second: pair.second as u32,
                observed: pair.observed,
                expected: pair.expected,
                standard_errors: pair.standard_errors,
            }),
            sensitivities: fit.model.sensitivities,
            specificities: fit.model.specificities,
            prior: fit.model.prior,
        })
    })
}

/// Probabilities of rows of votes.
#[napi(catch_unwind)]
pub fn apply_agreement_ensemble(
    votes: Int8Array,
    sensitivities: Float64Array,
    specificities: Float64Array,
    prior: f64,
) -> Result<Float64Array> {
    let model = Agreement {
        sensitivities: sensitivities.to_vec(),
        specificities: specificities.to_vec(),
        prior,
    };
    Ok(model.apply(&votes).map_err(BorderError::from)?.into())
}
