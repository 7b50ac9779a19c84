//! New measurements drawn from a fitted law.

use rand_core::Rng;

use super::objective::{Objective, Problem};
use super::table::Table;
use crate::stats::interval::normal_quantile;
use crate::stats::log_gamma::ln_binomial;
use crate::stats::random::below;

/// Degrees of freedom from which χ² is drawn by the approximation of Wilson and Hilferty (1931).
const MANY_DEGREES: usize = 10;

/// What measurements scatter by around a law.
pub enum Noise {
    /// Successes of independent tries.
    Binomial,
    /// Residuals of the fit, s(f) − s(y).
    Residuals {
        /// Times the root of their row's weight, widened by √(n/(n − k)) for what the fit took out of them.
        values: Vec<f64>,
        /// n − k.
        degrees: usize,
    },
}

impl Noise {
    /// From a fit with `free` parameters; `None` if it leaves no residual.
    pub fn of(problem: &Problem, theta: &[f64], free: usize) -> Option<Self> {
        if problem.objective == Objective::Binomial {
            return Some(Self::Binomial);
        }
        let table = problem.table;
        let rows: Vec<usize> = table.used().collect();
        if rows.len() <= free {
            return None;
        }
        let widened = (rows.len() as f64 / (rows.len() - free) as f64).sqrt();
        let mut slopes = vec![0.0; table.rows * theta.len()];
        let residuals = problem.residuals(theta, &mut slopes);
        let scattered = rows
            .iter()
            .map(|&row| residuals[row] * table.weights[row].sqrt() * widened);
        Some(Self::Residuals {
            values: scattered.collect(),
            degrees: rows.len() - free,
        })
    }

    /// A factor for the size of residuals: with n − k degrees of freedom their spread is known no better than
    /// √((n − k)/χ²), which makes normal quantiles those of Student's distribution.
    pub fn size(&self, rng: &mut impl Rng) -> f64 {
        let &Self::Residuals { degrees, .. } = self else {
            return 1.0;
        };
        let count = degrees as f64;
        let mut normal = || normal_quantile(uniform(rng));
        let squares = if degrees < MANY_DEGREES {
            (0..degrees).map(|_| normal().powi(2)).sum()
        } else {
            let ninth = 2.0 / (9.0 * count);
            count * (1.0 - ninth + normal() * ninth.sqrt()).powi(3)
        };
        (count / squares).sqrt()
    }

    /// A measurement at a row where the law says `f`, with residuals `size` times as large.
    pub fn draw(&self, problem: &Problem, row: usize, f: f64, size: f64, rng: &mut impl Rng) -> f64 {
        match self {
            Self::Binomial => {
                let total = problem
                    .table
                    .totals
                    .as_ref()
                    .map_or(1.0, |totals| totals[row].round().max(1.0));
                binomial(rng, total, f) / total
            }
            Self::Residuals { values, .. } => {
                let weight = problem.table.weights[row];
                let spread = if weight > 0.0 { weight.sqrt() } else { 1.0 };
                let residual = size * values[below(rng, values.len())] / spread;
                problem.scale.back(problem.scale.of(f) - residual)
            }
        }
    }

    /// The table with all measurements drawn anew around `fitted`, one a row.
    pub fn redraw(&self, problem: &Problem, fitted: &[f64], rng: &mut impl Rng) -> Table {
        let mut table = problem.table.clone();
        let size = self.size(rng);
        for (row, &f) in fitted.iter().enumerate().take(table.rows) {
            if table.weights[row] > 0.0 {
                table.y[row] = self.draw(problem, row, f, size, rng);
            }
        }
        if let Some(totals) = &mut table.totals {
            // Tries are whole, whatever a published table was rounded to.
            totals
                .iter_mut()
                .for_each(|total| *total = total.round().max(1.0));
        }
        table
    }
}

/// A uniform number in (0, 1).
pub fn uniform(rng: &mut impl Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) * 2.0_f64.powi(-53)
}

