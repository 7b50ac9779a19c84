//! Platt scaling: P(right | score) = σ(slope · score + intercept).
//!
//! Platt 1999, "Probabilistic Outputs for Support Vector Machines and Comparisons to Regularized Likelihood Methods",
//! eq. 11, with A = −slope and B = −intercept. The targets are not 1 and 0 but (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2), for
//! N₊ right and N₋ wrong samples, so that the fit is finite where a score separates the classes. Minimised as Lin, Lin
//! and Weng 2007 do ([`newton`](super::newton)); their C code and LIBSVM's give the same numbers.

use super::newton::Regression;
use super::{CalibrationError, calibration_set, sigmoid};
use crate::stats::check_finite;

/// A fitted sigmoid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Platt {
    /// Change of the log-odds a unit of score; negative if higher scores speak against a sample, 0 if all are equal.
    pub slope: f64,
    /// Log-odds at score 0.
    pub intercept: f64,
}

/// A fit and how it ended.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlattFit {
    /// The sigmoid.
    pub model: Platt,
    /// Whether the gradient vanished.
    pub converged: bool,
    /// Largest entry of the gradient for standardised scores, a sample.
    pub gradient_norm: f64,
    /// Newton iterations.
    pub iterations: usize,
}

impl Platt {
    /// Fits a sigmoid; without `weights` (finite, ≥ 0) every sample counts once.
    ///
    /// # Errors
    /// [`CalibrationError::TooFewSamples`], [`CalibrationError::OneClass`], and for the shapes and values of the
    /// inputs [`CalibrationError::Votes`] and [`CalibrationError::Stats`].
    pub fn fit(
        scores: &[f64],
        correct: &[u8],
        weights: Option<&[f64]>,
    ) -> Result<PlattFit, CalibrationError> {
        let samples = calibration_set(scores, correct, weights)?;
        let total: f64 = samples.iter().map(|sample| sample.weight).sum();
        let right: f64 = samples.iter().filter(|s| s.right).map(|s| s.weight).sum();
        let (high, low) = ((right + 1.0) / (right + 2.0), 1.0 / (total - right + 2.0));
        let targets: Vec<f64> = samples
            .iter()
            .map(|sample| if sample.right { high } else { low })
            .collect();
        let weights: Vec<f64> = samples.iter().map(|sample| sample.weight).collect();
        // Newton's steps do not depend on the scale of a score, but rounding and the test of the gradient do.
        let mean = samples.iter().map(|s| s.weight * s.score).sum::<f64>() / total;
        let variance = samples
            .iter()
            .map(|s| s.weight * (s.score - mean).powi(2))
            .sum::<f64>()
            / total;
        let scale = standard_scale(mean, variance);
        let features: Vec<f64> = samples.iter().map(|s| (s.score - mean) * scale).collect();
        let found = Regression {
            features: &features,
            columns: 1,
            targets: &targets,
            weights: &weights,
            penalty: 0.0,
        }
        .solve();
        let slope = found.coefficients[0] * scale;
        Ok(PlattFit {
            model: Self {
                slope,
                intercept: found.coefficients[1] - slope * mean,
            },
            converged: found.converged,
            gradient_norm: found.gradient_norm,
            iterations: found.iterations,
        })
    }

    /// The probability of every score.
    ///
    /// # Errors
    /// [`CalibrationError::Stats`] if a score or a parameter is not finite.
    pub fn apply(&self, scores: &[f64]) -> Result<Vec<f64>, CalibrationError> {
        check_finite("model", &[self.slope, self.intercept])?;
        check_finite("scores", scores)?;
        Ok(scores
            .iter()
            .map(|score| sigmoid(self.slope * score + self.intercept))
            .collect())
    }
}

