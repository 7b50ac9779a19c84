//! Accuracy of a majority vote over calls (Chen et al. 2024, "Are More LLM Calls All You Need? Towards Scaling Laws of
//! Compound Inference Systems").
//!
//! F(K) = w·I_p1(h, h) + (1 − w)·I_p2(h, h), h = (K + 1)/2
//!
//! A share w of the problems is easy, answered right with probability p1 above ½ by each call, the others are hard, with
//! p2 below ½. More votes make the easy ones certain and the hard ones hopeless, so accuracy may rise and then fall:
//! [`best_calls`] says where it turns. I is the regularised incomplete beta function; for odd K it is the chance of
//! more than K/2 right calls, for even K it lies between those of the neighbours.

use super::majority::{majority, prepare};
use super::parameters::{between, from_one};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::table::Table;

/// The form, without state.
pub struct VotingMixture;

static ABOUT: About = About {
    name: "voting-mixture",
    summary: "Accuracy of a majority vote over calls: easy problems gain, hard ones lose, and the best number may be finite.",
    equation: "accuracy = w * I(p1; h, h) + (1 - w) * I(p2; h, h), h = (k + 1) / 2",
    source: "Chen et al. 2024 (arXiv 2403.02419), the analytic model of voting",
    inputs: &[from_one("k", "calls that vote")],
    output: "accuracy of the majority, from 0 to 1",
    features: 2,
    parameters: &[
        between("w", "share of the problems that are easy", 0.0, 1.0),
        between(
            "p1",
            "chance that a call is right on an easy problem, from 1/2",
            0.5,
            1.0,
        ),
        between(
            "p2",
            "chance that a call is right on a hard problem, up to 1/2",
            0.0,
            0.5,
        ),
    ],
    scale: Scale::Raw,
    objective: Objective::Gaussian,
    probability: true,
};

impl Form for VotingMixture {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&prepare(inputs[0]));
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let prepared = [features[0], features[1]];
        let (easy, by_easy) = majority(prepared, theta[1]);
        let (hard, by_hard) = majority(prepared, theta[2]);
        gradient[0] = easy - hard;
        gradient[1] = theta[0] * by_easy;
        gradient[2] = (1.0 - theta[0]) * by_hard;
        theta[0] * easy + (1.0 - theta[0]) * hard
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let mut starts = Vec::new();
        for p1 in [0.51, 0.55, 0.6, 0.7, 0.8, 0.9, 0.97] {
            for p2 in [0.49, 0.45, 0.4, 0.3, 0.2, 0.1, 0.03] {
                // With both chances given the law is linear in the share.
                let (mut cross, mut square) = (0.0, 0.0);
                for row in table.used() {
                    let prepared = [table.row(row)[0], table.row(row)[1]];
                    let (easy, hard) = (majority(prepared, p1).0, majority(prepared, p2).0);
                    cross += table.weights[row] * (easy - hard) * (table.y[row] - hard);
                    square += table.weights[row] * (easy - hard) * (easy - hard);
                }
                let share = if square > 0.0 { cross / square } else { 0.5 };
                starts.push(vec![share.clamp(0.02, 0.98), p1, p2]);
            }
        }
        starts
    }

    /// It may fall after it rose.
    fn rises(&self) -> Option<bool> {
        None
    }
}

/// Easy problems whose gain fades no faster than this keep it for as long as anyone votes.
const EQUALLY_FAST: f64 = 1e-12;

