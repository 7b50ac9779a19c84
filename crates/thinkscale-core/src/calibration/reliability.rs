//! Calibration by bins: do samples with probability p turn out right a share p of the time?
//!
//! With n_b samples in bin b, mean probability p_b and share right y_b, and y over all,
//!
//! - ECE = Σ n_b/n |p_b − y_b| (Naeini, Cooper and Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using
//!   Bayesian Binning"; Guo et al. 2017, "On Calibration of Modern Neural Networks", eq. 3);
//! - Brier = reliability − resolution + uncertainty + within, with reliability Σ n_b/n (p_b − y_b)², resolution
//!   Σ n_b/n (y_b − y)² and uncertainty y (1 − y) (Murphy 1973, "A New Vector Partition of the Probability Score").
//!   `within` is what bins hide, 0 if each holds one probability (Stephenson, Coelho and Jolliffe 2008, "Two Extra
//!   Components in the Brier Score Decomposition").
//!
//! ECE depends on the bins and is biased upwards: even perfect probabilities differ from y_b by noise, about
//! sqrt(p (1 − p)/n_b) a bin. Compare models at equal n and bins, and look at the Brier score beside it.

use super::metrics::brier_score;
use super::{CalibrationError, check_forecasts};

/// The most bins.
pub const MAX_BINS: usize = 10_000;

/// How probabilities are put into bins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Binning {
    /// Bin b of B is [b/B, (b + 1)/B), and the last holds 1 too.
    EqualWidth,
    /// Bin b of B holds the samples with ranks from b n/B; equal probabilities stay together in the bin of the first.
    EqualMass,
}

/// The samples of one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Samples.
    pub count: usize,
    /// Their mean probability.
    pub mean_probability: f64,
    /// The share of them that is right.
    pub share_right: f64,
}

/// Bins and what they add up to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reliability {
    /// The bins that hold samples, from low to high probability.
    pub bins: Vec<Bin>,
    /// Expected calibration error, 0 to 1.
    pub ece: f64,
    /// The largest |p_b − y_b|.
    pub largest_gap: f64,
    /// Brier score.
    pub brier: f64,
    /// Its part from bins that are off; lower is better.
    pub reliability: f64,
    /// Its part, subtracted, from bins that differ; higher is better.
    pub resolution: f64,
    /// Its part from the base rate, the same for every model.
    pub uncertainty: f64,
    /// Its rest, from probabilities that differ inside bins.
    pub within: f64,
}

