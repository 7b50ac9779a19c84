//! Minimisation by BFGS (Nocedal and Wright 2006, algorithm 6.1) inside a box, with a line search for the weak Wolfe
//! conditions by bisection, which also makes progress where the objective has kinks (Lewis and Overton 2013).
//!
//! It stops by what a further step could gain, relative to the objective itself: objectives of fits on log losses are
//! near 10⁻³, where an absolute tolerance would stop far from the minimum. It also stops at a wall of the box that the
//! objective pushes against, for the caller to hold that coordinate and go on with the others.

/// A step that could gain less than this share of the objective is the last.
const ENOUGH: f64 = 1e-15;
/// Up to this share a stop counts as converged; rounding stops a search at kinks a little earlier than [`ENOUGH`].
const CONVERGED: f64 = 1e-8;
/// Iterations that no law here needs.
const MAX_ITERATIONS: usize = 1000;
/// How often a search that is stuck asks for a new guess of the curvature.
const MAX_RESETS: usize = 8;
const ARMIJO: f64 = 1e-4;
const WOLFE: f64 = 0.9;
const MAX_HALVINGS: usize = 60;

/// Where a search may go.
#[derive(Clone, Debug)]
pub struct Room {
    /// Least value of each coordinate; the start is inside.
    pub low: Vec<f64>,
    /// Largest value of each.
    pub high: Vec<f64>,
    /// How far each may move in the first trial of a step.
    pub stride: Vec<f64>,
}

impl Room {
    /// No walls.
    pub fn open(coordinates: usize) -> Self {
        Self {
            low: vec![f64::NEG_INFINITY; coordinates],
            high: vec![f64::INFINITY; coordinates],
            stride: vec![f64::INFINITY; coordinates],
        }
    }

    /// How far along the direction the first wall is, and whose.
    pub(super) fn wall(&self, at: &[f64], direction: &[f64]) -> (f64, usize) {
        let mut nearest = (f64::INFINITY, 0);
        for (i, (&at, &direction)) in at.iter().zip(direction).enumerate() {
            let wall = if direction > 0.0 {
                self.high[i]
            } else {
                self.low[i]
            };
            if direction != 0.0 && wall.is_finite() {
                let distance = ((wall - at) / direction).max(0.0);
                if distance < nearest.0 {
                    nearest = (distance, i);
                }
            }
        }
        nearest
    }

    /// The longest first trial along the direction, at most 1.
    pub(super) fn first(&self, direction: &[f64]) -> f64 {
        direction
            .iter()
            .zip(&self.stride)
            .fold(1.0, |t, (step, stride)| (stride / step.abs()).min(t))
    }
}

/// Where a search ended.
#[derive(Clone, Debug)]
pub struct Minimum {
    /// The coordinates.
    pub at: Vec<f64>,
    /// The objective there.
    pub value: f64,
    /// Its derivatives there.
    pub gradient: Vec<f64>,
    /// Approximate inverse Hessian, row-major.
    pub inverse: Vec<f64>,
    /// Whether a further step could gain nothing that counts.
    pub converged: bool,
    /// Iterations made.
    pub iterations: usize,
    /// The coordinate whose wall the search stopped at, if it did.
    pub wall: Option<usize>,
}

/// What the inverse Hessian in use comes from.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Source {
    /// Steps that were made.
    Steps,
    /// The caller's guess.
    Guess,
    /// Nothing: the identity, which has no scale.
    Nothing,
}