/// The number of calls K* at which the vote is most accurate, from natural parameters (w, p1, p2) with p1 ≥ ½ ≥ p2; not
/// rounded to the odd numbers that are real votes.
///
/// From K to K + 2 calls the vote gains w (2 p1 − 1) (p1 (1 − p1))^h on the easy problems and loses
/// (1 − w) (1 − 2 p2) (p2 (1 − p2))^h on the hard ones, up to a common factor. With p1 + p2 > 1 the gain fades first, at
/// K* = 2 ln[w (2 p1 − 1) / ((1 − w) (1 − 2 p2))] / ln[p2 (1 − p2) / (p1 (1 − p1))].
///
/// 1 if no more calls than one ever help, infinity if accuracy keeps rising or is highest in the limit, NaN with
/// fewer parameters.
pub fn best_calls(parameters: &[f64]) -> f64 {
    let [w, p1, p2] = parameters[..] else {
        return f64::NAN;
    };
    let (gain, loss) = (w * (2.0 * p1 - 1.0), (1.0 - w) * (1.0 - 2.0 * p2));
    if loss <= 0.0 {
        return if gain > 0.0 { f64::INFINITY } else { 1.0 };
    }
    let fading = (p2 * (1.0 - p2)).ln() - (p1 * (1.0 - p1)).ln();
    if fading > EQUALLY_FAST {
        return (2.0 * (gain / loss).ln() / fading).max(1.0);
    }
    // The hard problems are lost first: accuracy can only be best at one call or without end.
    let (one, limit) = (w * p1 + (1.0 - w) * p2, w);
    if limit > one { f64::INFINITY } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accuracy(parameters: [f64; 3], calls: f64) -> f64 {
        let mut features = [0.0; 2];
        VotingMixture.features(&[calls], &mut features);
        VotingMixture.value(&features, &parameters, &mut [0.0; 3])
    }

    /// The best odd number of calls up to `most`.
    fn best_odd(parameters: [f64; 3], most: u32) -> f64 {
        (0..=most / 2)
            .map(|i| f64::from(2 * i + 1))
            .max_by(|&a, &b| accuracy(parameters, a).total_cmp(&accuracy(parameters, b)))
            .unwrap()
    }

    #[test]
    fn three_votes_by_hand() {
        // p³ + 3 p² (1 − p): 0.784 at 0.7 and 0.352 at 0.4.
        assert!((accuracy([0.25, 0.7, 0.4], 3.0) - (0.25 * 0.784 + 0.75 * 0.352)).abs() < 1e-14);
        assert!((accuracy([0.25, 0.7, 0.4], 1.0) - 0.475).abs() < 1e-15);
    }

    #[test]
    fn the_best_number_of_calls_is_next_to_the_best_odd_one() {
        for (parameters, star, odd) in [
            ([0.5, 0.7, 0.4], 10.38, 11.0),
            ([0.6, 0.85, 0.3], 3.87, 3.0),
            ([0.4, 0.8, 0.45], 6.36, 7.0),
        ] {
            assert!((best_calls(&parameters) - star).abs() < 0.005, "{parameters:?}");
            assert_eq!(best_odd(parameters, 200), odd);
        }
    }

    #[test]
    fn the_best_number_of_calls_over_a_grid() {
        for w in [0.2, 0.4, 0.5, 0.7, 0.9] {
            for p1 in [0.55, 0.65, 0.8, 0.95] {
                for p2 in [0.05, 0.2, 0.35, 0.48] {
                    let parameters: [f64; 3] = [w, p1, p2];
                    if (p1 + p2 - 1.0).abs() < 1e-9 && w == 0.5 {
                        // The vote is as good as one call at any number.
                        continue;
                    }
                    let star = best_calls(&parameters);
                    let best = best_odd(parameters, 2001);
                    if star.is_finite() {
                        assert!(
                            (best - star).abs() <= 1.0 + 1e-9 || star > 2000.0,
                            "{parameters:?} {star} {best}"
                        );
                    } else {
                        let limit = accuracy(parameters, 1e7);
                        assert!(
                            limit >= accuracy(parameters, best) - 1e-9,
                            "{parameters:?} {best}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn without_hard_problems_more_calls_always_help() {
        assert_eq!(best_calls(&[1.0, 0.6, 0.3]), f64::INFINITY);
        assert_eq!(best_calls(&[0.0, 0.6, 0.3]), 1.0);
        assert!(best_calls(&[0.5]).is_nan());
    }
}
