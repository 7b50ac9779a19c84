//! Intervals of parameters from the profile of the likelihood, for few independent rows.
//!
//! The profile of a parameter at v is the best likelihood of all fits that hold it at v (the scale of residuals is
//! fitted along). Its interval is where 2 (ln L̂ − ln L(v)) stays below a threshold:
//!
//! - binomial: the χ² quantile with one degree of freedom (Wilks 1938);
//! - residuals: n ln(1 + t²/(n − k)), t the quantile of Student's distribution with n − k degrees of freedom. For least
//!   squares this is exactly the F test, (SS(v) − SS)/(SS/(n − k)) ≤ t² (Bates and Watts 1988, section 6.1), and for many
//!   rows the χ² quantile.
//!
//! Such an interval need not be symmetric, does not depend on how the parameter is written, and is open on a side where
//! the likelihood never falls below the threshold: then its end is the parameter's bound, or infinite. That is the sign
//! of a parameter that the data do not determine.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::form::Coordinate;
use super::likelihood::log_likelihood;
use super::objective::{Objective, Problem};
use super::solve::{Held, Solution, resume};
use crate::stats::interval::{Interval, normal_quantile};

/// The first step outwards as a share of the standard error, or of the coordinate without one.
const FIRST_STEP: f64 = 0.5;
/// Doublings of the step after which a side without a bound is open (2⁶⁰ ≈ 10¹⁸ first steps).
const MAX_DOUBLINGS: usize = 60;
/// A logarithm this far from the minimum is as good as infinite (e⁷⁰ ≈ 10³⁰).
const FAR: f64 = 70.0;
const MAX_ROOT_STEPS: usize = 60;
/// Accuracy of an end, as a share of its distance from the minimum.
const ACCURACY: f64 = 1e-7;
/// A profile this far above the likelihood of the fit found a better minimum.
const IMPROVED: f64 = 1e-6;

/// The interval of every parameter, and a better minimum if the profile came upon one.
#[derive(Clone, Debug)]
pub struct Profiles {
    /// `None` for parameters that the caller or the law holds.
    pub intervals: Vec<Option<Interval>>,
    /// A fit from there ends below the one that was profiled.
    pub better: Option<Solution>,
}

/// Profiles all parameters that are not held; `None` where there is no residual to judge by.
pub fn profile(
    problem: &Problem,
    held: &Held,
    solution: &Solution,
    errors: &[Option<f64>],
    level: f64,
) -> Option<Profiles> {
    let threshold = threshold(problem, solution, level)?;
    let best = log_likelihood(problem, &solution.theta);
    if !best.is_finite() {
        return None;
    }
    let mut better: Option<(f64, Solution)> = None;
    let mut intervals = Vec::with_capacity(held.len());
    for (i, held_at) in held.iter().enumerate() {
        if held_at.is_some() {
            intervals.push(None);
            continue;
        }
        let mut tracer = Tracer {
            problem,
            held: held.to_vec(),
            parameter: i,
            best,
            threshold,
            highest: None,
        };
        intervals.push(tracer.interval(solution, errors[i]));
        if let Some((ratio, found)) = tracer.highest
            && ratio < -IMPROVED
            && better.as_ref().is_none_or(|(least, _)| ratio < *least)
        {
            better = Some((ratio, found));
        }
    }
    Some(Profiles {
        intervals,
        better: better.map(|(_, found)| found),
    })
}

/// How far twice the log-likelihood may fall.
fn threshold(problem: &Problem, solution: &Solution, level: f64) -> Option<f64> {
    if problem.objective == Objective::Binomial {
        return Some(normal_quantile(0.5 + level / 2.0).powi(2));
    }
    let rows = problem.table.used().count();
    let free = solution.free.iter().filter(|&&free| free).count();
    let degrees = rows.checked_sub(free).filter(|&degrees| degrees > 0)? as f64;
    let t = StudentsT::new(0.0, 1.0, degrees)
        .ok()?
        .inverse_cdf(0.5 + level / 2.0);
    Some(rows as f64 * (t * t / degrees).ln_1p())
}

/// Follows the profile of one parameter.
struct Tracer<'a> {
    problem: &'a Problem<'a>,
    held: Vec<Option<f64>>,
    parameter: usize,
    best: f64,
    threshold: f64,
    highest: Option<(f64, Solution)>,
}

