//! What a fit minimises, and where its residuals are taken.
//!
//! With r = s(f(x; θ)) − s(y) on the chosen scale s and weights w, the objective is a sum over rows:
//!
//! - Huber(δ): Σ w ρ(r), ρ = r²/2 up to |r| = δ and δ (|r| − δ/2) beyond (Huber 1964);
//! - LAD: Σ w |r|;
//! - Gaussian: Σ w r²/2;
//! - binomial: −Σ w (c ln f + (n − c) ln(1 − f)), on counts c of n. A law that leaves 0 to 1 counts as 0 or 1 there,
//!   which costs nothing where that is what was seen.

use super::form::Form;
use super::table::Table;

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Objective {
    /// Quadratic up to `delta`, linear beyond; `delta` is in units of the residual and positive.
    Huber {
        /// Where it turns linear.
        delta: f64,
    },
    /// Least absolute deviations.
    Lad,
    /// Least squares.
    Gaussian,
    /// The binomial likelihood of counts.
    Binomial,
}

/// Where residuals are taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scale {
    /// f − y.
    Raw,
    /// ln f − ln y.
    Log,
    /// ln(1 + f) − ln(1 + y).
    LogPlusOne,
}

impl Scale {
    /// s(y); NaN where it is not defined.
    pub fn of(self, y: f64) -> f64 {
        match self {
            Self::Raw => y,
            Self::Log => y.ln(),
            Self::LogPlusOne => y.ln_1p(),
        }
    }

    /// s'(y).
    pub fn slope(self, y: f64) -> f64 {
        match self {
            Self::Raw => 1.0,
            Self::Log => 1.0 / y,
            Self::LogPlusOne => 1.0 / (1.0 + y),
        }
    }

    /// The inverse of [`of`](Self::of).
    pub fn back(self, value: f64) -> f64 {
        match self {
            Self::Raw => value,
            Self::Log => value.exp(),
            Self::LogPlusOne => value.exp_m1(),
        }
    }
}

/// Below this probability the logarithm is continued as a line, so that a row that the law excludes costs much, with a
/// gradient that leads back, and not infinitely much.
const LEAST_CHANCE: f64 = 1e-12;
/// A residual this far from 0, as a share of the largest, has the curvature of one that far: at 0 that of least
/// absolute deviations is infinite.
const LEAST_RESIDUAL: f64 = 1e-6;

/// A form on a table under an objective: the function of θ that is minimised.
pub struct Problem<'a> {
    /// The law.
    pub form: &'a dyn Form,
    /// The rows.
    pub table: &'a Table,
    /// What is minimised.
    pub objective: Objective,
    /// Where residuals are taken; without meaning for the binomial objective.
    pub scale: Scale,
    targets: Vec<f64>,
    spread: f64,
}

impl<'a> Problem<'a> {
    /// Takes the targets to the scale once.
    pub fn new(form: &'a dyn Form, table: &'a Table, objective: Objective, scale: Scale) -> Self {
        let targets: Vec<f64> = table.y.iter().map(|&y| scale.of(y)).collect();
        let spread = targets
            .iter()
            .filter(|it| it.is_finite())
            .fold(0.0, |most: f64, it| most.max(it.abs()));
        Self {
            form,
            table,
            objective,
            scale,
            targets,
            spread,
        }
    }

    /// The same with another objective.
    pub fn with_objective(&self, objective: Objective) -> Self {
        Self {
            objective,
            targets: self.targets.clone(),
            ..*self
        }
    }

    /// Parameters.
    pub fn parameters(&self) -> usize {
        self.form.about().parameters.len()
    }

    /// The objective at `theta` under the table's own weights, its derivatives into `gradient`.
    pub fn evaluate(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        self.evaluate_weighted(theta, &self.table.weights, gradient)
    }

    /// The same under other weights, one a row. NaN or ∞ where the law has no value.
    pub fn evaluate_weighted(&self, theta: &[f64], weights: &[f64], gradient: &mut [f64]) -> f64 {
        let n = theta.len();
        // Sums of a fixed length stay in registers.
        let (mut slopes, mut sums) = ([0.0; super::MAX_PARAMETERS], [0.0; super::MAX_PARAMETERS]);
        let mut total = 0.0;
        let constants = self.form.constants(theta);
        let rows = self.table.features.chunks_exact(self.table.width);
        for (row, (features, &weight)) in rows.zip(weights).enumerate() {
            if weight == 0.0 {
                continue;
            }
            let f = self
                .form
                .value_with(features, theta, &constants, &mut slopes[..n]);
            let (cost, slope) = self.cost(row, f);
            total += weight * cost;
            let slope = weight * slope;
            sums.iter_mut()
                .zip(&slopes)
                .for_each(|(sum, part)| *sum += slope * part);
        }
        gradient.copy_from_slice(&sums[..n]);
        total
    }

    /// What a value `f` costs at a row, and the derivative of that by f.
    #[inline]
    fn cost(&self, row: usize, f: f64) -> (f64, f64) {
        if let (Objective::Binomial, Some(totals)) = (self.objective, &self.table.totals) {
            let successes = self.table.y[row] * totals[row];
            let (won, by_won) = surprise(successes, f, 1.0 - f);
            let (lost, by_lost) = surprise(totals[row] - successes, 1.0 - f, f);
            return (won + lost, by_won - by_lost);
        }
        let residual = self.scale.of(f) - self.targets[row];
        let (cost, slope) = loss(self.objective, residual);
        (cost, slope * self.scale.slope(f))
    }

