//! Safe owners of llama.cpp's model, context and batch. A context outlives none of what it points to.

mod batch;
mod context;
mod loaded;
mod text;

pub use batch::Batch;
pub use context::{Context, ContextOptions, Decoded, Pooling, Streams};
pub use loaded::{Memory, Model, Vector};

/// A token of a model's vocabulary, from 0.
pub type Token = i32;
/// A sequence of a context, from 0 to its number of sequences.
pub type Sequence = i32;