impl Tracer<'_> {
    fn interval(&mut self, solution: &Solution, error: Option<f64>) -> Option<Interval> {
        let about = &self.problem.form.about().parameters[self.parameter];
        let (low, high) = (about.internal(about.low), about.internal(about.high));
        // From zero there is no way up in the logarithm: the profile starts where the search did.
        let vanished = !solution.theta[self.parameter].is_finite();
        let at = if vanished {
            solution.origin[self.parameter]
        } else {
            solution.theta[self.parameter]
        };
        let natural = about.natural(at);
        let step = match (error, about.coordinate) {
            (Some(error), Coordinate::Log) if error > 0.0 => FIRST_STEP * (error / natural).min(2.0),
            (Some(error), Coordinate::Linear) if error > 0.0 => FIRST_STEP * error,
            (_, Coordinate::Log) => 0.1,
            (_, Coordinate::Linear) => 0.1 * natural.abs().max(0.1),
        };
        let (start, centre) = self.ratio(solution, at);
        let inside = start <= self.threshold;
        let ends = if inside {
            (
                self.end(&centre, (at, start), -step, low),
                self.end(&centre, (at, start), step, high),
            )
        } else if vanished {
            // Zero is the best value and the start is too large: the upper end lies between them.
            (low, self.end_inwards(&centre, at, -step))
        } else {
            return None;
        };
        Some(Interval {
            low: about.natural(ends.0),
            high: about.natural(ends.1),
        })
    }

    /// 2 (ln L̂ − ln L) with the parameter held at `value`, fitted from `from`.
    fn ratio(&mut self, from: &Solution, value: f64) -> (f64, Solution) {
        let mut start = from.clone();
        start.theta[self.parameter] = value;
        start.at_bound[self.parameter] = false;
        self.held[self.parameter] = Some(value);
        let weights = &self.problem.table.weights;
        let found = resume(self.problem, &self.held, weights, &start);
        self.held[self.parameter] = None;
        let ratio = 2.0 * (self.best - log_likelihood(self.problem, &found.theta));
        let ratio = if ratio.is_nan() { f64::INFINITY } else { ratio };
        if self.highest.as_ref().is_none_or(|(least, _)| ratio < *least) {
            self.highest = Some((ratio, found.clone()));
        }
        (ratio, found)
    }

    /// The end on one side of a value inside, or the bound.
    fn end(&mut self, centre: &Solution, (at, start): (f64, f64), first: f64, bound: f64) -> f64 {
        let logarithm = self.problem.form.about().parameters[self.parameter].coordinate == Coordinate::Log;
        let (mut inside, mut known) = (at, centre.clone());
        let mut inside_ratio = start;
        let mut step = first;
        for _ in 0..MAX_DOUBLINGS {
            let beyond = |value: f64| {
                if first < 0.0 {
                    value <= bound
                } else {
                    value >= bound
                }
            };
            let mut next = inside + step;
            let last = beyond(next) || logarithm && (next - at).abs() > FAR;
            if last {
                next = bound;
            }
            if next == inside || next.is_infinite() {
                return bound;
            }
            let (ratio, found) = self.ratio(&known, next);
            if ratio > self.threshold {
                return self.root(&known, (inside, inside_ratio), (next, ratio));
            }
            if last {
                return bound;
            }
            (inside, inside_ratio, known) = (next, ratio, found);
            step *= 2.0;
        }
        if first < 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        }
    }

    /// The end between zero, whose logarithm is −∞, and a value outside.
    fn end_inwards(&mut self, centre: &Solution, at: f64, first: f64) -> f64 {
        let (mut outside, mut known, mut step) = (at, centre.clone(), first);
        let mut outside_ratio = f64::INFINITY;
        while (outside - at).abs() < FAR {
            let next = outside + step;
            let (ratio, found) = self.ratio(&known, next);
            if ratio <= self.threshold {
                return self.root(&found, (next, ratio), (outside, outside_ratio));
            }
            (outside, outside_ratio, known) = (next, ratio, found);
            step *= 2.0;
        }
        outside
    }

    /// Where the root of the ratio, which is nearly linear, crosses that of the threshold (regula falsi, with the
    /// weight of an end halved that stays twice: Dowell and Jarratt 1971).
    fn root(&mut self, from: &Solution, inside: (f64, f64), outside: (f64, f64)) -> f64 {
        let target = self.threshold.sqrt();
        let height = |ratio: f64| ratio.max(0.0).sqrt() - target;
        let (mut a, mut below) = (inside.0, height(inside.1));
        let (mut b, mut above) = (outside.0, height(outside.1));
        let centre = inside.0;
        let mut known = from.clone();
        let mut stayed = 0;
        for _ in 0..MAX_ROOT_STEPS {
            if (b - a).abs() <= ACCURACY * (b - centre).abs().max(ACCURACY * b.abs()) {
                break;
            }
            let cut = if above.is_finite() {
                (a * above - b * below) / (above - below)
            } else {
                f64::NAN
            };
            let strictly = (cut - a) * (cut - b) < 0.0;
            let next = if strictly { cut } else { 0.5 * (a + b) };
            if next == a || next == b {
                break;
            }
            let (ratio, found) = self.ratio(&known, next);
            let found_height = height(ratio);
            if found_height.abs() <= ACCURACY * target {
                return next;
            }
            if found_height < 0.0 {
                (a, below, known) = (next, found_height, found);
                stayed = if stayed < 0 { stayed - 1 } else { -1 };
                if stayed < -1 {
                    above *= 0.5;
                }
            } else {
                (b, above) = (next, found_height);
                stayed = if stayed > 0 { stayed + 1 } else { 1 };
                if stayed > 1 {
                    below *= 0.5;
                }
            }
        }
        0.5 * (a + b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_quantiles_are_those_of_tables() {
        for (degrees, table) in [(1.0, 12.7062), (2.0, 4.302_65), (5.0, 2.570_58), (30.0, 2.042_27)] {
            let t = StudentsT::new(0.0, 1.0, degrees).unwrap().inverse_cdf(0.975);
            assert!((t / table - 1.0).abs() < 1e-5, "{degrees}: {t}");
        }
    }
}