/// One over the standard deviation, or 0 where a spread cannot be told from rounding.
pub(crate) fn standard_scale(mean: f64, variance: f64) -> f64 {
    if variance.sqrt() > 1e-12 * mean.abs() {
        1.0 / variance.sqrt()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::stream;
    use proptest::prelude::*;
    use rand_core::Rng;

    #[test]
    fn the_values_of_libsvm() {
        // scikit-learn, test_calibration.py, test_sigmoid_calibration: A and B by LIBSVM's C++ code.
        let fit = Platt::fit(&[5.0, -4.0, 1.0], &[1, 0, 0], None).unwrap();
        assert!(fit.converged);
        assert!(
            (fit.model.slope - 0.202_613_543_911_878_55).abs() < 1e-4,
            "{fit:?}"
        );
        assert!(
            (fit.model.intercept + 0.652_363_149_800_105_1).abs() < 1e-4,
            "{fit:?}"
        );
    }

    #[test]
    fn recovers_a_planted_sigmoid() {
        let mut rng = stream(1, &[]);
        let mut uniform = move || (rng.next_u64() >> 11) as f64 * 2.0_f64.powi(-53);
        let scores: Vec<f64> = (0..40_000).map(|_| 1000.0 + 6.0 * (uniform() - 0.5)).collect();
        let correct: Vec<u8> = scores
            .iter()
            .map(|score| u8::from(uniform() < sigmoid(1.5 * (score - 1000.3))))
            .collect();
        let fit = Platt::fit(&scores, &correct, None).unwrap();
        assert!(fit.converged && (fit.model.slope - 1.5).abs() < 0.05, "{fit:?}");
        let midpoint = -fit.model.intercept / fit.model.slope;
        assert!((midpoint - 1000.3).abs() < 0.04, "{midpoint}");
    }

    #[test]
    fn separated_and_constant_scores_stay_finite() {
        let fit = Platt::fit(&[0.1, 0.2, 0.8, 0.9], &[0, 0, 1, 1], None).unwrap();
        assert!(fit.converged && fit.model.slope > 0.0 && fit.model.slope.is_finite());
        // Four scores on two sides carry the smoothed targets 3/4 and 1/4 at most.
        let applied = fit.model.apply(&[0.1, 0.9]).unwrap();
        assert!(applied[0] > 0.15 && applied[1] < 0.85);
        let fit = Platt::fit(&[3.0; 5], &[0, 1, 1, 1, 1], None).unwrap();
        assert!(fit.converged && fit.model.slope == 0.0);
        // (4 · 5/6 + 1/3)/5 = 11/15.
        assert!((fit.model.apply(&[3.0]).unwrap()[0] - 11.0 / 15.0).abs() < 1e-9);
        let bad = Platt {
            slope: f64::NAN,
            intercept: 0.0,
        };
        assert_eq!(bad.apply(&[1.0]).unwrap_err().code(), "NOT_FINITE");
    }

    proptest! {
        #[test]
        fn weights_are_repetitions_and_the_scale_does_not_matter(
            samples in prop::collection::vec((-2.0_f64..2.0, any::<bool>(), 1_usize..4), 3..30),
            unit in 0.001_f64..1000.0,
        ) {
            let scores: Vec<f64> = samples.iter().map(|s| s.0).collect();
            let correct: Vec<u8> = samples.iter().map(|s| u8::from(s.1)).collect();
            let weights: Vec<f64> = samples.iter().map(|s| s.2 as f64).collect();
            let Ok(weighted) = Platt::fit(&scores, &correct, Some(&weights)) else { return Ok(()); };
            prop_assert!(weighted.converged);
            let repeat = |place: usize| std::iter::repeat_n(place, samples[place].2);
            let places: Vec<usize> = (0..samples.len()).flat_map(repeat).collect();
            let long: Vec<f64> = places.iter().map(|&i| unit * scores[i]).collect();
            let flags: Vec<u8> = places.iter().map(|&i| correct[i]).collect();
            let repeated = Platt::fit(&long, &flags, None).unwrap();
            let difference = repeated.model.slope * unit - weighted.model.slope;
            prop_assert!(difference.abs() < 1e-5 * (1.0 + weighted.model.slope.abs()), "{:?} {:?}", repeated, weighted);
        }
    }
}
