use crate::model::Token;

/// Why a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model's end token.
    End,
    /// A stop text.
    Stop,
    /// Its own maximum of tokens.
    Length,
    /// The context is full.
    Context,
    /// The deadline of the call.
    Budget,
    /// Its confidence fell below the floor of the call.
    Confidence,
}

/// What one step of the loop drew for one call, as parallel lists: entry i belongs to row `rows[i]` of the call. A row
/// comes several times, in order, where tokens were forced or had been held back.
#[derive(Debug, Default, Clone)]
pub struct Step {
    /// Rows of the call.
    pub rows: Vec<i32>,
    /// Their tokens; −1 where a row was cut while it waited for memory and has no further token.
    pub tokens: Vec<Token>,
    /// Natural log-probabilities under the model's own distribution.
    pub log_probabilities: Vec<f32>,
    /// Minus the mean log-probability of the 20 most probable tokens.
    pub confidences: Vec<f32>,
    /// Mean of the row's last confidences, those of forced tokens left out; NaN while there is none.
    pub window_confidences: Vec<f32>,
    /// 1 where the token was forced.
    pub forced: Vec<u8>,
    /// 1 where the token is thinking or one of its delimiters.
    pub thinking: Vec<u8>,
    /// The most probable tokens at each entry, as many as the call asked for, one entry after the other; −1 where there are
    /// fewer.
    pub top_tokens: Vec<Token>,
    /// Their natural log-probabilities; NaN beside −1.
    pub top_log_probabilities: Vec<f32>,
    /// Answer text that became final.
    pub texts: Vec<String>,
    /// Thinking text that became final.
    pub thoughts: Vec<String>,
    /// Why the row ended with this entry.
    pub finishes: Vec<Option<Finish>>,
    /// Tokens of the batch that the entries come from, all calls together.
    pub batch_tokens: u32,
    /// Tokens of this call that were evaluated again in this step, or in vain.
    pub recomputed_tokens: u32,
    /// The call's share of the time since its last step, in seconds.
    pub seconds: f64,
}

/// A token of a row that is not published yet.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub token: Token,
    pub log_probability: f32,
    pub confidence: f32,
    pub window_confidence: f32,
    pub forced: bool,
    pub thinking: bool,
    /// The most probable tokens with their log-probabilities, as many as the call asked for.
    pub top: Vec<(Token, f32)>,
}

impl Entry {
    const NONE: Self = Self {
        token: -1,
        log_probability: f32::NAN,
        confidence: f32::NAN,
        window_confidence: f32::NAN,
        forced: false,
        thinking: false,
        top: Vec::new(),
    };
}

impl Step {
    /// Adds an entry of row `row` with its (answer, thinking) texts and `top` of the most probable tokens; without an entry
    /// the row ends without a token.
    pub(super) fn put(
        &mut self,
        row: i32,
        entry: Option<Entry>,
        (text, thought): (String, String),
        top: usize,
        finish: Option<Finish>,
    ) {
        let entry = entry.unwrap_or(Entry::NONE);
        self.rows.push(row);
        self.tokens.push(entry.token);
        self.log_probabilities.push(entry.log_probability);
        self.confidences.push(entry.confidence);
        self.window_confidences.push(entry.window_confidence);
        self.forced.push(u8::from(entry.forced));
        self.thinking.push(u8::from(entry.thinking));
        let missing = std::iter::repeat((-1, f32::NAN));
        for (token, log_probability) in entry.top.into_iter().chain(missing).take(top) {
            self.top_tokens.push(token);
            self.top_log_probabilities.push(log_probability);
        }
        self.texts.push(text);
        self.thoughts.push(thought);
        self.finishes.push(finish);
    }
}

/// What an engine did and holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Batches evaluated.
    pub batches: u64,
    /// Tokens evaluated, each time anew.
    pub evaluated_tokens: u64,
    /// Of these, tokens that had been evaluated before and were lost to other branches, or that were taken back.
    pub recomputed_tokens: u64,
    /// Prompt tokens that were found in the context and not evaluated.
    pub reused_tokens: u64,
    /// Times that a branch gave up its memory to others while it was drawing.
    pub pauses: u64,
    /// Key-value cells that hold a token of a branch, each once however many branches share it; states of a recurrent
    /// model.
    pub used_cells: u64,
    /// Cells that hold tokens of no branch, kept for a prompt that begins alike.
    pub cached_cells: u64,
    /// Key-value cells, or states, in all.
    pub cells: u64,
    /// Branches that exist.
    pub branches: u64,
}
