//! The binomial likelihood of the logistic law and its maximum.
//!
//! l(θ) = Σ_l [s_l ln p(x_l) + (n_l − s_l) ln(1 − p(x_l))], p(x) = f + (c − f) σ(b (x − m)), x = ln(1 + t)
//!
//! with s_l successes in n_l samples at level l, θ = (ln b, m, f, c) and
//!
//! ∂p/∂(ln b) = (c − f) σ (1 − σ) b (x − m),  ∂p/∂m = −(c − f) σ (1 − σ) b,  ∂p/∂f = 1 − σ,  ∂p/∂c = σ.
//!
//! Climbed by Fisher scoring (McCullagh and Nelder 1989, "Generalized Linear Models", section 2.5) with the damping of
//! Levenberg and Marquardt: the expected information Σ n_l ∇p ∇pᵀ / (p (1 − p)) is never indefinite, unlike the
//! Hessian, and equal to it on average. Each parameter lives in an interval; one at an end that the gradient points
//! out of is held there.

use crate::calibration::sigmoid;
use crate::cholesky;

/// Slopes that are searched. Below, the curve is a straight line in x; above, a step between two levels.
pub const SLOPE_RANGE: (f64, f64) = (0.02, 50.0);
/// The least distance of floor and ceiling: closer, no curve is left between them.
pub const LEAST_GAP: f64 = 0.01;
/// The score, in standard errors of the parameter it belongs to, at which the search stops.
const SCORE_TOLERANCE: f64 = 1e-6;
/// The same where rounding hides any further ascent.
const ROUNDING_TOLERANCE: f64 = 1e-3;
const MAX_ITERATIONS: usize = 500;
const DAMPING: (f64, f64) = (1e-9, 1e12);

/// ln b, m, f, c.
pub type Theta = [f64; 4];

/// Intervals of the parameters; one whose ends are equal is fixed.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub low: Theta,
    pub high: Theta,
}

impl Bounds {
    pub fn is_free(&self, parameter: usize) -> bool {
        self.low[parameter] < self.high[parameter]
    }

    pub fn clamp(&self, theta: Theta) -> Theta {
        std::array::from_fn(|i| theta[i].clamp(self.low[i], self.high[i]))
    }
}

/// p and 1 − p at x, the second without cancellation.
pub fn chances(theta: &Theta, x: f64) -> (f64, f64) {
    let [log_slope, midpoint, floor, ceiling] = *theta;
    let z = log_slope.exp() * (x - midpoint);
    let gap = ceiling - floor;
    (floor + gap * sigmoid(z), (1.0 - ceiling) + gap * sigmoid(-z))
}

fn gradient_of_chance(theta: &Theta, x: f64) -> Theta {
    let [log_slope, midpoint, floor, ceiling] = *theta;
    let slope = log_slope.exp();
    let z = slope * (x - midpoint);
    let (above, below) = (sigmoid(z), sigmoid(-z));
    let steepness = (ceiling - floor) * above * below;
    [steepness * z, -steepness * slope, below, above]
}

/// Successes and samples of each level.
pub struct Likelihood<'a> {
    pub xs: &'a [f64],
    pub successes: Vec<f64>,
    pub totals: Vec<f64>,
}

/// Where a search ended.
#[derive(Clone, Copy, Debug)]
pub struct Optimum {
    pub theta: Theta,
    /// Log-likelihood without the binomial coefficients.
    pub value: f64,
    /// Largest entry of the score outside active bounds, over the square root of its information.
    pub gradient_norm: f64,
    pub iterations: usize,
    pub converged: bool,
}

