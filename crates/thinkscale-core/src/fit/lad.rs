//! Least absolute deviations to the last digit (Osborne and Watson 1971): the residuals are linearised, the linear
//! problem is solved exactly, and the step is shortened until the true objective falls.
//!
//! At a minimum as many residuals as parameters are usually exactly 0, a corner that gradients only circle around.

use super::bfgs::{Minimum, Room};
use super::objective::Problem;
use super::solve::{pick, spread};

/// Linearised steps; near a corner each squares the error.
const MAX_STEPS: usize = 60;
/// A step is not tried at less than this share of its length.
const SHORTEST: f64 = 1e-3;
/// Damping of at most this share of the objective leaves a minimum that counts as one.
const STIFF: f64 = 1e-4;
const MAX_PIVOTS: usize = 500;
/// A step that gains less than this share of the objective is the last.
const ENOUGH: f64 = 1e-12;
/// Residuals are moved apart by this share of the largest.
const APART: f64 = 1e-11;
/// Up to this share a stop counts as converged.
const CONVERGED: f64 = 1e-8;

/// The δ of the smoothed objectives on the way: from the median residual at the start down to 10⁻⁵ of it.
pub fn smoothing(problem: &Problem, weights: &[f64], theta: &[f64]) -> Vec<f64> {
    let mut slopes = vec![0.0; problem.table.rows * theta.len()];
    let mut sizes: Vec<f64> = problem
        .residuals(theta, &mut slopes)
        .into_iter()
        .zip(weights)
        .filter(|&(residual, &weight)| weight > 0.0 && residual.is_finite())
        .map(|(residual, _)| residual.abs())
        .collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0.0);
    if median > 0.0 {
        (0..6).map(|stage| median * 10.0_f64.powi(-stage)).collect()
    } else {
        Vec::new()
    }
}

/// Ends a search for least absolute deviations at its corner, with the derivatives by all parameters there: where a
/// residual is 0 the one between its sides with which those by the free parameters are 0. `theta` gives the parameters
/// that are not free.
///
/// Where the law bends too much for a linearised step, what the step may gain is set against its length: absolute
/// steps cost like further residuals, the more the more steps have failed.
pub fn polish(
    problem: &Problem,
    weights: &[f64],
    theta: &[f64],
    free: &[bool],
    room: &Room,
    end: Minimum,
) -> (Minimum, Option<Vec<f64>>) {
    let mut best = end;
    let mut full = theta.to_vec();
    let width = theta.len();
    let mut slopes = vec![0.0; problem.table.rows * width];
    let mut scratch = vec![0.0; width];
    let mut gradient = None;
    let rows: Vec<usize> = (0..problem.table.rows)
        .filter(|&row| weights[row] > 0.0)
        .collect();
    let mut damping = 0.0;
    best.converged = false;
    for _ in 0..MAX_STEPS {
        spread(&mut full, free, &best.at);
        let residuals = problem.residuals(&full, &mut slopes);
        let mut linear = Linear {
            slopes: rows
                .iter()
                .map(|&row| pick(&slopes[row * width..(row + 1) * width], free))
                .collect(),
            residuals: rows.iter().map(|&row| residuals[row]).collect(),
            weights: rows.iter().map(|&row| weights[row]).collect(),
        };
        if damping > 0.0 {
            linear.damp(damping);
        }
        let Some(corner) = linear.solve() else { break };
        let pulls = linear.pulls(&corner);
        let by = |i: usize| {
            rows.iter()
                .zip(&pulls)
                .map(|(&row, pull)| pull * slopes[row * width + i])
                .sum()
        };
        gradient = Some((0..width).map(by).collect());
        let promised = best.value - corner.cost;
        best.converged |= promised <= CONVERGED * best.value && damping <= STIFF * best.value;
        if promised <= ENOUGH * best.value {
            break;
        }
        let (longest, nearest) = room.wall(&best.at, &corner.step);
        if longest == 0.0 {
            best.wall = Some(nearest);
            break;
        }
        let first = room.first(&corner.step).min(longest);
        let mut length = first;
        let improved = loop {
            let at: Vec<f64> = best
                .at
                .iter()
                .zip(&corner.step)
                .map(|(at, step)| at + length * step)
                .collect();
            spread(&mut full, free, &at);
            let value = problem.evaluate_weighted(&full, weights, &mut scratch);
            if value < best.value {
                break Some((at, value));
            }
            length *= 0.5;
            if length < SHORTEST * first {
                break None;
            }
        };
        if let Some((at, value)) = improved {
            best.iterations += 1;
            (best.at, best.value) = (at, value);
            if length == longest {
                let wall = if corner.step[nearest] > 0.0 {
                    &room.high
                } else {
                    &room.low
                };
                best.at[nearest] = wall[nearest];
                best.wall = Some(nearest);
                break;
            }
        }
        if best.converged && length < SHORTEST * first {
            // What is promised is rounding.
            break;
        }
        if length > 0.3 * first {
            damping *= 0.1;
        } else {
            let size: f64 = corner.step.iter().map(|step| step.abs()).sum();
            damping = (4.0 * damping).max(0.5 * promised / size);
        }
    }
    (best, gradient)
}

