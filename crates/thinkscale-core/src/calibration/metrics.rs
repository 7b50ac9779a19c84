//! Proper scores of probabilities, both a mean over samples and lower if better.

use super::{CalibrationError, check_forecasts};

/// The Brier score (1/n) Σ (p_i − y_i)², from 0 to 1 (Brier 1950, "Verification of Forecasts Expressed in Terms of
/// Probability", halved as is usual for two classes).
///
/// # Errors
/// [`CalibrationError::Stats`] without samples, [`CalibrationError::Votes`] for lengths and flags,
/// [`CalibrationError::NotAProbability`].
pub fn brier_score(probabilities: &[f64], correct: &[u8]) -> Result<f64, CalibrationError> {
    mean(probabilities, correct, |p, y| (p - f64::from(y)).powi(2))
}

/// The log loss −(1/n) Σ [y_i ln p_i + (1 − y_i) ln(1 − p_i)] in nats, from 0 to ∞. It is not clipped: a probability of
/// 0 for a right sample or of 1 for a wrong one costs ∞, which is what such a forecast is worth.
///
/// # Errors
/// As [`brier_score`].
pub fn log_loss(probabilities: &[f64], correct: &[u8]) -> Result<f64, CalibrationError> {
    mean(probabilities, correct, |p, y| {
        // 0 − x, because −ln 1 would be −0.
        0.0 - if y == 1 { p.ln() } else { (-p).ln_1p() }
    })
}

fn mean(
    probabilities: &[f64],
    correct: &[u8],
    loss: impl Fn(f64, u8) -> f64,
) -> Result<f64, CalibrationError> {
    check_forecasts(probabilities, correct)?;
    let losses = probabilities.iter().zip(correct).map(|(&p, &y)| loss(p, y));
    Ok(losses.sum::<f64>() / probabilities.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_scikit_learn() {
        // brier_score_loss([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]) = 0.0375 (documentation, rounded to 0.037).
        let brier = brier_score(&[0.1, 0.9, 0.8, 0.3], &[0, 1, 1, 0]).unwrap();
        assert!((brier - 0.0375).abs() < 1e-15);
        // log_loss(["spam", "ham", "ham", "spam"], [[.1, .9], [.9, .1], [.8, .2], [.35, .65]]) = 0.21616...
        let loss = log_loss(&[0.9, 0.1, 0.2, 0.65], &[1, 0, 0, 1]).unwrap();
        assert!((loss - 0.216_161_8).abs() < 1e-6, "{loss}");
    }

    #[test]
    fn certainty_costs_nothing_or_everything() {
        assert_eq!(log_loss(&[1.0, 0.0], &[1, 0]).unwrap(), 0.0);
        assert_eq!(log_loss(&[1.0, 0.0], &[1, 1]).unwrap(), f64::INFINITY);
        assert_eq!(brier_score(&[1.0, 0.0], &[0, 1]).unwrap(), 1.0);
    }

    #[test]
    fn bad_arguments_are_named() {
        assert_eq!(brier_score(&[], &[]).unwrap_err().code(), "EMPTY");
        assert_eq!(
            log_loss(&[0.2, 1.5], &[0, 1]).unwrap_err().to_string(),
            "expected `probabilities` between 0 and 1, got 1.5 at index 1"
        );
        assert_eq!(
            log_loss(&[f64::NAN], &[0]).unwrap_err().code(),
            "NOT_A_PROBABILITY"
        );
        assert_eq!(brier_score(&[0.5], &[3]).unwrap_err().code(), "BAD_FLAG");
    }
}
