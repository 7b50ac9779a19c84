//! How measurements go along the budget, before any law: their means, their trend and where they turn back.

use super::table::Table;
use crate::stats::interval::normal_quantile;

/// A reversal above this share of the range of y makes data non-monotone.
const REVERSAL: f64 = 0.25;
/// A reversal must also exceed this many standard deviations of the scatter, where that can be told.
const SCATTER: f64 = 4.0;

/// The mean of y at an input.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// The budget.
    pub x: f64,
    /// The mean there.
    pub y: f64,
    /// Of the mean.
    pub weight: f64,
    /// Of the mean, with counts.
    pub variance: Option<f64>,
}

/// Weighted means at each budget, by rising budget.
pub fn means(table: &Table) -> Vec<Point> {
    let mut rows: Vec<usize> = table.used().collect();
    rows.sort_by(|&a, &b| table.budgets[a].total_cmp(&table.budgets[b]));
    let mut points: Vec<Point> = Vec::new();
    for row in rows {
        let total = table.totals.as_ref().map_or(1.0, |totals| totals[row]);
        let (x, y, weight) = (table.budgets[row], table.y[row], table.weights[row] * total);
        match points.last_mut().filter(|point| point.x == x) {
            Some(point) => {
                point.y += (y - point.y) * weight / (point.weight + weight);
                point.weight += weight;
            }
            None => points.push(Point {
                x,
                y,
                weight,
                variance: None,
            }),
        }
    }
    if table.totals.is_some() {
        for point in &mut points {
            // One success and one failure more keep an all-or-nothing row from being certain.
            let p = (point.y * point.weight + 1.0) / (point.weight + 2.0);
            point.variance = Some(p * (1.0 - p) / point.weight);
        }
    }
    points
}

/// The least-squares line of y over ln x at both ends; `None` with a single point.
pub fn trend(points: &[Point]) -> Option<(f64, f64)> {
    let (first, last) = (points.first()?, points.last()?);
    if points.len() < 2 {
        return None;
    }
    // Ranks where a budget of 0 has no logarithm.
    let logarithms = first.x > 0.0;
    let at = |i: usize| if logarithms { points[i].x.ln() } else { i as f64 };
    let weight: f64 = points.iter().map(|point| point.weight).sum();
    let mean = |value: &dyn Fn(usize) -> f64| {
        (0..points.len())
            .map(|i| points[i].weight * value(i))
            .sum::<f64>()
            / weight
    };
    let (x, y) = (mean(&at), mean(&|i| points[i].y));
    let slope = mean(&|i| (at(i) - x) * (points[i].y - y)) / mean(&|i| (at(i) - x).powi(2));
    let line = |x_here: f64| y + slope * (x_here - x);
    let last_at = if logarithms {
        last.x.ln()
    } else {
        (points.len() - 1) as f64
    };
    Some((line(at(0)), line(last_at)))
}

/// The largest step back between any two points, if it stands out.
pub fn reversal(points: &[Point], up: bool) -> Option<(Point, Point)> {
    let sign = if up { 1.0 } else { -1.0 };
    let mut highest = *points.first()?;
    let mut worst: Option<(Point, Point)> = None;
    let size = |pair: &(Point, Point)| sign * (pair.0.y - pair.1.y);
    for &point in points {
        if sign * (point.y - highest.y) > 0.0 {
            highest = point;
        }
        let pair = (highest, point);
        if worst.as_ref().is_none_or(|worst| size(&pair) > size(worst)) {
            worst = Some(pair);
        }
    }
    let pair = worst?;
    let ys = || points.iter().map(|point| point.y);
    let range = ys().fold(f64::NEG_INFINITY, f64::max) - ys().fold(f64::INFINITY, f64::min);
    let stands_out = match (pair.0.variance, pair.1.variance) {
        // All pairs were tried, so the bound is that of many comparisons.
        (Some(a), Some(b)) => {
            let pairs = (points.len() * points.len()) as f64;
            size(&pair) > REVERSAL * range
                || size(&pair) > normal_quantile(1.0 - 0.025 / pairs) * (a + b).sqrt()
        }
        _ => {
            size(&pair) > REVERSAL * range
                && scatter(points).is_none_or(|scatter| size(&pair) > SCATTER * scatter)
        }
    };
    (range > 0.0 && size(&pair) > 0.0 && stands_out).then_some(pair)
}

/// The standard deviation of single points from their neighbours, robustly: 1.4826 · median |second difference|/√6.
/// `None` with too few points.
fn scatter(points: &[Point]) -> Option<f64> {
    let mut bends: Vec<f64> = points
        .windows(3)
        .map(|three| (three[0].y - 2.0 * three[1].y + three[2].y).abs())
        .collect();
    if bends.len() < 6 {
        return None;
    }
    bends.sort_unstable_by(f64::total_cmp);
    Some(1.4826 * bends[bends.len() / 2] / 6.0_f64.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(ys: &[f64]) -> Vec<Point> {
        let point = |(i, &y): (usize, &f64)| Point {
            x: 2.0_f64.powi(i as i32),
            y,
            weight: 1.0,
            variance: None,
        };
        ys.iter().enumerate().map(point).collect()
    }

    #[test]
    fn a_trend_has_its_direction() {
        let (from, to) = trend(&points(&[0.1, 0.2, 0.3])).unwrap();
        assert!((from - 0.1).abs() < 1e-12 && (to - 0.3).abs() < 1e-12);
        let (from, to) = trend(&points(&[0.5, 0.3333])).unwrap();
        assert!(from > to);
        assert!(trend(&points(&[0.5])).is_none());
    }

    #[test]
    fn a_reversal_stands_out_or_does_not() {
        let (start, end) = reversal(&points(&[0.2, 0.5, 0.7, 0.5, 0.3]), true).unwrap();
        assert_eq!((start.x, start.y, end.x, end.y), (4.0, 0.7, 16.0, 0.3));
        assert!(reversal(&points(&[0.2, 0.5, 0.48, 0.7, 0.9]), true).is_none());
        assert!(reversal(&points(&[0.9, 0.7, 0.4]), false).is_none());
        assert!(reversal(&points(&[0.4, 0.4, 0.4]), true).is_none());
        let (start, end) = reversal(&points(&[0.9, 0.2, 0.6]), false).unwrap();
        assert_eq!((start.y, end.y), (0.2, 0.6));
    }

    #[test]
    fn counts_reverse_when_chance_does_not_explain_it() {
        let counted = |ys: &[f64], n: f64| {
            let mut points = points(ys);
            points
                .iter_mut()
                .for_each(|it| it.variance = Some(it.y * (1.0 - it.y) / n));
            reversal(&points, true).is_some()
        };
        assert!(counted(&[0.1, 0.6, 0.5, 0.7], 10_000.0));
        assert!(!counted(&[0.1, 0.6, 0.5, 0.7], 30.0));
    }
}
