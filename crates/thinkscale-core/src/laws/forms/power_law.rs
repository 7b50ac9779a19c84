//! A power law with an exponent of any sign.
//!
//! y = c + a·x^b
//!
//! A straight line in the logarithms of x and y as long as the offset c is 0, which it is unless freed. Exponents that
//! hold over many factors of ten are what learning curves show (Hestness et al. 2017, "Deep Learning Scaling is
//! Predictable, Empirically": ε(m) = α m^β + γ with β < 0).

use super::lines::{line, range};
use super::parameters::{above_zero, held, positive, real};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::geometric;
use crate::fit::table::Table;

/// The form, without state.
pub struct PowerLaw;

static ABOUT: About = About {
    name: "power-law",
    summary: "Rise or fall by a constant factor for each factor of x: a straight line on log-log axes.",
    equation: "y = c + a * x^b",
    source: "Hestness et al. 2017 (arXiv 1712.00409)",
    inputs: &[above_zero("x", "the quantity that is scaled, in any unit")],
    output: "any quantity, in its own unit; positive unless the scale of residuals is raw",
    features: 1,
    parameters: &[
        positive("a", "y - c at x = 1, in units of y"),
        real("b", "exponent; negative where y falls"),
        held(
            real("c", "what remains where the power vanishes, in units of y"),
            0.0,
        ),
    ],
    scale: Scale::Log,
    objective: Objective::Gaussian,
    probability: false,
};

impl Form for PowerLaw {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let power = (theta[0] + theta[1] * features[0]).exp();
        gradient[0] = power;
        gradient[1] = power * features[0];
        gradient[2] = 1.0;
        power + theta[2]
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let x = |row: usize| table.row(row)[0];
        let logs = table
            .used()
            .map(|row| (x(row), table.y[row].ln(), table.weights[row]));
        let mut starts: Vec<Vec<f64>> = line(logs)
            .map(|it| vec![it.intercept(), it.slope, 0.0])
            .into_iter()
            .collect();
        let (low, high) = range(table, Some(0));
        let middle = 0.5 * (low + high);
        for size in geometric(0.02, 3.0, 12) {
            for exponent in [size, -size] {
                // With the exponent given the law is a line in the power, which is 1 in the middle of the data.
                let powers = table.used().map(|row| {
                    let weight = table.weights[row] / table.y[row].powi(2).max(f64::MIN_POSITIVE);
                    ((exponent * (x(row) - middle)).exp(), table.y[row], weight)
                });
                if let Some(it) = line(powers).filter(|it| it.slope > 0.0) {
                    starts.push(vec![it.slope.ln() - exponent * middle, exponent, it.intercept()]);
                }
            }
        }
        if starts.is_empty() {
            starts.push(vec![0.0, 0.0, 0.0]);
        }
        starts
    }
}
