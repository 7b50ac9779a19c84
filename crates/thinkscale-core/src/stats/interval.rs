//! Intervals from bootstrap draws: percentile, and bias-corrected and accelerated (BCa).
//!
//! With B sorted draws θ* of an estimate θ̂ and z(p) the normal quantile,
//!
//! - percentile: the (1 − level)/2 and (1 + level)/2 quantiles of the draws (linear interpolation between order
//!   statistics);
//! - BCa (Efron 1987, "Better Bootstrap Confidence Intervals"): the quantiles at Φ(z0 + (z0 + z)/(1 − a (z0 + z))),
//!   where z0 = z(share of draws below θ̂, ties counted half) corrects bias and the acceleration a = Σd³ / (6 (Σd²)^1.5),
//!   d = mean of the jackknife values − jackknife value, corrects a spread that changes with the parameter.

use statrs::function::erf::{erfc, erfc_inv};

/// A two-sided interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies inside, ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Whether a BCa interval could be computed, and what stands in its place if not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BcaStatus {
    /// The interval is BCa.
    Computed,
    /// All draws equal the estimate: the interval is that single point.
    AllEqual,
    /// Every draw lies on one side of the estimate, so z0 is infinite: the interval is the percentile one.
    BiasInfinite,
    /// 1 − a (z0 + z) is not positive, where the correction has no meaning: the interval is the percentile one.
    AccelerationTooLarge,
}

/// The p-quantile of sorted values, interpolated linearly between order statistics at (len − 1)·p.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let position = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

/// The percentile interval of sorted draws.
pub fn percentile(sorted: &[f64], level: f64) -> Interval {
    Interval {
        low: quantile(sorted, 0.5 - level / 2.0),
        high: quantile(sorted, 0.5 + level / 2.0),
    }
}

/// The BCa interval of sorted draws.
pub fn bca(estimate: f64, sorted: &[f64], acceleration: f64, level: f64) -> (Interval, BcaStatus) {
    let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
    // Draws that equal the estimate in exact arithmetic may differ from it by rounding, and must still count half.
    let tolerance = 1e-12 * estimate.abs().max(first.abs()).max(last.abs());
    if (first - estimate).abs() <= tolerance && (last - estimate).abs() <= tolerance {
        return (
            Interval {
                low: estimate,
                high: estimate,
            },
            BcaStatus::AllEqual,
        );
    }
    let below = sorted.partition_point(|&draw| draw < estimate - tolerance);
    let not_above = sorted.partition_point(|&draw| draw <= estimate + tolerance);
    if not_above == 0 || below == sorted.len() {
        return (percentile(sorted, level), BcaStatus::BiasInfinite);
    }
    let z0 = normal_quantile((below + not_above) as f64 / (2 * sorted.len()) as f64);
    let z = normal_quantile(0.5 + level / 2.0);
    let corrected = |side: f64| {
        let shifted = z0 + side * z;
        let scale = 1.0 - acceleration * shifted;
        (scale > 0.0).then(|| normal_cdf(z0 + shifted / scale))
    };
    match (corrected(-1.0), corrected(1.0)) {
        (Some(low), Some(high)) => (
            Interval {
                low: quantile(sorted, low),
                high: quantile(sorted, high),
            },
            BcaStatus::Computed,
        ),
        _ => (percentile(sorted, level), BcaStatus::AccelerationTooLarge),
    }
}

/// The acceleration from the values of the estimate with one row left out at a time; 0 if they are all equal.
pub fn acceleration(jackknife: &[f64]) -> f64 {
    let mean = jackknife.iter().sum::<f64>() / jackknife.len() as f64;
    let (square, cube) = jackknife.iter().fold((0.0, 0.0), |(square, cube), value| {
        let d = mean - value;
        (square + d * d, cube + d * d * d)
    });
    if square > 0.0 {
        cube / (6.0 * square.powf(1.5))
    } else {
        0.0
    }
}

/// Φ(x).
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x / std::f64::consts::SQRT_2)
}

/// Φ⁻¹(p), for 0 < p < 1.
pub fn normal_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        let sorted = [1.0, 2.0, 4.0];
        assert_eq!(quantile(&sorted, 0.0), 1.0);
        assert_eq!(quantile(&sorted, 0.5), 2.0);
        assert_eq!(quantile(&sorted, 0.75), 3.0);
        assert_eq!(quantile(&sorted, 1.0), 4.0);
        assert_eq!(quantile(&[5.0], 0.3), 5.0);
    }

    #[test]
    fn normal_values_from_tables() {
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((normal_cdf(1.0) - 0.841_344_746_068_542_9).abs() < 1e-10);
        assert_eq!(normal_quantile(0.5), 0.0);
    }

    #[test]
    fn symmetric_draws_without_acceleration_give_the_percentile_interval() {
        let sorted: Vec<f64> = (-500..=500).map(f64::from).collect();
        let (interval, status) = bca(0.0, &sorted, 0.0, 0.9);
        assert_eq!(status, BcaStatus::Computed);
        let plain = percentile(&sorted, 0.9);
        assert!((interval.low - plain.low).abs() < 1e-6 && (interval.high - plain.high).abs() < 1e-6);
        assert_eq!(
            plain,
            Interval {
                low: -450.0,
                high: 450.0
            }
        );
    }

    #[test]
    fn mirrored_draws_give_the_mirrored_interval() {
        let mut draws: Vec<f64> = (1..400).map(|i| f64::from(i).sqrt()).collect();
        draws.sort_by(f64::total_cmp);
        let mirrored: Vec<f64> = draws.iter().rev().map(|draw| -draw).collect();
        let (right, _) = bca(13.0, &draws, 0.03, 0.95);
        let (left, _) = bca(-13.0, &mirrored, -0.03, 0.95);
        assert!((right.low + left.high).abs() < 1e-9 && (right.high + left.low).abs() < 1e-9);
    }

    #[test]
    fn degenerate_draws_are_flagged() {
        assert_eq!(
            bca(2.0, &[2.0; 9], 0.0, 0.95),
            (Interval { low: 2.0, high: 2.0 }, BcaStatus::AllEqual)
        );
        let (interval, status) = bca(0.0, &[1.0, 2.0, 3.0], 0.0, 0.5);
        assert_eq!(
            (interval, status),
            (Interval { low: 1.5, high: 2.5 }, BcaStatus::BiasInfinite)
        );
        let sorted: Vec<f64> = (0..101).map(f64::from).collect();
        assert_eq!(bca(50.0, &sorted, 0.9, 0.95).1, BcaStatus::AccelerationTooLarge);
    }

    #[test]
    fn acceleration_of_equal_and_of_skewed_values() {
        assert_eq!(acceleration(&[3.0; 5]), 0.0);
        // d = (1, 1, -2): sum of cubes -6, sum of squares 6.
        assert!((acceleration(&[0.0, 0.0, 3.0]) + 6.0 / (6.0 * 6.0_f64.powf(1.5))).abs() < 1e-15);
    }
}
