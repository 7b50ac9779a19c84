//! How long a row may and must think.

/// The thinking budget of a row. Minimum, maximum and the wait text are the budget forcing of s1 (Muennighoff et al.
/// 2025, arXiv 2501.19393, section 3.1): an early end is replaced by "Wait", a late one is forced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Most thinking tokens. Default: no limit of its own (`u32::MAX`).
    pub max_tokens: u32,
    /// Thinking tokens before which a close or an end is replaced while waits are left. Default 0.
    pub min_tokens: u32,
    /// How many early closes may be replaced. Default 0.
    pub waits: u32,
    /// The text in place of an early close. Default "Wait".
    pub wait: String,
    /// Tokens of the row's maximum kept for the answer. Default 0.
    pub answer_reserve: u32,
    /// Length of the window before the maximum in which the first sentence end closes, in tokens. Default 0: none.
    pub soft_close: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            max_tokens: u32::MAX,
            min_tokens: 0,
            waits: 0,
            wait: "Wait".to_owned(),
            answer_reserve: 0,
            soft_close: 0,
        }
    }
}

impl Plan {
    /// The thinking tokens that fit: `min(max_tokens, row_max_tokens − answer_reserve − close_tokens)`, at least 0.
    pub fn effective_max(&self, row_max_tokens: u32, close_tokens: u32) -> u32 {
        let room = row_max_tokens
            .saturating_sub(self.answer_reserve)
            .saturating_sub(close_tokens);
        self.max_tokens.min(room)
    }
}

#[cfg(test)]
mod tests {
    use super::Plan;

    #[test]
    fn the_answer_and_the_close_text_come_out_of_the_row() {
        let plan = Plan {
            max_tokens: 100,
            answer_reserve: 20,
            ..Plan::default()
        };
        assert_eq!(plan.effective_max(1000, 3), 100);
        assert_eq!(plan.effective_max(100, 3), 77);
        assert_eq!(plan.effective_max(22, 3), 0);
        assert_eq!(plan.effective_max(0, u32::MAX), 0);
        assert_eq!(Plan::default().effective_max(50, 0), 50);
    }
}
