//! Coverage over samples as an exponentiated power law (Brown et al. 2024, "Large Language Monkeys: Scaling Inference
//! Compute with Repeated Sampling", equations 2 and 3).
//!
//! c(k) = exp(a·k^b), a ≤ 0, b ≤ 0
//!
//! The logarithm of coverage is a power law in the samples. It arises where problems differ in difficulty with a
//! power-law tail of hard ones (Schaeffer et al. 2025, "How Do Large Language Monkeys Get Their Power (Laws)?"); for a
//! single problem coverage would rise exponentially. Residuals are those of coverage itself, as in the paper: in
//! ln(−ln c), points at 0 and 1 would be lost and those near 1 would count for all. Points of one pool of samples are
//! not independent, so intervals come from resampling problems.

use super::lines::line;
use super::parameters::{between, from_one};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::geometric;
use crate::fit::table::Table;

/// The form, without state.
pub struct ExponentiatedPowerLaw;

static ABOUT: About = About {
    name: "exponentiated-power-law",
    summary: "Coverage (pass@k) over samples: its logarithm is a power law.",
    equation: "coverage = exp(a * k^b), a and b at most 0",
    source: "Brown et al. 2024 (arXiv 2407.21787), equation 3",
    inputs: &[from_one("k", "samples drawn for each problem")],
    output: "share of problems with at least one right sample among k, from 0 to 1",
    features: 1,
    parameters: &[
        between("a", "logarithm of the coverage at k = 1", f64::NEG_INFINITY, 0.0),
        between("b", "exponent", f64::NEG_INFINITY, 0.0),
    ],
    scale: Scale::Raw,
    objective: Objective::Gaussian,
    probability: true,
};

impl Form for ExponentiatedPowerLaw {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let power = (theta[1] * features[0]).exp();
        let coverage = (theta[0] * power).exp();
        gradient[0] = coverage * power;
        gradient[1] = coverage * theta[0] * power * features[0];
        coverage
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let logs = table
            .used()
            .map(|row| (table.row(row)[0], (-table.y[row].ln()).ln(), table.weights[row]));
        let mut starts: Vec<Vec<f64>> = line(logs)
            .map(|it| vec![-it.intercept().exp(), it.slope.min(-1e-3)])
            .into_iter()
            .collect();
        for exponent in geometric(0.02, 3.0, 12) {
            // With the exponent given, ln c is proportional to the power; y² turns its residuals into those of c.
            let (mut cross, mut square) = (0.0, 0.0);
            for row in table.used().filter(|&row| table.y[row] > 0.0) {
                let y = table.y[row];
                let power = (-exponent * table.row(row)[0]).exp();
                cross += table.weights[row] * y * y * power * y.ln();
                square += table.weights[row] * y * y * power * power;
            }
            // Without a solved problem anywhere the coverage is small at every k.
            let scale = if square > 0.0 {
                (cross / square).min(-1e-6)
            } else {
                -10.0
            };
            starts.push(vec![scale, -exponent]);
        }
        starts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_by_hand() {
        let at = |k: f64| ExponentiatedPowerLaw.value(&[k.ln()], &[-2.0, -0.5], &mut [0.0; 2]);
        assert!((at(1.0) - f64::exp(-2.0)).abs() < 1e-15);
        assert!((at(4.0) - f64::exp(-1.0)).abs() < 1e-15);
        // A million samples leave 1 - exp(-0.002).
        assert!((1.0 - at(1e6) - 0.001_998_001_3).abs() < 1e-9);
    }
}
