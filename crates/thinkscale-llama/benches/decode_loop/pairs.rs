use serde_json::{Value, json};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::arguments::Arguments;
use crate::report;

/// Two ways to do the same work, by name.
pub struct Comparison {
    /// What the lines are called.
    pub kind: &'static str,
    /// What the lines hold besides the seconds, as an object.
    pub about: Value,
    /// The second one is divided by the first one.
    pub sides: [&'static str; 2],
    pub rounds: usize,
}

impl Comparison {
    /// Measures both sides in turn, each with the number of the round, and reports every round and the ratio. Which
    /// side comes first alternates.
    pub fn run(
        self,
        arguments: &Arguments,
        mut first: impl FnMut(usize) -> f64,
        mut second: impl FnMut(usize) -> f64,
    ) {
        let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
        for round in (0..self.rounds).take_while(|_| !arguments.is_over()) {
            if round % 2 == 0 {
                firsts.push(first(round));
                seconds.push(second(round));
            } else {
                seconds.push(second(round));
                firsts.push(first(round));
            }
            self.report(
                "",
                json!({ "round": round, self.sides[0]: firsts[round], self.sides[1]: seconds[round] }),
            );
        }
        let (low, ratio, high) = interval(&firsts, &seconds);
        let medians = json!({ self.sides[0]: median(&firsts), self.sides[1]: median(&seconds) });
        let figures =
            json!({ "rounds": firsts.len(), "ratio": ratio, "low": low, "high": high, "medians": medians });
        self.report("-summary", figures);
    }

    fn report(&self, suffix: &str, figures: Value) {
        let mut line = json!({ "kind": format!("{}{suffix}", self.kind) });
        for part in [&self.about, &figures] {
            for (name, value) in part.as_object().unwrap() {
                line[name] = value.clone();
            }
        }
        report(&line);
    }
}

/// Geometric mean of second / first between the ends of its 95 % interval: Student's t on the log ratios of the rounds.
/// The ends are NaN below two rounds.
fn interval(firsts: &[f64], seconds: &[f64]) -> (f64, f64, f64) {
    let logs: Vec<f64> = firsts
        .iter()
        .zip(seconds)
        .map(|(first, second)| (second / first).ln())
        .collect();
    let count = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / count;
    let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let quantile =
        StudentsT::new(0.0, 1.0, count - 1.0).map_or(f64::NAN, |student| student.inverse_cdf(0.975));
    let half = quantile * (variance / count).sqrt();
    ((mean - half).exp(), mean.exp(), (mean + half).exp())
}

/// Middle value, the lower one of two; NaN of nothing.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Smallest value that at least a share `share` of the values does not exceed; NaN of nothing.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}
