use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::{Sequence, Token};

use super::jobs::Job;

/// The logits after a branch's last token, kept so that forks can draw from them.
pub(super) struct Logits {
    /// One for each token of the vocabulary.
    pub values: Vec<f32>,
    /// Tokens of the batch that they come from.
    pub batch_tokens: u32,
}

/// A list of tokens, and what is known of its evaluation.
#[derive(Default)]
pub(super) struct Branch {
    pub tokens: Vec<Token>,
    /// Its place in the context, if it has one.
    pub sequence: Option<Sequence>,
    /// The logits after the last token, if they are known.
    pub logits: Option<Arc<Logits>>,
    /// First tokens that were evaluated at some time; evaluating them again is charged to nobody.
    pub computed: usize,
    /// A task works on it.
    pub busy: bool,
    /// What waits for its turn.
    pub queue: VecDeque<Job>,
}

impl Branch {
    /// Cuts the tokens from `length` on.
    pub fn truncate(&mut self, length: usize) {
        if length < self.tokens.len() {
            self.tokens.truncate(length);
            self.computed = self.computed.min(length);
            self.logits = None;
        }
    }

    /// Adds tokens that are to be evaluated.
    pub fn extend(&mut self, tokens: &[Token]) {
        if !tokens.is_empty() {
            self.tokens.extend_from_slice(tokens);
            self.logits = None;
        }
    }

    /// A branch that continues this one.
    pub fn child(&self) -> Self {
        Self {
            tokens: self.tokens.clone(),
            logits: self.logits.clone(),
            computed: self.computed,
            ..Self::default()
        }
    }
}