/// min Σ w |r + J Δ|.
struct Linear {
    slopes: Vec<Vec<f64>>,
    residuals: Vec<f64>,
    weights: Vec<f64>,
}

/// The minimum of a [`Linear`]: where as many residuals as unknowns are 0.
struct Corner {
    step: Vec<f64>,
    cost: f64,
    left: Vec<f64>,
    rows: Vec<usize>,
    multipliers: Vec<f64>,
}

impl Linear {
    /// Adds what a step costs by its length in each coordinate.
    fn damp(&mut self, damping: f64) {
        let width = self.slopes.first().map_or(0, Vec::len);
        for i in 0..width {
            self.slopes
                .push((0..width).map(|j| f64::from(u8::from(i == j))).collect());
            self.residuals.push(0.0);
            self.weights.push(damping);
        }
    }

    /// By descent along edges (Barrodale and Roberts 1973): one of the residuals at a corner is let go as long as that
    /// pays, and the next to become 0 takes its place where the slope along the edge turns. `None` without enough
    /// independent rows.
    ///
    /// Where more residuals are 0 than there are unknowns, corners lie on each other and the descent would turn in
    /// circles: it goes over residuals that are moved apart by less than matters, whose best corner is best for the
    /// given ones too.
    fn solve(&self) -> Option<Corner> {
        let apart = self.apart();
        let found = apart.descend()?;
        let matrix = found.rows.iter().map(|&row| self.slopes[row].clone()).collect();
        let step = solve_square(
            matrix,
            found.rows.iter().map(|&row| -self.residuals[row]).collect(),
        )?;
        Some(Corner {
            cost: self.cost(&self.after(&step)),
            step,
            ..found
        })
    }

    /// The same problem with every residual moved by its own small amount.
    fn apart(&self) -> Self {
        let size = APART * self.residuals.iter().fold(0.0_f64, |most, it| most.max(it.abs()));
        let residuals = self
            .residuals
            .iter()
            .enumerate()
            // Multiples of the golden ratio, modulo 1, do not repeat.
            .map(|(row, residual)| residual + size * (0.5 + (0.618_033_988_749_895 * row as f64).fract()))
            .collect();
        Self {
            slopes: self.slopes.clone(),
            residuals,
            weights: self.weights.clone(),
        }
    }

    fn descend(&self) -> Option<Corner> {
        let mut corner = self.first_corner()?;
        let width = corner.len();
        for _ in 0..MAX_PIVOTS {
            let matrix: Vec<Vec<f64>> = corner.iter().map(|&row| self.slopes[row].clone()).collect();
            let right = corner.iter().map(|&row| -self.residuals[row]).collect();
            let step = solve_square(matrix.clone(), right)?;
            let left = self.after(&step);
            let mut pull = vec![0.0; width];
            for (row, slopes) in self.slopes.iter().enumerate() {
                if !corner.contains(&row) && left[row] != 0.0 {
                    let sign = self.weights[row] * left[row].signum();
                    pull.iter_mut()
                        .zip(slopes)
                        .for_each(|(sum, slope)| *sum -= sign * slope);
                }
            }
            let transposed = (0..width)
                .map(|j| matrix.iter().map(|row| row[j]).collect())
                .collect();
            let multipliers = solve_square(transposed, pull)?;
            let excess = |at: usize| multipliers[at].abs() - self.weights[corner[at]];
            let leaving = (0..width).max_by(|&a, &b| excess(a).total_cmp(&excess(b)))?;
            if excess(leaving) <= 1e-12 * self.weights[corner[leaving]] {
                return Some(Corner {
                    cost: self.cost(&left),
                    step,
                    left,
                    rows: corner,
                    multipliers,
                });
            }
            let mut unit = vec![0.0; width];
            unit[leaving] = multipliers[leaving].signum();
            let edge = solve_square(matrix, unit)?;
            let mut crossings: Vec<(f64, usize, f64)> = (0..left.len())
                .filter(|row| !corner.contains(row))
                .map(|row| (row, dot(&self.slopes[row], &edge)))
                .filter(|&(row, speed)| speed != 0.0 && -left[row] / speed >= 0.0)
                .map(|(row, speed)| (-left[row] / speed, row, 2.0 * self.weights[row] * speed.abs()))
                .collect();
            crossings.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let mut slope = -excess(leaving);
            let entering = crossings.into_iter().find(|&(_, _, turn)| {
                slope += turn;
                slope >= 0.0
            })?;
            corner[leaving] = entering.1;
        }
        None
    }

