//! An ensemble learned from outcomes: P(right | scores) = σ(intercept + Σ_v weight_v · score_v).
//!
//! L2-regularised logistic regression (Hastie, Tibshirani and Friedman 2009, "The Elements of Statistical Learning",
//! section 4.4) on standardised scores, so that one penalty λ fits verifiers of every scale: the objective is the
//! negative log-likelihood plus λ/2 times the squared weights, the intercept left free. λ = 1 is what scikit-learn
//! calls C = 1, and a normal prior of standard deviation 1 on the change of the log-odds a standard deviation of
//! score. Where two verifiers say the same, the penalty shares the weight between them.

use super::{EnsembleError, check_shape};
use crate::calibration::newton::{Regression, linear};
use crate::calibration::platt::standard_scale;
use crate::calibration::{CalibrationError, NEEDED_SAMPLES, sigmoid};
use crate::stats::check_finite;
use crate::votes::{check_flags, check_length};

/// A learned ensemble, in units of the raw scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// Change of the log-odds a unit of each verifier's score.
    pub weights: Vec<f64>,
    /// Log-odds where every score is 0.
    pub intercept: f64,
}

/// A fit and how it ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LearnedFit {
    /// The ensemble.
    pub model: Learned,
    /// Weights a standard deviation of score: these compare verifiers. 0 for one whose scores are all equal.
    pub standardised_weights: Vec<f64>,
    /// Whether the gradient vanished.
    pub converged: bool,
    /// Largest entry of the gradient for standardised scores, a sample.
    pub gradient_norm: f64,
    /// Newton iterations.
    pub iterations: usize,
}

/// Learns from row-major samples × `verifiers` scores and `correct` (0 or 1 a sample); `penalty` is λ > 0, 1 is usual.
///
/// # Errors
/// [`EnsembleError::TooFewVerifiers`] without verifiers, [`EnsembleError::BadShape`], [`EnsembleError::BadPenalty`],
/// and [`EnsembleError::Calibration`] for scores that are not finite, flags, lengths, fewer than 2 samples or outcomes
/// of one kind.
pub fn fit_learned(
    scores: &[f64],
    verifiers: usize,
    correct: &[u8],
    penalty: f64,
) -> Result<LearnedFit, EnsembleError> {
    if !(penalty > 0.0 && penalty.is_finite()) {
        return Err(EnsembleError::BadPenalty { got: penalty });
    }
    check_scores(scores, verifiers)?;
    let samples = scores.len() / verifiers;
    check_outcomes(correct, samples)?;
    let n = samples as f64;
    let column = |verifier: usize| scores.iter().skip(verifier).step_by(verifiers);
    let means: Vec<f64> = (0..verifiers).map(|v| column(v).sum::<f64>() / n).collect();
    let scales: Vec<f64> = (0..verifiers)
        .map(|v| {
            let variance = column(v).map(|score| (score - means[v]).powi(2)).sum::<f64>() / n;
            standard_scale(means[v], variance)
        })
        .collect();
    let features: Vec<f64> = scores
        .iter()
        .enumerate()
        .map(|(place, score)| (score - means[place % verifiers]) * scales[place % verifiers])
        .collect();
    let targets: Vec<f64> = correct.iter().map(|&flag| f64::from(flag)).collect();
    let found = Regression {
        features: &features,
        columns: verifiers,
        targets: &targets,
        weights: &vec![1.0; samples],
        penalty,
    }
    .solve();
    let standardised_weights = found.coefficients[..verifiers].to_vec();
    let weights: Vec<f64> = standardised_weights
        .iter()
        .zip(&scales)
        .map(|(w, s)| w * s)
        .collect();
    let shift: f64 = weights.iter().zip(&means).map(|(w, m)| w * m).sum();
    Ok(LearnedFit {
        model: Learned {
            intercept: found.coefficients[verifiers] - shift,
            weights,
        },
        standardised_weights,
        converged: found.converged,
        gradient_norm: found.gradient_norm,
        iterations: found.iterations,
    })
}

