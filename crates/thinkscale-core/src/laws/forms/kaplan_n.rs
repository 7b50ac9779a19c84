//! Loss over model size alone (Kaplan et al. 2020, "Scaling Laws for Neural Language Models", equation 1.1).
//!
//! L(N) = (N_c/N)^α
//!
//! N counts parameters without embeddings, of models trained to convergence on ample data. With data that are scarce
//! use [`kaplan_joint`](super::kaplan_joint), which has constants of its own.

use super::kaplan;
use super::parameters::{above_zero, positive};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::table::Table;

/// The form, without state.
pub struct KaplanN;

/// N_c and α of the paper's equation 1.1, in parameters without embeddings and nats a token.
pub const PUBLISHED: [f64; 2] = [8.8e13, 0.076];

static ABOUT: About = About {
    name: "kaplan-n",
    summary: "Loss over the size of models that saw all the data they could use.",
    equation: "loss = (N_c / n)^alpha",
    source: "Kaplan et al. 2020 (arXiv 2001.08361), equation 1.1",
    inputs: &[above_zero("n", "parameters of the model without embeddings")],
    output: "loss in nats a token",
    features: 1,
    parameters: &[
        positive(
            "N_c",
            "size at which the loss is 1, in parameters without embeddings",
        ),
        positive("alpha", "exponent"),
    ],
    scale: Scale::Log,
    objective: Objective::Huber { delta: 1e-3 },
    probability: false,
};

impl Form for KaplanN {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        kaplan::value(features[0], theta, gradient)
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        kaplan::starts(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_law() {
        let [n_c, alpha] = PUBLISHED;
        let loss = |n: f64| KaplanN.value(&[n.ln()], &[n_c.ln(), alpha.ln()], &mut [0.0; 2]);
        assert!((loss(8.8e13) - 1.0).abs() < 1e-12);
        // Ten times the size divides the loss by 10^0.076.
        assert!((loss(1e8) / loss(1e9) - 1.191_242_008).abs() < 1e-8);
        assert!((loss(1e9) - 2.375_640_3).abs() < 1e-6);
    }
}
