//! The leader's share of the votes so far.
//!
//! Stops when the leader has at least `share` of the votes (abstentions left out) and there are at least `least` votes.
//! its_hub (Red Hat's inference-time scaling library) has this rule with 75 % and stops from two votes on, so that two
//! equal answers end the sampling; four votes are the least here unless the caller says otherwise.

use super::{StoppingError, Tally, Watch};

/// What a product of a share and a number of votes may lose to rounding: 0.8 · 5 must count as 4.
const ROUNDING: f64 = 1e-9;

pub(super) struct Supermajority {
    share: f64,
    least: u32,
}

impl Supermajority {
    pub fn new(share: f64, least: u32) -> Result<Self, StoppingError> {
        if !(share > 0.5 && share <= 1.0) {
            return Err(StoppingError::ShareOutOfRange { got: share });
        }
        if least == 0 {
            return Err(StoppingError::LeastOutOfRange { got: least });
        }
        Ok(Self { share, least })
    }
}

impl Watch for Supermajority {
    fn stops(&mut self, votes: &Tally) -> bool {
        votes.voted() >= self.least
            && f64::from(votes.leading()) >= self.share * f64::from(votes.voted()) - ROUNDING
    }
}

#[cfg(test)]
mod tests {
    use super::super::StopRule;

    fn stop(share: f64, least: u32, answers: &[i32]) -> Option<u32> {
        StopRule::Supermajority { share, least }
            .first_stop(answers, 64)
            .unwrap()
    }

    #[test]
    fn needs_the_share_and_the_votes() {
        assert_eq!(stop(0.8, 4, &[1, 1, 1, 1]), Some(4));
        assert_eq!(stop(0.8, 4, &[1, -1, 1, 1, -1]), None);
        assert_eq!(stop(0.8, 4, &[2, 1, 1, 1, 1]), Some(5));
        assert_eq!(stop(0.75, 2, &[1, 1]), Some(2));
        assert_eq!(stop(1.0, 3, &[2, 1, 1, 1, 1]), None);
    }

    #[test]
    fn a_share_is_not_lost_to_rounding() {
        for least in 1..200_u32 {
            let votes = 5 * least as usize;
            let mut answers = vec![0; votes];
            answers[..votes / 5].fill(1);
            assert_eq!(
                StopRule::Supermajority {
                    share: 0.8,
                    least: votes as u32
                }
                .first_stop(&answers, 5000)
                .unwrap(),
                Some(votes as u32)
            );
        }
    }
}
