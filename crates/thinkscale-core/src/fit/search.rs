//! One search over the free parameters of a problem, with what it knows of ranges and curvature.

use super::bfgs::{Minimum, Room, minimise};
use super::form::Coordinate;
use super::lad;
use super::objective::{Objective, Problem};
use super::solve::{pick, spread};
use crate::cholesky;

/// Where the objective is asked whether a vanished parameter is wanted back: this far below its start, in logarithms.
const PROBE: f64 = 10.0;
/// What letting go of a bound must promise, as a share of the objective.
const WORTHWHILE: f64 = 1e-9;
/// The most that a logarithm moves in the first trial of a step.
pub const STRIDE: f64 = 3.0;
/// Added to the correlations of the parameters, so that ones which the data cannot tell apart have an inverse.
const RIDGE: f64 = 1e-9;

/// The ranges of the internal coordinates.
pub struct Bounds<'a> {
    pub low: Vec<f64>,
    pub high: Vec<f64>,
    /// Which are logarithms.
    pub logarithm: Vec<bool>,
    origin: &'a [f64],
}

impl<'a> Bounds<'a> {
    pub fn new(problem: &Problem, origin: &'a [f64]) -> Self {
        let parameters = problem.form.about().parameters;
        Self {
            low: parameters.iter().map(|it| it.internal(it.low)).collect(),
            high: parameters.iter().map(|it| it.internal(it.high)).collect(),
            logarithm: parameters
                .iter()
                .map(|it| it.coordinate == Coordinate::Log)
                .collect(),
            origin,
        }
    }

    fn room(&self, free: &[bool]) -> Room {
        let stride = self
            .logarithm
            .iter()
            .map(|&log| if log { STRIDE } else { f64::INFINITY });
        Room {
            low: pick(&self.low, free),
            high: pick(&self.high, free),
            stride: pick(&stride.collect::<Vec<f64>>(), free),
        }
    }

    /// A place inside for a parameter at its bound, if the objective is lower there.
    pub fn inwards(
        &self,
        problem: &Problem,
        weights: &[f64],
        theta: &[f64],
        i: usize,
        value: f64,
        gradient: &[f64],
    ) -> Option<f64> {
        let mut moved = theta.to_vec();
        let mut slopes = vec![0.0; theta.len()];
        let mut at = |place: f64| {
            moved[i] = place;
            let found = problem.evaluate_weighted(&moved, weights, &mut slopes);
            (found, slopes[i])
        };
        let enough = WORTHWHILE * value.abs();
        let places: Vec<f64> = if theta[i] == f64::NEG_INFINITY {
            // The derivative by the parameter itself, at almost 0, times what it was at the start.
            let (_, slope) = at(self.origin[i] - PROBE);
            let promised = -slope * PROBE.exp();
            if promised.is_nan() || promised <= enough {
                return None;
            }
            [0.0, 2.0, 5.0, PROBE]
                .iter()
                .map(|down| self.origin[i] - down)
                .collect()
        } else {
            let width = (self.high[i] - self.low[i]).min(1.0);
            let width = if theta[i] <= self.low[i] { width } else { -width };
            let promised = -gradient[i] * width;
            if promised.is_nan() || promised <= enough {
                return None;
            }
            [1e-1, 1e-2, 1e-3, 1e-4, 1e-6]
                .iter()
                .map(|share| theta[i] + share * width)
                .collect()
        };
        places
            .into_iter()
            .find(|&place| at(place).0 < value - 0.1 * enough)
    }
}

/// What counts as an objective of 0: data that a law meets to rounding.
pub fn negligible(problem: &Problem, weights: &[f64]) -> f64 {
    if problem.objective == Objective::Binomial {
        return 0.0;
    }
    let size: f64 = problem
        .targets()
        .iter()
        .zip(weights)
        .map(|(target, weight)| weight * target * target)
        .filter(|size| size.is_finite())
        .sum();
    match problem.objective {
        Objective::Lad => 1e-14 * size.sqrt(),
        _ => 1e-28 * size,
    }
}

