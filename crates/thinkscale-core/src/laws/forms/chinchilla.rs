//! Loss over model size and data (Hoffmann et al. 2022, "Training Compute-Optimal Large Language Models", equation 2).
//!
//! L(N, D) = E + A/N^α + B/D^β
//!
//! E is the loss that no size and no data go below, the other terms what a finite model and finite data cost. Along
//! C = 6 N D the loss is least at N* = G (C/6)^(β/(α+β)), D* = (C/6)^(α/(α+β)) / G, G = (αA/(βB))^(1/(α+β)) (their
//! equation 4).

use super::parameters::{above_zero, positive};
use crate::fit::MAX_PARAMETERS;
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::{geometric, grid, linear_starts};
use crate::fit::table::Table;

/// The form, without state.
pub struct Chinchilla;

/// A, B, E, α and β of the paper's equation 10, in parameters, tokens and nats a token. Refits of the same points differ
/// (Besiroglu et al. 2024, "Chinchilla Scaling: A replication attempt").
pub const PUBLISHED: [f64; 5] = [406.4, 410.7, 1.69, 0.34, 0.28];

static ABOUT: About = About {
    name: "chinchilla",
    summary: "Training loss over parameters and tokens, with the compute-optimal share of both.",
    equation: "loss = E + A / n^alpha + B / d^beta",
    source: "Hoffmann et al. 2022 (arXiv 2203.15556), equation 2",
    inputs: &[
        above_zero("n", "parameters of the model"),
        above_zero("d", "training tokens"),
    ],
    output: "loss in nats or bits a token or byte",
    features: 2,
    parameters: &[
        positive("A", "size of the term of parameters, in units of the loss"),
        positive("B", "size of the term of tokens, in units of the loss"),
        positive("E", "loss that remains with any n and d"),
        positive("alpha", "exponent of parameters"),
        positive("beta", "exponent of tokens"),
    ],
    scale: Scale::Log,
    objective: Objective::Huber { delta: 1e-3 },
    probability: false,
};

impl Form for Chinchilla {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
        out[1] = inputs[1].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        self.value_with(features, theta, &self.constants(theta), gradient)
    }

    fn constants(&self, theta: &[f64]) -> [f64; MAX_PARAMETERS] {
        let mut constants = [0.0; MAX_PARAMETERS];
        for (constant, log) in constants.iter_mut().zip(&theta[2..5]) {
            *constant = log.exp();
        }
        constants
    }

    fn value_with(
        &self,
        features: &[f64],
        theta: &[f64],
        constants: &[f64; MAX_PARAMETERS],
        gradient: &mut [f64],
    ) -> f64 {
        let [e, alpha, beta, ..] = *constants;
        let a = (theta[0] - alpha * features[0]).exp();
        let b = (theta[1] - beta * features[1]).exp();
        gradient[0] = a;
        gradient[1] = b;
        gradient[2] = e;
        gradient[3] = -a * alpha * features[0];
        gradient[4] = -b * beta * features[1];
        a + b + e
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let exponents = grid(&geometric(0.1, 0.8, 8), 2);
        linear_starts(table, Scale::Log, &exponents, 3, &|features, exponents, terms| {
            terms[0] = (-exponents[0] * features[0]).exp();
            terms[1] = (-exponents[1] * features[1]).exp();
            terms[2] = 1.0;
        })
        .into_iter()
        .map(|start| {
            start
                .coefficients
                .iter()
                .chain(&start.exponents)
                .map(|value| value.ln())
                .collect()
        })
        .collect()
    }

    fn budget(&self, inputs: &[f64]) -> f64 {
        6.0 * inputs[0] * inputs[1]
    }
}

/// The compute-optimal split of a budget of `flops` = 6 N D: (N*, D*), from natural parameters in the order of the
/// form. A split of 0 or infinity if A or B is 0, NaN with fewer parameters.
pub fn compute_optimal(parameters: &[f64], flops: f64) -> (f64, f64) {
    let [a, b, _, alpha, beta] = parameters[..] else {
        return (f64::NAN, f64::NAN);
    };
    let g = (alpha * a / (beta * b)).powf(1.0 / (alpha + beta));
    let n = g * (flops / 6.0).powf(beta / (alpha + beta));
    (n, flops / 6.0 / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(parameters: [f64; 5], n: f64, d: f64) -> f64 {
        Chinchilla.value(&[n.ln(), d.ln()], &parameters.map(f64::ln), &mut [0.0; 5])
    }

    #[test]
    fn the_published_law_by_hand() {
        let expected = 1.69 + 406.4 / 1e9_f64.powf(0.34) + 410.7 / 1e10_f64.powf(0.28);
        assert!((loss(PUBLISHED, 1e9, 1e10) - expected).abs() < 1e-12);
        assert!((loss([406.4, 410.7, 0.0, 0.34, 0.28], 1e9, 1e10) - (expected - 1.69)).abs() < 1e-12);
    }

    #[test]
    fn no_other_split_of_the_compute_is_better() {
        for flops in [1e18, 5.76e23, 1e30] {
            let (n, d) = compute_optimal(&PUBLISHED, flops);
            assert!((6.0 * n * d / flops - 1.0).abs() < 1e-12);
            let least = loss(PUBLISHED, n, d);
            for factor in [0.5, 0.9, 0.99, 1.01, 1.1, 2.0] {
                assert!(
                    loss(PUBLISHED, n * factor, d / factor) > least,
                    "{flops} {factor}"
                );
            }
        }
    }

    #[test]
    fn optimal_sizes_grow_as_the_exponents_say() {
        // N* grows as C^(beta/(alpha+beta)): 0.28/0.62.
        let (small, large) = (
            compute_optimal(&PUBLISHED, 1e20).0,
            compute_optimal(&PUBLISHED, 1e22).0,
        );
        assert!(((large / small).log10() / 2.0 - 0.28 / 0.62).abs() < 1e-12);
        assert!(compute_optimal(&[0.0, 1.0, 1.0, 0.3, 0.3], 1e20).0 == 0.0);
        assert!(compute_optimal(&[1.0], 1e20).0.is_nan());
    }
}
