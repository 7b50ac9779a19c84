use serde_json::{Value, json};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Seconds of two sides that took turns.
#[derive(Default)]
pub struct Pairs {
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Pairs {
    /// Measures both sides of round `round`; which one comes first alternates.
    pub fn measure(&mut self, round: usize, first: &mut dyn FnMut() -> f64, second: &mut dyn FnMut() -> f64) {
        if round % 2 == 0 {
            self.first.push(first());
            self.second.push(second());
        } else {
            self.second.push(second());
            self.first.push(first());
        }
    }

    /// The last round.
    pub fn last(&self) -> (f64, f64) {
        (
            self.first.last().copied().unwrap_or(f64::NAN),
            self.second.last().copied().unwrap_or(f64::NAN),
        )
    }

    /// Geometric mean of second / first with its 95 % interval: Student's t on the log ratios of the rounds. The
    /// interval is null below two rounds.
    pub fn summary(&self) -> Value {
        let logs: Vec<f64> = self
            .first
            .iter()
            .zip(&self.second)
            .map(|(first, second)| (second / first).ln())
            .collect();
        let count = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / count;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let quantile = StudentsT::new(0.0, 1.0, count - 1.0).map(|student| student.inverse_cdf(0.975));
        let half = quantile.map_or(f64::NAN, |quantile| quantile * (variance / count).sqrt());
        json!({
            "rounds": logs.len(), "ratio": mean.exp(), "low": (mean - half).exp(), "high": (mean + half).exp(),
            "medians": [median(&self.first), median(&self.second)],
        })
    }
}

/// Middle value; NaN of nothing.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Smallest value that at least a share `share` of the values does not exceed.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}
