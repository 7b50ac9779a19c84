use std::path::PathBuf;

/// Why the engine could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LlamaError {
    /// llama.cpp refused the file: it is cut, damaged, or of an architecture that this release does not know.
    #[error("llama.cpp could not load {}: {detail}", path.display())]
    ModelRefused {
        /// The GGUF file.
        path: PathBuf,
        /// What llama.cpp said last.
        detail: String,
    },
    /// The model's vocabulary does not come through the bindings as it should.
    #[error("{detail}")]
    Unproven {
        /// What was compared and what came.
        detail: String,
    },
    /// There is not enough memory for the context.
    #[error("no context of {cells} cells and {sequences} sequences could be made: {detail}")]
    ContextRefused {
        /// Key-value cells asked for.
        cells: u32,
        /// Sequences asked for.
        sequences: u32,
        /// What llama.cpp said last.
        detail: String,
    },
    /// A grammar or a JSON schema that can't constrain anything.
    #[error("{field}: {detail}")]
    Constraint {
        /// `grammar` or `jsonSchema`.
        field: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A value out of its range.
    #[error("expected {field} to be {expected}, got {got}")]
    Input {
        /// Which value.
        field: &'static str,
        /// Its range in words.
        expected: String,
        /// What came.
        got: String,
    },
    /// The branch was dropped or never made.
    #[error("branch {0} was dropped or never made")]
    BranchGone(u64),
    /// The model lacks what the call needs.
    #[error("the model has no {0}")]
    Missing(&'static str),
    /// `llama_decode` failed for another reason than memory.
    #[error("llama_decode returned {code}: {detail}")]
    Decode {
        /// Its return value.
        code: i32,
        /// What llama.cpp said last.
        detail: String,
    },
    /// The engine was closed while the call was waiting.
    #[error("the engine is closed")]
    Closed,
}
