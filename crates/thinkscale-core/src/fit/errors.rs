//! Standard errors of the parameters, in natural units, from the curvature at the minimum.
//!
//! Over the free internal coordinates, with J the derivatives of the residuals, W the weights, n rows and k of them
//! free:
//!
//! - binomial: the inverse of the observed information, the Hessian of −ln L;
//! - Gaussian: s² (JᵀWJ)⁻¹ with s² = Σ w r²/(n − k);
//! - Huber and LAD: the sandwich A⁻¹ B A⁻¹ of an M-estimate (Huber 1981, chapter 7) with B = n/(n − k) Σ w² ρ'(r)² J Jᵀ and
//!   A = m JᵀWJ. m is how fast the mean of ρ' grows with a shift of the residuals: for LAD twice their density at 0,
//!   for Huber the share of them within δ. Where δ is so small that hardly any are, that share is δ times the same
//!   density too, which the central residuals give (bandwidth by Hall and Sheather 1988). Residuals that a corner
//!   makes exactly 0 say nothing about their spread, so LAD leaves the k smallest out.
//!
//! Rows that share a group are not independent: then B sums the rows of a group before it squares, with the factor
//! G/(G − 1) for G groups (Liang and Zeger 1986), whatever the objective.
//!
//! A parameter p fitted as its logarithm has the error p · se(ln p). Far from the data that is poor, and an interval of
//! draws or of the profile better.

use super::form::Coordinate;
use super::likelihood::independent;
use super::objective::{Objective, Problem, loss};
use super::solve::{Solution, pick};
use crate::cholesky::solve;
use crate::stats::interval::quantile;

/// Residuals below which their density at 0 is a guess.
const NEEDED_FOR_DENSITY: usize = 8;
/// Variances beyond this multiple of what they would be without the other parameters are rounding.
const SINGULAR: f64 = 1e13;

/// Why there are no standard errors.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoErrors {
    /// The curvature is not positive in every direction.
    #[error("the data do not determine all parameters: the curvature at the minimum is singular")]
    Singular,
    /// As many parameters as rows.
    #[error("{rows} rows leave no residual for the spread of {parameters} parameters")]
    NoDegrees {
        /// Rows, or groups of them.
        rows: usize,
        /// Free parameters.
        parameters: usize,
    },
    /// Too few rows for the density of residuals.
    #[error("{rows} rows are too few for the density of residuals around 0 with {parameters} parameters")]
    NoDensity {
        /// Rows.
        rows: usize,
        /// Free parameters.
        parameters: usize,
    },
}

/// The standard error of each parameter, `None` for those that are not free.
///
/// # Errors
/// [`NoErrors`] says why there are none.
pub fn standard_errors(problem: &Problem, solution: &Solution) -> Result<Vec<Option<f64>>, NoErrors> {
    let free: Vec<usize> = (0..solution.free.len()).filter(|&i| solution.free[i]).collect();
    let mut all = vec![None; solution.free.len()];
    if free.is_empty() {
        return Ok(all);
    }
    let covariance = covariance(problem, solution, free.len())?;
    for (at, &i) in free.iter().enumerate() {
        let parameter = &problem.form.about().parameters[i];
        let to_natural = match parameter.coordinate {
            Coordinate::Linear => 1.0,
            Coordinate::Log => parameter.natural(solution.theta[i]),
        };
        all[i] = Some(covariance[at * free.len() + at].sqrt() * to_natural);
    }
    Ok(all)
}

/// Covariance of the free internal coordinates, row-major.
fn covariance(problem: &Problem, solution: &Solution, k: usize) -> Result<Vec<f64>, NoErrors> {
    let table = problem.table;
    let rows: Vec<usize> = table.used().collect();
    let (n, weights) = (rows.len(), &table.weights);
    if problem.objective == Objective::Binomial {
        let information = invert(&information(problem, solution, k), k).ok_or(NoErrors::Singular)?;
        if independent(table) {
            return Ok(information);
        }
        let scores = binomial_scores(problem, solution);
        return sandwich(problem, &information, &scores, k, n);
    }
    let mut slopes = vec![0.0; table.rows * solution.theta.len()];
    let residuals = problem.residuals(&solution.theta, &mut slopes);
    let derivatives: Vec<Vec<f64>> = slopes
        .chunks_exact(solution.theta.len())
        .map(|row| pick(row, &solution.free))
        .collect();
    let mut gram = vec![0.0; k * k];
    for &row in &rows {
        add_square(&mut gram, &derivatives[row], weights[row]);
    }
    let inverse = invert(&gram, k).ok_or(NoErrors::Singular)?;
    if n <= k {
        return Err(NoErrors::NoDegrees {
            rows: n,
            parameters: k,
        });
    }
    if problem.objective == Objective::Gaussian && independent(table) {
        let squares: f64 = rows
            .iter()
            .map(|&row| weights[row] * residuals[row].powi(2))
            .sum();
        let variance = squares / (n - k) as f64;
        return Ok(inverse.iter().map(|entry| entry * variance).collect());
    }
    let used: Vec<f64> = rows.iter().map(|&row| residuals[row]).collect();
    let growth = growth(problem.objective, &used, k).ok_or(NoErrors::NoDensity {
        rows: n,
        parameters: k,
    })?;
    let bread: Vec<f64> = inverse.iter().map(|entry| entry / growth).collect();
    let scores: Vec<Vec<f64>> = (0..table.rows)
        .map(|row| {
            let pull = if weights[row] == 0.0 {
                0.0
            } else {
                weights[row] * loss(problem.objective, residuals[row]).1
            };
            derivatives[row]
                .iter()
                .map(|slope| if pull == 0.0 { 0.0 } else { pull * slope })
                .collect()
        })
        .collect();
    sandwich(problem, &bread, &scores, k, n)
}

