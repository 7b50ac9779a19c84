//! Accuracy of a chain of calls that must all be right.
//!
//! y(k) = p^k
//!
//! Steps that succeed independently, each with probability p, succeed together with p^k: errors compound
//! (Dziri et al. 2023, "Faith and Fate: Limits of Transformers on Compositionality"). Measured chains that do better
//! than the law repair errors on the way; ones that do worse have steps whose difficulty grows with the chain.

use super::lines::range;
use super::parameters::{between, from_one};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::table::Table;

/// The form, without state.
pub struct ChainedCalls;

static ABOUT: About = About {
    name: "chained-calls",
    summary: "Accuracy of k steps that must all succeed, independent and equally hard.",
    equation: "accuracy = p^k",
    source: "independence of steps; Dziri et al. 2023 (arXiv 2305.18654) on compounding errors",
    inputs: &[from_one("k", "calls in a row")],
    output: "share of chains without an error, from 0 to 1, or counts of them",
    features: 1,
    parameters: &[between("p", "probability that one call is right", 0.0, 1.0)],
    scale: Scale::Raw,
    objective: Objective::Gaussian,
    probability: true,
};

impl Form for ChainedCalls {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0];
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let shorter = theta[0].powf(features[0] - 1.0);
        gradient[0] = features[0] * shorter;
        theta[0] * shorter
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        // What p would be if each row had it alone, from the most hopeful to the least, and in between.
        let alone = |row: usize| {
            let margin = table
                .totals
                .as_ref()
                .map_or(1e-6, |totals| 0.5 / (totals[row] + 1.0));
            table.y[row]
                .clamp(margin, 1.0 - margin)
                .powf(1.0 / table.row(row)[0])
        };
        let mut each: Vec<f64> = table.used().map(alone).collect();
        each.sort_unstable_by(f64::total_cmp);
        // Half of the chains fail at a length in the middle of the data.
        let (first, last) = range(table, Some(0));
        each.push(0.5_f64.powf(1.0 / (first * last).sqrt().max(1.0)));
        let count = each.len();
        let step = count.div_ceil(24).max(1);
        each.into_iter().rev().step_by(step).map(|p| vec![p]).collect()
    }

    /// More steps fail more often.
    fn rises(&self) -> Option<bool> {
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_by_hand() {
        let mut gradient = [0.0];
        assert_eq!(ChainedCalls.value(&[3.0], &[0.5], &mut gradient), 0.125);
        assert_eq!(gradient[0], 0.75);
        assert_eq!(ChainedCalls.value(&[1.0], &[0.0], &mut gradient), 0.0);
        // A million calls at one failure in a million: e^-1, to 5e-7 of it.
        let million = ChainedCalls.value(&[1e6], &[1.0 - 1e-6], &mut gradient);
        assert!((million - f64::exp(-1.0)).abs() < 1e-6);
    }
}
