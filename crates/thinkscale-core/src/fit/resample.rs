//! Refits on resampled data: the draws from which intervals of parameters, predictions and derived figures come.
//!
//! - With many groups (runs or problems), groups are drawn with replacement and a row counts as often as its group was
//!   drawn (Efron 1979). Rows of a group stay together, so their dependence does too.
//! - With fewer than [`FEW`] independent rows such resamples repeat a few rows; there, measurements are simulated from
//!   the fitted law instead: binomial counts, or the law plus its residuals.
//!
//! A refit starts at the minimum of all data and, where that does not converge, once from the law's own starts. Every
//! resample has a random stream of its own: results do not depend on the number of threads.
//!
//! Intervals are percentiles of the draws, or BCa with an acceleration from refits without one group at a time. Those of
//! simulated draws are corrected for the bias that the simulation shows (BCa without acceleration): with few rows an
//! estimate is biased, and its draws are twice.

use rayon::prelude::*;

use super::form::Form;
use super::merge::Merge;
use super::objective::Problem;
use super::simulate::Noise;
use super::solve::{Held, Solution, resume, solve};
use super::{Draws, FEW};
use crate::stats::interval::{BcaStatus, Interval, acceleration, bca, percentile};
use crate::stats::random::{resample_counts, stream};

/// The most groups whose jackknife is worth its time.
pub const MAX_JACKKNIFE: usize = 2000;
/// A minimum that did not converge is one all the same if another that did is within this share of it.
const SAME: f64 = 1e-6;

/// What a resample draws anew.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum DrawKind {
    /// Whole groups, with replacement.
    #[default]
    Groups,
    /// Measurements, from the fitted law.
    Simulated,
}

/// How a problem that has been solved is solved again on other weights or measurements.
pub struct Refitter<'a> {
    held: &'a Held,
    solution: &'a Solution,
    distinct: Vec<usize>,
    needed: usize,
    merge: Option<Merge>,
}

impl<'a> Refitter<'a> {
    /// From the minimum of the whole data.
    pub fn new(problem: &Problem, held: &'a Held, solution: &'a Solution) -> Self {
        let distinct = distinct_rows(problem);
        Self {
            held,
            solution,
            merge: Merge::new(problem, &distinct),
            distinct,
            needed: solution.free.iter().filter(|&&free| free).count(),
        }
    }

    /// The minimum of `problem` under `weights`; `None` if no start reaches one or too few distinct rows are left.
    pub fn refit(&self, problem: &Problem, weights: &[f64]) -> Option<Solution> {
        if self.distinct_left(weights) < self.needed {
            return None;
        }
        let Some(merge) = &self.merge else {
            return self.search(problem, weights);
        };
        let table = merge.table(problem.table, problem.scale, weights);
        let merged = Problem::new(problem.form, &table, problem.objective, problem.scale);
        self.search(&merged, &table.weights)
    }

    fn search(&self, problem: &Problem, weights: &[f64]) -> Option<Solution> {
        let warm = resume(problem, self.held, weights, self.solution);
        if warm.converged {
            return Some(warm);
        }
        let table = problem.table.weighted(weights.to_vec());
        let cold = Problem::new(problem.form, &table, problem.objective, problem.scale);
        let cold = solve(&cold, self.held)?;
        let (converged, value) = (cold.converged, cold.value);
        let best = better(warm, cold);
        let near = value - best.value <= SAME * best.value.abs();
        (best.converged || converged && near).then_some(best)
    }

    fn distinct_left(&self, weights: &[f64]) -> usize {
        if weights.iter().all(|&weight| weight > 0.0) {
            return usize::MAX;
        }
        let mut left = vec![false; self.distinct.len()];
        for (row, &weight) in weights.iter().enumerate() {
            left[self.distinct[row]] |= weight > 0.0;
        }
        left.into_iter().filter(|&left| left).count()
    }
}

fn better(a: Solution, b: Solution) -> Solution {
    // Written this way round, NaN loses.
    if b.value < a.value || !a.value.is_finite() {
        b
    } else {
        a
    }
}

