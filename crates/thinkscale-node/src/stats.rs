//! Border of `thinkscale_core::stats`.

use napi::bindgen_prelude::{AsyncTask, Float64Array, Uint32Array};
use napi_derive::napi;
use thinkscale_core::stats::{self, BcaStatus, Interval};

use crate::compute::{Compute, compute};
use crate::error::{BorderError, Result};
use crate::scalar::{integer, size};

/// Means of columns with their uncertainty; one entry a column.
#[napi(object, object_from_js = false)]
pub struct BootstrapMean {
    /// Mean over the rows.
    pub means: Float64Array,
    /// Standard deviation of the resampled means.
    pub standard_errors: Float64Array,
    /// Lower ends of the percentile intervals.
    pub percentile_low: Float64Array,
    /// Upper ends of the percentile intervals.
    pub percentile_high: Float64Array,
    /// Lower ends of the BCa intervals.
    pub bca_low: Float64Array,
    /// Upper ends of the BCa intervals.
    pub bca_high: Float64Array,
    /// Whether each BCa interval could be computed.
    #[napi(ts_type = "Array<'computed' | 'all-equal' | 'bias-infinite' | 'acceleration-too-large'>")]
    pub bca_status: Vec<String>,
}

/// Unbiased pass@k, written to `values`: row-major problems × ks.
#[napi(catch_unwind)]
pub fn pass_at_k(
    samples: Uint32Array,
    successes: Uint32Array,
    ks: Uint32Array,
    mut values: Float64Array,
) -> Result<()> {
    // Copies, because the caller's arrays may lie in the memory that is written to.
    let (samples, successes, ks) = (samples.to_vec(), successes.to_vec(), ks.to_vec());
    // SAFETY: nothing else here refers to the array's memory, and the call is synchronous, so that JavaScript neither
    // touches nor detaches it meanwhile.
    let values = unsafe { values.as_mut() };
    stats::pass_at_k_into(&samples, &successes, &ks, values).map_err(BorderError::from)?;
    Ok(())
}

/// Bootstrap over the rows of a row-major rows × columns matrix.
#[napi(ts_return_type = "Promise<BootstrapMean>")]
pub fn bootstrap_mean(
    values: Float64Array,
    rows: f64,
    columns: f64,
    resamples: f64,
    seed: f64,
    level: f64,
) -> AsyncTask<Compute<BootstrapMean>> {
    let values = values.to_vec();
    compute(move || {
        let (rows, columns) = (size("rows", rows)?, size("columns", columns)?);
        let (resamples, seed) = (size("resamples", resamples)?, integer("seed", seed)?);
        Ok(stats::bootstrap_mean(&values, rows, columns, resamples, seed, level)?.into())
    })
}

impl From<stats::BootstrapMean> for BootstrapMean {
    fn from(result: stats::BootstrapMean) -> Self {
        let ends = |intervals: &[Interval], end: fn(&Interval) -> f64| -> Float64Array {
            intervals.iter().map(end).collect::<Vec<_>>().into()
        };
        Self {
            percentile_low: ends(&result.percentile, |interval| interval.low),
            percentile_high: ends(&result.percentile, |interval| interval.high),
            bca_low: ends(&result.bca, |interval| interval.low),
            bca_high: ends(&result.bca, |interval| interval.high),
            bca_status: result
                .bca_status
                .into_iter()
                .map(|status| status_name(status).to_owned())
                .collect(),
            means: result.means.into(),
            standard_errors: result.standard_errors.into(),
        }
    }
}

fn status_name(status: BcaStatus) -> &'static str {
    match status {
        BcaStatus::Computed => "computed",
        BcaStatus::AllEqual => "all-equal",
        BcaStatus::BiasInfinite => "bias-infinite",
        _ => "acceleration-too-large",
    }
}