impl Likelihood<'_> {
    /// Without a success and a failure there is no maximum inside the bounds, and without samples a level is missing.
    pub fn is_proper(&self) -> bool {
        let (right, all): (f64, f64) = (self.successes.iter().sum(), self.totals.iter().sum());
        right > 0.0 && right < all && self.totals.iter().all(|&total| total > 0.0)
    }

    pub fn value(&self, theta: &Theta) -> f64 {
        if theta[3] - theta[2] < LEAST_GAP * (1.0 - 1e-9) {
            return f64::NEG_INFINITY;
        }
        // 0 · ln 0 is a level that behaves exactly as the law says.
        let term = |count: f64, p: f64| if count > 0.0 { count * p.ln() } else { 0.0 };
        (0..self.xs.len())
            .map(|level| {
                let (p, q) = chances(theta, self.xs[level]);
                let failures = self.totals[level] - self.successes[level];
                term(self.successes[level], p) + term(failures, q)
            })
            .sum()
    }

    /// The log-likelihood of a model with a parameter a level, which no law exceeds.
    pub fn saturated(&self) -> f64 {
        let term = |count: f64, total: f64| {
            if count > 0.0 {
                count * (count / total).ln()
            } else {
                0.0
            }
        };
        let levels = self.successes.iter().zip(&self.totals);
        levels.map(|(&s, &n)| term(s, n) + term(n - s, n)).sum()
    }

    /// Gradient and expected information, row-major 4 × 4.
    pub fn derivatives(&self, theta: &Theta) -> (Theta, [f64; 16]) {
        let (mut gradient, mut information) = ([0.0; 4], [0.0; 16]);
        for level in 0..self.xs.len() {
            let (p, q) = chances(theta, self.xs[level]);
            let (p, q) = (p.max(1e-300), q.max(1e-300));
            let slopes = gradient_of_chance(theta, self.xs[level]);
            let total = self.totals[level];
            let score = self.successes[level] / p - (total - self.successes[level]) / q;
            for i in 0..4 {
                gradient[i] += score * slopes[i];
                for j in 0..4 {
                    // Divided one by one: the product p q underflows where each quotient is still of size 1.
                    information[4 * i + j] += total * (slopes[i] / p) * (slopes[j] / q);
                }
            }
        }
        (gradient, information)
    }

    /// Climbs from a start.
    pub fn maximise(&self, start: Theta, bounds: &Bounds) -> Optimum {
        let mut theta = bounds.clamp(start);
        let mut value = self.value(&theta);
        let mut damping = 1e-3;
        let mut iterations = 0;
        loop {
            let (gradient, information) = self.derivatives(&theta);
            let free: Vec<usize> = (0..4)
                .filter(|&i| {
                    bounds.is_free(i)
                        && !(theta[i] <= bounds.low[i] && gradient[i] <= 0.0)
                        && !(theta[i] >= bounds.high[i] && gradient[i] >= 0.0)
                })
                .collect();
            let gradient_norm = free
                .iter()
                .map(|&i| gradient[i].abs() / information[5 * i].max(1e-12).sqrt())
                .fold(0.0, f64::max);
            let end = |tolerance| Optimum {
                theta,
                value,
                gradient_norm,
                iterations,
                converged: gradient_norm <= tolerance,
            };
            if gradient_norm <= SCORE_TOLERANCE || iterations == MAX_ITERATIONS {
                return end(SCORE_TOLERANCE);
            }
            let (next, next_value) = loop {
                let next = bounds.clamp(ascend(&theta, &gradient, &information, &free, damping));
                let next_value = self.value(&next);
                if next_value > value {
                    damping = (damping * 0.1).max(DAMPING.0);
                    break (next, next_value);
                }
                damping *= 10.0;
                if damping > DAMPING.1 {
                    return end(ROUNDING_TOLERANCE);
                }
            };
            (theta, value) = (next, next_value);
            iterations += 1;
        }
    }
}

