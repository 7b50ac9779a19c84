//! The bootstrap over problems that all laws share.

use rayon::prelude::*;

use super::law::{Estimate, FitOptions, Prediction, Refits, Refusal, TOLERATED_FAILURES};
use super::{LawError, StatsError};
use crate::stats::interval::{Interval, percentile};
use crate::stats::random::{resample_counts, stream};
use crate::stats::{check_finite, check_resampling};

/// Checks the options that every fit takes.
pub fn check_options(options: &FitOptions) -> Result<(), LawError> {
    check_resampling(options.resamples, options.level)?;
    check_finite("predict_at", options.predict_at)?;
    match options.predict_at.iter().position(|&k| k <= 0.0) {
        Some(index) => Err(LawError::BadKs {
            name: "predict_at",
            index,
            got: options.predict_at[index],
        }),
        None => Ok(()),
    }
}

/// Draws of `N` parameters.
pub struct Draws<const N: usize> {
    parameters: Vec<[f64; N]>,
    resamples: usize,
    level: f64,
}

impl<const N: usize> Draws<N> {
    /// Refits every resample; `refit` gets how often each problem was drawn and returns `None` where it fails.
    pub fn new(
        problems: usize,
        options: &FitOptions,
        refit: impl Fn(&[u32]) -> Option<[f64; N]> + Sync,
    ) -> Self {
        let parameters: Vec<Option<[f64; N]>> = (0..options.resamples)
            .into_par_iter()
            .with_min_len(4)
            .map_init(
                || vec![0_u32; problems],
                |counts, resample| {
                    resample_counts(&mut stream(options.seed, &[resample as u64]), counts);
                    refit(counts)
                },
            )
            .collect();
        Self {
            parameters: parameters.into_iter().flatten().collect(),
            resamples: options.resamples,
            level: options.level,
        }
    }

    /// A figure and the interval of the same figure over the draws.
    pub fn estimate(&self, value: f64, figure: impl Fn(&[f64; N]) -> f64) -> Estimate {
        let mut sorted: Vec<f64> = self.parameters.iter().map(figure).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let interval = if sorted.is_empty() {
            Interval {
                low: f64::NAN,
                high: f64::NAN,
            }
        } else {
            percentile(&sorted, self.level)
        };
        Estimate { value, interval }
    }

    /// The law at the requested ks; `range` is what the data span.
    pub fn predictions(
        &self,
        predict_at: &[f64],
        range: (f64, f64),
        parameters: &[f64; N],
        law: impl Fn(&[f64; N], f64) -> f64 + Sync,
    ) -> Vec<Prediction> {
        predict_at
            .par_iter()
            .map(|&k| Prediction {
                k,
                estimate: self.estimate(law(parameters, k), |draw| law(draw, k)),
                decades_beyond: (k / range.1).log10().max((range.0 / k).log10()).max(0.0),
            })
            .collect()
    }

    /// A refusal if too many refits failed.
    pub fn refusal(&self) -> Option<Refusal> {
        let failed = self.resamples - self.parameters.len();
        (failed as f64 > TOLERATED_FAILURES * self.resamples as f64).then_some(Refusal::UnstableRefits {
            failed,
            resamples: self.resamples,
        })
    }

    pub fn into_refits(self) -> Refits {
        Refits {
            resamples: self.resamples,
            failed: self.resamples - self.parameters.len(),
            draws: self.parameters.into_iter().flatten().collect(),
        }
    }
}

/// Mean and standard error of the mean, for at least 2 values.
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (
        mean,
        crate::stats::bootstrap::standard_deviation(values) / n.sqrt(),
    )
}

/// No problems at all is an error rather than a refusal: there is nothing to report on.
pub fn check_problems(problems: usize) -> Result<(), LawError> {
    if problems == 0 {
        Err(StatsError::Empty { name: "problems" }.into())
    } else {
        Ok(())
    }
}