/// For every row the first row with the same features.
pub fn distinct_rows(problem: &Problem) -> Vec<usize> {
    let table = problem.table;
    let mut seen = std::collections::HashMap::new();
    (0..table.rows)
        .map(|row| {
            // Adding 0 makes −0 and 0 one key.
            let key: Vec<u64> = table
                .row(row)
                .iter()
                .map(|feature| (feature + 0.0).to_bits())
                .collect();
            *seen.entry(key).or_insert(row)
        })
        .collect()
}

/// Refits `resamples` times.
pub fn draw(
    problem: &Problem,
    held: &Held,
    solution: &Solution,
    independent: bool,
    resamples: usize,
    seed: u64,
) -> Draws {
    let groups = used_groups(problem);
    let refitter = Refitter::new(problem, held, solution);
    if !(independent && groups.len() < FEW) {
        let refit = |counts: &[u32]| {
            let weights = reweighted(problem, &groups, counts);
            refitter.refit(problem, &weights).map(|refit| refit.theta)
        };
        return collect(DrawKind::Groups, resamples, |resample| {
            let mut counts = vec![0; groups.len()];
            resample_counts(&mut stream(seed, &[resample as u64]), &mut counts);
            refit(&counts)
        });
    }
    let free = solution.free.iter().filter(|&&free| free).count();
    let Some(noise) = Noise::of(problem, &solution.theta, free) else {
        return Draws {
            kind: DrawKind::Simulated,
            ..Draws::default()
        };
    };
    let fitted = fitted(problem, &solution.theta);
    collect(DrawKind::Simulated, resamples, |resample| {
        let table = noise.redraw(problem, &fitted, &mut stream(seed, &[resample as u64]));
        let simulated = Problem::new(problem.form, &table, problem.objective, problem.scale);
        refitter
            .refit(&simulated, &table.weights)
            .map(|refit| refit.theta)
    })
}

fn collect(
    kind: DrawKind,
    resamples: usize,
    refit: impl Fn(usize) -> Option<Vec<f64>> + Sync + Send,
) -> Draws {
    let thetas: Vec<Option<Vec<f64>>> = (0..resamples)
        .into_par_iter()
        .with_min_len(4)
        .map(refit)
        .collect();
    let kept: Vec<u32> = thetas
        .iter()
        .zip(0..)
        .filter(|(theta, _)| theta.is_some())
        .map(|(_, resample)| resample)
        .collect();
    Draws {
        kind,
        resamples,
        failed: resamples - kept.len(),
        kept,
        thetas: thetas.into_iter().flatten().flatten().collect(),
    }
}

/// The acceleration of each parameter from refits without one group at a time; `None` with too many groups, or where a
/// refit fails.
pub fn accelerations(problem: &Problem, held: &Held, solution: &Solution) -> Option<Vec<f64>> {
    let groups = used_groups(problem);
    if groups.len() > MAX_JACKKNIFE {
        return None;
    }
    let refitter = Refitter::new(problem, held, solution);
    let thetas: Option<Vec<Vec<f64>>> = (0..groups.len())
        .into_par_iter()
        .with_min_len(4)
        .map(|left_out| {
            let counts: Vec<u32> = (0..groups.len())
                .map(|group| u32::from(group != left_out))
                .collect();
            let weights = reweighted(problem, &groups, &counts);
            refitter.refit(problem, &weights).map(|refit| refit.theta)
        })
        .collect();
    let thetas = thetas?;
    let parameters = problem.form.about().parameters;
    Some(
        (0..parameters.len())
            .map(|i| {
                let values: Vec<f64> = thetas
                    .iter()
                    .map(|theta| parameters[i].natural(theta[i]))
                    .collect();
                acceleration(&values)
            })
            .collect(),
    )
}

/// f at every row.
pub fn fitted(problem: &Problem, theta: &[f64]) -> Vec<f64> {
    let mut slopes = vec![0.0; theta.len()];
    (0..problem.table.rows)
        .map(|row| problem.form.value(problem.table.row(row), theta, &mut slopes))
        .collect()
}

