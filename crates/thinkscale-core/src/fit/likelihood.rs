//! The likelihood of a fit, so that laws can be compared on one scale, and the two criteria that compare them.
//!
//! Residual objectives share one family: a residual r of a row with weight w has the density exp(−w ρ(r)/s) / Z(s/w)
//! for the loss ρ of the [objective](super::objective), so that the minimum of the objective is the maximum of the
//! likelihood whatever the scale s, and
//!
//! - Gaussian: Z(t) = √(2πt), the normal density of variance t;
//! - LAD: Z(t) = 2t, the Laplace density;
//! - Huber(δ): Z(t) = √(2πt) erf(δ/√(2t)) + (2t/δ) exp(−δ²/(2t)), normal within δ and exponential beyond.
//!
//! s is estimated as well, by maximum likelihood, and counts as a parameter. Weights divide the spread of a row, so
//! that multiplying all of them by one number changes nothing. The slope of the scale of residuals,
//! Σ ln s'(y), turns the density of the residual into one of y: likelihoods of fits on logarithms and on raw values
//! compare.
//!
//! Counts have the binomial likelihood with its coefficients; a weight multiplies a row's.
//!
//! - AICc = −2 ln L + 2k + 2k(k + 1)/(n − k − 1) (Hurvich and Tsai 1989), BIC = −2 ln L + k ln n (Schwarz 1978), for n
//!   rows and k parameters. Both assume that rows are independent. A parameter that stopped at its bound counts in k:
//!   the data put it there.

use super::objective::{Objective, Problem, loss};
use super::table::Table;
use crate::stats::log_gamma::ln_binomial;
use statrs::function::erf::erf;
use std::f64::consts::TAU;

/// Mean absolute residuals below this share of the size of the targets are rounding.
const ROUNDING: f64 = 1e-13;
const MAX_BISECTIONS: usize = 200;

/// Whether every group has a single row with a weight.
pub fn independent(table: &Table) -> bool {
    let mut seen = vec![false; table.group_count];
    table
        .used()
        .all(|row| !std::mem::replace(&mut seen[table.groups[row] as usize], true))
}

/// ln L at `theta`, with the best scale; ∞ if a residual objective is met to rounding.
pub fn log_likelihood(problem: &Problem, theta: &[f64]) -> f64 {
    let table = problem.table;
    if let (Objective::Binomial, Some(totals)) = (problem.objective, &table.totals) {
        let mut gradient = vec![0.0; theta.len()];
        let coefficients: f64 = table
            .used()
            .map(|row| table.weights[row] * ln_binomial(totals[row], table.y[row] * totals[row]))
            .sum();
        return coefficients - problem.evaluate(theta, &mut gradient);
    }
    let mut slopes = vec![0.0; table.rows * theta.len()];
    let residuals = problem.residuals(theta, &mut slopes);
    let rows: Vec<(f64, f64)> = table
        .used()
        .map(|row| (residuals[row], table.weights[row]))
        .collect();
    let size = table
        .used()
        .map(|row| problem.scale.of(table.y[row]).powi(2))
        .sum::<f64>();
    let off = rows.iter().map(|(residual, _)| residual.abs()).sum::<f64>();
    let count = rows.len() as f64;
    if off / count <= ROUNDING * (size / count).sqrt() {
        return f64::INFINITY;
    }
    let to_y: f64 = table
        .used()
        .map(|row| problem.scale.slope(table.y[row]).ln())
        .sum();
    log_density(problem.objective, &rows) + to_y
}

/// Σ ln density of (residual, weight) pairs at the best scale.
fn log_density(objective: Objective, rows: &[(f64, f64)]) -> f64 {
    let scale = best_scale(objective, rows);
    let cost: f64 = rows
        .iter()
        .map(|&(residual, weight)| weight * loss(objective, residual).0)
        .sum();
    let normalisers: f64 = rows
        .iter()
        .map(|&(_, weight)| log_normaliser(objective, scale / weight))
        .sum();
    -cost / scale - normalisers
}

