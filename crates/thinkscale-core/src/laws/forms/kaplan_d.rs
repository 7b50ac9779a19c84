//! Loss over data alone (Kaplan et al. 2020, "Scaling Laws for Neural Language Models", equation 1.2).
//!
//! L(D) = (D_c/D)^α
//!
//! For large models whose training stops when the loss on held-out text no longer falls. With models that are small
//! use [`kaplan_joint`](super::kaplan_joint), which has constants of its own.

use super::kaplan;
use super::parameters::{above_zero, positive};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::table::Table;

/// The form, without state.
pub struct KaplanD;

/// D_c and α of the paper's equation 1.2, in tokens and nats a token.
pub const PUBLISHED: [f64; 2] = [5.4e13, 0.095];

static ABOUT: About = About {
    name: "kaplan-d",
    summary: "Loss over the tokens of training, for large models stopped early.",
    equation: "loss = (D_c / d)^alpha",
    source: "Kaplan et al. 2020 (arXiv 2001.08361), equation 1.2",
    inputs: &[above_zero("d", "training tokens")],
    output: "loss in nats a token",
    features: 1,
    parameters: &[
        positive("D_c", "data at which the loss is 1, in tokens"),
        positive("alpha", "exponent"),
    ],
    scale: Scale::Log,
    objective: Objective::Huber { delta: 1e-3 },
    probability: false,
};

impl Form for KaplanD {
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
        let [d_c, alpha] = PUBLISHED;
        let loss = |d: f64| KaplanD.value(&[d.ln()], &[d_c.ln(), alpha.ln()], &mut [0.0; 2]);
        assert!((loss(5.4e13) - 1.0).abs() < 1e-12);
        // Twice the data divide the loss by 2^0.095.
        assert!((loss(1e9) / loss(2e9) - 1.068_066_2).abs() < 1e-6);
    }
}
