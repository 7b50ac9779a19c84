//! First step of a model ladder: the loss on a task over model size and data (Bhagia et al. 2024, "Establishing Task
//! Scaling Laws via Compute-Efficient Model Ladders", step 1).
//!
//! L(N, D) = E + A/N^α + B/D^β with ln A, ln B, E, α and β of at least 0
//!
//! The form of [`chinchilla`](super::chinchilla) on the loss of the right answer's bytes, with ranges that keep few
//! runs from an explanation by negative terms. E may be 0: a task whose loss is not seen to level off.

use super::chinchilla::Chinchilla;
use super::parameters::{above_zero, positive};
use crate::fit::MAX_PARAMETERS;
use crate::fit::form::{About, Form, Parameter};
use crate::fit::objective::{Objective, Scale};
use crate::fit::table::Table;

/// The form, without state.
pub struct LadderLoss;

const fn from_one(parameter: Parameter) -> Parameter {
    Parameter {
        low: 1.0,
        ..parameter
    }
}

static ABOUT: About = About {
    name: "ladder-loss",
    summary: "Loss on a task over parameters and tokens, from a ladder of small models.",
    equation: "loss = E + A / n^alpha + B / d^beta, A and B at least 1",
    source: "Bhagia et al. 2024 (arXiv 2412.04403), step 1",
    inputs: &[
        above_zero("n", "parameters of the model"),
        above_zero("d", "training tokens"),
    ],
    output: "loss on the task, in bits a byte",
    features: 2,
    parameters: &[
        from_one(positive(
            "A",
            "size of the term of parameters, in units of the loss",
        )),
        from_one(positive("B", "size of the term of tokens, in units of the loss")),
        positive("E", "loss that remains with any n and d"),
        positive("alpha", "exponent of parameters"),
        positive("beta", "exponent of tokens"),
    ],
    scale: Scale::Log,
    objective: Objective::Huber { delta: 1e-3 },
    probability: false,
};

impl Form for LadderLoss {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        Chinchilla.features(inputs, out);
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        Chinchilla.value(features, theta, gradient)
    }

    fn constants(&self, theta: &[f64]) -> [f64; MAX_PARAMETERS] {
        Chinchilla.constants(theta)
    }

    fn value_with(
        &self,
        features: &[f64],
        theta: &[f64],
        constants: &[f64; MAX_PARAMETERS],
        gradient: &mut [f64],
    ) -> f64 {
        Chinchilla.value_with(features, theta, constants, gradient)
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let mut starts = Chinchilla.starts(table);
        // Where the paper's own fits start: ln A, ln B, α, β and E of 3, 6, 0.1, 0.2 and 1.
        starts.push(vec![3.0, 6.0, 0.0, f64::ln(0.1), f64::ln(0.2)]);
        starts
    }

    fn budget(&self, inputs: &[f64]) -> f64 {
        Chinchilla.budget(inputs)
    }
}