/// The s that maximises the likelihood: Σ w ρ(r)/s = Σ d ln Z/d ln t at t = s/w.
fn best_scale(objective: Objective, rows: &[(f64, f64)]) -> f64 {
    let mean = rows
        .iter()
        .map(|&(residual, weight)| weight * loss(objective, residual).0)
        .sum::<f64>()
        / rows.len() as f64;
    let Objective::Huber { delta } = objective else {
        return if objective == Objective::Lad {
            mean
        } else {
            2.0 * mean
        };
    };
    // The right side is between ½ and 1 a row, and the difference of both sides changes its sign once, because the
    // mean of ρ under the density rises with s.
    let weights = distinct_weights(rows);
    let (mut low, mut high) = (mean, 2.0 * mean);
    for _ in 0..MAX_BISECTIONS {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        let expected: f64 = weights
            .iter()
            .map(|&(weight, rows)| rows * huber_growth(delta, middle / weight))
            .sum();
        if mean * rows.len() as f64 / middle > expected {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The weights that occur, each with its number of rows: most often there is one, and its error functions are costly.
fn distinct_weights(rows: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut weights: Vec<f64> = rows.iter().map(|row| row.1).collect();
    weights.sort_unstable_by(f64::total_cmp);
    weights
        .chunk_by(|a, b| a == b)
        .map(|equal| (equal[0], equal.len() as f64))
        .collect()
}

/// ln Z(t).
fn log_normaliser(objective: Objective, t: f64) -> f64 {
    match objective {
        Objective::Lad => (2.0 * t).ln(),
        Objective::Huber { delta } => {
            let (middle, tails) = huber_masses(delta, t);
            (middle + tails).ln()
        }
        Objective::Gaussian | Objective::Binomial => 0.5 * (TAU * t).ln(),
    }
}

/// d ln Z/d ln t of Huber's density.
fn huber_growth(delta: f64, t: f64) -> f64 {
    let (middle, tails) = huber_masses(delta, t);
    (0.5 * middle + tails) / (middle + tails)
}

/// ∫ exp(−ρ(r)/t) dr within δ and beyond.
fn huber_masses(delta: f64, t: f64) -> (f64, f64) {
    let bend = delta / (2.0 * t).sqrt();
    (
        (TAU * t).sqrt() * erf(bend),
        2.0 * t / delta * (-bend * bend).exp(),
    )
}

/// Parameters that the data determined, the scale of residuals among them.
pub fn counted_parameters(objective: Objective, fitted: usize) -> usize {
    fitted + usize::from(objective != Objective::Binomial)
}

/// AICc; `None` with fewer than k + 2 rows or without a finite likelihood.
pub fn aicc(log_likelihood: f64, parameters: usize, rows: usize) -> Option<f64> {
    let (k, n) = (parameters as f64, rows as f64);
    (rows > parameters + 1 && log_likelihood.is_finite())
        .then(|| -2.0 * log_likelihood + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0))
}

/// BIC; `None` without a finite likelihood.
pub fn bic(log_likelihood: f64, parameters: usize, rows: usize) -> Option<f64> {
    (rows > 0 && log_likelihood.is_finite())
        .then(|| -2.0 * log_likelihood + parameters as f64 * (rows as f64).ln())
}

/// What every row costs under the objective, its weight included: for comparisons on rows that a fit has not seen.
pub fn row_costs(problem: &Problem, theta: &[f64]) -> Vec<f64> {
    let table = problem.table;
    let mut slopes = vec![0.0; theta.len()];
    (0..table.rows)
        .map(|row| {
            let f = problem.form.value(table.row(row), theta, &mut slopes);
            let cost = match (problem.objective, &table.totals) {
                (Objective::Binomial, Some(totals)) => -binomial_log(table.y[row], totals[row], f),
                _ => {
                    loss(
                        problem.objective,
                        problem.scale.of(f) - problem.scale.of(table.y[row]),
                    )
                    .0
                }
            };
            table.weights[row] * cost
        })
        .collect()
}

/// c ln p + (n − c) ln(1 − p) with 0 ln 0 = 0.
pub(super) fn binomial_log(rate: f64, total: f64, p: f64) -> f64 {
    let term = |count: f64, log: f64| if count == 0.0 { 0.0 } else { count * log };
    term(rate * total, p.max(f64::MIN_POSITIVE).ln())
        + term(total - rate * total, (-p).ln_1p().max(f64::MIN_POSITIVE.ln()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECTIVES: [Objective; 4] = [
        Objective::Gaussian,
        Objective::Lad,
        Objective::Huber { delta: 0.3 },
        Objective::Huber { delta: 2.0 },
    ];

    /// ∫ f over the line, by the trapezoidal rule after r = sinh(v), which keeps both the centre and the tails.
    fn integral(f: impl Fn(f64) -> f64) -> f64 {
        let step = 1e-4;
        (-80_000..=80_000)
            .map(|i| {
                let v = step * f64::from(i);
                f(v.sinh()) * v.cosh() * step
            })
            .sum()
    }

    #[test]
    fn densities_integrate_to_one() {
        for objective in OBJECTIVES {
            for t in [0.02, 0.7, 5.0] {
                let z = log_normaliser(objective, t).exp();
                // A kink costs the rule its square step times the jump of the slope.
                let mass = integral(|r| (-loss(objective, r).0 / t).exp()) / z;
                assert!((mass - 1.0).abs() < 1e-5, "{objective:?} {t}: {mass}");
            }
        }
    }

    #[test]
    fn the_scale_is_the_best_one() {
        let rows = [(0.1, 1.0), (-0.4, 2.0), (1.7, 0.5), (0.02, 1.0), (-3.0, 1.0)];
        for objective in OBJECTIVES {
            let at = |scale: f64| -> f64 {
                rows.iter()
                    .map(|&(r, w)| -w * loss(objective, r).0 / scale - log_normaliser(objective, scale / w))
                    .sum()
            };
            let best = best_scale(objective, &rows);
            assert!((log_density(objective, &rows) - at(best)).abs() < 1e-12);
            for factor in [0.5, 0.9, 0.999, 1.001, 1.1, 2.0] {
                assert!(at(best * factor) < at(best), "{objective:?} {factor}");
            }
        }
    }

    #[test]
    fn one_factor_on_all_weights_changes_nothing() {
        let rows = [(0.1, 1.0), (-0.4, 2.0), (1.7, 0.5), (0.02, 1.0)];
        for objective in OBJECTIVES {
            let scaled: Vec<(f64, f64)> = rows.iter().map(|&(r, w)| (r, 37.0 * w)).collect();
            let (plain, scaled) = (log_density(objective, &rows), log_density(objective, &scaled));
            assert!((plain - scaled).abs() < 1e-9, "{objective:?}");
        }
    }

    #[test]
    fn huber_is_gaussian_for_a_large_delta_and_laplace_for_a_small_one() {
        let rows = [(0.5, 1.0), (-1.1, 1.0), (0.2, 1.0), (0.9, 1.0)];
        let wide = log_density(Objective::Huber { delta: 50.0 }, &rows);
        assert!((wide - log_density(Objective::Gaussian, &rows)).abs() < 1e-9);
        let narrow = log_density(Objective::Huber { delta: 1e-9 }, &rows);
        assert!((narrow - log_density(Objective::Lad, &rows)).abs() < 1e-6);
    }

    #[test]
    fn the_gaussian_one_is_that_of_textbooks() {
        // Residuals 1, −1, 2, −2: s = 2.5 and ln L = −n/2 (ln(2π s) + 1).
        let rows = [(1.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (-2.0, 1.0)];
        let expected = -2.0 * ((TAU * 2.5).ln() + 1.0);
        assert!((log_density(Objective::Gaussian, &rows) - expected).abs() < 1e-12);
    }

    #[test]
    fn criteria_by_hand() {
        assert_eq!(aicc(-10.0, 2, 10), Some(20.0 + 4.0 + 12.0 / 7.0));
        assert_eq!(aicc(-10.0, 2, 3), None);
        assert_eq!(aicc(f64::INFINITY, 2, 30), None);
        assert_eq!(bic(-10.0, 2, 1), Some(20.0));
        assert_eq!(counted_parameters(Objective::Binomial, 2), 2);
        assert_eq!(counted_parameters(Objective::Lad, 2), 3);
    }

    #[test]
    fn rows_that_share_a_group_depend_on_each_other() {
        let table = |groups: Vec<u32>, weights: Vec<f64>| Table {
            rows: 3,
            features: vec![0.0; 3],
            width: 1,
            y: vec![0.0; 3],
            totals: None,
            weights,
            group_count: 3,
            groups,
            budgets: vec![1.0; 3],
        };
        assert!(independent(&table(vec![0, 1, 2], vec![1.0; 3])));
        assert!(!independent(&table(vec![0, 1, 1], vec![1.0; 3])));
        assert!(independent(&table(vec![0, 1, 1], vec![1.0, 1.0, 0.0])));
    }
}