impl Learned {
    /// The probability of every row of scores.
    ///
    /// # Errors
    /// [`EnsembleError::TooFewVerifiers`] without weights, [`EnsembleError::BadShape`], and
    /// [`EnsembleError::Calibration`] for scores or parameters that are not finite.
    pub fn apply(&self, scores: &[f64]) -> Result<Vec<f64>, EnsembleError> {
        check_scores(scores, self.weights.len())?;
        let mut coefficients = self.weights.clone();
        coefficients.push(self.intercept);
        check_finite("model", &coefficients).map_err(CalibrationError::from)?;
        Ok(scores
            .chunks_exact(self.weights.len())
            .map(|row| sigmoid(linear(&coefficients, row)))
            .collect())
    }
}

fn check_scores(scores: &[f64], verifiers: usize) -> Result<(), EnsembleError> {
    check_shape("scores", scores.len(), verifiers, 1)?;
    Ok(check_finite("scores", scores).map_err(CalibrationError::from)?)
}

fn check_outcomes(correct: &[u8], samples: usize) -> Result<(), CalibrationError> {
    check_length("correct", samples, correct.len())?;
    check_flags(correct)?;
    if samples < NEEDED_SAMPLES {
        return Err(CalibrationError::TooFewSamples {
            got: samples,
            needed: NEEDED_SAMPLES,
        });
    }
    match correct.iter().all(|flag| *flag == correct[0]) {
        true => Err(CalibrationError::OneClass { only: correct[0] }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_arguments_are_named() {
        let code = |scores: &[f64], verifiers, correct: &[u8], penalty| {
            fit_learned(scores, verifiers, correct, penalty)
                .unwrap_err()
                .code()
        };
        assert_eq!(code(&[1.0, 2.0], 1, &[0, 1], 0.0), "BAD_PENALTY");
        assert_eq!(code(&[1.0, 2.0], 1, &[0, 1], f64::NAN), "BAD_PENALTY");
        assert_eq!(code(&[1.0, 2.0], 0, &[0, 1], 1.0), "TOO_FEW_VERIFIERS");
        assert_eq!(code(&[1.0, 2.0, 3.0], 2, &[0, 1], 1.0), "BAD_SHAPE");
        assert_eq!(code(&[1.0, 2.0], 1, &[0], 1.0), "LENGTH_MISMATCH");
        assert_eq!(code(&[1.0, 2.0], 2, &[0], 1.0), "TOO_FEW_SAMPLES");
        assert_eq!(code(&[1.0, 2.0], 1, &[1, 1], 1.0), "ONE_CLASS");
        assert_eq!(code(&[1.0, f64::INFINITY], 1, &[0, 1], 1.0), "NOT_FINITE");
    }

    #[test]
    fn twins_share_the_weight_and_a_constant_gets_none() {
        // Columns: a score, the same on another scale, and one that never varies.
        let single = [0.2, -1.0, 0.4, 1.5, -0.3, 0.9, 2.0, -0.7];
        let correct = [0, 0, 1, 1, 0, 1, 1, 1];
        let scores: Vec<f64> = single.iter().flat_map(|s| [*s, 100.0 * s + 7.0, 3.0]).collect();
        let fit = fit_learned(&scores, 3, &correct, 1.0).unwrap();
        assert!(fit.converged);
        assert!((fit.standardised_weights[0] - fit.standardised_weights[1]).abs() < 1e-9);
        assert_eq!(fit.standardised_weights[2], 0.0);
        // Two twins under λ are one verifier under λ/2.
        let alone = fit_learned(&single, 1, &correct, 0.5).unwrap();
        let (both, one) = (
            fit.model.apply(&scores).unwrap(),
            alone.model.apply(&single).unwrap(),
        );
        for (both, one) in both.iter().zip(one) {
            assert!((both - one).abs() < 1e-8);
        }
    }

    #[test]
    fn a_model_refuses_rows_of_another_length() {
        let model = Learned {
            weights: vec![1.0, 1.0],
            intercept: 0.0,
        };
        assert_eq!(model.apply(&[0.0, 0.0]).unwrap(), [0.5]);
        assert_eq!(model.apply(&[0.0; 3]).unwrap_err().code(), "BAD_SHAPE");
    }
}
