//! What the state machine answers to one drawn token.

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing but white space and perhaps the start of the open text was drawn.
    Before,
    /// Between the open and the close text.
    Thinking,
    /// After the close text, or in a row that never opened thinking.
    Answer,
}

/// What the decode loop does next with the row.
///
/// `Force` and `Replace` texts hold the format's delimiters, so they are tokenised with special tokens recognised. They
/// are never pushed: what should be visible of them is in the same verdict. Bytes of an unfinished character that the
/// caller holds when it gets one of the two belong to neither channel and are discarded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Action {
    /// Draw the next token.
    #[default]
    Continue,
    /// Append this text as forced tokens, then draw.
    Force(String),
    /// Take back drawn tokens, force a text in their place, then draw.
    Replace {
        /// How many of the last drawn tokens are forgotten, the one just pushed included: at least 1, at most 1 more
        /// than `Thinking::held_tokens` was before this push.
        drop_tokens: usize,
        /// The text in their place.
        text: String,
    },
    /// The row ends.
    Finish,
}

/// Text that became final, by channel, and the next action. Open and close texts are in neither channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Thinking text, a forced wait text included.
    pub thinking: String,
    /// Answer text.
    pub answer: String,
    /// What to do next.
    pub action: Action,
}
