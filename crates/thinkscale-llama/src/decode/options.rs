use std::path::PathBuf;

use crate::decode::BranchId;
use crate::model::Streams;
use crate::sampling::SamplingOptions;
use crate::thinking::{Format, Plan};

/// How an engine is opened.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The GGUF file.
    pub model: PathBuf,
    /// Put all layers on the GPU that the library found.
    pub offload: bool,
    /// Tokens that one branch can hold; at most what the model was trained on.
    pub context_length: u32,
    /// Branches that are decoded at once, from 1 to 256; more run in waves.
    pub parallel: u32,
    /// Key-value cells that all branches share. Unused with split streams, where each has `context_length`.
    pub cells: u32,
    /// Compute threads.
    pub threads: u32,
    /// One pool of cells, or one for each branch.
    pub streams: Streams,
    /// Sliding-window layers keep all cells: any part can be trimmed, at the cost of memory.
    pub full_window: bool,
    /// While nothing else runs, reuse only what leaves the arithmetic of a request as if it were the first one.
    pub reproducible: bool,
}

/// What the text of a branch may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintSource {
    /// A GBNF grammar with the rule `root`.
    Grammar(String),
    /// A JSON schema.
    Schema(String),
}

/// A row that thinks before it answers.
#[derive(Debug, Clone)]
pub struct ThinkingRequest {
    /// How the model marks its thinking.
    pub format: Format,
    /// How long it thinks.
    pub plan: Plan,
}

/// What to draw on one branch.
#[derive(Debug, Clone)]
pub struct RowRequest {
    /// The branch.
    pub branch: BranchId,
    /// How tokens are drawn.
    pub sampling: SamplingOptions,
    /// What the text may be.
    pub constraint: Option<ConstraintSource>,
    /// Thinking, if the row thinks.
    pub thinking: Option<ThinkingRequest>,
    /// Most tokens, the end token and forced ones included.
    pub max_tokens: u32,
    /// Texts that end the row and are not part of its text.
    pub stops: Vec<String>,
    /// Whether the branch is wanted afterwards.
    pub keep: bool,
}
