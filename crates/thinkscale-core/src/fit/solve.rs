//! The minimum of a problem over its free parameters: several starts, bounds by an active set, and a last step that
//! makes least absolute deviations exact.
//!
//! A bound that is active is not an optimum that a gradient describes, so the parameter is held there, the others are
//! fitted again, and the bound is let go if the objective falls inwards. A positive parameter has its bound at a
//! logarithm of −∞, which no search reaches: one that has shrunk until it no longer matters is set to 0.

use super::objective::{Objective, Problem};
use super::search::{Bounds, STRIDE, inverse_curvature, minimise_free, negligible};

/// Starts that are followed to their end.
pub const FOLLOWED: usize = 6;
/// A start agrees with the best if its objective is within this share of it.
const AGREEMENT: f64 = 1e-6;
/// A positive parameter whose logarithm has fallen this far below its start may have vanished.
const FADED: f64 = 3.0;
/// It has if the objective at 0 is at most this share above.
const UNCHANGED: f64 = 1e-9;
/// The same in units of what counts as 0, for data that a law meets to rounding.
const UNSEEN: f64 = 1e4;
/// Up to this many rows an objective with kinks is searched around its minimum too.
const RUGGED: usize = 120;
/// How often, as long as that finds a lower one.
const ROUNDS: usize = 2;
/// How many rows' cost such a search starts above the minimum.
const KICK: f64 = 5.0;
/// How often a bound is let go before it stays.
const MAX_RELEASES: u8 = 3;

/// A minimum over all parameters.
#[derive(Clone, Debug)]
pub struct Solution {
    /// Internal coordinates of all parameters, held ones included.
    pub theta: Vec<f64>,
    /// The objective.
    pub value: f64,
    /// Its derivatives by all internal coordinates; for least absolute deviations the one of those between its sides
    /// that is 0 for the free ones.
    pub gradient: Vec<f64>,
    /// Which parameters are free: neither held by the caller nor at a bound.
    pub free: Vec<bool>,
    /// Which stopped at a bound.
    pub at_bound: Vec<bool>,
    /// Approximate inverse Hessian over the free ones, for a warm start.
    pub inverse: Vec<f64>,
    /// The start of the search that led here, for refits that ask whether a vanished parameter is wanted back.
    pub origin: Vec<f64>,
    /// Whether the search ended at a minimum.
    pub converged: bool,
    /// Iterations of the start that won.
    pub iterations: usize,
    /// Starts followed.
    pub starts: usize,
    /// Share of them that reached the best objective.
    pub agreeing_starts: f64,
}

/// What of a problem the caller holds fixed, in internal coordinates; `None` is fitted.
pub type Held = [Option<f64>];

/// The best of several starts, or `None` if no start has a finite objective.
pub fn solve(problem: &Problem, held: &Held) -> Option<Solution> {
    let weights = &problem.table.weights;
    let mut scratch = vec![0.0; problem.parameters()];
    let mut starts: Vec<(f64, Vec<f64>)> = problem
        .form
        .starts(problem.table)
        .into_iter()
        .map(|start| {
            let start = placed(problem, held, start);
            (problem.evaluate(&start, &mut scratch), start)
        })
        .filter(|(value, _)| value.is_finite())
        .collect();
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    starts.truncate(FOLLOWED);
    let mut ends: Vec<Solution> = starts
        .iter()
        .map(|(_, start)| descend(problem, held, weights, start, None))
        .collect();
    let lowest = |ends: &[Solution]| ends.iter().min_by(|a, b| a.value.total_cmp(&b.value)).cloned();
    let mut best = lowest(&ends)?;
    let rows = problem.table.used().count();
    if rows <= RUGGED && !matches!(problem.objective, Objective::Gaussian | Objective::Binomial) {
        for _ in 0..ROUNDS {
            // Bounds that are active stay so, as in a refit; the curvature is asked anew.
            let from = Solution {
                inverse: Vec::new(),
                ..best.clone()
            };
            let tried = kicks(problem, held, &best, rows)
                .iter()
                .map(|start| descend(problem, held, weights, start, Some(&from)))
                .collect::<Vec<_>>();
            let Some(found) = lowest(&tried) else { break };
            let improved = found.value < best.value * (1.0 - AGREEMENT);
            ends.extend(tried);
            if !improved {
                break;
            }
            best = found;
        }
        best = lowest(&ends)?;
    }
    let tolerance = AGREEMENT * best.value.abs() + negligible(problem, weights);
    let agreeing = ends
        .iter()
        .filter(|end| end.value - best.value <= tolerance)
        .count();
    Some(Solution {
        starts: ends.len(),
        agreeing_starts: agreeing as f64 / ends.len() as f64,
        ..best
    })
}