/// Successes of `total` tries of chance `p`: chances are summed from the most likely count outwards until they exceed
/// a uniform number, which takes about as many steps as the standard deviation.
pub fn binomial(rng: &mut impl Rng, total: f64, p: f64) -> f64 {
    if p <= 0.0 || p.is_nan() {
        return 0.0;
    }
    if p >= 1.0 {
        return total;
    }
    let odds = p / (1.0 - p);
    let mode = ((total + 1.0) * p).floor().min(total);
    let peak = (ln_binomial(total, mode) + mode * p.ln() + (total - mode) * (-p).ln_1p()).exp();
    let mut left = uniform(rng) - peak;
    let (mut low, mut high) = (mode, mode);
    let (mut low_chance, mut high_chance) = (peak, peak);
    while left > 0.0 && (low > 0.0 || high < total) {
        if high < total {
            high_chance *= (total - high) / (high + 1.0) * odds;
            high += 1.0;
            left -= high_chance;
            if left <= 0.0 {
                return high;
            }
        }
        if low > 0.0 {
            low_chance *= low / (total - low + 1.0) / odds;
            low -= 1.0;
            left -= low_chance;
            if left <= 0.0 {
                return low;
            }
        }
        // What rounding left of the whole is not worth a walk to the end of the range.
        if high_chance.max(low_chance) < 1e-18 {
            break;
        }
    }
    mode
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::stream;

    #[test]
    fn counts_have_binomial_chances() {
        // 5 tries of 0.3: chances 0.16807, 0.36015, 0.3087, 0.1323, 0.02835, 0.00243.
        let expected = [0.168_07, 0.360_15, 0.308_7, 0.132_3, 0.028_35, 0.002_43];
        let mut rng = stream(1, &[]);
        let mut seen = [0_u32; 6];
        for _ in 0..100_000 {
            seen[binomial(&mut rng, 5.0, 0.3) as usize] += 1;
        }
        // Chi-squared with 5 degrees of freedom exceeds 20.5 once in a thousand.
        let chi: f64 = seen
            .iter()
            .zip(expected)
            .map(|(&got, share)| (f64::from(got) - 1e5 * share).powi(2) / (1e5 * share))
            .sum();
        assert!(chi < 20.5, "{chi} {seen:?}");
    }

    #[test]
    fn a_million_tries_have_the_right_mean_and_spread() {
        let mut rng = stream(2, &[]);
        for p in [1e-6, 0.02, 0.5, 0.999] {
            let draws: Vec<f64> = (0..4000).map(|_| binomial(&mut rng, 1e6, p)).collect();
            let mean = draws.iter().sum::<f64>() / 4000.0;
            let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 3999.0;
            let expected = 1e6 * p * (1.0 - p);
            assert!(
                (mean - 1e6 * p).abs() < 4.0 * (expected / 4000.0).sqrt(),
                "{p}: mean {mean}"
            );
            assert!(
                (variance / expected - 1.0).abs() < 0.12,
                "{p}: variance {variance}"
            );
        }
    }

    #[test]
    fn the_size_of_residuals_makes_normal_draws_students() {
        // 97.5 % quantiles of Student's distribution with 3 and 12 degrees of freedom.
        for (degrees, quantile) in [(3, 3.182_4), (12, 2.178_8)] {
            let noise = Noise::Residuals {
                values: vec![1.0],
                degrees,
            };
            let mut rng = stream(4, &[]);
            let beyond = (0..200_000)
                .filter(|_| (noise.size(&mut rng) * normal_quantile(uniform(&mut rng))).abs() > quantile)
                .count();
            assert!(
                (beyond as f64 / 200_000.0 - 0.05).abs() < 0.002,
                "{degrees}: {beyond}"
            );
        }
        assert_eq!(Noise::Binomial.size(&mut stream(5, &[])), 1.0);
    }

    #[test]
    fn certain_and_impossible_tries() {
        let mut rng = stream(3, &[]);
        assert_eq!(binomial(&mut rng, 30.0, 0.0), 0.0);
        assert_eq!(binomial(&mut rng, 30.0, 1.0), 30.0);
        assert_eq!(binomial(&mut rng, 30.0, f64::NAN), 0.0);
    }
}
