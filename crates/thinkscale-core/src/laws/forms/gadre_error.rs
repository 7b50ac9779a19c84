//! Error on downstream tasks over loss (Gadre et al. 2024, "Language models scale reliably with over-training and on
//! downstream tasks").
//!
//! Err(L) = ε − k·e^(−γ·L)
//!
//! The error falls from ε, the one of a model that knows nothing, exponentially as the loss falls. With
//! [`gadre_loss`](super::gadre_loss) before it the law leads from size and tokens to the error.

use super::lines::range;
use super::parameters::{above_zero, between, positive};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::{geometric, grid, linear_starts};
use crate::fit::table::Table;

/// The form, without state.
pub struct GadreError;

static ABOUT: About = About {
    name: "gadre-error",
    summary: "Mean error on tasks over the loss in training.",
    equation: "error = eps - k * exp(-gamma * loss)",
    source: "Gadre et al. 2024 (arXiv 2403.08540), the law of downstream error",
    inputs: &[above_zero("loss", "loss of the model, in nats a token")],
    output: "share of wrong answers, from 0 to 1",
    features: 1,
    parameters: &[
        positive("k", "how far below eps the error would be at a loss of 0"),
        positive("gamma", "rate at which that shrinks, for a loss of 1"),
        between("eps", "error at a high loss", 0.0, 1.0),
    ],
    scale: Scale::Raw,
    objective: Objective::Gaussian,
    probability: true,
};

impl Form for GadreError {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0];
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let rate = theta[1].exp();
        let gain = (theta[0] - rate * features[0]).exp();
        gradient[0] = -gain;
        gradient[1] = gain * rate * features[0];
        gradient[2] = 1.0;
        theta[2] - gain
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let (low, high) = range(table, Some(0));
        let span = (high - low).max(1e-6 * high);
        let rates: Vec<f64> = geometric(0.01, 30.0, 24)
            .into_iter()
            .map(|rate| rate / span)
            .collect();
        linear_starts(
            table,
            Scale::Raw,
            &grid(&rates, 1),
            2,
            &|features, rates, terms| {
                terms[0] = -(-rates[0] * (features[0] - low)).exp();
                terms[1] = 1.0;
            },
        )
        .into_iter()
        .map(|it| {
            let rate = it.exponents[0];
            vec![
                it.coefficients[0].ln() + rate * low,
                rate.ln(),
                it.coefficients[1],
            ]
        })
        .collect()
    }

    /// e^−loss: a lower loss stands for more compute.
    fn budget(&self, inputs: &[f64]) -> f64 {
        (-inputs[0]).exp()
    }

    /// The error falls as compute grows.
    fn rises(&self) -> Option<bool> {
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_low_loss_by_hand() {
        let at = |loss: f64| GadreError.value(&[loss], &[f64::ln(2.0), f64::ln(0.5), 0.8], &mut [0.0; 3]);
        assert!((at(2.0) - (0.8 - 2.0 * f64::exp(-1.0))).abs() < 1e-15);
        assert!(at(100.0) > at(3.0) && (at(1000.0) - 0.8).abs() < 1e-12);
    }
}
