use std::time::Instant;

use crate::error::LlamaError;
use crate::model::Token;

use super::BranchId;
use super::confidence::ConfidenceWatch;
use super::options::RowRequest;
use super::score::NextToken;
use super::step::{Statistics, Step};

/// A call that draws; its caller chooses the number.
pub type CallId = u64;

/// Receives the one answer of a call.
pub type Reply<T> = Box<dyn FnOnce(Result<T, LlamaError>) + Send>;

/// Receives the steps of a drawing call, then its end.
pub type Sink = Box<dyn Fn(CallEvent) + Send>;

/// What a drawing call hears.
#[derive(Debug)]
pub enum CallEvent {
    /// Tokens that were drawn.
    Step(Box<Step>),
    /// Nothing more comes.
    Ended(Result<(), LlamaError>),
}

/// What a call wants besides its rows.
#[derive(Debug, Clone, Copy)]
pub struct CallOptions {
    /// Rows that still draw then are cut.
    pub deadline: Option<Instant>,
    /// How the confidence of the rows is watched.
    pub confidence: ConfidenceWatch,
    /// Most probable tokens that each entry lists, from 0 to 20.
    pub top_tokens: usize,
}

/// Rows that are drawn together.
pub(super) struct GenerateCall {
    pub id: CallId,
    pub rows: Vec<RowRequest>,
    pub options: CallOptions,
    pub sink: Sink,
}

pub(super) enum Command {
    Prefix {
        branch: BranchId,
        tokens: Vec<Token>,
        reply: Reply<BranchId>,
    },
    Fork {
        branch: BranchId,
        count: usize,
        reply: Reply<Vec<BranchId>>,
    },
    Append {
        branch: BranchId,
        tokens: Vec<Token>,
        reply: Reply<()>,
    },
    Trim {
        branch: BranchId,
        length: usize,
        reply: Reply<()>,
    },
    Drop {
        branches: Vec<BranchId>,
    },
    Score {
        branch: BranchId,
        continuations: Vec<Vec<Token>>,
        reply: Reply<Vec<Vec<f32>>>,
    },
    Next {
        branch: BranchId,
        tokens: Vec<Token>,
        reply: Reply<NextToken>,
    },
    Generate(Box<GenerateCall>),
    Stop {
        call: CallId,
    },
    Pause {
        call: CallId,
        paused: bool,
    },
    Embed {
        texts: Vec<String>,
        reply: Reply<Vec<Vec<f32>>>,
    },
    Rank {
        query: String,
        documents: Vec<String>,
        reply: Reply<Vec<f32>>,
    },
    Statistics {
        reply: Reply<Statistics>,
    },
    Close,
}
