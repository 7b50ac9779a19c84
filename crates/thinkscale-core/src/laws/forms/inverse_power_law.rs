//! A power law that falls, down to an offset.
//!
//! y = c + a·x^−b
//!
//! The offset c is 0 unless freed; with it the law is a loss over compute that levels off at what cannot be learned
//! (Henighan et al. 2020, "Scaling Laws for Autoregressive Generative Modeling", equation 1.1).

use super::lines::{line, range};
use super::parameters::{above_zero, held, positive};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::{geometric, grid, linear_starts};
use crate::fit::table::Table;

/// The form, without state.
pub struct InversePowerLaw;

static ABOUT: About = About {
    name: "inverse-power-law",
    summary: "A fall by a constant factor for each factor of x, down to an offset where that is freed.",
    equation: "y = c + a * x^-b",
    source: "Henighan et al. 2020 (arXiv 2010.14701), equation 1.1",
    inputs: &[above_zero(
        "x",
        "the quantity that is scaled, such as compute, in any unit",
    )],
    output: "a positive quantity such as a loss, in its own unit",
    features: 1,
    parameters: &[
        positive("a", "y - c at x = 1, in units of y"),
        positive("b", "exponent"),
        held(positive("c", "what remains at any x, in units of y"), 0.0),
    ],
    scale: Scale::Log,
    objective: Objective::Gaussian,
    probability: false,
};

impl Form for InversePowerLaw {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let exponent = theta[1].exp();
        let power = (theta[0] - exponent * features[0]).exp();
        let offset = theta[2].exp();
        gradient[0] = power;
        gradient[1] = -power * exponent * features[0];
        gradient[2] = offset;
        power + offset
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let (low, high) = range(table, Some(0));
        let middle = 0.5 * (low + high);
        let exponents = grid(&geometric(0.02, 3.0, 16), 1);
        let mut starts: Vec<Vec<f64>> =
            linear_starts(table, Scale::Log, &exponents, 2, &|features, exponents, terms| {
                terms[0] = (-exponents[0] * (features[0] - middle)).exp();
                terms[1] = 1.0;
            })
            .into_iter()
            .map(|it| {
                let (exponent, [a, c]) = (it.exponents[0], [it.coefficients[0], it.coefficients[1]]);
                vec![a.ln() + exponent * middle, exponent.ln(), c.ln()]
            })
            .collect();
        let logs = table
            .used()
            .map(|row| (table.row(row)[0], table.y[row].ln(), table.weights[row]));
        // Where y rises, no fall at all is the nearest that the law has.
        let straight = line(logs).map_or((0.0, 0.01), |it| (it.mean_y, (-it.slope).max(0.01)));
        // e^-20 of the mean is an offset of nothing that still has a logarithm.
        starts.push(vec![
            straight.0 + straight.1 * middle,
            straight.1.ln(),
            straight.0 - 20.0,
        ]);
        starts
    }
}
