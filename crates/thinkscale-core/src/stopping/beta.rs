//! Adaptive-Consistency with the Beta criterion (Aggarwal et al. 2023, "Let's Sample Step by Step", arXiv 2305.11860).
//!
//! Only the top two answers count, a ≥ b votes. With a uniform prior the leader's share of these votes has the posterior
//! Beta(a + 1, b + 1), and the rule stops when the chance that it is above one half reaches the threshold:
//!
//! 1 − I_½(a + 1, b + 1) = 1 − P(Binomial(a + b + 1, ½) ≤ b) ≥ threshold
//!
//! A single answer is compared with an unseen one, b = 0. At 0.95 the rule stops at 4–0 (0.969) and 6–1 (0.965).

use statrs::function::beta::beta_reg;

use super::{StoppingError, Tally, Watch, check_threshold};

/// Votes up to which the binomial sum neither overflows nor underflows.
const SUMMED_VOTES: u32 = 900;

pub(super) struct Beta {
    threshold: f64,
    /// By votes of the leader: with how many votes of the runner-up the rule no longer stops. It only rises.
    bars: Vec<u32>,
}

impl Beta {
    pub fn new(threshold: f64) -> Result<Self, StoppingError> {
        Ok(Self {
            threshold: check_threshold(threshold)?,
            bars: vec![0],
        })
    }
}

impl Watch for Beta {
    fn stops(&mut self, votes: &Tally) -> bool {
        while self.bars.len() <= votes.leading() as usize {
            let leading = self.bars.len() as u32;
            let mut bar = self.bars[self.bars.len() - 1];
            while bar < leading && 1.0 - upset(leading, bar) >= self.threshold {
                bar += 1;
            }
            self.bars.push(bar);
        }
        votes.runner_up() < self.bars[votes.leading() as usize]
    }
}

/// The posterior chance I_½(a + 1, b + 1), for a ≥ b, that the runner-up is the likelier answer of the two.
pub fn upset(a: u32, b: u32) -> f64 {
    if a + b > SUMMED_VOTES {
        return beta_reg(f64::from(a) + 1.0, f64::from(b) + 1.0, 0.5);
    }
    // Exact for few votes, where thresholds such as 0.9375 fall on a value of the sum.
    let trials = a + b + 1;
    let mut ways = 1.0;
    let mut sum = 1.0;
    for j in 1..=b {
        ways *= f64::from(trials - j + 1) / f64::from(j);
        sum += ways;
    }
    sum * 0.5_f64.powi(trials as i32)
}

#[cfg(test)]
mod tests {
    use super::super::StopRule;
    use super::*;

    #[test]
    fn known_values() {
        let cases = [
            (4, 0, 0.96875),
            (6, 1, 0.965),
            (3, 0, 0.9375),
            (5, 1, 0.9375),
            (2, 2, 0.5),
        ];
        for (a, b, confidence) in cases {
            assert!((1.0 - upset(a, b) - confidence).abs() < 2e-4, "{a}-{b}");
        }
        assert_eq!(upset(3, 0), 0.0625);
    }

    #[test]
    fn the_sum_is_the_incomplete_beta_function() {
        for (a, b) in [(9, 3), (40, 33), (300, 280), (899, 1)] {
            let expected = beta_reg(f64::from(a) + 1.0, f64::from(b) + 1.0, 0.5);
            assert!((upset(a, b) - expected).abs() < 1e-12, "{a}-{b}");
        }
        assert!((upset(451, 450) - upset(450, 450)).abs() < 0.02);
    }

    #[test]
    fn stops_where_the_source_does() {
        let rule = StopRule::Beta { threshold: 0.95 };
        let stop = |answers: &[i32]| rule.first_stop(answers, 64).unwrap();
        assert_eq!(stop(&[5, 5, 5]), None);
        assert_eq!(stop(&[5, 5, 5, 5]), Some(4));
        assert_eq!(stop(&[5, 5, 5, 2, 5, 5]), None);
        assert_eq!(stop(&[5, 5, 5, 2, 5, 5, 5]), Some(7));
        assert_eq!(stop(&[5, 1, 5, 2, 5, 5, -1, 3, 5, 5]), Some(10));
        let exact = StopRule::Beta { threshold: 0.9375 };
        assert_eq!(exact.first_stop(&[5, 5, 5], 64).unwrap(), Some(3));
    }
}