/// How fast the mean of ρ' grows with a shift of the residuals; `None` if too few say so.
fn growth(objective: Objective, residuals: &[f64], k: usize) -> Option<f64> {
    let mut sizes: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let n = sizes.len();
    let inside = |delta: f64| sizes.partition_point(|&size| size <= delta) as f64 / n as f64;
    if objective == Objective::Gaussian {
        return Some(1.0);
    }
    let central = &sizes[k.min(n)..];
    // (1.5 φ(0)²)^(1/3) z^(2/3) n^(−1/3) for the median and z of 95 %, on both sides of it.
    let share = (2.0 * 0.971 * (central.len() as f64).powf(-1.0 / 3.0)).min(0.9);
    let density = (central.len() >= NEEDED_FOR_DENSITY)
        .then(|| quantile(central, share))
        .filter(|&width| width > 0.0);
    match objective {
        Objective::Huber { delta } => match density {
            Some(width) if width > delta => Some(delta * share / width),
            _ => Some(inside(delta)).filter(|&share| share > 0.0),
        },
        _ => density.map(|width| share / width),
    }
}

/// A⁻¹ B A⁻¹, where the scores of a group add up first.
fn sandwich(
    problem: &Problem,
    bread: &[f64],
    scores: &[Vec<f64>],
    k: usize,
    rows: usize,
) -> Result<Vec<f64>, NoErrors> {
    let table = problem.table;
    let mut groups = vec![vec![0.0; k]; table.group_count];
    let mut used = vec![false; table.group_count];
    for row in table.used() {
        let group = table.groups[row] as usize;
        used[group] = true;
        groups[group]
            .iter_mut()
            .zip(&scores[row])
            .for_each(|(sum, score)| *sum += score);
    }
    let count = used.iter().filter(|&&used| used).count();
    if count < 2 {
        return Err(NoErrors::NoDegrees {
            rows: count,
            parameters: k,
        });
    }
    let factor = if count == rows {
        rows as f64 / (rows - k) as f64
    } else {
        count as f64 / (count - 1) as f64
    };
    let mut meat = vec![0.0; k * k];
    for group in &groups {
        add_square(&mut meat, group, factor);
    }
    Ok(multiply(&multiply(bread, &meat, k), bread, k))
}

/// Derivatives of −ln L of each row by the free coordinates, weights included.
fn binomial_scores(problem: &Problem, solution: &Solution) -> Vec<Vec<f64>> {
    let table = problem.table;
    let mut slopes = vec![0.0; solution.theta.len()];
    (0..table.rows)
        .map(|row| {
            let f = problem.form.value(table.row(row), &solution.theta, &mut slopes);
            let total = table.totals.as_ref().map_or(1.0, |totals| totals[row]);
            let successes = total * table.y[row];
            let share = |count: f64, chance: f64| if count == 0.0 { 0.0 } else { count / chance };
            let pull = table.weights[row] * (share(total - successes, 1.0 - f) - share(successes, f));
            pick(&slopes, &solution.free)
                .into_iter()
                .map(|slope| pull * slope)
                .collect()
        })
        .collect()
}

