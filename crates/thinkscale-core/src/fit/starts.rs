//! Starts for laws that are linear in all but their exponents: a grid over the exponents alone, and at each point the
//! best non-negative coefficients.

use super::objective::Scale;
use super::table::Table;
use crate::cholesky::solve;

/// Starts that a grid yields.
const KEPT: usize = 4;

/// Writes the terms of a row, from its features and the exponents.
pub type Basis<'a> = dyn Fn(&[f64], &[f64], &mut [f64]) + 'a;

/// A point of the grid with its best coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearStart {
    /// As on the grid.
    pub exponents: Vec<f64>,
    /// One a term, at least 0; one that would be exactly 0 has a small positive value, so that it has a logarithm.
    pub coefficients: Vec<f64>,
}

/// The best points of a grid of exponents. `basis` writes the `terms` (at most 3) of a row, from its features and the
/// exponents; rows are weighted so that least squares on y come near to least squares on `scale`.
pub fn linear_starts(
    table: &Table,
    scale: Scale,
    grid: &[Vec<f64>],
    terms: usize,
    basis: &Basis,
) -> Vec<LinearStart> {
    let mut found: Vec<(f64, LinearStart)> = Vec::new();
    let mut row_terms = vec![0.0; terms];
    let weighted: Vec<(usize, f64)> = table
        .used()
        .map(|row| {
            let slope = scale.slope(table.y[row]);
            (row, table.weights[row] * slope * slope)
        })
        .filter(|(_, weight)| weight.is_finite())
        .collect();
    for exponents in grid {
        let mut sums = Sums::new(terms);
        for &(row, weight) in &weighted {
            basis(table.row(row), exponents, &mut row_terms);
            sums.add(&row_terms, table.y[row], weight);
        }
        if let Some((squares, mut coefficients)) = sums.best() {
            for (term, coefficient) in coefficients.iter_mut().enumerate() {
                if *coefficient <= 0.0 {
                    // A hundredth of the mean of y, spread over the term's mean.
                    *coefficient = 0.01 * sums.mean_y() / sums.mean_term(term).max(f64::MIN_POSITIVE);
                }
            }
            found.push((
                squares,
                LinearStart {
                    exponents: exponents.clone(),
                    coefficients,
                },
            ));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.truncate(KEPT);
    found.into_iter().map(|(_, start)| start).collect()
}

/// All pairs of values, or the values themselves for one exponent.
pub fn grid(values: &[f64], exponents: usize) -> Vec<Vec<f64>> {
    let mut points = vec![Vec::new()];
    for _ in 0..exponents {
        points = points
            .iter()
            .flat_map(|point: &Vec<f64>| {
                values.iter().map(move |&value| {
                    let mut longer = point.clone();
                    longer.push(value);
                    longer
                })
            })
            .collect();
    }
    points
}

/// Values from `low` to `high`, even in the logarithm.
pub fn geometric(low: f64, high: f64, count: usize) -> Vec<f64> {
    (0..count)
        .map(|i| low * (high / low).powf(i as f64 / (count - 1).max(1) as f64))
        .collect()
}

/// Weighted sums of products, enough for least squares over any subset of the terms.
struct Sums {
    terms: usize,
    gram: Vec<f64>,
    cross: Vec<f64>,
    squares: f64,
    y: f64,
    means: Vec<f64>,
    weight: f64,
}

impl Sums {
    fn new(terms: usize) -> Self {
        Self {
            terms,
            gram: vec![0.0; terms * terms],
            cross: vec![0.0; terms],
            squares: 0.0,
            y: 0.0,
            means: vec![0.0; terms],
            weight: 0.0,
        }
    }

    fn add(&mut self, terms: &[f64], y: f64, weight: f64) {
        let sums = self
            .gram
            .chunks_exact_mut(self.terms)
            .zip(&mut self.cross)
            .zip(&mut self.means);
        for (((gram, cross), mean), a) in sums.zip(terms) {
            let a = weight * a;
            gram.iter_mut().zip(terms).for_each(|(sum, b)| *sum += a * b);
            *cross += a * y;
            *mean += a.abs();
        }
        self.squares += weight * y * y;
        self.y += weight * y.abs();
        self.weight += weight;
    }

    fn mean_y(&self) -> f64 {
        self.y / self.weight
    }

    fn mean_term(&self, term: usize) -> f64 {
        self.means[term] / self.weight
    }

    /// The least squares over all subsets of terms whose coefficients are positive, which for so few terms is exact
    /// non-negative least squares; `None` if none is.
    fn best(&self) -> Option<(f64, Vec<f64>)> {
        let mut best: Option<(f64, Vec<f64>)> = None;
        let all = (1_usize << self.terms) - 1;
        for subset in (1..=all).rev() {
            let chosen: Vec<usize> = (0..self.terms).filter(|term| subset >> term & 1 == 1).collect();
            // Columns are scaled to length one: powers of large numbers would otherwise drown each other.
            let sizes: Vec<f64> = chosen
                .iter()
                .map(|&i| self.gram[i * self.terms + i].sqrt())
                .collect();
            let matrix: Vec<f64> = chosen
                .iter()
                .zip(&sizes)
                .flat_map(|(&i, a)| {
                    chosen
                        .iter()
                        .zip(&sizes)
                        .map(move |(&j, b)| self.gram[i * self.terms + j] / (a * b))
                })
                .collect();
            let right: Vec<f64> = chosen
                .iter()
                .zip(&sizes)
                .map(|(&i, size)| self.cross[i] / size)
                .collect();
            let Some(scaled) = solve(&matrix, &right) else {
                continue;
            };
            if scaled.iter().any(|&value| !(value > 0.0 && value.is_finite())) {
                continue;
            }
            let explained: f64 = scaled.iter().zip(&right).map(|(a, b)| a * b).sum();
            let squares = self.squares - explained;
            if best.as_ref().is_none_or(|(least, _)| squares < *least) {
                let mut coefficients = vec![0.0; self.terms];
                for ((&i, size), value) in chosen.iter().zip(&sizes).zip(scaled) {
                    coefficients[i] = value / size;
                }
                best = Some((squares, coefficients));
            }
            // Nothing is better than least squares over all terms.
            if subset == all {
                break;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_every_pair() {
        assert_eq!(
            grid(&[1.0, 2.0], 2),
            [[1.0, 1.0], [1.0, 2.0], [2.0, 1.0], [2.0, 2.0]]
        );
        assert_eq!(geometric(1.0, 100.0, 3), [1.0, 10.0, 100.0]);
    }

    #[test]
    fn coefficients_are_those_of_least_squares_unless_one_is_negative() {
        let mut sums = Sums::new(2);
        for x in [1.0, 2.0, 3.0] {
            sums.add(&[1.0, x], 2.0 + 3.0 * x, 1.0);
        }
        let (squares, coefficients) = sums.best().unwrap();
        assert!(squares.abs() < 1e-9 && (coefficients[1] - 3.0).abs() < 1e-9);
        let mut sums = Sums::new(2);
        for x in [1.0, 2.0, 3.0] {
            sums.add(&[1.0, x], 10.0 - x, 1.0);
        }
        assert_eq!(sums.best().unwrap().1[1], 0.0);
    }
}
