//! Least squares of y = c − a k^(−b) by variable projection (Golub and Pereyra 1973): for a fixed exponent the best
//! (c, a) is linear, so the search runs over ln b alone and cannot stop at a poor pair of the other two.

/// The exponents that are searched.
pub const EXPONENT_RANGE: (f64, f64) = (0.01, 10.0);
/// Exponents on the grid, even in ln b: neighbours differ by a factor of 1.12, narrower than any valley seen.
const GRID: usize = 61;
/// Width of the last bracket in ln b.
const TOLERANCE: f64 = 1e-9;

/// A least-squares solution.
#[derive(Clone, Copy, Debug)]
pub struct Solution {
    /// (c, a, b).
    pub parameters: [f64; 3],
    /// Sum of squared residuals.
    pub squares: f64,
    /// Whether c was held at 0 or 1.
    pub c_at_bound: bool,
    /// Evaluations of the projected objective after the grid.
    pub iterations: usize,
}

/// The points of a curve, with the powers of the grid exponents ready for many refits.
pub struct Projection {
    logs: Vec<f64>,
    grid: Vec<(f64, Vec<f64>)>,
}

impl Projection {
    pub fn new(ks: &[f64]) -> Self {
        let logs: Vec<f64> = ks.iter().map(|k| k.ln()).collect();
        let (low, high) = (EXPONENT_RANGE.0.ln(), EXPONENT_RANGE.1.ln());
        let grid = (0..GRID)
            .map(|i| {
                let log_b = low + (high - low) * i as f64 / (GRID - 1) as f64;
                (log_b, powers(&logs, log_b))
            })
            .collect();
        Self { logs, grid }
    }

    /// The best curve through `y`, one value a k; `None` if a value is not finite.
    pub fn solve(&self, y: &[f64]) -> Option<Solution> {
        if y.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let squares: Vec<f64> = self.grid.iter().map(|(_, x)| project(x, y).squares).collect();
        let best = (1..GRID).fold(0, |best, i| if squares[i] < squares[best] { i } else { best });
        let low = self.grid[best.saturating_sub(1)].0;
        let high = self.grid[(best + 1).min(GRID - 1)].0;
        let (log_b, iterations) =
            golden_section(low, high, |log_b| project(&powers(&self.logs, log_b), y).squares);
        let line = project(&powers(&self.logs, log_b), y);
        Some(Solution {
            parameters: [line.c, line.a, log_b.exp()],
            squares: line.squares,
            c_at_bound: line.c_at_bound,
            iterations,
        })
    }

    /// d(sum of squares)/d(ln b), divided by the sum of squares about the mean, at a solution.
    ///
    /// c and a are optimal for b, so their own derivatives drop out.
    pub fn gradient(&self, y: &[f64], [c, a, b]: [f64; 3]) -> f64 {
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let total: f64 = y.iter().map(|value| (value - mean).powi(2)).sum();
        let slope: f64 = self
            .logs
            .iter()
            .zip(y)
            .map(|(log, value)| {
                let x = (-b * log).exp();
                2.0 * (c - a * x - value) * a * x * b * log
            })
            .sum();
        if total > 0.0 { slope / total } else { 0.0 }
    }
}

fn powers(logs: &[f64], log_b: f64) -> Vec<f64> {
    let b = log_b.exp();
    logs.iter().map(|log| (-b * log).exp()).collect()
}

struct Line {
    c: f64,
    a: f64,
    squares: f64,
    c_at_bound: bool,
}

/// The best (c, a) of y = c − a x with 0 ≤ c ≤ 1 and a of either sign.
fn project(x: &[f64], y: &[f64]) -> Line {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut xy) = (0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        xx += (x - mean_x).powi(2);
        xy += (x - mean_x) * (y - mean_y);
    }
    let slope = if xx > 0.0 { -xy / xx } else { 0.0 };
    let free = mean_y + slope * mean_x;
    let c = free.clamp(0.0, 1.0);
    let c_at_bound = c != free;
    let a = if c_at_bound {
        let (top, bottom) = x.iter().zip(y).fold((0.0, 0.0), |(top, bottom), (x, y)| {
            (top + x * (c - y), bottom + x * x)
        });
        top / bottom
    } else {
        slope
    };
    let squares = x.iter().zip(y).map(|(x, y)| (y - c + a * x).powi(2)).sum();
    Line {
        c,
        a,
        squares,
        c_at_bound,
    }
}

/// The minimum of a function with one valley between `low` and `high`, and the number of evaluations.
fn golden_section(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> (f64, usize) {
    let ratio = 0.5 * (5.0_f64.sqrt() - 1.0);
    let mut inner = [high - ratio * (high - low), low + ratio * (high - low)];
    let mut values = inner.map(&f);
    let mut evaluations = 2;
    while high - low > TOLERANCE {
        if values[0] <= values[1] {
            high = inner[1];
            inner = [high - ratio * (high - low), inner[0]];
            values = [f(inner[0]), values[0]];
        } else {
            low = inner[0];
            inner = [inner[1], low + ratio * (high - low)];
            values = [values[1], f(inner[1])];
        }
        evaluations += 1;
    }
    (0.5 * (low + high), evaluations)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

    fn curve([c, a, b]: [f64; 3]) -> Vec<f64> {
        KS.iter().map(|k| c - a * k.powf(-b)).collect()
    }

    #[test]
    fn exact_curves_are_recovered() {
        let projection = Projection::new(&KS);
        for truth in [
            [0.8, 0.5, 0.7],
            [0.95, 0.9, 0.1],
            [0.4, -0.3, 0.5],
            [0.6, 0.2, 3.0],
            [0.3, 0.25, 1.0],
        ] {
            let found = projection.solve(&curve(truth)).unwrap();
            for (found, truth) in found.parameters.iter().zip(truth) {
                assert!((found / truth - 1.0).abs() < 1e-5, "{found} for {truth}");
            }
            assert!(!found.c_at_bound && found.squares < 1e-15);
            assert!(projection.gradient(&curve(truth), found.parameters).abs() < 1e-6);
        }
    }

    #[test]
    fn a_ceiling_above_one_is_held_at_one() {
        let projection = Projection::new(&KS);
        let found = projection.solve(&curve([1.3, 1.2, 0.2])).unwrap();
        assert!(found.c_at_bound && found.parameters[0] == 1.0);
    }

    #[test]
    fn no_point_of_a_fine_grid_is_better() {
        let y = [0.21, 0.33, 0.37, 0.46, 0.5, 0.55, 0.53, 0.57, 0.58];
        let projection = Projection::new(&KS);
        let best = projection.solve(&y).unwrap().squares;
        for i in 0..4000 {
            let log_b = EXPONENT_RANGE.0.ln() + f64::from(i) / 4000.0 * 1000.0_f64.ln();
            assert!(project(&powers(&projection.logs, log_b), &y).squares >= best - 1e-12);
        }
    }

    #[test]
    fn values_that_are_not_finite_have_no_solution() {
        let mut y = curve([0.8, 0.5, 0.7]);
        y[2] = f64::NAN;
        assert!(Projection::new(&KS).solve(&y).is_none());
    }
}
