//! The Beta-Binomial likelihood and its maximum.
//!
//! l(α, β) = Σ_i [ln B(α + c_i, β + n_i − c_i) − ln B(α, β)] = Σ_i [R(α, c_i) + R(β, n_i − c_i) − R(α + β, n_i)] with
//! R(x, m) = ln Γ(x + m) − ln Γ(x). Problems with equal counts share a term, and a resample only changes the weights.
//!
//! Newton's method in (ln α, ln β) with the exact gradient and Hessian. A general optimiser (argmin) would bring a
//! dependency tree larger than this crate for a problem of two parameters whose second derivatives are known.

use crate::stats::log_gamma::{digamma_difference, ln_rising, trigamma_difference};

/// Both parameters stay in this range while searching.
pub const PARAMETER_RANGE: (f64, f64) = (1e-4, 1e6);
/// The scaled gradient, a problem, at which the search stops.
const GRADIENT_TOLERANCE: f64 = 1e-9;
const MAX_ITERATIONS: usize = 200;
/// The longest step in ln α or ln β: beyond it the quadratic model says little.
const MAX_STEP: f64 = 2.0;

/// Distinct values of a count and which of them each problem has.
struct Counts {
    distinct: Vec<f64>,
    slot: Vec<usize>,
}

impl Counts {
    fn new(values: impl Iterator<Item = u32> + Clone) -> Self {
        let mut distinct: Vec<u32> = values.clone().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let slot = values
            .map(|value| distinct.partition_point(|&other| other < value))
            .collect();
        Self {
            distinct: distinct.into_iter().map(f64::from).collect(),
            slot,
        }
    }

    fn weigh(&self, multiplicity: &[u32]) -> Vec<(f64, f64)> {
        let mut weights = vec![0.0; self.distinct.len()];
        for (&slot, &times) in self.slot.iter().zip(multiplicity) {
            weights[slot] += f64::from(times);
        }
        let terms = self.distinct.iter().copied().zip(weights);
        terms
            .filter(|&(count, weight)| count > 0.0 && weight > 0.0)
            .collect()
    }
}

/// The counts of all problems.
pub struct Data {
    successes: Counts,
    failures: Counts,
    samples: Counts,
}

impl Data {
    pub fn new(samples: &[u32], successes: &[u32]) -> Self {
        Self {
            successes: Counts::new(successes.iter().copied()),
            failures: Counts::new(samples.iter().zip(successes).map(|(n, c)| n - c)),
            samples: Counts::new(samples.iter().copied()),
        }
    }

    /// The likelihood in which problem i counts `multiplicity[i]` times.
    pub fn likelihood(&self, multiplicity: &[u32]) -> Likelihood {
        Likelihood {
            successes: self.successes.weigh(multiplicity),
            failures: self.failures.weigh(multiplicity),
            samples: self.samples.weigh(multiplicity),
            problems: multiplicity.iter().map(|&times| f64::from(times)).sum(),
        }
    }
}

/// (count, weight) terms of the three sums.
pub struct Likelihood {
    successes: Vec<(f64, f64)>,
    failures: Vec<(f64, f64)>,
    samples: Vec<(f64, f64)>,
    problems: f64,
}

/// Where a search ended.
#[derive(Clone, Copy, Debug)]
pub struct Optimum {
    /// (ln α, ln β).
    pub logs: [f64; 2],
    /// Log-likelihood without the binomial coefficients.
    pub value: f64,
    /// Largest entry of the gradient in the logs, a problem, outside active bounds.
    pub gradient_norm: f64,
    pub iterations: usize,
    pub converged: bool,
}

impl Likelihood {
    /// Without a success and a failure there is no maximum inside the range.
    pub fn is_proper(&self) -> bool {
        !self.successes.is_empty() && !self.failures.is_empty()
    }

    fn sum(terms: &[(f64, f64)], x: f64, term: impl Fn(f64, f64) -> f64) -> f64 {
        terms.iter().map(|&(count, weight)| weight * term(x, count)).sum()
    }

    pub fn value(&self, logs: [f64; 2]) -> f64 {
        let (alpha, beta) = (logs[0].exp(), logs[1].exp());
        Self::sum(&self.successes, alpha, ln_rising) + Self::sum(&self.failures, beta, ln_rising)
            - Self::sum(&self.samples, alpha + beta, ln_rising)
    }

    /// Gradient, and Hessian as (αα, αβ, ββ), in the logs.
    pub fn derivatives(&self, logs: [f64; 2]) -> ([f64; 2], [f64; 3]) {
        let (alpha, beta) = (logs[0].exp(), logs[1].exp());
        let both = Self::sum(&self.samples, alpha + beta, digamma_difference);
        let gradient = [
            alpha * (Self::sum(&self.successes, alpha, digamma_difference) - both),
            beta * (Self::sum(&self.failures, beta, digamma_difference) - both),
        ];
        let both = Self::sum(&self.samples, alpha + beta, trigamma_difference);
        let hessian = [
            alpha * alpha * (Self::sum(&self.successes, alpha, trigamma_difference) - both) + gradient[0],
            -alpha * beta * both,
            beta * beta * (Self::sum(&self.failures, beta, trigamma_difference) - both) + gradient[1],
        ];
        (gradient, hessian)
    }

