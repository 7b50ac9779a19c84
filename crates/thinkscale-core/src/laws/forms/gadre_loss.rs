//! Loss over model size with over-training (Gadre et al. 2024, "Language models scale reliably with over-training and on
//! downstream tasks").
//!
//! L(N, M) = E + a·N^η + b·6^(η/2)·(M·N)^η, η < 0
//!
//! M is the tokens for each parameter, D/N. Along any fixed M the loss above E falls with the same power of compute
//! C = 6·M·N²: over-training moves the line but does not turn it, which is what lets small runs predict long ones. It is
//! [`chinchilla`](super::chinchilla) with equal exponents; in the paper's letters η here is −2η there.

use super::lines::range;
use super::parameters::{above_zero, between, positive};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::{geometric, grid, linear_starts};
use crate::fit::table::Table;

/// The form, without state.
pub struct GadreLoss;

static ABOUT: About = About {
    name: "gadre-loss",
    summary: "Loss over parameters and tokens for each parameter: over-training moves the line, its slope stays.",
    equation: "loss = E + a * n^eta + b * 6^(eta/2) * (m * n)^eta",
    source: "Gadre et al. 2024 (arXiv 2403.08540), the scaling law of over-training",
    inputs: &[
        above_zero("n", "parameters of the model"),
        above_zero("m", "training tokens for each parameter"),
    ],
    output: "loss in nats a token",
    features: 2,
    parameters: &[
        positive("a", "size of the term of parameters, in units of the loss"),
        positive("b", "size of the term of tokens, in units of the loss"),
        between("eta", "exponent of both, at most 0", f64::NEG_INFINITY, 0.0),
        positive("E", "loss that remains at any size"),
    ],
    scale: Scale::Raw,
    objective: Objective::Gaussian,
    probability: false,
};

impl Form for GadreLoss {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
        out[1] = 0.5 * 6.0_f64.ln() + inputs[1].ln() + inputs[0].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let a = (theta[0] + theta[2] * features[0]).exp();
        let b = (theta[1] + theta[2] * features[1]).exp();
        let e = theta[3].exp();
        gradient[0] = a;
        gradient[1] = b;
        gradient[2] = a * features[0] + b * features[1];
        gradient[3] = e;
        a + b + e
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let middle = [0, 1].map(|feature| {
            let (low, high) = range(table, Some(feature));
            0.5 * (low + high)
        });
        let exponents = grid(&geometric(0.03, 1.5, 20), 1);
        linear_starts(table, Scale::Raw, &exponents, 3, &|features, exponents, terms| {
            terms[0] = (-exponents[0] * (features[0] - middle[0])).exp();
            terms[1] = (-exponents[0] * (features[1] - middle[1])).exp();
            terms[2] = 1.0;
        })
        .into_iter()
        .map(|it| {
            let exponent = it.exponents[0];
            vec![
                it.coefficients[0].ln() + exponent * middle[0],
                it.coefficients[1].ln() + exponent * middle[1],
                -exponent,
                it.coefficients[2].ln(),
            ]
        })
        .collect()
    }

    /// 6·N·D floating-point operations, with D = M·N.
    fn budget(&self, inputs: &[f64]) -> f64 {
        6.0 * inputs[1] * inputs[0] * inputs[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_training_moves_the_line_and_does_not_turn_it() {
        let theta = [f64::ln(160.0), f64::ln(360.0), -0.27, f64::ln(1.8)];
        let reducible = |n: f64, m: f64| {
            let mut features = [0.0; 2];
            GadreLoss.features(&[n, m], &mut features);
            GadreLoss.value(&features, &theta, &mut [0.0; 4]) - 1.8
        };
        for m in [5.0, 20.0, 640.0] {
            // At a fixed m a size ten times as large is compute a hundred times as large.
            assert!((reducible(1e8, m) / reducible(1e9, m) - 10.0_f64.powf(0.27)).abs() < 1e-9);
        }
        let by_hand = 160.0 * 1e8_f64.powf(-0.27) + 360.0 * (6.0_f64.sqrt() * 20.0 * 1e8).powf(-0.27);
        assert!((reducible(1e8, 20.0) - by_hand).abs() < 1e-12);
    }
}