    /// The derivative of the objective by each residual at the corner.
    fn pulls(&self, corner: &Corner) -> Vec<f64> {
        let sign = |residual: f64| if residual == 0.0 { 0.0 } else { residual.signum() };
        let mut pulls: Vec<f64> = corner
            .left
            .iter()
            .zip(&self.weights)
            .map(|(&left, weight)| weight * sign(left))
            .collect();
        for (&row, multiplier) in corner.rows.iter().zip(&corner.multipliers) {
            pulls[row] = *multiplier;
        }
        pulls
    }

    /// The rows of the smallest residuals that are independent.
    fn first_corner(&self) -> Option<Vec<usize>> {
        let width = self.slopes.first()?.len();
        let mut order: Vec<usize> = (0..self.residuals.len()).collect();
        order.sort_unstable_by(|&a, &b| self.residuals[a].abs().total_cmp(&self.residuals[b].abs()));
        let (mut corner, mut basis): (Vec<usize>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        for row in order {
            let mut rest = self.slopes[row].clone();
            let size = dot(&rest, &rest).sqrt();
            for known in &basis {
                let along = dot(&rest, known);
                rest.iter_mut()
                    .zip(known)
                    .for_each(|(rest, known)| *rest -= along * known);
            }
            let length = dot(&rest, &rest).sqrt();
            if length > 1e-7 * size && length.is_finite() {
                rest.iter_mut().for_each(|entry| *entry /= length);
                basis.push(rest);
                corner.push(row);
            }
            if corner.len() == width {
                return Some(corner);
            }
        }
        None
    }

    fn after(&self, step: &[f64]) -> Vec<f64> {
        self.slopes
            .iter()
            .zip(&self.residuals)
            .map(|(slopes, residual)| residual + dot(slopes, step))
            .collect()
    }

    fn cost(&self, residuals: &[f64]) -> f64 {
        residuals
            .iter()
            .zip(&self.weights)
            .map(|(residual, weight)| weight * residual.abs())
            .sum()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Solves a small square system by elimination with row pivots; `None` if it is singular to rounding.
fn solve_square(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for column in 0..n {
        let pivot =
            (column..n).max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (head, tail) = matrix.split_at_mut(column + 1);
        let lead = &head[column];
        if lead[column].is_nan() || lead[column].abs() <= 1e-300 {
            return None;
        }
        for (offset, row) in tail.iter_mut().enumerate() {
            let factor = row[column] / lead[column];
            row.iter_mut()
                .zip(lead)
                .for_each(|(entry, lead)| *entry -= factor * lead);
            right[column + 1 + offset] -= factor * right[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n)
            .map(|column| matrix[row][column] * right[column])
            .sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_points_with_outliers() {
        // The median regression line of y = 1 + 2x with one wild point passes through the others.
        let xs = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let ys = [1.0, 3.0, 5.0, 100.0, 9.0, 11.0];
        let linear = Linear {
            slopes: xs.iter().map(|&x| vec![1.0, x]).collect(),
            residuals: ys.iter().map(|y| -y).collect(),
            weights: vec![1.0; 6],
        };
        let Corner { step, cost, .. } = linear.solve().unwrap();
        assert!(
            (step[0] - 1.0).abs() < 1e-12 && (step[1] - 2.0).abs() < 1e-12,
            "{step:?}"
        );
        assert!((cost - 93.0).abs() < 1e-9);
    }

    #[test]
    fn no_corner_is_better() {
        // Every minimum of a linear problem is at a corner, so all of them can be tried.
        let mut state = 12_345_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        for _ in 0..50 {
            let linear = Linear {
                slopes: (0..15).map(|_| vec![1.0, next(), next()]).collect(),
                residuals: (0..15).map(|_| next()).collect(),
                weights: (0..15).map(|_| 0.1 + (next() + 0.5)).collect(),
            };
            let corner = linear.solve().unwrap();
            let (pulls, cost) = (linear.pulls(&corner), corner.cost);
            for i in 0..3 {
                let sum: f64 = pulls
                    .iter()
                    .zip(&linear.slopes)
                    .map(|(pull, slopes)| pull * slopes[i])
                    .sum();
                assert!(sum.abs() < 1e-9, "{sum}");
            }
            for a in 0..15 {
                for b in 0..a {
                    for c in 0..b {
                        let rows = [a, b, c];
                        let matrix = rows.iter().map(|&row| linear.slopes[row].clone()).collect();
                        let right = rows.iter().map(|&row| -linear.residuals[row]).collect();
                        if let Some(step) = solve_square(matrix, right) {
                            assert!(linear.cost(&linear.after(&step)) >= cost - 1e-12);
                        }
                    }
                }
            }
        }
    }
}