    /// Climbs from a start.
    pub fn maximise(&self, start: [f64; 2]) -> Optimum {
        let (low, high) = (PARAMETER_RANGE.0.ln(), PARAMETER_RANGE.1.ln());
        let mut logs = start.map(|log| log.clamp(low, high));
        let mut value = self.value(logs);
        for iterations in 0..=MAX_ITERATIONS {
            let (gradient, hessian) = self.derivatives(logs);
            let free = [0, 1]
                .map(|i| !(logs[i] <= low && gradient[i] < 0.0 || logs[i] >= high && gradient[i] > 0.0));
            let gradient_norm = (0..2)
                .filter(|&i| free[i])
                .map(|i| gradient[i].abs() / self.problems)
                .fold(0.0, f64::max);
            let converged = gradient_norm <= GRADIENT_TOLERANCE;
            let at = Optimum {
                logs,
                value,
                gradient_norm,
                iterations,
                converged,
            };
            if converged || iterations == MAX_ITERATIONS {
                return at;
            }
            let step = newton_step(gradient, hessian, free);
            let mut scale = (MAX_STEP / step[0].abs().max(step[1].abs())).min(1.0);
            let (next, next_value) = loop {
                let next = [0, 1].map(|i| (logs[i] + scale * step[i]).clamp(low, high));
                let next_value = self.value(next);
                if next_value > value {
                    break (next, next_value);
                }
                scale *= 0.5;
                if scale < 1e-12 {
                    // No uphill point can be told from rounding any more; the gradient decides how good this is.
                    let converged = gradient_norm <= GRADIENT_TOLERANCE.sqrt() * 1e-2;
                    return Optimum { converged, ..at };
                }
            };
            (logs, value) = (next, next_value);
        }
        Optimum {
            logs,
            value,
            gradient_norm: f64::NAN,
            iterations: MAX_ITERATIONS,
            converged: false,
        }
    }
}

/// The ascent step of the free coordinates, damped until the model curves downwards.
fn newton_step(gradient: [f64; 2], hessian: [f64; 3], free: [bool; 2]) -> [f64; 2] {
    let damped = |gradient: f64, curvature: f64| gradient / curvature.abs().max(1e-12);
    match free {
        [true, true] => {
            let (a, b, c) = (-hessian[0], -hessian[1], -hessian[2]);
            let centre = 0.5 * (a + c);
            let radius = (0.25 * (a - c).powi(2) + b * b).sqrt();
            let smallest = centre - radius;
            let floor = 1e-10 * (centre.abs() + radius);
            let shift = if smallest > floor {
                0.0
            } else {
                floor.max(1e-3 * radius) - smallest
            };
            let (a, c) = (a + shift, c + shift);
            let determinant = a * c - b * b;
            [
                (c * gradient[0] - b * gradient[1]) / determinant,
                (a * gradient[1] - b * gradient[0]) / determinant,
            ]
        }
        [true, false] => [damped(gradient[0], hessian[0]), 0.0],
        [false, true] => [0.0, damped(gradient[1], hessian[2])],
        [false, false] => [0.0, 0.0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Likelihood {
        let samples = [16, 16, 16, 64, 64, 3];
        let successes = [0, 4, 16, 20, 1, 1];
        Data::new(&samples, &successes).likelihood(&[1, 2, 1, 1, 1, 3])
    }

    #[test]
    fn derivatives_match_central_differences() {
        let likelihood = example();
        for logs in [[-1.0, 0.5], [0.3, 3.0], [4.0, -2.0], [8.0, 9.0]] {
            let (gradient, hessian) = likelihood.derivatives(logs);
            let h = 1e-5;
            for i in 0..2 {
                let moved = |sign: f64| {
                    let mut at = logs;
                    at[i] += sign * h;
                    at
                };
                let slope = (likelihood.value(moved(1.0)) - likelihood.value(moved(-1.0))) / (2.0 * h);
                assert!(
                    (slope - gradient[i]).abs() < 1e-5 * (1.0 + slope.abs()),
                    "{slope} {}",
                    gradient[i]
                );
                let (up, down) = (
                    likelihood.derivatives(moved(1.0)).0,
                    likelihood.derivatives(moved(-1.0)).0,
                );
                for j in 0..2 {
                    let bend = (up[j] - down[j]) / (2.0 * h);
                    assert!((bend - hessian[i + j]).abs() < 1e-5 * (1.0 + bend.abs()));
                }
            }
        }
    }

    #[test]
    fn every_start_climbs_to_the_same_top() {
        let likelihood = example();
        let best = likelihood.maximise([0.0, 0.0]);
        assert!(best.converged && best.gradient_norm < 1e-8);
        for start in [[-6.0, -6.0], [9.0, 9.0], [-5.0, 8.0], [8.0, -5.0], [2.0, 1.0]] {
            let other = likelihood.maximise(start);
            assert!(other.converged, "{start:?} {other:?}");
            assert!(
                (other.logs[0] - best.logs[0]).abs() < 1e-6 && (other.logs[1] - best.logs[1]).abs() < 1e-6
            );
        }
    }

    #[test]
    fn one_problem_one_sample_is_a_ratio() {
        // B(α + 1, β)/B(α, β) = α/(α + β).
        let likelihood = Data::new(&[1], &[1]).likelihood(&[1]);
        assert!((likelihood.value([3.0_f64.ln(), 5.0_f64.ln()]) - (3.0_f64 / 8.0).ln()).abs() < 1e-14);
    }
}