    /// What stands for the second derivatives and is never indefinite: the matrix of Gauss and Newton with the weights
    /// of iterated least squares, or the expected information of counts. Row-major into `curvature`, all of it.
    pub fn curvature(&self, theta: &[f64], weights: &[f64], curvature: &mut [f64]) {
        let n = theta.len();
        let mut slopes = [0.0; super::MAX_PARAMETERS];
        let slopes = &mut slopes[..n];
        curvature.fill(0.0);
        for (row, &weight) in weights.iter().enumerate() {
            if weight == 0.0 {
                continue;
            }
            let f = self.form.value(self.table.row(row), theta, slopes);
            let size = weight * self.stiffness(row, f);
            for i in 0..n {
                let part = size * slopes[i];
                for (entry, slope) in curvature[i * n..=i * n + i].iter_mut().zip(&*slopes) {
                    *entry += part * slope;
                }
            }
        }
        for i in 0..n {
            for j in 0..i {
                curvature[j * n + i] = curvature[i * n + j];
            }
        }
    }

    /// The second derivative by f that stands for the cost of a row in [`curvature`](Self::curvature).
    fn stiffness(&self, row: usize, f: f64) -> f64 {
        if let (Objective::Binomial, Some(totals)) = (self.objective, &self.table.totals) {
            let p = f.clamp(1e-6, 1.0 - 1e-6);
            return totals[row] / (p * (1.0 - p));
        }
        let slope = self.scale.slope(f);
        let size = (self.scale.of(f) - self.targets[row]).abs();
        slope
            * slope
            * match self.objective {
                Objective::Huber { delta } => (delta / size).min(1.0),
                Objective::Lad => 1.0 / size.max(LEAST_RESIDUAL * self.spread),
                Objective::Gaussian | Objective::Binomial => 1.0,
            }
    }

    /// s(y) of every row.
    pub fn targets(&self) -> &[f64] {
        &self.targets
    }

    /// s(f) − s(y) of every row, and its derivatives row-major into `slopes`.
    pub fn residuals(&self, theta: &[f64], slopes: &mut [f64]) -> Vec<f64> {
        let width = theta.len();
        (0..self.table.rows)
            .map(|row| {
                let part = &mut slopes[row * width..(row + 1) * width];
                let f = self.form.value(self.table.row(row), theta, part);
                let scale = self.scale.slope(f);
                part.iter_mut().for_each(|slope| *slope *= scale);
                self.scale.of(f) - self.targets[row]
            })
            .collect()
    }
}

/// −count·ln p and its derivative by p, of which `rest` is 1 − p.
fn surprise(count: f64, p: f64, rest: f64) -> (f64, f64) {
    if count == 0.0 || p >= 1.0 {
        (0.0, 0.0)
    } else if p >= LEAST_CHANCE {
        // ln p from 1 − p keeps its digits where that is small.
        let log = if p > 0.5 { (-rest).ln_1p() } else { p.ln() };
        (-count * log, -count / p)
    } else {
        (
            -count * (LEAST_CHANCE.ln() + (p - LEAST_CHANCE) / LEAST_CHANCE),
            -count / LEAST_CHANCE,
        )
    }
}

/// ρ(r) and ρ'(r) of an objective on residuals.
pub fn loss(objective: Objective, residual: f64) -> (f64, f64) {
    match objective {
        Objective::Huber { delta } if residual.abs() > delta => {
            (delta * (residual.abs() - 0.5 * delta), delta * residual.signum())
        }
        Objective::Lad if residual == 0.0 => (0.0, 0.0),
        Objective::Lad => (residual.abs(), residual.signum()),
        Objective::Huber { .. } | Objective::Gaussian | Objective::Binomial => {
            (0.5 * residual * residual, residual)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_of_counts_by_hand() {
        // 3 of 10 at p = 1/4.
        let (won, by_won) = surprise(3.0, 0.25, 0.75);
        let (lost, by_lost) = surprise(7.0, 0.75, 0.25);
        assert!((won + lost - (3.0 * 4.0_f64.ln() + 7.0 * (4.0_f64 / 3.0).ln())).abs() < 1e-14);
        assert!((by_won - by_lost - (7.0 / 0.75 - 3.0 / 0.25)).abs() < 1e-12);
        // Failures at a small p keep their digits.
        assert!((surprise(1e6, 1.0 - 1e-12, 1e-12).0 - 1e-6).abs() < 1e-18);
    }

    #[test]
    fn what_was_never_seen_costs_nothing_and_what_was_excluded_costs_much() {
        assert_eq!(surprise(0.0, -0.2, 1.2), (0.0, 0.0));
        assert_eq!(surprise(5.0, 1.3, -0.3), (0.0, 0.0));
        let (near, slope) = surprise(2.0, -0.1, 1.1);
        assert!(near > 1e10 && near.is_finite() && slope < 0.0);
        // The line continues the logarithm without a step in value or slope.
        let (above, below) = (
            surprise(1.0, 1.000_001e-12, 1.0),
            surprise(1.0, 0.999_999e-12, 1.0),
        );
        assert!((above.0 - below.0).abs() < 1e-5 && (above.1 / below.1 - 1.0).abs() < 1e-5);
    }

    #[test]
    fn losses_by_hand() {
        let huber = Objective::Huber { delta: 0.5 };
        assert_eq!(loss(huber, 0.4), (0.5 * 0.4 * 0.4, 0.4));
        assert_eq!(loss(huber, -2.0), (0.5 * (2.0 - 0.25), -0.5));
        assert_eq!(loss(Objective::Lad, -2.0), (2.0, -1.0));
        assert_eq!(loss(Objective::Gaussian, -2.0), (2.0, -2.0));
    }
}
