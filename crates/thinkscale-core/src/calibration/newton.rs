//! Logistic regression with soft targets by Newton's method.
//!
//! minimise Σ w_i [ln(1 + e^z_i) − t_i z_i] + λ/2 Σ_j β_j², z_i = β_0 + Σ_j β_j x_ij, 0 ≤ t_i ≤ 1
//!
//! The objective is convex, so a step that is halved until it descends reaches the one minimum from anywhere (Lin, Lin
//! and Weng 2007, "A Note on Platt's Probabilistic Outputs for Support Vector Machines", which also gives the form of
//! the objective that neither overflows nor cancels). The intercept β_0 is not penalised.

use super::sigmoid;
use crate::cholesky;

/// The largest entry of the gradient, a unit of weight, at which the search stops.
const GRADIENT_TOLERANCE: f64 = 1e-10;
/// The same where rounding hides any further descent.
const ROUNDING_TOLERANCE: f64 = 1e-6;
const MAX_ITERATIONS: usize = 200;
/// The share of the descent promised by the slope that a step must deliver.
const SUFFICIENT: f64 = 1e-4;
const SHORTEST_STEP: f64 = 1e-10;
/// Added to the diagonal of the Hessian, a unit of weight, where features do not determine every coefficient.
const RIDGE: f64 = 1e-12;

/// What to fit: `features` is row-major targets × `columns`, on a scale near 1.
pub struct Regression<'a> {
    pub features: &'a [f64],
    pub columns: usize,
    pub targets: &'a [f64],
    pub weights: &'a [f64],
    pub penalty: f64,
}

/// Where a search ended.
#[derive(Clone, Debug)]
pub struct Minimum {
    /// One a feature, and the intercept last.
    pub coefficients: Vec<f64>,
    /// Largest entry of the gradient, divided by the sum of the weights.
    pub gradient_norm: f64,
    pub iterations: usize,
    pub converged: bool,
}

impl Regression<'_> {
    /// The minimum; the start is the intercept alone.
    pub fn solve(&self) -> Minimum {
        let total: f64 = self.weights.iter().sum();
        let right: f64 = self.weights.iter().zip(self.targets).map(|(w, t)| w * t).sum();
        let mut coefficients = vec![0.0; self.columns + 1];
        coefficients[self.columns] = (right / (total - right)).ln().clamp(-30.0, 30.0);
        let mut value = self.value(&coefficients);
        let mut iterations = 0;
        loop {
            let (gradient, hessian) = self.derivatives(&coefficients, RIDGE * total);
            let gradient_norm = gradient.iter().fold(0.0, |norm: f64, g| norm.max(g.abs())) / total;
            let end = |coefficients, tolerance| Minimum {
                coefficients,
                gradient_norm,
                iterations,
                converged: gradient_norm <= tolerance,
            };
            if gradient_norm <= GRADIENT_TOLERANCE || iterations == MAX_ITERATIONS {
                return end(coefficients, GRADIENT_TOLERANCE);
            }
            let Some(step) = cholesky::solve(&hessian, &gradient) else {
                return end(coefficients, ROUNDING_TOLERANCE);
            };
            let slope: f64 = gradient.iter().zip(&step).map(|(g, s)| g * s).sum();
            let mut scale = 1.0;
            let (next, next_value) = loop {
                let next: Vec<f64> = coefficients
                    .iter()
                    .zip(&step)
                    .map(|(c, s)| c - scale * s)
                    .collect();
                let next_value = self.value(&next);
                if next_value < value - SUFFICIENT * scale * slope {
                    break (next, next_value);
                }
                scale *= 0.5;
                if scale < SHORTEST_STEP {
                    return end(coefficients, ROUNDING_TOLERANCE);
                }
            };
            (coefficients, value) = (next, next_value);
            iterations += 1;
        }
    }

    fn rows(&self) -> impl Iterator<Item = (&[f64], f64, f64)> {
        (0..self.targets.len()).map(|row| {
            let start = row * self.columns;
            let features = &self.features[start..start + self.columns];
            (features, self.targets[row], self.weights[row])
        })
    }

    fn value(&self, coefficients: &[f64]) -> f64 {
        let loss: f64 = self
            .rows()
            .map(|(features, target, weight)| {
                let z = linear(coefficients, features);
                // ln(1 + e^z) − t z, written so that the exponential never exceeds 1.
                weight * (z.max(0.0) - target * z + (-z.abs()).exp().ln_1p())
            })
            .sum();
        let squares: f64 = coefficients[..self.columns].iter().map(|c| c * c).sum();
        loss + 0.5 * self.penalty * squares
    }

    fn derivatives(&self, coefficients: &[f64], ridge: f64) -> (Vec<f64>, Vec<f64>) {
        let size = self.columns + 1;
        let mut gradient = vec![0.0; size];
        let mut hessian = vec![0.0; size * size];
        for (features, target, weight) in self.rows() {
            let p = sigmoid(linear(coefficients, features));
            let (first, second) = (weight * (p - target), weight * p * (1.0 - p));
            let feature = |j: usize| if j < self.columns { features[j] } else { 1.0 };
            for j in 0..size {
                gradient[j] += first * feature(j);
                for k in 0..=j {
                    hessian[j * size + k] += second * feature(j) * feature(k);
                }
            }
        }
        for j in 0..size {
            if j < self.columns {
                gradient[j] += self.penalty * coefficients[j];
                hessian[j * size + j] += self.penalty;
            }
            hessian[j * size + j] += ridge;
        }
        (gradient, hessian)
    }
}