/// The minimum over the free parameters, the others as in `theta`; for least absolute deviations with the derivatives
/// by all parameters.
pub fn minimise_free(
    problem: &Problem,
    weights: &[f64],
    theta: &[f64],
    free: &[bool],
    guess: Option<Vec<f64>>,
    bounds: &Bounds,
    negligible: f64,
) -> (Minimum, Option<Vec<f64>>) {
    let start: Vec<f64> = pick(theta, free);
    if start.is_empty() {
        let value = problem.evaluate_weighted(theta, weights, &mut vec![0.0; theta.len()]);
        let nothing = Vec::new;
        return (
            Minimum {
                at: nothing(),
                value,
                gradient: nothing(),
                inverse: nothing(),
                converged: value.is_finite(),
                iterations: 0,
                wall: None,
            },
            None,
        );
    }
    let room = bounds.room(free);
    if problem.objective != Objective::Lad {
        return (
            search(problem, weights, theta, free, &start, guess, &room, negligible),
            None,
        );
    }
    // From a smoothed objective to the kinked one: started at once, the search would stop at the first sharp valley.
    let mut from = start;
    let mut iterations = 0;
    for delta in lad::smoothing(problem, weights, theta) {
        let smooth = problem.with_objective(Objective::Huber { delta });
        let mut end = search(&smooth, weights, theta, free, &from, None, &room, 0.0);
        iterations += end.iterations;
        if end.wall.is_some() {
            end.iterations = iterations;
            return (end, None);
        }
        from = end.at;
    }
    let mut end = search(problem, weights, theta, free, &from, None, &room, negligible);
    end.iterations += iterations;
    if end.wall.is_some() {
        return (end, None);
    }
    lad::polish(problem, weights, theta, free, &room, end)
}

/// One search over the free parameters.
#[allow(clippy::too_many_arguments)] // What is searched, from where and how far are the caller's to say.
fn search(
    problem: &Problem,
    weights: &[f64],
    theta: &[f64],
    free: &[bool],
    start: &[f64],
    mut guess: Option<Vec<f64>>,
    room: &Room,
    negligible: f64,
) -> Minimum {
    let n = start.len();
    guess = guess.filter(|guess| guess.len() == n * n);
    let (mut full, mut gradient) = (theta.to_vec(), vec![0.0; theta.len()]);
    let mut asked = theta.to_vec();
    minimise(
        start,
        room,
        negligible,
        &mut |at| {
            guess.take().or_else(|| {
                spread(&mut asked, free, at);
                inverse_curvature(problem, weights, &asked, free)
            })
        },
        &mut |at, out| {
            spread(&mut full, free, at);
            let value = problem.evaluate_weighted(&full, weights, &mut gradient);
            let mut parts = gradient.iter().zip(free).filter(|&(_, &free)| free);
            out.iter_mut()
                .for_each(|out| *out = parts.next().map_or(0.0, |(part, _)| *part));
            value
        },
    )
}

/// The inverse of [`Problem::curvature`] over the free parameters.
pub fn inverse_curvature(
    problem: &Problem,
    weights: &[f64],
    theta: &[f64],
    free: &[bool],
) -> Option<Vec<f64>> {
    let width = theta.len();
    let mut curvature = vec![0.0; width * width];
    problem.curvature(theta, weights, &mut curvature);
    let chosen: Vec<usize> = (0..width).filter(|&i| free[i]).collect();
    let n = chosen.len();
    let sizes: Vec<f64> = chosen.iter().map(|&i| curvature[i * width + i].sqrt()).collect();
    if sizes.iter().any(|size| !size.is_finite()) {
        return None;
    }
    // A parameter without any influence stays where it is.
    let scale = |i: usize| if sizes[i] > 0.0 { 1.0 / sizes[i] } else { 0.0 };
    let mut matrix = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            matrix[i * n + j] = curvature[chosen[i] * width + chosen[j]] * scale(i) * scale(j);
        }
        matrix[i * n + i] = 1.0 + RIDGE;
    }
    let mut inverse = vec![0.0; n * n];
    let mut unit = vec![0.0; n];
    for i in 0..n {
        unit.fill(0.0);
        unit[i] = 1.0;
        let row = cholesky::solve(&matrix, &unit)?;
        for j in 0..n {
            inverse[i * n + j] = row[j] * scale(i) * scale(j);
        }
    }
    Some(inverse)
}
