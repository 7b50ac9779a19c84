//! Accuracy over inference compute as a logistic curve in its logarithm.
//!
//! p(x) = floor + (ceiling − floor)·σ(a + b·ln x), σ(z) = 1/(1 + e^−z)
//!
//! The shape of accuracy over thinking tokens on benchmarks (Muennighoff et al. 2025, "s1: Simple test-time scaling",
//! figure 1; OpenAI 2024, "Learning to reason with LLMs"). The floor is 0 and the ceiling 1 unless freed; fix the floor
//! at the chance of a guess. A ceiling below 1 is rarely known from fewer than a dozen levels. From counts the
//! parameters maximise the binomial likelihood, so that 0 of 30 and 30 of 30 are data like any other. b is negative
//! where more compute does harm.

use super::lines::{Line, line, range};
use super::parameters::{above_zero, between, held, real};
use crate::calibration::sigmoid;
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::table::Table;

/// The form, without state.
pub struct Logistic;

static ABOUT: About = About {
    name: "logistic",
    summary: "Accuracy over tokens or compute: a logistic curve in ln x, between a floor and a ceiling.",
    equation: "accuracy = floor + (ceiling - floor) / (1 + exp(-(a + b * ln(x))))",
    source: "shape of Muennighoff et al. 2025 (arXiv 2501.19393), figure 1; OpenAI 2024, Learning to reason with LLMs",
    inputs: &[above_zero(
        "x",
        "inference compute such as thinking tokens, in any unit; a is the log-odds at 1 of it",
    )],
    output: "accuracy from 0 to 1, or counts of right answers",
    features: 1,
    parameters: &[
        real("a", "log-odds between floor and ceiling at x = 1"),
        real("b", "change of the log-odds for each factor of e in x"),
        held(
            between(
                "floor",
                "accuracy without compute, such as the chance of a guess",
                0.0,
                1.0,
            ),
            0.0,
        ),
        held(
            between("ceiling", "accuracy that no compute exceeds", 0.0, 1.0),
            1.0,
        ),
    ],
    scale: Scale::Raw,
    objective: Objective::Gaussian,
    probability: true,
};

/// A share no nearer to 0 and 1 than half a success in the tries there were, or 1 %.
fn inside(share: f64, tries: Option<f64>) -> f64 {
    let margin = tries.map_or(0.01, |tries| 0.5 / (tries + 1.0));
    share.clamp(margin, 1.0 - margin)
}

impl Form for Logistic {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let z = theta[0] + theta[1] * features[0];
        let (above, below) = (sigmoid(z), sigmoid(-z));
        let slope = (theta[3] - theta[2]) * above * below;
        gradient[0] = slope;
        gradient[1] = slope * features[0];
        gradient[2] = below;
        gradient[3] = above;
        theta[2] + (theta[3] - theta[2]) * above
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let (least, most) = range(table, None);
        let mut starts = Vec::new();
        for floor in [0.0, 0.5 * least, 0.95 * least] {
            for ceiling in [1.0, most + 0.5 * (1.0 - most), most + 0.05 * (1.0 - most)] {
                let gap = (ceiling - floor).max(0.01);
                let logits = table.used().map(|row| {
                    let tries = table.totals.as_ref().map(|totals| totals[row]);
                    let share = inside((table.y[row] - floor) / gap, tries);
                    let information = tries.unwrap_or(1.0) * share * (1.0 - share);
                    (
                        table.row(row)[0],
                        (share / (1.0 - share)).ln(),
                        table.weights[row] * information,
                    )
                });
                let Some(Line {
                    mean_x,
                    mean_y,
                    slope,
                }) = line(logits)
                else {
                    continue;
                };
                for slope in [slope, 3.0 * slope] {
                    starts.push(vec![mean_y - slope * mean_x, slope, floor, floor + gap]);
                }
            }
        }
        if starts.is_empty() {
            starts.push(vec![0.0, 0.0, 0.0, 1.0]);
        }
        starts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_odds_at_one_and_the_ends() {
        let at = |x: f64, ends: [f64; 2]| {
            Logistic.value(&[x.ln()], &[f64::ln(3.0), 1.0, ends[0], ends[1]], &mut [0.0; 4])
        };
        // Odds of 3 at x = 1 and of 6 at x = 2.
        assert!((at(1.0, [0.0, 1.0]) - 0.75).abs() < 1e-15);
        assert!((at(2.0, [0.0, 1.0]) - 6.0 / 7.0).abs() < 1e-15);
        assert!((at(1.0, [0.25, 0.85]) - 0.7).abs() < 1e-15);
        assert!(
            (at(1e-12, [0.25, 0.85]) - 0.25).abs() < 1e-9 && (at(1e12, [0.25, 0.85]) - 0.85).abs() < 1e-9
        );
    }
}
