//! From logits to a token: probabilities, truncation and constraints.

mod chain;
mod constraint;
mod distribution;
mod json_schema;
mod sampler;

pub use constraint::Constraint;
pub use distribution::{Distribution, TopTokens, CONFIDENCE_TOKENS};
pub use json_schema::SchemaCompiler;
pub use sampler::{Drawn, Sampler, SamplingOptions};
