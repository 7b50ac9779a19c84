//! Accuracy over two axes at once: thinking tokens t of each sample and samples k.
//!
//! y(t, k) = c − a·t^−α − b·k^−β, 0 ≤ c ≤ 1
//!
//! Saturating in each: along one axis, with the other held, the law is that of
//! [`saturating_power_law`](super::saturating_power_law), and what the held one misses lowers its ceiling. The sum of
//! two shortfalls is [`chinchilla`](super::chinchilla)'s, with inference compute in place of training: sequential and
//! parallel samples are spent against each other (Snell et al. 2024, "Scaling LLM Test-Time Compute Optimally",
//! measured without a law). Where one axis does nothing its term vanishes.

use super::lines::range;
use super::parameters::{above_zero, between, positive};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::{geometric, grid, linear_starts};
use crate::fit::table::Table;

/// The form, without state.
pub struct TwoAxes;

static ABOUT: About = About {
    name: "two-axes",
    summary: "Accuracy over thinking tokens and samples, saturating in each.",
    equation: "accuracy = c - a * t^-alpha - b * k^-beta, c from 0 to 1",
    source: "sum of Hoffmann et al. 2022 (arXiv 2203.15556), equation 2, on the axes of Snell et al. 2024 (arXiv 2408.03314)",
    inputs: &[
        above_zero("t", "thinking tokens of a sample, in any unit"),
        above_zero("k", "samples drawn for each problem"),
    ],
    output: "accuracy from 0 to 1, or counts of right answers",
    features: 2,
    parameters: &[
        between("c", "accuracy that no compute exceeds", 0.0, 1.0),
        positive("a", "what is missing for want of tokens at t = 1"),
        positive("b", "what is missing for want of samples at k = 1"),
        positive("alpha", "exponent of the tokens"),
        positive("beta", "exponent of the samples"),
    ],
    scale: Scale::Raw,
    objective: Objective::Gaussian,
    probability: true,
};

impl Form for TwoAxes {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
        out[1] = inputs[1].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let (alpha, beta) = (theta[3].exp(), theta[4].exp());
        let tokens = (theta[1] - alpha * features[0]).exp();
        let samples = (theta[2] - beta * features[1]).exp();
        gradient[0] = 1.0;
        gradient[1] = -tokens;
        gradient[2] = -samples;
        gradient[3] = tokens * alpha * features[0];
        gradient[4] = samples * beta * features[1];
        theta[0] - tokens - samples
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let first = [0, 1].map(|feature| range(table, Some(feature)).0);
        let exponents = grid(&geometric(0.05, 3.0, 10), 2);
        let terms = |ceiling: bool| {
            move |features: &[f64], exponents: &[f64], terms: &mut [f64]| {
                let sign = if ceiling { 1.0 } else { -1.0 };
                terms[0] = sign * (-exponents[0] * (features[0] - first[0])).exp();
                terms[1] = sign * (-exponents[1] * (features[1] - first[1])).exp();
                if let Some(constant) = terms.get_mut(2) {
                    *constant = 1.0;
                }
            }
        };
        let internal = |exponents: &[f64], [a, b]: [f64; 2], c: f64| {
            let [alpha, beta] = [exponents[0], exponents[1]];
            vec![
                c,
                a.ln() + alpha * first[0],
                b.ln() + beta * first[1],
                alpha.ln(),
                beta.ln(),
            ]
        };
        let free = linear_starts(table, Scale::Raw, &exponents, 3, &terms(false));
        // The same with the ceiling at 1, from which least squares without bounds may be far.
        let missing = Table {
            y: table.y.iter().map(|y| 1.0 - y).collect(),
            ..table.clone()
        };
        let capped = linear_starts(&missing, Scale::Raw, &exponents, 2, &terms(true));
        let free = free.into_iter().map(|it| {
            let [a, b, c] = [it.coefficients[0], it.coefficients[1], it.coefficients[2]];
            internal(&it.exponents, [a, b], c)
        });
        let capped = capped
            .into_iter()
            .map(|it| internal(&it.exponents, [it.coefficients[0], it.coefficients[1]], 1.0));
        free.chain(capped).collect()
    }

    /// Tokens in all: those of a sample times the samples.
    fn budget(&self, inputs: &[f64]) -> f64 {
        inputs[0] * inputs[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shortfalls_by_hand() {
        let theta = [0.95, f64::ln(0.4), f64::ln(0.3), f64::ln(0.5), f64::ln(1.0)];
        let at = |t: f64, k: f64| TwoAxes.value(&[t.ln(), k.ln()], &theta, &mut [0.0; 5]);
        assert!((at(1.0, 1.0) - 0.25).abs() < 1e-15);
        assert!((at(4.0, 3.0) - 0.65).abs() < 1e-15);
        assert!((at(1e18, 1e18) - 0.95).abs() < 1e-8);
    }
}