/// Starts around a minimum, a few standard errors away along what the data know least together: with kinks and few
/// rows the objective has small dips on the slopes of the large one.
fn kicks(problem: &Problem, held: &Held, best: &Solution, rows: usize) -> Vec<Vec<f64>> {
    let free: Vec<usize> = (0..best.free.len()).filter(|&i| best.free[i]).collect();
    let n = free.len();
    let Some(inverse) = inverse_curvature(problem, &problem.table.weights, &best.theta, &best.free) else {
        return Vec::new();
    };
    // Steps that would raise a quadratic objective by what a few rows cost.
    let size = (2.0 * KICK * best.value / rows as f64).sqrt();
    let mut starts = Vec::new();
    for column in 0..n {
        let spread = inverse[column * n + column].sqrt();
        for side in [-1.0, 1.0] {
            let mut start = best.theta.clone();
            for (row, &i) in free.iter().enumerate() {
                let step = side * size * inverse[row * n + column] / spread;
                start[i] += step.clamp(-STRIDE, STRIDE);
            }
            if start.iter().zip(&best.theta).any(|(a, b)| a != b)
                && free.iter().all(|&i| start[i].is_finite())
            {
                starts.push(placed(problem, held, start));
            }
        }
    }
    starts
}

/// The minimum under other weights, from a solution: for refits on resampled rows.
pub fn resume(problem: &Problem, held: &Held, weights: &[f64], from: &Solution) -> Solution {
    descend(problem, held, weights, &from.theta, Some(from))
}

/// A start with held parameters in their places and the others inside their bounds.
fn placed(problem: &Problem, held: &Held, mut start: Vec<f64>) -> Vec<f64> {
    for ((value, held), parameter) in start.iter_mut().zip(held).zip(problem.form.about().parameters) {
        let (low, high) = (
            parameter.internal(parameter.low),
            parameter.internal(parameter.high),
        );
        *value = held.unwrap_or_else(|| value.clamp(low, high));
    }
    start
}

fn descend(
    problem: &Problem,
    held: &Held,
    weights: &[f64],
    start: &[f64],
    warm: Option<&Solution>,
) -> Solution {
    let parameters = problem.form.about().parameters;
    let n = parameters.len();
    let origin = warm.map_or(start, |warm| &warm.origin);
    let bounds = Bounds::new(problem, origin);
    let negligible = negligible(problem, weights);
    let mut theta = start.to_vec();
    let mut at_bound = warm.map_or_else(|| vec![false; n], |warm| warm.at_bound.clone());
    for (i, theta) in theta.iter().enumerate() {
        // From a logarithm of −∞ no search comes back.
        at_bound[i] |= held[i].is_none() && *theta == f64::NEG_INFINITY;
    }
    let mut guess = warm.map(|warm| warm.inverse.clone());
    let mut released = vec![0_u8; n];
    let mut scratch = vec![0.0; n];
    let mut iterations = 0;
    loop {
        let free: Vec<bool> = (0..n).map(|i| held[i].is_none() && !at_bound[i]).collect();
        let (end, gradient) =
            minimise_free(problem, weights, &theta, &free, guess.take(), &bounds, negligible);
        iterations += end.iterations;
        spread(&mut theta, &free, &end.at);
        if let Some(i) = end.wall.and_then(|wall| (0..n).filter(|&i| free[i]).nth(wall)) {
            at_bound[i] = true;
            continue;
        }
        let mut at = |i: usize, value: f64, gradient: &mut [f64]| {
            let kept = std::mem::replace(&mut theta[i], value);
            let found = problem.evaluate_weighted(&theta, weights, gradient);
            theta[i] = kept;
            found
        };
        let limit = end.value + UNCHANGED * end.value.abs() + UNSEEN * negligible;
        let vanished = (0..n).find(|&i| {
            free[i]
                && bounds.low[i] == f64::NEG_INFINITY
                && bounds.logarithm[i]
                && end.at[(0..i).filter(|&j| free[j]).count()] < origin[i] - FADED
                && at(i, f64::NEG_INFINITY, &mut scratch) <= limit
        });
        if let Some(i) = vanished {
            at_bound[i] = true;
            theta[i] = f64::NEG_INFINITY;
            continue;
        }
        let value = problem.evaluate_weighted(&theta, weights, &mut scratch);
        let gradient = gradient.unwrap_or_else(|| scratch.clone());
        let back = (0..n)
            .filter(|&i| at_bound[i] && released[i] < MAX_RELEASES)
            .find_map(|i| {
                bounds
                    .inwards(problem, weights, &theta, i, value, &gradient)
                    .map(|inside| (i, inside))
            });
        match back {
            Some((i, inside)) => {
                released[i] += 1;
                at_bound[i] = false;
                theta[i] = inside;
            }
            None => {
                return Solution {
                    theta,
                    value,
                    gradient,
                    free,
                    at_bound,
                    inverse: end.inverse,
                    origin: origin.to_vec(),
                    converged: end.converged,
                    iterations,
                    starts: 1,
                    agreeing_starts: 1.0,
                };
            }
        }
    }
}

/// The entries that are free.
pub fn pick(all: &[f64], free: &[bool]) -> Vec<f64> {
    all.iter()
        .zip(free)
        .filter(|&(_, &free)| free)
        .map(|(value, _)| *value)
        .collect()
}

/// Writes the free entries back.
pub fn spread(all: &mut [f64], free: &[bool], some: &[f64]) {
    let mut some = some.iter();
    for (value, _) in all.iter_mut().zip(free).filter(|&(_, &free)| free) {
        if let Some(next) = some.next() {
            *value = *next;
        }
    }
}
