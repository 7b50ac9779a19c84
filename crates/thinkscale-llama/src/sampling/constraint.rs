use std::ffi::CString;
use std::ptr::NonNull;
use std::sync::Arc;

use llguidance::Matcher;

use crate::bindings::llama as ffi;
use crate::error::LlamaError;
use crate::load::Library;
use crate::model::{Model, Token};

use super::chain::Candidate;

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
        let mut candidate = [Candidate { id: token, logit: 0.0, p: 0.0 }];
        self.restrict(&mut candidate).is_ok() && candidate[0].logit.is_finite()
    }

    /// Sets the logits of tokens that may not come next to minus infinity.
    pub(super) fn restrict(&mut self, candidates: &mut [Candidate]) -> Result<(), LlamaError> {
        match self {
            Self::Grammar(grammar) => grammar.restrict(candidates),
            Self::Schema(matcher, model) => {
                let mask = matcher.compute_mask_or_eos().map_err(|error| schema_error(&error))?;
                // The mask knows one end token; a model may have several.
                let may_end = matcher.tok_env().is_ok_and(|env| mask.is_allowed(env.eos_token()));
                for candidate in candidates {
                    let listed = (candidate.id as usize) < mask.len() && mask.is_allowed(candidate.id as u32);
                    if !listed && !(may_end && model.is_end(candidate.id)) {
                        candidate.logit = f32::NEG_INFINITY;
                    }
                }
            }
        }
        Ok(())
    }

    /// Moves on by a token that [`Constraint::allows`] has allowed.
    pub(super) fn accept(&mut self, token: Token) -> Result<(), LlamaError> {
        match self {
            Self::Grammar(grammar) => grammar.accept(token),
            Self::Schema(matcher, model) => {
                if !model.is_end(token) {
                    matcher.consume_token(token as u32).map_err(|error| schema_error(&error))?;
                }
            }
        }
        Ok(())
    }
}

pub(super) fn schema_error(error: &dyn std::fmt::Display) -> LlamaError {
    LlamaError::Constraint { field: "jsonSchema", detail: error.to_string() }
}

/// llama.cpp's grammar sampler.
pub struct Grammar {
    model: Arc<Model>,
    raw: NonNull<ffi::llama_sampler>,
}

// SAFETY: a sampler is plain memory that one thread at a time may use; it is not `Sync`.
unsafe impl Send for Grammar {}

impl Grammar {
    fn new(model: &Arc<Model>, text: &str) -> Result<Self, LlamaError> {
        let refuse = |detail: String| LlamaError::Constraint { field: "grammar", detail };
        let grammar = CString::new(text).map_err(|_| refuse("it holds a zero byte".to_owned()))?;
        Library::last_errors();
        // SAFETY: both texts are C strings that are copied; the vocabulary lives as long as the model that is held.
        let raw = unsafe {
            model.library.llama.llama_sampler_init_grammar(model.vocab(), grammar.as_ptr(), c"root".as_ptr())
        };
        match NonNull::new(raw) {
            Some(raw) if !text.trim().is_empty() => Ok(Self { model: Arc::clone(model), raw }),
            Some(raw) => {
                // SAFETY: made above and given to nobody.
                unsafe { model.library.llama.llama_sampler_free(raw.as_ptr()) };
                Err(refuse("it is empty".to_owned()))
            }
            None => Err(refuse(Library::last_errors().join(" ").trim().to_owned())),
        }
    }

    fn restrict(&mut self, candidates: &mut [Candidate]) {
        let mut array = ffi::llama_token_data_array {
            data: candidates.as_mut_ptr(),
            size: candidates.len(),
            selected: -1,
            sorted: false,
        };
        // SAFETY: the array describes the slice; this sampler changes logits only.
        unsafe { self.model.library.llama.llama_sampler_apply(self.raw.as_ptr(), &raw mut array) };
    }

    fn accept(&mut self, token: Token) {
        // SAFETY: the token was allowed by this grammar in this state; llama.cpp throws otherwise, hence the caller's
        // check.
        unsafe { self.model.library.llama.llama_sampler_accept(self.raw.as_ptr(), token) };
    }
}

impl Drop for Grammar {
    fn drop(&mut self) {
        // SAFETY: made by `llama_sampler_init_grammar` and freed once; the vocabulary is still held.
        unsafe { self.model.library.llama.llama_sampler_free(self.raw.as_ptr()) };
    }
}
