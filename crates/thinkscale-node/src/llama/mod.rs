//! Border of `thinkscale_llama`: an engine whose answers come from its decode thread.

mod answer;
pub mod engine;
pub mod options;
pub mod step;

use thinkscale_llama::LlamaError;
use thinkscale_llama::load::LoadError;

use crate::error::BorderError;

impl From<LoadError> for BorderError {
    fn from(error: LoadError) -> Self {
        Self::new("LIBRARY_REFUSED", error.to_string())
    }
}

impl From<LlamaError> for BorderError {
    fn from(error: LlamaError) -> Self {
        let code = match &error {
            LlamaError::Unproven { .. } => "LIBRARY_REFUSED",
            LlamaError::ModelRefused { .. } => "MODEL_REFUSED",
            LlamaError::ContextRefused { .. } => "CONTEXT_REFUSED",
            LlamaError::Constraint { .. } => "CONSTRAINT",
            LlamaError::Input { .. } => "INPUT",
            LlamaError::BranchGone(_) => "BRANCH_GONE",
            LlamaError::Missing(_) => "MISSING",
            LlamaError::Closed => "CLOSED",
            _ => "DECODE",
        };
        Self::new(code, error.to_string())
    }
}
