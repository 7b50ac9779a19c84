//! Least squares for starts: a law is straightened, and a line through what is left is near enough to begin from.

use crate::cholesky;
use crate::fit::table::Table;

/// A weighted least-squares line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Weighted mean of x; the line goes through both means.
    pub mean_x: f64,
    /// Weighted mean of y.
    pub mean_y: f64,
    /// Change of y for one of x.
    pub slope: f64,
}

impl Line {
    /// y at x = 0.
    pub fn intercept(&self) -> f64 {
        self.mean_y - self.slope * self.mean_x
    }
}

/// The line through points (x, y, weight); those that are not finite or have no weight do not count. A slope of 0
/// where x does not vary, `None` without a point.
pub(super) fn line(points: impl Iterator<Item = (f64, f64, f64)>) -> Option<Line> {
    let points: Vec<(f64, f64, f64)> = points
        .filter(|&(x, y, weight)| x.is_finite() && y.is_finite() && weight > 0.0)
        .collect();
    let total: f64 = points.iter().map(|point| point.2).sum();
    let mean_x = points.iter().map(|point| point.2 * point.0).sum::<f64>() / total;
    let mean_y = points.iter().map(|point| point.2 * point.1).sum::<f64>() / total;
    let (mut square, mut cross) = (0.0, 0.0);
    for (x, y, weight) in points {
        square += weight * (x - mean_x) * (x - mean_x);
        cross += weight * (x - mean_x) * (y - mean_y);
    }
    let slope = if square > 0.0 { cross / square } else { 0.0 };
    (mean_x.is_finite() && mean_y.is_finite()).then_some(Line {
        mean_x,
        mean_y,
        slope,
    })
}

/// Coefficients of y on N terms by weighted least squares; `None` if the terms do not vary independently. Points are
/// (terms, y, weight); those that are not finite do not count.
pub(super) fn plane<const N: usize>(points: impl Iterator<Item = ([f64; N], f64, f64)>) -> Option<[f64; N]> {
    let mut gram = [[0.0; N]; N];
    let mut cross = [0.0; N];
    for (terms, y, weight) in points {
        if !(weight > 0.0 && y.is_finite() && terms.iter().all(|term| term.is_finite())) {
            continue;
        }
        for i in 0..N {
            for j in 0..N {
                gram[i][j] += weight * terms[i] * terms[j];
            }
            cross[i] += weight * terms[i] * y;
        }
    }
    let sizes: [f64; N] = std::array::from_fn(|i| gram[i][i].sqrt());
    let matrix: Vec<f64> = (0..N * N)
        .map(|place| gram[place / N][place % N] / (sizes[place / N] * sizes[place % N]))
        .collect();
    let right: Vec<f64> = cross
        .iter()
        .zip(&sizes)
        .map(|(value, size)| value / size)
        .collect();
    let scaled = cholesky::solve(&matrix, &right)?;
    Some(std::array::from_fn(|i| scaled[i] / sizes[i]))
}

/// Least and largest value of a feature, or of y with `None`, among rows that count; (0, 0) without any.
pub(super) fn range(table: &Table, feature: Option<usize>) -> (f64, f64) {
    let value = |row: usize| feature.map_or(table.y[row], |feature| table.row(row)[feature]);
    let ends = table
        .used()
        .map(value)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if ends.0 <= ends.1 { ends } else { (0.0, 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_by_hand() {
        let points = [
            (0.0, 1.0, 1.0),
            (1.0, 3.0, 2.0),
            (2.0, 5.0, 1.0),
            (f64::NAN, 9.0, 1.0),
            (7.0, 0.0, 0.0),
        ];
        let found = line(points.into_iter()).unwrap();
        assert!((found.slope - 2.0).abs() < 1e-15 && (found.intercept() - 1.0).abs() < 1e-15);
        assert_eq!(line([(1.0, 2.0, 1.0)].into_iter()).unwrap().slope, 0.0);
        assert!(line(std::iter::empty()).is_none());
    }

    #[test]
    fn a_plane_by_hand() {
        let points = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (2.0, 3.0)]
            .map(|(a, b)| ([1.0, a, b], 4.0 - a + 2.0 * b, 1.0));
        let found = plane(points.into_iter()).unwrap();
        for (found, truth) in found.iter().zip([4.0, -1.0, 2.0]) {
            assert!((found - truth).abs() < 1e-12);
        }
        assert!(plane([([1.0, 2.0], 3.0, 1.0)].into_iter()).is_none());
    }
}
