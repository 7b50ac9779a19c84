//! Early-Stopping Self-Consistency (Li et al. 2024, arXiv 2401.10480): sampling goes window by window and stops after
//! the first window whose samples all give the same answer.
//!
//! Windows do not overlap: the rule looks at samples 1..w, w + 1..2w and so on, and only at their ends. A window with an
//! abstention does not agree. The source's w is 5.

use super::{StoppingError, Tally, Watch};

pub(super) struct Window {
    size: u32,
}

impl Window {
    pub fn new(size: u32) -> Result<Self, StoppingError> {
        if size < 2 {
            return Err(StoppingError::WindowOutOfRange { got: size });
        }
        Ok(Self { size })
    }
}

impl Watch for Window {
    fn stops(&mut self, votes: &Tally) -> bool {
        votes.drawn().is_multiple_of(self.size) && votes.run() >= self.size
    }
}

#[cfg(test)]
mod tests {
    use super::super::StopRule;

    fn stop(answers: &[i32]) -> Option<u32> {
        StopRule::Window { size: 3 }.first_stop(answers, 64).unwrap()
    }

    #[test]
    fn whole_windows_agree_and_no_others() {
        assert_eq!(stop(&[4, 4, 4]), Some(3));
        assert_eq!(stop(&[1, 4, 4, 4, 4, 1, 1, 1, 1]), Some(9));
        assert_eq!(stop(&[4, 4, -1, 4, 4, 4]), Some(6));
        assert_eq!(stop(&[-1, -1, -1]), None);
    }

    #[test]
    fn a_later_window_may_disagree_with_the_leader() {
        assert_eq!(stop(&[1, 1, 2, 1, 1, 3, 2, 2, 2]), Some(9));
    }
}
