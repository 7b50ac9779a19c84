//! Accuracy over inference compute as a power law that saturates.
//!
//! y(x) = c − a·x^−b, 0 ≤ c ≤ 1
//!
//! What is missing to the ceiling c falls by a constant factor for each factor of x, as losses do in
//! [`inverse_power_law`](super::inverse_power_law) (Henighan et al. 2020, equation 1.1, upside down). At small x the law
//! falls below 0, where a share of successes counts as 0. Best-of-n curves and majority votes saturate like this
//! (Wu et al. 2024, "Inference Scaling Laws"), at a ceiling that few points far below it do not tell.

use super::lines::range;
use super::parameters::{above_zero, between, positive};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::{geometric, grid, linear_starts};
use crate::fit::table::Table;

/// The form, without state.
pub struct SaturatingPowerLaw;

static ABOUT: About = About {
    name: "saturating-power-law",
    summary: "Accuracy over samples, tokens or compute: what is missing to a ceiling is a power law.",
    equation: "accuracy = c - a * x^-b, c from 0 to 1",
    source: "Henighan et al. 2020 (arXiv 2010.14701), equation 1.1, on 1 - accuracy",
    inputs: &[above_zero(
        "x",
        "inference compute such as samples or tokens, in any unit",
    )],
    output: "accuracy from 0 to 1, or counts of right answers",
    features: 1,
    parameters: &[
        between("c", "accuracy that no compute exceeds", 0.0, 1.0),
        positive("a", "what is missing to c at x = 1"),
        positive("b", "exponent"),
    ],
    scale: Scale::Raw,
    objective: Objective::Gaussian,
    probability: true,
};

impl Form for SaturatingPowerLaw {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let exponent = theta[2].exp();
        let missing = (theta[1] - exponent * features[0]).exp();
        gradient[0] = 1.0;
        gradient[1] = -missing;
        gradient[2] = missing * exponent * features[0];
        theta[0] - missing
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let first = range(table, Some(0)).0;
        let exponents = geometric(0.02, 4.0, 20);
        let mut starts: Vec<Vec<f64>> = linear_starts(
            table,
            Scale::Raw,
            &grid(&exponents, 1),
            2,
            &|features, exponents, terms| {
                terms[0] = 1.0;
                terms[1] = -(-exponents[0] * (features[0] - first)).exp();
            },
        )
        .into_iter()
        .map(|it| {
            let exponent = it.exponents[0];
            vec![
                it.coefficients[0],
                it.coefficients[1].ln() + exponent * first,
                exponent.ln(),
            ]
        })
        .collect();
        // The same with the ceiling at 1, from which least squares without bounds may be far.
        for exponent in exponents {
            let (mut cross, mut square) = (0.0, 0.0);
            for row in table.used() {
                let power = (-exponent * (table.row(row)[0] - first)).exp();
                cross += table.weights[row] * power * (1.0 - table.y[row]);
                square += table.weights[row] * power * power;
            }
            let missing = (cross / square).max(1e-6);
            starts.push(vec![1.0, missing.ln() + exponent * first, exponent.ln()]);
            // Counts of successes rule out a law below 0.
            starts.push(vec![
                1.0,
                missing.min(0.99).ln() + exponent * first,
                exponent.ln(),
            ]);
        }
        starts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_by_hand() {
        let at =
            |x: f64| SaturatingPowerLaw.value(&[x.ln()], &[0.9, f64::ln(0.6), f64::ln(0.5)], &mut [0.0; 3]);
        assert!((at(1.0) - 0.3).abs() < 1e-15 && (at(4.0) - 0.6).abs() < 1e-15);
        assert!((at(1e6) - 0.8994).abs() < 1e-12);
    }
}
