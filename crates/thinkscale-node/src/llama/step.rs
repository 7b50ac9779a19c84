//! What an engine answers.

use napi::bindgen_prelude::{Float32Array, Int32Array, Uint8Array};
use napi_derive::napi;
use thinkscale_llama::decode::{CallEvent, Finish, NextToken, Statistics, Step};

use crate::error::BorderError;

/// What an opened engine is.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct LlamaDescription {
    /// What it computes on.
    pub backend: String,
    /// Release and package of the library.
    pub build: String,
    /// Tokens that one branch can hold.
    pub context_length: u32,
    /// Key-value cells.
    pub cells: u32,
    /// Any part of a branch can be trimmed.
    pub exact_trim: bool,
    /// The model continues text.
    pub generates: bool,
    /// The model turns texts into vectors.
    pub embeds: bool,
    /// The model has a ranking head.
    pub ranks: bool,
    /// The model's chat template, in Jinja.
    pub chat_template: Option<String>,
    /// Number of its tokens.
    pub vocabulary: u32,
    /// The token that starts a text, with its spelling.
    pub start_token: Option<i32>,
    /// Spelling of the start token, '' if there is none.
    pub start_text: String,
    /// Spelling of the end token, '' if there is none.
    pub end_text: String,
}

/// What one step drew for one call; see `Step` of the crate.
#[napi(object, object_from_js = false)]
pub struct LlamaStep {
    /// Rows.
    pub rows: Int32Array,
    /// Tokens.
    pub tokens: Int32Array,
    /// Log-probabilities.
    pub log_probabilities: Float32Array,
    /// Confidences.
    pub confidences: Float32Array,
    /// Windowed means of the confidences.
    pub window_confidences: Float32Array,
    /// 1 where forced.
    pub forced: Uint8Array,
    /// 1 where thinking.
    pub thinking: Uint8Array,
    /// Most probable tokens.
    pub top_tokens: Int32Array,
    /// Their log-probabilities.
    pub top_log_probabilities: Float32Array,
    /// Answer texts.
    pub texts: Vec<String>,
    /// Thinking texts.
    pub thoughts: Vec<String>,
    /// Why rows ended.
    #[napi(ts_type = "Array<'end' | 'stop' | 'length' | 'context' | 'budget' | 'confidence' | null>")]
    pub finishes: Vec<Option<String>>,
    /// Tokens of the batch.
    pub batch_tokens: u32,
    /// Tokens evaluated again.
    pub recomputed_tokens: u32,
    /// The call's share of the time.
    pub seconds: f64,
}

impl From<Step> for LlamaStep {
    fn from(step: Step) -> Self {
        let name = |finish: Finish| match finish {
            Finish::End => "end",
            Finish::Stop => "stop",
            Finish::Length => "length",
            Finish::Context => "context",
            Finish::Budget => "budget",
            Finish::Confidence => "confidence",
        };
        Self {
            rows: step.rows.into(),
            tokens: step.tokens.into(),
            log_probabilities: step.log_probabilities.into(),
            confidences: step.confidences.into(),
            window_confidences: step.window_confidences.into(),
            forced: step.forced.into(),
            thinking: step.thinking.into(),
            top_tokens: step.top_tokens.into(),
            top_log_probabilities: step.top_log_probabilities.into(),
            texts: step.texts,
            thoughts: step.thoughts,
            finishes: step
                .finishes
                .into_iter()
                .map(|finish| finish.map(|finish| name(finish).to_owned()))
                .collect(),
            batch_tokens: step.batch_tokens,
            recomputed_tokens: step.recomputed_tokens,
            seconds: step.seconds,
        }
    }
}

/// A step, or the end of a call: with an error, or without either.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct LlamaEvent {
    /// The step.
    pub step: Option<LlamaStep>,
    /// Code of the error.
    pub error_code: Option<String>,
    /// Sentence of the error.
    pub error_message: Option<String>,
}

impl From<CallEvent> for LlamaEvent {
    fn from(event: CallEvent) -> Self {
        let (step, error) = match event {
            CallEvent::Step(step) => (Some((*step).into()), None),
            CallEvent::Ended(result) => (None, result.err().map(BorderError::from)),
        };
        Self {
            step,
            error_code: error.as_ref().map(|error| error.code().to_owned()),
            error_message: error.map(BorderError::into_message),
        }
    }
}

/// The distribution of the next token; see `NextToken` of the crate.
#[napi(object, object_from_js = false)]
pub struct LlamaNext {
    /// In nats.
    pub entropy: f64,
    /// Most probable first.
    pub top_tokens: Int32Array,
    /// Their log-probabilities.
    pub top_log_probabilities: Float32Array,
    /// Those of the tokens that were asked for.
    pub log_probabilities: Float32Array,
}

impl From<NextToken> for LlamaNext {
    fn from(next: NextToken) -> Self {
        Self {
            entropy: next.entropy,
            top_tokens: next.top_tokens.into(),
            top_log_probabilities: next.top_log_probabilities.into(),
            log_probabilities: next.log_probabilities.into(),
        }
    }
}

/// What an engine did and holds; see `Statistics` of the crate.
#[napi(object, object_from_js = false)]
pub struct LlamaStatistics {
    /// Batches evaluated.
    pub batches: f64,
    /// Tokens evaluated.
    pub evaluated_tokens: f64,
    /// Tokens evaluated again.
    pub recomputed_tokens: f64,
    /// Tokens found in the context.
    pub reused_tokens: f64,
    /// Branches that gave up their memory while drawing.
    pub pauses: f64,
    /// Cells that hold a token of a branch.
    pub used_cells: f64,
    /// Cells that hold tokens of no branch.
    pub cached_cells: f64,
    /// Cells in all.
    pub cells: f64,
    /// Branches that exist.
    pub branches: f64,
}

impl From<Statistics> for LlamaStatistics {
    fn from(statistics: Statistics) -> Self {
        Self {
            batches: statistics.batches as f64,
            evaluated_tokens: statistics.evaluated_tokens as f64,
            recomputed_tokens: statistics.recomputed_tokens as f64,
            reused_tokens: statistics.reused_tokens as f64,
            pauses: statistics.pauses as f64,
            used_cells: statistics.used_cells as f64,
            cached_cells: statistics.cached_cells as f64,
            cells: statistics.cells as f64,
            branches: statistics.branches as f64,
        }
    }
}