/// The Hessian over the free coordinates by central differences of the gradient. The first steps have the size of the
/// coordinates, the second ones that of the errors that the first find.
fn information(problem: &Problem, solution: &Solution, k: usize) -> Vec<f64> {
    let free: Vec<usize> = (0..solution.free.len()).filter(|&i| solution.free[i]).collect();
    let mut steps: Vec<f64> = free
        .iter()
        .map(|&i| 1e-5 * solution.theta[i].abs().max(0.01))
        .collect();
    let mut matrix = vec![0.0; k * k];
    for _ in 0..2 {
        let (mut up, mut down) = (vec![0.0; solution.theta.len()], vec![0.0; solution.theta.len()]);
        for (row, &i) in free.iter().enumerate() {
            let mut theta = solution.theta.clone();
            theta[i] = solution.theta[i] + steps[row];
            problem.evaluate(&theta, &mut up);
            theta[i] = solution.theta[i] - steps[row];
            problem.evaluate(&theta, &mut down);
            for (column, &j) in free.iter().enumerate() {
                matrix[row * k + column] = (up[j] - down[j]) / (2.0 * steps[row]);
            }
        }
        for (i, step) in steps.iter_mut().enumerate() {
            let curvature = matrix[i * k + i];
            if curvature > 0.0 && curvature.is_finite() {
                *step = 1e-3 / curvature.sqrt();
            }
        }
    }
    for row in 0..k {
        for column in 0..row {
            let mean = 0.5 * (matrix[row * k + column] + matrix[column * k + row]);
            matrix[row * k + column] = mean;
            matrix[column * k + row] = mean;
        }
    }
    matrix
}

/// The inverse of a symmetric positive definite matrix, scaled to a diagonal of 1 first; `None` if it is singular.
fn invert(matrix: &[f64], k: usize) -> Option<Vec<f64>> {
    let sizes: Vec<f64> = (0..k).map(|i| matrix[i * k + i].sqrt()).collect();
    if sizes.iter().any(|&size| !(size > 0.0 && size.is_finite())) {
        return None;
    }
    let scaled: Vec<f64> = (0..k * k)
        .map(|at| matrix[at] / (sizes[at / k] * sizes[at % k]))
        .collect();
    let mut inverse = vec![0.0; k * k];
    for column in 0..k {
        let unit: Vec<f64> = (0..k).map(|row| f64::from(u8::from(row == column))).collect();
        let solved = solve(&scaled, &unit)?;
        if solved[column].is_nan() || solved[column] >= SINGULAR {
            return None;
        }
        for (row, value) in solved.into_iter().enumerate() {
            inverse[row * k + column] = value / (sizes[row] * sizes[column]);
        }
    }
    Some(inverse)
}

fn add_square(matrix: &mut [f64], vector: &[f64], weight: f64) {
    for (row, a) in matrix.chunks_exact_mut(vector.len()).zip(vector) {
        row.iter_mut()
            .zip(vector)
            .for_each(|(entry, b)| *entry += weight * a * b);
    }
}

fn multiply(left: &[f64], right: &[f64], k: usize) -> Vec<f64> {
    (0..k * k)
        .map(|at| {
            (0..k)
                .map(|inner| left[at / k * k + inner] * right[inner * k + at % k])
                .sum()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::interval::normal_quantile;

    #[test]
    fn an_inverse_is_one_however_its_coordinates_are_scaled() {
        let inverse = invert(&[4e12, 2.0, 2.0, 3e-12], 2).unwrap();
        let product = multiply(&inverse, &[4e12, 2.0, 2.0, 3e-12], 2);
        for (entry, unit) in product.iter().zip([1.0, 0.0, 0.0, 1.0]) {
            // Off the diagonal the scales of both coordinates, 10²⁴ apart, remain.
            assert!(
                (entry - unit).abs() < 1e-12 || unit == 0.0 && entry.abs() < 1e13,
                "{product:?}"
            );
        }
        assert!(invert(&[1.0, 1.0, 1.0, 1.0], 2).is_none());
        assert!(invert(&[0.0], 1).is_none());
    }

    #[test]
    fn the_density_around_zero_is_that_of_the_residuals() {
        // Quantiles of the standard normal: density 0.3989 at 0, so the mean of the sign grows by twice that.
        let normal: Vec<f64> = (0..2000)
            .map(|i| normal_quantile((f64::from(i) + 0.5) / 2000.0))
            .collect();
        let lad = growth(Objective::Lad, &normal, 0).unwrap();
        assert!((lad / 0.7979 - 1.0).abs() < 0.02, "{lad}");
        let narrow = growth(Objective::Huber { delta: 1e-3 }, &normal, 0).unwrap();
        assert!((narrow / lad - 1e-3).abs() < 1e-12);
        let wide = growth(Objective::Huber { delta: 1.0 }, &normal, 0).unwrap();
        assert!((wide - 0.6827).abs() < 1e-3, "{wide}");
        assert_eq!(growth(Objective::Gaussian, &normal, 0), Some(1.0));
    }

    #[test]
    fn few_residuals_have_no_density() {
        assert!(growth(Objective::Lad, &[0.1; 7], 0).is_none());
        assert!(growth(Objective::Lad, &[0.1; 10], 3).is_none());
        assert!(growth(Objective::Lad, &[0.0; 30], 3).is_none());
    }
}