/// Minimises `f`, which writes the derivatives and returns the value (NaN or ∞ where it has none), from `start`, which
/// must have one. `guess` gives an inverse Hessian at a point, if it can. A value of at most `negligible` counts as 0.
pub fn minimise(
    start: &[f64],
    room: &Room,
    negligible: f64,
    guess: &mut dyn FnMut(&[f64]) -> Option<Vec<f64>>,
    f: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
) -> Minimum {
    let n = start.len();
    let mut at = start.to_vec();
    let mut gradient = vec![0.0; n];
    let mut value = f(&at, &mut gradient);
    let mut ask = |at: &[f64]| match guess(at) {
        Some(inverse) => (inverse, Source::Guess),
        None => (identity(n), Source::Nothing),
    };
    let (mut inverse, mut source) = ask(&at);
    let mut buffers = vec![0.0; 6 * n];
    let (direction, rest) = buffers.split_at_mut(n);
    let (next, rest) = rest.split_at_mut(n);
    let (next_gradient, rest) = rest.split_at_mut(n);
    let (step, rest) = rest.split_at_mut(n);
    let (change, product) = rest.split_at_mut(n);
    let mut gain = f64::INFINITY;
    let (mut iterations, mut resets) = (0, 0);
    let mut wall = None;
    while iterations < MAX_ITERATIONS && value.is_finite() {
        times(&inverse, &gradient, direction);
        direction.iter_mut().for_each(|entry| *entry = -*entry);
        let mut slope = dot(&gradient, direction);
        if slope != 0.0 && !(slope < 0.0 && slope.is_finite()) {
            (inverse, source) = (identity(n), Source::Nothing);
            direction
                .iter_mut()
                .zip(&gradient)
                .for_each(|(entry, gradient)| *entry = -gradient);
            slope = dot(&gradient, direction);
        }
        gain = -slope;
        let settled = if source == Source::Nothing {
            slope == 0.0
        } else {
            gain <= ENOUGH * value.abs()
        };
        if settled || value.abs() <= negligible {
            break;
        }
        let (longest, nearest) = room.wall(&at, direction);
        if longest == 0.0 {
            wall = Some(nearest);
            break;
        }
        let mut first = room.first(direction);
        if source == Source::Nothing {
            // Without any curvature seen the direction has no length of its own.
            first = first.min(0.1 / dot(direction, direction).sqrt().max(0.1));
        }
        let Some((t, next_value)) = search(
            &at,
            value,
            slope,
            direction,
            (first, longest),
            room,
            next,
            next_gradient,
            f,
        ) else {
            // A reset helps only a search that stopped too early; at the end it would walk on rounding.
            if gain <= CONVERGED * value.abs() || source == Source::Nothing || resets == MAX_RESETS {
                break;
            }
            resets += 1;
            iterations += 1;
            (inverse, source) = match source {
                Source::Steps => ask(&at),
                _ => (identity(n), Source::Nothing),
            };
            continue;
        };
        let arrived = t >= longest;
        if arrived {
            next[nearest] = if direction[nearest] > 0.0 {
                room.high[nearest]
            } else {
                room.low[nearest]
            };
        }
        for i in 0..n {
            step[i] = next[i] - at[i];
            change[i] = next_gradient[i] - gradient[i];
        }
        let curvature = dot(step, change);
        let gained = value - next_value;
        at.copy_from_slice(next);
        gradient.copy_from_slice(next_gradient);
        value = next_value;
        iterations += 1;
        if arrived && gradient[nearest] * direction[nearest] < 0.0 {
            wall = Some(nearest);
            break;
        }
        if curvature > 1e-14 * dot(step, step).sqrt() * dot(change, change).sqrt() {
            if source == Source::Nothing {
                let size = curvature / dot(change, change);
                for i in 0..n {
                    inverse[i * n + i] = size;
                }
            }
            source = Source::Steps;
            update(&mut inverse, step, change, curvature, product);
        }
        if gained <= 0.0 {
            break;
        }
    }
    let converged = value.abs() <= negligible || value.is_finite() && gain <= CONVERGED * value.abs();
    Minimum {
        at,
        value,
        gradient,
        inverse,
        converged,
        iterations,
        wall,
    }
}

/// A point along the direction that meets the weak Wolfe conditions, or at least the first of them; or the point at the
/// wall, beyond which there is none. With how far it is.
#[allow(clippy::too_many_arguments)] // Two of them are buffers that outlive the call.
fn search(
    at: &[f64],
    value: f64,
    slope: f64,
    direction: &[f64],
    (first, longest): (f64, f64),
    room: &Room,
    next: &mut [f64],
    next_gradient: &mut [f64],
    f: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
) -> Option<(f64, f64)> {
    let mut place = |t: f64, next: &mut [f64], next_gradient: &mut [f64]| {
        for (i, next) in next.iter_mut().enumerate() {
            *next = (at[i] + t * direction[i]).max(room.low[i]).min(room.high[i]);
        }
        f(next, next_gradient)
    };
    let (mut low, mut high, mut t) = (0.0, f64::INFINITY, first.min(longest));
    for _ in 0..MAX_HALVINGS {
        let found = place(t, next, next_gradient);
        if found.is_nan() || found > value + ARMIJO * t * slope {
            high = t;
        } else if t < longest && dot(next_gradient, direction) < WOLFE * slope {
            low = t;
        } else {
            return Some((t, found));
        }
        t = if high.is_finite() {
            0.5 * (low + high)
        } else {
            (2.0 * low).min(longest)
        };
        if high.is_finite() && high - low <= 1e-16 * high {
            break;
        }
    }
    (low > 0.0).then(|| (low, place(low, next, next_gradient)))
}

/// H ← (I − s yᵀ/sᵀy) H (I − y sᵀ/sᵀy) + s sᵀ/sᵀy.
fn update(inverse: &mut [f64], step: &[f64], change: &[f64], curvature: f64, product: &mut [f64]) {
    let n = step.len();
    times(inverse, change, product);
    let factor = (1.0 + dot(change, product) / curvature) / curvature;
    for i in 0..n {
        for j in 0..n {
            inverse[i * n + j] +=
                factor * step[i] * step[j] - (product[i] * step[j] + step[i] * product[j]) / curvature;
        }
    }
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n)
        .map(|at| f64::from(u8::from(at % (n + 1) == 0)))
        .collect()
}