/// Calibration of probabilities in `bins` bins, from 1 to 10 000; 10 is usual.
///
/// # Errors
/// As [`brier_score`], and [`CalibrationError::BinsOutOfRange`].
pub fn reliability(
    probabilities: &[f64],
    correct: &[u8],
    binning: Binning,
    bins: usize,
) -> Result<Reliability, CalibrationError> {
    check_forecasts(probabilities, correct)?;
    if !(1..=MAX_BINS).contains(&bins) {
        return Err(CalibrationError::BinsOutOfRange {
            got: bins,
            most: MAX_BINS,
        });
    }
    let n = probabilities.len();
    let mut sums = vec![(0_usize, 0.0, 0_usize); bins];
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    let mut rank = 0;
    for equal in order.chunk_by(|&a, &b| probabilities[a] == probabilities[b]) {
        let p = probabilities[equal[0]];
        let bin = match binning {
            Binning::EqualWidth => ((p * bins as f64) as usize).min(bins - 1),
            Binning::EqualMass => rank * bins / n,
        };
        let sum = &mut sums[bin];
        sum.0 += equal.len();
        sum.1 += p * equal.len() as f64;
        sum.2 += equal.iter().filter(|&&sample| correct[sample] == 1).count();
        rank += equal.len();
    }
    let bins: Vec<Bin> = sums
        .into_iter()
        .filter(|sum| sum.0 > 0)
        .map(|(count, probability, right)| Bin {
            count,
            mean_probability: probability / count as f64,
            share_right: right as f64 / count as f64,
        })
        .collect();
    let mean = |figure: &dyn Fn(&Bin) -> f64| {
        bins.iter().map(|bin| bin.count as f64 * figure(bin)).sum::<f64>() / n as f64
    };
    let gap = |bin: &Bin| (bin.mean_probability - bin.share_right).abs();
    let base = mean(&|bin| bin.share_right);
    let brier = brier_score(probabilities, correct)?;
    let reliability = mean(&|bin| gap(bin).powi(2));
    let resolution = mean(&|bin| (bin.share_right - base).powi(2));
    let uncertainty = base * (1.0 - base);
    Ok(Reliability {
        ece: mean(&gap),
        largest_gap: bins.iter().map(gap).fold(0.0, f64::max),
        brier,
        reliability,
        resolution,
        uncertainty,
        within: brier - (reliability - resolution + uncertainty),
        bins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const P: [f64; 6] = [0.1, 0.1, 0.4, 0.4, 0.9, 0.9];
    const Y: [u8; 6] = [0, 0, 1, 0, 1, 1];

    #[test]
    fn two_bins_by_hand() {
        // [0, 0.5): mean p 0.25, right 1 of 4. [0.5, 1]: mean p 0.9, right 2 of 2.
        let result = reliability(&P, &Y, Binning::EqualWidth, 2).unwrap();
        assert_eq!(
            result.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(),
            [4, 2]
        );
        assert!((result.ece - 0.1 / 3.0).abs() < 1e-15);
        assert!((result.largest_gap - 0.1).abs() < 1e-15);
        assert!((result.reliability - 0.01 / 3.0).abs() < 1e-15);
        assert_eq!(result.uncertainty, 0.25);
        // (4 · 0.25² + 2 · 0.5²)/6.
        assert!((result.resolution - 0.125).abs() < 1e-15);
    }

    #[test]
    fn bins_of_one_probability_leave_nothing_within() {
        for binning in [Binning::EqualWidth, Binning::EqualMass] {
            let result = reliability(&P, &Y, binning, 3).unwrap();
            assert_eq!(
                result.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(),
                [2, 2, 2]
            );
            assert!(result.within.abs() < 1e-15, "{result:?}");
            assert!((result.ece - 0.1).abs() < 1e-15);
        }
    }

    #[test]
    fn equal_probabilities_stay_together() {
        let result = reliability(&[0.7; 5], &[1, 0, 1, 1, 0], Binning::EqualMass, 4).unwrap();
        assert_eq!(result.bins.len(), 1);
        let result = reliability(&[0.1, 0.6, 0.6, 0.6], &[0, 1, 0, 1], Binning::EqualMass, 4).unwrap();
        assert_eq!(
            result.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(),
            [1, 3]
        );
        let ends = reliability(&[0.0, 1.0], &[0, 1], Binning::EqualWidth, 10).unwrap();
        assert_eq!((ends.bins.len(), ends.ece, ends.brier), (2, 0.0, 0.0));
    }

    #[test]
    fn bad_numbers_of_bins_are_named() {
        for bins in [0, MAX_BINS + 1] {
            let error = reliability(&P, &Y, Binning::EqualWidth, bins).unwrap_err();
            assert_eq!(error.code(), "BINS_OUT_OF_RANGE");
        }
        assert_eq!(
            reliability(&[], &[], Binning::EqualMass, 5).unwrap_err().code(),
            "EMPTY"
        );
    }

    proptest! {
        #[test]
        fn parts_keep_their_ranges_and_the_order_of_samples_does_not_matter(
            samples in prop::collection::vec((0.0_f64..=1.0, any::<bool>()), 1..60),
            bins in 1_usize..15,
            mass in any::<bool>(),
        ) {
            let binning = if mass { Binning::EqualMass } else { Binning::EqualWidth };
            let run = |samples: &[(f64, bool)]| {
                let p: Vec<f64> = samples.iter().map(|s| s.0).collect();
                let y: Vec<u8> = samples.iter().map(|s| u8::from(s.1)).collect();
                reliability(&p, &y, binning, bins).unwrap()
            };
            let result = run(&samples);
            prop_assert_eq!(result.bins.iter().map(|bin| bin.count).sum::<usize>(), samples.len());
            prop_assert!(result.bins.len() <= bins);
            prop_assert!((0.0..=1.0).contains(&result.ece) && result.ece <= result.largest_gap + 1e-12);
            // Jensen: the squared mean gap is at most the mean squared gap.
            prop_assert!(result.ece.powi(2) <= result.reliability + 1e-12);
            prop_assert!(result.resolution <= result.uncertainty + 1e-12);
            let mut turned = samples;
            turned.reverse();
            let again = run(&turned);
            prop_assert!((again.ece - result.ece).abs() < 1e-12 && again.bins.len() == result.bins.len());
        }
    }
}