/// z of one row; the intercept stands last.
pub fn linear(coefficients: &[f64], features: &[f64]) -> f64 {
    let columns = coefficients.len() - 1;
    let products = coefficients.iter().zip(features).map(|(c, x)| c * x);
    coefficients[columns] + products.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: [f64; 20] = [
        0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 4.0, 4.25, 4.5, 4.75,
        5.0, 5.5,
    ];
    const PASSED: [f64; 20] = [
        0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
    ];

    fn regression(penalty: f64) -> Minimum {
        Regression {
            features: &HOURS,
            columns: 1,
            targets: &PASSED,
            weights: &[1.0; 20],
            penalty,
        }
        .solve()
    }

    #[test]
    fn the_textbook_example_of_hours_and_exams() {
        // Wikipedia, "Logistic regression", hours of study and passing: 1.5046 an hour, intercept -4.0777.
        let found = regression(0.0);
        assert!(found.converged && found.iterations < 15);
        assert!(
            (found.coefficients[0] - 1.5046).abs() < 5e-5,
            "{:?}",
            found.coefficients
        );
        assert!((found.coefficients[1] + 4.0777).abs() < 5e-5);
    }

    #[test]
    fn a_penalty_shrinks_the_slope_and_not_the_base_rate() {
        let mut last = f64::INFINITY;
        for penalty in [0.0, 0.1, 1.0, 10.0, 1e6] {
            let found = regression(penalty);
            assert!(found.converged && found.coefficients[0] < last);
            last = found.coefficients[0];
            // Without a penalty on the intercept the mean probability stays the share that passed.
            let mean = HOURS
                .iter()
                .map(|&h| sigmoid(linear(&found.coefficients, &[h])))
                .sum::<f64>();
            assert!((mean - 10.0).abs() < 1e-6);
        }
        assert!(last < 1e-4);
    }

    #[test]
    fn a_feature_that_does_not_vary_is_left_at_nothing() {
        let found = Regression {
            features: &[0.0; 4],
            columns: 1,
            targets: &[0.0, 1.0, 1.0, 1.0],
            weights: &[1.0; 4],
            penalty: 0.0,
        }
        .solve();
        assert!(found.converged && found.coefficients[0] == 0.0);
        assert!((found.coefficients[1] - 3.0_f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn a_penalty_gives_separated_classes_a_minimum() {
        let found = Regression {
            features: &[-1.0, -0.5, 0.5, 1.0],
            columns: 1,
            targets: &[0.0, 0.0, 1.0, 1.0],
            weights: &[1.0; 4],
            penalty: 1.0,
        }
        .solve();
        assert!(found.converged && found.coefficients[0] > 0.0 && found.coefficients[1].abs() < 1e-9);
    }
}
