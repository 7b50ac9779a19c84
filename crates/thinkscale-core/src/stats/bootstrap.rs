//! Bootstrap over problems of the mean of every column of a matrix.
//!
//! A row is a problem and a column a point of a curve (a k, a budget, a strategy). Rows are resampled whole and the
//! same resamples serve every column, because the points of one problem come from the same samples (Efron and
//! Tibshirani 1993, chapters 6, 13 and 14; intervals in [`interval`](super::interval)).
//!
//! For a mean the jackknife is closed: leaving row i out moves the mean by (mean − x_i)/(n − 1).

use rayon::prelude::*;

use super::interval::{self, BcaStatus, Interval};
use super::random::{resample_counts, stream};
use super::{StatsError, check_finite, check_resampling};

/// Means of columns with their uncertainty; every vector has one entry a column.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BootstrapMean {
    /// Mean over the rows.
    pub means: Vec<f64>,
    /// Standard deviation of the resampled means.
    pub standard_errors: Vec<f64>,
    /// Percentile intervals.
    pub percentile: Vec<Interval>,
    /// BCa intervals, or what [`BcaStatus`] says stands in their place.
    pub bca: Vec<Interval>,
    /// Whether each BCa interval could be computed.
    pub bca_status: Vec<BcaStatus>,
}

/// Resamples the rows of a row-major `rows` × `columns` matrix `resamples` times.
///
/// `level` lies in (0, 1), for instance 0.95; 2000 `resamples` settle both ends of a 95 % interval to about a tenth
/// of a standard error. Resample b draws from stream b of `seed`, so the result does not depend on the threads.
///
/// # Errors
/// [`StatsError::Empty`] without rows or columns, [`StatsError::LengthMismatch`] if `values` is not rows × columns,
/// [`StatsError::NotFinite`], [`StatsError::ResamplesOutOfRange`], [`StatsError::LevelOutOfRange`].
pub fn bootstrap_mean(
    values: &[f64],
    rows: usize,
    columns: usize,
    resamples: usize,
    seed: u64,
    level: f64,
) -> Result<BootstrapMean, StatsError> {
    check_resampling(resamples, level)?;
    for (name, size) in [("rows", rows), ("columns", columns)] {
        if size == 0 {
            return Err(StatsError::Empty { name });
        }
    }
    if rows.checked_mul(columns) != Some(values.len()) {
        return Err(StatsError::LengthMismatch {
            name: "values",
            expected: rows.saturating_mul(columns),
            got: values.len(),
        });
    }
    check_finite("values", values)?;

    let draws: Vec<Vec<f64>> = (0..resamples)
        .into_par_iter()
        .with_min_len(16)
        .map_init(
            || vec![0_u32; rows],
            |counts, resample| {
                resample_counts(&mut stream(seed, &[resample as u64]), counts);
                weighted_means(values, columns, counts)
            },
        )
        .collect();
    Ok(summarise(values, columns, &draws, level))
}

/// What resampled means (one entry a column each) say about the column means of a row-major matrix.
pub(crate) fn summarise(values: &[f64], columns: usize, draws: &[Vec<f64>], level: f64) -> BootstrapMean {
    let rows = values.len() / columns;
    let means = weighted_means(values, columns, &vec![1; rows]);
    let summaries: Vec<_> = (0..columns)
        .into_par_iter()
        .map(|column| {
            let mut sorted: Vec<f64> = draws.iter().map(|draw| draw[column]).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            // The jackknife values of a mean are an affine image of the rows with negative slope, and the
            // acceleration only sees their centred shape.
            let jackknife: Vec<f64> = (0..rows).map(|row| -values[row * columns + column]).collect();
            let (bca, status) =
                interval::bca(means[column], &sorted, interval::acceleration(&jackknife), level);
            (
                standard_deviation(&sorted),
                interval::percentile(&sorted, level),
                bca,
                status,
            )
        })
        .collect();
    BootstrapMean {
        means,
        standard_errors: summaries.iter().map(|summary| summary.0).collect(),
        percentile: summaries.iter().map(|summary| summary.1).collect(),
        bca: summaries.iter().map(|summary| summary.2).collect(),
        bca_status: summaries.iter().map(|summary| summary.3).collect(),
    }
}

/// Column means with each row counted `counts[row]` times, for counts that sum to the number of rows.
pub(crate) fn weighted_means(values: &[f64], columns: usize, counts: &[u32]) -> Vec<f64> {
    if columns == 1 {
        // A branch on the count, which cannot be foreseen, would take longer than adding nothing.
        let sum: f64 = values
            .iter()
            .zip(counts)
            .map(|(value, &count)| f64::from(count) * value)
            .sum();
        return vec![sum / counts.len() as f64];
    }
    let mut sums = vec![0.0; columns];
    for (row, &count) in values.chunks_exact(columns).zip(counts) {
        if count > 0 {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += f64::from(count) * value;
            }
        }
    }
    sums.iter().map(|sum| sum / counts.len() as f64).collect()
}

