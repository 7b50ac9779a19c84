//! The decode loop: branches of many requests share one context and one batch a step.
//!
//! A [`Engine`] owns the thread. A *branch* is a list of tokens; a *sequence* is its place in the context while it has
//! one. Work on a branch waits its turn in the branch's queue; work that evaluates becomes a task, and each step of the
//! loop evaluates tokens of as many tasks as fit.

mod abort_on_panic;
mod branch;
mod call;
mod cells;
mod command;
mod confidence;
mod embedding;
mod ending;
mod engine;
mod jobs;
mod options;
mod room;
mod row;
mod scheduler;
mod score;
mod sequences;
mod step;
mod task;

pub use command::{CallEvent, CallId, CallOptions, Reply, Sink};
pub use confidence::ConfidenceWatch;
pub use engine::Engine;
pub use options::{ConstraintSource, EngineOptions, RowRequest, ThinkingRequest};
pub use score::NextToken;
pub use step::{Finish, Statistics, Step};

/// A branch of an engine; numbers are never used twice.
pub type BranchId = u64;