/// The rows of every group that has one with a weight.
fn used_groups(problem: &Problem) -> Vec<Vec<usize>> {
    let mut groups = vec![Vec::new(); problem.table.group_count];
    for row in problem.table.used() {
        groups[problem.table.groups[row] as usize].push(row);
    }
    groups.retain(|rows| !rows.is_empty());
    groups
}

fn reweighted(problem: &Problem, groups: &[Vec<usize>], counts: &[u32]) -> Vec<f64> {
    let mut weights = vec![0.0; problem.table.rows];
    for (rows, &count) in groups.iter().zip(counts) {
        for &row in rows {
            weights[row] = problem.table.weights[row] * f64::from(count);
        }
    }
    weights
}

/// A figure of every draw.
pub fn figures<T>(form: &dyn Form, draws: &Draws, figure: impl FnMut(&[f64]) -> T) -> Vec<T> {
    draws
        .thetas
        .chunks_exact(form.about().parameters.len().max(1))
        .map(figure)
        .collect()
}

/// The percentile interval of values, infinities included; `None` without two of them or where one is not a number.
pub fn interval(mut values: Vec<f64>, level: f64) -> Option<Interval> {
    if values.len() < 2 || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let interval = percentile(&values, level);
    // Between a finite and an infinite order statistic, and between two infinite ones, interpolation has no meaning.
    let end = |value: f64, p: f64, up: bool| {
        if value.is_nan() || value.is_infinite() {
            let position = p * (values.len() - 1) as f64;
            values[if up { position.ceil() } else { position.floor() } as usize]
        } else {
            value
        }
    };
    Some(Interval {
        low: end(interval.low, 0.5 - level / 2.0, false),
        high: end(interval.high, 0.5 + level / 2.0, true),
    })
}

/// The interval of a figure: percentiles of resampled groups, bias-corrected ones of simulated draws where finite.
pub fn figure_interval(kind: DrawKind, estimate: f64, values: Vec<f64>, level: f64) -> Option<Interval> {
    let corrected = || bca_interval(estimate, values.clone(), 0.0, level);
    match kind {
        DrawKind::Simulated => corrected(),
        DrawKind::Groups => None,
    }
    .or_else(|| interval(values, level))
}

/// The BCa interval of values, where it has a meaning.
pub fn bca_interval(estimate: f64, mut values: Vec<f64>, acceleration: f64, level: f64) -> Option<Interval> {
    if values.len() < 2 || !acceleration.is_finite() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let (interval, status) = bca(estimate, &values, acceleration, level);
    matches!(status, BcaStatus::Computed | BcaStatus::AllEqual).then_some(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinite_draws_open_an_interval() {
        let mut values: Vec<f64> = (0..90).map(f64::from).collect();
        values.extend([f64::INFINITY; 10]);
        let open = interval(values.clone(), 0.9).unwrap();
        assert!(
            (open.low - 4.95).abs() < 1e-12 && open.high == f64::INFINITY,
            "{open:?}"
        );
        let closed = interval(values.clone(), 0.5).unwrap();
        assert!((closed.low - 24.75).abs() < 1e-12 && (closed.high - 74.25).abs() < 1e-12);
        let all = interval(vec![f64::INFINITY; 5], 0.9).unwrap();
        assert_eq!((all.low, all.high), (f64::INFINITY, f64::INFINITY));
        let vanished = interval([vec![f64::NEG_INFINITY; 10], values].concat(), 0.9).unwrap();
        assert_eq!(vanished.low, f64::NEG_INFINITY);
    }

    #[test]
    fn what_is_not_a_number_has_no_interval() {
        assert!(interval(vec![1.0, f64::NAN, 2.0], 0.9).is_none());
        assert!(interval(vec![1.0], 0.9).is_none());
        assert!(bca_interval(1.0, vec![0.0, f64::INFINITY], 0.0, 0.9).is_none());
    }
}