/// Sample standard deviation (divisor len − 1), for at least 2 values.
pub(crate) fn standard_deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (square / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::below;
    use rand_core::Rng;

    #[test]
    fn mouse_data_of_efron_and_tibshirani() {
        // Table 2.1, treated mice; table 2.2 gives 23.36 as the standard error of the mean for B -> infinity.
        let treated = [94.0, 197.0, 16.0, 38.0, 99.0, 141.0, 23.0];
        let result = bootstrap_mean(&treated, 7, 1, 40_000, 1, 0.95).unwrap();
        assert!((result.means[0] - 86.857_142_857_142_86).abs() < 1e-12);
        assert!(
            (result.standard_errors[0] - 23.36).abs() < 0.3,
            "{}",
            result.standard_errors[0]
        );
    }

    #[test]
    fn equals_the_enumeration_of_every_resample() {
        let rows = [0.0, 1.0, 5.0, 7.0];
        let mut all = Vec::new();
        for code in 0..256_usize {
            all.push((0..4).map(|place| rows[code >> (2 * place) & 3]).sum::<f64>() / 4.0);
        }
        all.sort_by(f64::total_cmp);
        let result = bootstrap_mean(&rows, 4, 1, 200_000, 3, 0.8).unwrap();
        let exact = interval::percentile(&all, 0.8);
        assert!((result.percentile[0].low - exact.low).abs() <= 0.25);
        assert!((result.percentile[0].high - exact.high).abs() <= 0.25);
        assert!((result.standard_errors[0] - standard_deviation(&all)).abs() < 0.01);
    }

    #[test]
    fn columns_share_their_resamples() {
        let mut rng = stream(5, &[]);
        let values: Vec<f64> = (0..40).flat_map(|_| [below(&mut rng, 100) as f64; 3]).collect();
        let result = bootstrap_mean(&values, 40, 3, 500, 9, 0.9).unwrap();
        assert_eq!(result.percentile[0], result.percentile[1]);
        assert_eq!(result.bca[0], result.bca[2]);
    }

    #[test]
    fn does_not_depend_on_the_number_of_threads() {
        let values: Vec<f64> = (0..60).map(|i| f64::from(i * i % 17)).collect();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| bootstrap_mean(&values, 30, 2, 400, 11, 0.95).unwrap())
        };
        assert_eq!(run(1), run(5));
        assert_ne!(run(1), bootstrap_mean(&values, 30, 2, 400, 12, 0.95).unwrap());
    }

    #[test]
    fn constant_columns_give_a_point() {
        let result = bootstrap_mean(&[0.3; 10], 10, 1, 100, 1, 0.95).unwrap();
        assert_eq!(result.bca_status, [BcaStatus::AllEqual]);
        assert_eq!(
            (result.bca[0].low, result.bca[0].high),
            (result.means[0], result.means[0])
        );
        assert!(result.standard_errors[0] < 1e-15);
    }

    #[test]
    fn a_95_percent_interval_covers_a_known_mean() {
        // Exponential(1), n = 40: skewed enough that the percentile interval falls short and BCa helps.
        let (mut percentile_hits, mut bca_hits) = (0, 0);
        let sets = 400;
        for set in 0..sets {
            let mut rng = stream(77, &[set]);
            let values: Vec<f64> = (0..40)
                .map(|_| {
                    -((rng.next_u64() >> 11) as f64 + 0.5)
                        .mul_add(2.0_f64.powi(-53), 0.0)
                        .ln()
                })
                .collect();
            let result = bootstrap_mean(&values, 40, 1, 600, set, 0.95).unwrap();
            percentile_hits += u32::from(result.percentile[0].contains(1.0));
            bca_hits += u32::from(result.bca[0].contains(1.0));
        }
        for (name, hits) in [("percentile", percentile_hits), ("bca", bca_hits)] {
            let coverage = f64::from(hits) / sets as f64;
            assert!((0.90..=0.985).contains(&coverage), "{name} covers {coverage}");
        }
    }

    #[test]
    fn bad_parameters_are_named() {
        let code = |rows, columns, resamples, level| {
            bootstrap_mean(&[1.0, 2.0], rows, columns, resamples, 1, level).unwrap_err()
        };
        assert!(matches!(code(0, 2, 100, 0.9), StatsError::Empty { name: "rows" }));
        assert!(matches!(
            code(2, 2, 100, 0.9),
            StatsError::LengthMismatch {
                expected: 4,
                got: 2,
                ..
            }
        ));
        assert!(matches!(
            code(2, 1, 1, 0.9),
            StatsError::ResamplesOutOfRange { resamples: 1 }
        ));
        for level in [0.0, 1.0, -1.0, f64::NAN] {
            assert!(matches!(
                code(2, 1, 100, level),
                StatsError::LevelOutOfRange { .. }
            ));
        }
        let error = bootstrap_mean(&[1.0, f64::NAN], 2, 1, 100, 1, 0.9).unwrap_err();
        assert!(matches!(error, StatsError::NotFinite { index: 1, .. }));
    }
}
