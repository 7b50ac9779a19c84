//! From logits to a token: probabilities, truncation and constraints.

mod chain;
mod constraint;
mod distribution;
mod grammar;
mod json_schema;
mod sampler;

pub use constraint::Constraint;
pub use distribution::{CONFIDENCE_TOKENS, Distribution, TopTokens};
pub use json_schema::SchemaCompiler;
pub use sampler::{Drawn, Sampler, SamplingOptions};
