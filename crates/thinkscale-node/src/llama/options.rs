//! What an engine and its rows are asked for.

use std::path::PathBuf;

use napi_derive::napi;
use thinkscale_llama::decode::{ConstraintSource, EngineOptions, RowRequest, ThinkingRequest};
use thinkscale_llama::load::{Backend, Candidate};
use thinkscale_llama::model::Streams;
use thinkscale_llama::sampling::SamplingOptions;
use thinkscale_llama::thinking::{Format, FormatKind, Plan, detect};

use crate::error::BorderError;

/// An installed build of llama.cpp that may be loaded.
#[napi(object, object_to_js = false)]
pub struct LlamaCandidate {
    /// What it computes on.
    #[napi(ts_type = "'cuda' | 'vulkan' | 'metal' | 'cpu'")]
    pub backend: String,
    /// The folder with its libraries.
    pub folder: String,
}

impl LlamaCandidate {
    pub(super) fn into_core(self) -> Result<Candidate, BorderError> {
        let backend = match self.backend.as_str() {
            "cuda" => Backend::Cuda,
            "vulkan" => Backend::Vulkan,
            "metal" => Backend::Metal,
            "cpu" => Backend::Cpu,
            other => return Err(refuse("backend", "cuda, vulkan, metal or cpu", other)),
        };
        Ok(Candidate {
            backend,
            folder: PathBuf::from(self.folder),
        })
    }
}

/// How an engine is opened; see `EngineOptions` of the crate.
#[napi(object, object_to_js = false)]
pub struct LlamaOptions {
    /// The GGUF file.
    pub model_path: String,
    /// Tokens that one branch can hold.
    pub context_length: u32,
    /// Branches that are decoded at once.
    pub parallel: u32,
    /// Key-value cells that they share.
    pub cells: u32,
    /// Compute threads.
    pub threads: u32,
    /// A pool of cells for each branch.
    pub split_streams: bool,
    /// Sliding-window layers keep all cells.
    pub full_window: bool,
    /// A lone request is computed as if it were the first.
    pub reproducible: bool,
}

impl LlamaOptions {
    pub(super) fn into_core(self, offload: bool) -> EngineOptions {
        EngineOptions {
            model: PathBuf::from(self.model_path),
            offload,
            context_length: self.context_length,
            parallel: self.parallel,
            cells: self.cells,
            threads: self.threads,
            streams: if self.split_streams {
                Streams::Split
            } else {
                Streams::Unified
            },
            full_window: self.full_window,
            reproducible: self.reproducible,
        }
    }
}

/// Thinking of a row; see `Plan` and `Format` of the crate.
#[napi(object, object_to_js = false, use_nullable = true)]
pub struct LlamaThinking {
    /// How the model marks it.
    #[napi(ts_type = "'auto' | 'think-tags' | 'channels' | 'plain'")]
    pub format: String,
    /// Delimiters of the plain format.
    pub open: Option<String>,
    /// Delimiters of the plain format.
    pub close: Option<String>,
    /// Most thinking tokens.
    pub max_tokens: u32,
    /// Fewest thinking tokens while waits are left.
    pub min_tokens: u32,
    /// Early ends that are replaced.
    pub waits: u32,
    /// What replaces them.
    pub wait: String,
    /// Tokens kept for the answer.
    pub answer_reserve: u32,
    /// Tokens before the maximum from which a sentence end closes.
    pub soft_close: u32,
}

impl LlamaThinking {
    fn into_core(self, template: &str) -> Result<ThinkingRequest, BorderError> {
        let kind = match self.format.as_str() {
            "auto" => detect(template),
            "think-tags" => FormatKind::ThinkTags,
            "channels" => FormatKind::Channels,
            "plain" => FormatKind::Plain,
            other => return Err(refuse("format", "auto, think-tags, channels or plain", other)),
        };
        let usual = Format::new(kind);
        let format = match kind {
            FormatKind::Plain => Format::plain(
                self.open.as_deref().unwrap_or(usual.open()),
                self.close.as_deref().unwrap_or(usual.close()),
            ),
            _ => usual,
        };
        let plan = Plan {
            max_tokens: self.max_tokens,
            min_tokens: self.min_tokens,
            waits: self.waits,
            wait: self.wait,
            answer_reserve: self.answer_reserve,
            soft_close: self.soft_close,
        };
        Ok(ThinkingRequest { format, plan })
    }
}

/// A number added to one token's logit.
#[napi(object, object_to_js = false)]
pub struct LlamaBias {
    /// The token.
    pub token: i32,
    /// The number.
    pub bias: f64,
}

/// One row of a drawing call; see `RowRequest` and `SamplingOptions` of the crate.
#[napi(object, object_to_js = false, use_nullable = true)]
pub struct LlamaRow {
    /// The branch.
    pub branch: i64,
    /// Whether the branch is wanted afterwards.
    pub keep: bool,
    /// Seed of the draws.
    pub seed: u32,
    /// 0 is greedy.
    pub temperature: f64,
    /// 0 keeps all.
    pub top_k: u32,
    /// 1 keeps all.
    pub top_p: f64,
    /// 0 keeps all.
    pub min_p: f64,
    /// 1 is off.
    pub repeat_penalty: f64,
    /// 0 is off.
    pub frequency_penalty: f64,
    /// 0 is off.
    pub presence_penalty: f64,
    /// Drawn tokens that are penalised.
    pub penalty_window: u32,
    /// Changes of single logits.
    pub logit_bias: Vec<LlamaBias>,
    /// GBNF grammar.
    pub grammar: Option<String>,
    /// JSON schema, as JSON.
    pub json_schema: Option<String>,
    /// Thinking before the answer.
    pub thinking: Option<LlamaThinking>,
    /// Most tokens.
    pub max_tokens: u32,
    /// Texts that end the row.
    pub stops: Vec<String>,
}

impl LlamaRow {
    pub(super) fn into_core(self, template: &str) -> Result<RowRequest, BorderError> {
        let grammar = self.grammar.map(ConstraintSource::Grammar);
        let thinking = self
            .thinking
            .map(|thinking| thinking.into_core(template))
            .transpose()?;
        Ok(RowRequest {
            branch: self.branch.unsigned_abs(),
            sampling: SamplingOptions {
                temperature: self.temperature as f32,
                top_k: self.top_k as usize,
                top_p: self.top_p as f32,
                min_p: self.min_p as f32,
                seed: self.seed,
                repeat_penalty: self.repeat_penalty as f32,
                frequency_penalty: self.frequency_penalty as f32,
                presence_penalty: self.presence_penalty as f32,
                penalty_window: self.penalty_window as usize,
                logit_bias: self
                    .logit_bias
                    .iter()
                    .map(|bias| (bias.token, bias.bias as f32))
                    .collect(),
            },
            constraint: grammar.or(self.json_schema.map(ConstraintSource::Schema)),
            thinking,
            max_tokens: self.max_tokens,
            stops: self.stops,
            keep: self.keep,
        })
    }
}

/// What ends the rows of a call before they end by themselves.
#[napi(object, object_to_js = false, use_nullable = true)]
pub struct LlamaLimits {
    /// Wall-clock seconds; may be infinite.
    pub seconds: f64,
    /// Tokens over which confidences are averaged.
    pub confidence_window: u32,
    /// Mean confidence of a full window below which a row ends.
    pub confidence_floor: Option<f64>,
    /// Most probable tokens that each entry lists, from 0 to 20.
    pub top_log_probabilities: u32,
}

fn refuse(field: &str, expected: &str, got: &str) -> BorderError {
    BorderError::new("INPUT", format!("expected {field} to be {expected}, got {got}"))
}