/// One damped step of the free parameters.
fn ascend(theta: &Theta, gradient: &Theta, information: &[f64; 16], free: &[usize], damping: f64) -> Theta {
    let size = free.len();
    let mut matrix = vec![0.0; size * size];
    for (row, &i) in free.iter().enumerate() {
        for (column, &j) in free.iter().enumerate() {
            matrix[row * size + column] = information[4 * i + j];
        }
        matrix[row * size + row] = information[5 * i] * (1.0 + damping) + 1e-12;
    }
    let right: Vec<f64> = free.iter().map(|&i| gradient[i]).collect();
    let mut next = *theta;
    if let Some(step) = cholesky::solve(&matrix, &right) {
        for (&i, step) in free.iter().zip(step) {
            next[i] += step;
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    const XS: [f64; 6] = [0.0, 4.2, 5.5, 6.9, 8.3, 9.0];
    const WIDE: Bounds = Bounds {
        low: [-3.9, -20.0, 0.0, 0.0],
        high: [3.9, 30.0, 1.0, 1.0],
    };

    fn likelihood() -> Likelihood<'static> {
        Likelihood {
            xs: &XS,
            successes: vec![11.0, 20.0, 31.0, 60.0, 71.0, 80.0],
            totals: vec![100.0, 100.0, 90.0, 100.0, 100.0, 100.0],
        }
    }

    #[test]
    fn derivatives_match_central_differences() {
        let likelihood = likelihood();
        for theta in [
            [0.0, 6.0, 0.1, 0.9],
            [1.2, 4.0, 0.05, 0.99],
            [-1.0, 8.0, 0.0, 1.0],
        ] {
            let (gradient, _) = likelihood.derivatives(&theta);
            for i in 0..4 {
                let moved = |sign: f64| {
                    let mut at = theta;
                    at[i] += sign * 1e-6;
                    at
                };
                let slope = (likelihood.value(&moved(1.0)) - likelihood.value(&moved(-1.0))) / 2e-6;
                assert!(
                    (slope - gradient[i]).abs() < 1e-4 * (1.0 + slope.abs()),
                    "{i} {slope} {}",
                    gradient[i]
                );
                for x in XS {
                    let slope = (chances(&moved(1.0), x).0 - chances(&moved(-1.0), x).0) / 2e-6;
                    assert!((slope - gradient_of_chance(&theta, x)[i]).abs() < 1e-8);
                }
            }
        }
    }

    #[test]
    fn information_is_the_curvature_of_a_perfect_fit() {
        // Where s = n p the Hessian is minus the expected information.
        let theta = [0.1, 6.0, 0.1, 0.9];
        let totals = vec![100.0; 6];
        let successes = XS.iter().map(|&x| 100.0 * chances(&theta, x).0).collect();
        let perfect = Likelihood {
            xs: &XS,
            successes,
            totals,
        };
        let (gradient, information) = perfect.derivatives(&theta);
        assert!(gradient.iter().all(|g| g.abs() < 1e-10));
        for i in 0..4 {
            let moved = |sign: f64| {
                let mut at = theta;
                at[i] += sign * 1e-5;
                perfect.derivatives(&at).0
            };
            let (up, down) = (moved(1.0), moved(-1.0));
            for j in 0..4 {
                let bend = (up[j] - down[j]) / 2e-5;
                let expected = -information[4 * i + j];
                assert!(
                    (bend - expected).abs() < 1e-4 * (1.0 + expected.abs()),
                    "{bend} {expected}"
                );
            }
        }
        assert!((perfect.value(&theta) - perfect.saturated()).abs() < 1e-9);
    }

    #[test]
    fn no_point_of_a_grid_is_better() {
        let likelihood = likelihood();
        let best = likelihood.maximise([0.0, 6.0, 0.05, 0.9], &WIDE);
        assert!(best.converged, "{best:?}");
        for slope in 1..40 {
            for midpoint in 0..30 {
                for floor in 0..5 {
                    for ceiling in 15..=20 {
                        let theta = [
                            (0.1 * f64::from(slope)).ln(),
                            2.0 + 0.25 * f64::from(midpoint),
                            0.04 * f64::from(floor),
                            0.05 * f64::from(ceiling),
                        ];
                        assert!(likelihood.value(&theta) <= best.value + 1e-9);
                    }
                }
            }
        }
    }

    #[test]
    fn bounds_hold_and_fixed_parameters_stay() {
        let fixed = Bounds {
            low: [-3.9, -20.0, 0.0, 1.0],
            high: [3.9, 30.0, 0.0, 1.0],
        };
        let found = likelihood().maximise([0.0, 6.0, 0.5, 0.5], &fixed);
        assert!(found.converged && found.theta[2] == 0.0 && found.theta[3] == 1.0);
        let (gradient, _) = likelihood().derivatives(&found.theta);
        assert!(gradient[0].abs() < 1e-4 && gradient[1].abs() < 1e-4);
    }
}
