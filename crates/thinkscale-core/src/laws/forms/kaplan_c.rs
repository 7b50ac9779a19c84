//! Loss over compute alone (Kaplan et al. 2020, "Scaling Laws for Neural Language Models", equation 1.3).
//!
//! L(C) = (C_c/C)^α
//!
//! The paper has two sets of constants: for compute spent at its best (model, data and batch size all optimal) and for
//! compute as it was spent, at a fixed batch size. One PF-day is 8.64·10^19 floating-point operations.

use super::kaplan;
use super::parameters::{above_zero, positive};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::table::Table;

/// The form, without state.
pub struct KaplanC;

/// C_c and α of the paper's equation 1.3, for compute spent at its best, in PF-days and nats a token.
pub const PUBLISHED: [f64; 2] = [3.1e8, 0.050];
/// C_c and α for compute spent at a fixed batch size, in PF-days and nats a token.
pub const PUBLISHED_FIXED_BATCH: [f64; 2] = [1.6e7, 0.057];

static ABOUT: About = About {
    name: "kaplan-c",
    summary: "Loss over the compute of training.",
    equation: "loss = (C_c / c)^alpha",
    source: "Kaplan et al. 2020 (arXiv 2001.08361), equation 1.3",
    inputs: &[above_zero(
        "c",
        "compute of training, in any unit; the published constants are in PF-days",
    )],
    output: "loss in nats a token",
    features: 1,
    parameters: &[
        positive("C_c", "compute at which the loss is 1, in units of c"),
        positive("alpha", "exponent"),
    ],
    scale: Scale::Log,
    objective: Objective::Huber { delta: 1e-3 },
    probability: false,
};

impl Form for KaplanC {
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
    fn the_published_laws() {
        for ([c_c, alpha], ratio) in [(PUBLISHED, 1.122_018_454), (PUBLISHED_FIXED_BATCH, 1.140_249_788)] {
            let loss = |c: f64| KaplanC.value(&[c.ln()], &[c_c.ln(), alpha.ln()], &mut [0.0; 2]);
            assert!((loss(c_c) - 1.0).abs() < 1e-12);
            assert!((loss(1.0) / loss(10.0) - ratio).abs() < 1e-8);
        }
    }
}
