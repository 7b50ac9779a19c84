//! Border of `thinkscale_core::votes`.

use napi::bindgen_prelude::{AsyncTask, Float64Array, Int32Array, Uint8Array, Uint32Array};
use napi_derive::napi;
use thinkscale_core::votes;

use crate::compute::{Compute, compute};
use crate::error::{BorderError, Result};
use crate::scalar::{integer, size};
use crate::stats::BootstrapMean;

/// The distinct answers of every problem, best first; `offsets` cuts the other arrays into problems.
#[napi(object, object_from_js = false)]
pub struct Ranking {
    /// Where each problem's answers start; one entry more than problems.
    pub offsets: Uint32Array,
    /// Answer ids.
    pub answers: Int32Array,
    /// How many samples gave the answer.
    pub votes: Uint32Array,
    /// The sum of their weights.
    pub weights: Float64Array,
    /// The place, within its problem, of the first sample that gave the answer.
    pub first_samples: Uint32Array,
}

impl From<votes::Ranking> for Ranking {
    fn from(ranking: votes::Ranking) -> Self {
        Self {
            offsets: ranking.offsets.into(),
            answers: ranking.answers.into(),
            votes: ranking.votes.into(),
            weights: ranking.weights.into(),
            first_samples: ranking.first_samples.into(),
        }
    }
}

/// Answers ranked by votes; ties go to the first seen.
#[napi(catch_unwind)]
pub fn majority_vote(answers: Int32Array, offsets: Uint32Array) -> Result<Ranking> {
    Ok(votes::majority_vote(&answers, &offsets)
        .map_err(BorderError::from)?
        .into())
}

/// Answers ranked by summed weight; ties go to the first seen.
#[napi(catch_unwind)]
pub fn weighted_vote(answers: Int32Array, weights: Float64Array, offsets: Uint32Array) -> Result<Ranking> {
    Ok(votes::weighted_vote(&answers, &weights, &offsets)
        .map_err(BorderError::from)?
        .into())
}

/// Exact maj@k, row-major problems × ks.
#[napi(ts_return_type = "Promise<Float64Array>")]
pub fn majority_at_k(
    answers: Int32Array,
    correct: Uint8Array,
    offsets: Uint32Array,
    ks: Uint32Array,
) -> AsyncTask<Compute<Float64Array>> {
    let (answers, correct) = (answers.to_vec(), correct.to_vec());
    let (offsets, ks) = (offsets.to_vec(), ks.to_vec());
    compute(move || Ok(votes::majority_at_k(&answers, &correct, &offsets, &ks)?.into()))
}

/// Means of maj@k over problems, with a bootstrap over problems.
#[napi(ts_return_type = "Promise<BootstrapMean>")]
pub fn majority_bootstrap(
    answers: Int32Array,
    correct: Uint8Array,
    offsets: Uint32Array,
    ks: Uint32Array,
    resamples: f64,
    seed: f64,
    level: f64,
) -> AsyncTask<Compute<BootstrapMean>> {
    let (answers, correct) = (answers.to_vec(), correct.to_vec());
    let (offsets, ks) = (offsets.to_vec(), ks.to_vec());
    compute(move || {
        let (resamples, seed) = (size("resamples", resamples)?, integer("seed", seed)?);
        Ok(votes::majority_bootstrap(&answers, &correct, &offsets, &ks, resamples, seed, level)?.into())
    })
}

/// Weighted vote at k over seeded random subsets, row-major problems × ks.
#[napi(ts_return_type = "Promise<Float64Array>")]
pub fn weighted_vote_at_k(
    answers: Int32Array,
    weights: Float64Array,
    correct: Uint8Array,
    offsets: Uint32Array,
    ks: Uint32Array,
    subsets: f64,
    seed: f64,
) -> AsyncTask<Compute<Float64Array>> {
    let (answers, weights, correct) = (answers.to_vec(), weights.to_vec(), correct.to_vec());
    let (offsets, ks) = (offsets.to_vec(), ks.to_vec());
    compute(move || {
        let (subsets, seed) = (size("subsets", subsets)?, integer("seed", seed)?);
        let values = votes::weighted_vote_at_k(&answers, &weights, &correct, &offsets, &ks, subsets, seed)?;
        Ok(values.into())
    })
}

/// Exact best-of-k by score, row-major problems × ks.
#[napi(ts_return_type = "Promise<Float64Array>")]
pub fn best_of_k(
    scores: Float64Array,
    correct: Uint8Array,
    offsets: Uint32Array,
    ks: Uint32Array,
) -> AsyncTask<Compute<Float64Array>> {
    let (scores, correct) = (scores.to_vec(), correct.to_vec());
    let (offsets, ks) = (offsets.to_vec(), ks.to_vec());
    compute(move || Ok(votes::best_of_k(&scores, &correct, &offsets, &ks)?.into()))
}