fn times(matrix: &[f64], vector: &[f64], out: &mut [f64]) {
    for (row, out) in matrix.chunks_exact(vector.len()).zip(out) {
        *out = dot(row, vector);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimum(start: &[f64], f: &mut dyn FnMut(&[f64], &mut [f64]) -> f64) -> Minimum {
        minimise(start, &Room::open(start.len()), 0.0, &mut |_| None, f)
    }

    #[test]
    fn a_curved_valley_is_followed_to_its_end() {
        let mut rosenbrock = |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g[0] = -2.0 * a - 400.0 * x[0] * b;
            g[1] = 200.0 * b;
            a * a + 100.0 * b * b + 1e-3
        };
        let found = minimum(&[-1.2, 1.0], &mut rosenbrock);
        assert!(found.converged, "{found:?}");
        assert!(
            (found.at[0] - 1.0).abs() < 1e-7 && (found.at[1] - 1.0).abs() < 1e-7,
            "{found:?}"
        );
    }

    #[test]
    fn a_tiny_objective_is_minimised_as_well_as_a_large_one() {
        for size in [1e-12, 1.0, 1e12] {
            let mut bowl = |x: &[f64], g: &mut [f64]| {
                g[0] = size * 2.0 * (x[0] - 3.0);
                g[1] = size * 200.0 * (x[1] + 1.0);
                size * (1.0 + (x[0] - 3.0).powi(2) + 100.0 * (x[1] + 1.0).powi(2))
            };
            let found = minimum(&[0.0, 0.0], &mut bowl);
            assert!(
                found.converged && (found.at[0] - 3.0).abs() < 1e-6,
                "{size} {found:?}"
            );
        }
    }

    #[test]
    fn a_region_without_a_value_is_stepped_around() {
        let mut log = |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 - 1.0 / x[0];
            if x[0] > 0.0 { x[0] - x[0].ln() } else { f64::NAN }
        };
        let found = minimum(&[50.0], &mut log);
        assert!(found.converged && (found.at[0] - 1.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn kinks_do_not_stop_the_search() {
        let mut folded = |x: &[f64], g: &mut [f64]| {
            g[0] = x[0].signum() + 0.2 * x[0];
            g[1] = 5.0 * (x[1] - 2.0).signum();
            1.0 + x[0].abs() + 0.1 * x[0] * x[0] + 5.0 * (x[1] - 2.0).abs()
        };
        let found = minimum(&[7.3, -4.1], &mut folded);
        assert!((found.value - 1.0).abs() < 1e-8, "{found:?}");
    }

    #[test]
    fn a_search_stops_at_a_wall_that_it_is_pushed_against_and_not_at_one_it_passes() {
        let mut bowl = |x: &[f64], g: &mut [f64]| {
            (g[0], g[1]) = (2.0 * (x[0] - 3.0), 2.0 * (x[1] - 1.0));
            (x[0] - 3.0).powi(2) + (x[1] - 1.0).powi(2) + 1.0
        };
        let room = |high: f64| Room {
            high: vec![high, 5.0],
            ..Room::open(2)
        };
        let pushed = minimise(&[0.0, 0.0], &room(2.0), 0.0, &mut |_| None, &mut bowl);
        assert_eq!((pushed.wall, pushed.at[0]), (Some(0), 2.0));
        let free = minimise(&[0.0, 0.0], &room(4.0), 0.0, &mut |_| None, &mut bowl);
        assert!(
            free.wall.is_none() && free.converged && (free.at[0] - 3.0).abs() < 1e-6,
            "{free:?}"
        );
        let outwards = minimise(&[2.0, 1.0], &room(2.0), 0.0, &mut |_| None, &mut bowl);
        assert_eq!(outwards.wall, Some(0));
    }

    #[test]
    fn a_guess_of_the_curvature_saves_iterations() {
        let mut bowl = |x: &[f64], g: &mut [f64]| {
            (g[0], g[1]) = (2e6 * x[0], 2e-3 * (x[1] - 1.0));
            1e6 * x[0] * x[0] + 1e-3 * (x[1] - 1.0).powi(2) + 1.0
        };
        let guessed = minimise(
            &[1.0, 500.0],
            &Room::open(2),
            0.0,
            &mut |_| Some(vec![0.5e-6, 0.0, 0.0, 0.5e3]),
            &mut bowl,
        );
        assert!(guessed.converged && guessed.iterations <= 2, "{guessed:?}");
    }
}
