use std::sync::Arc;

use llguidance::Matcher;

use crate::error::LlamaError;
use crate::model::{Model, Token};

use super::chain::Candidate;
use super::grammar::Grammar;

/// What a text may be: tokens that would leave it are never drawn.
pub enum Constraint {
    /// A GBNF grammar, by llama.cpp's own sampler.
    Grammar(Grammar),
    /// A JSON schema, by llguidance.
    Schema(Box<Matcher>, Arc<Model>),
}

impl Constraint {
    /// A GBNF grammar whose root rule is `root`.
    ///
    /// # Errors
    /// [`LlamaError::Constraint`] if it can't be parsed.
    pub fn grammar(model: &Arc<Model>, text: &str) -> Result<Self, LlamaError> {
        Grammar::new(model, text).map(Self::Grammar)
    }

    /// Whether `token` may come next.
    pub(super) fn allows(&mut self, token: Token) -> bool {
        let mut candidate = [Candidate {
            id: token,
            logit: 0.0,
            p: 0.0,
        }];
        self.restrict(&mut candidate).is_ok() && candidate[0].logit.is_finite()
    }

    /// Sets the logits of tokens that may not come next to minus infinity.
    pub(super) fn restrict(&mut self, candidates: &mut [Candidate]) -> Result<(), LlamaError> {
        match self {
            Self::Grammar(grammar) => grammar.restrict(candidates),
            Self::Schema(matcher, model) => {
                let mask = matcher
                    .compute_mask_or_eos()
                    .map_err(|error| schema_error(&error))?;
                // The mask knows one end token; a model may have several.
                let may_end = matcher
                    .tok_env()
                    .is_ok_and(|env| mask.is_allowed(env.eos_token()));
                for candidate in candidates {
                    let listed = (candidate.id as usize) < mask.len() && mask.is_allowed(candidate.id as u32);
                    if !(listed || may_end && model.is_end(candidate.id)) {
                        candidate.logit = f32::NEG_INFINITY;
                    }
                }
            }
        }
        Ok(())
    }

    /// The error of a text that no token of the vocabulary continues.
    pub(super) fn leaves_nothing(&self) -> LlamaError {
        let field = match self {
            Self::Grammar(_) => "grammar",
            Self::Schema(..) => "jsonSchema",
        };
        LlamaError::Constraint {
            field,
            detail: "no token of the vocabulary can come next".to_owned(),
        }
    }

    /// Moves on by a token that [`Constraint::allows`] has allowed.
    pub(super) fn accept(&mut self, token: Token) -> Result<(), LlamaError> {
        match self {
            Self::Grammar(grammar) => grammar.accept(token),
            Self::Schema(matcher, model) => {
                if !model.is_end(token) {
                    matcher
                        .consume_token(token as u32)
                        .map_err(|error| schema_error(&error))?;
                }
            }
        }
        Ok(())
    }
}

pub(super) fn schema_error(error: &dyn std::fmt::Display) -> LlamaError {
    LlamaError::Constraint {
        field: "jsonSchema",
        detail: error.to_string(),
    }
}
