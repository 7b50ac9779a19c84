use std::ffi::CString;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::bindings::llama as ffi;
use crate::error::LlamaError;
use crate::load::Library;
use crate::model::{Model, Token};

use super::chain::Candidate;

/// llama.cpp's grammar sampler, held to what is text: it reads overlong and other invalid UTF-8 as the characters that
/// they would stand for, and control tokens as their spelling.
pub struct Grammar {
    model: Arc<Model>,
    raw: NonNull<ffi::llama_sampler>,
    /// Bytes of a character whose end has not been drawn.
    incomplete: Vec<u8>,
}

// SAFETY: a sampler is plain memory that one thread at a time may use; it is not `Sync`.
unsafe impl Send for Grammar {}

impl Grammar {
    pub(super) fn new(model: &Arc<Model>, text: &str) -> Result<Self, LlamaError> {
        let refuse = |detail: String| LlamaError::Constraint {
            field: "grammar",
            detail,
        };
        let grammar = CString::new(text).map_err(|_| refuse("it holds a zero byte".to_owned()))?;
        Library::last_errors();
        // SAFETY: both texts are C strings that are copied; the vocabulary lives as long as the model that is held.
        let raw = unsafe {
            model
                .library
                .llama
                .llama_sampler_init_grammar(model.vocab(), grammar.as_ptr(), c"root".as_ptr())
        };
        match NonNull::new(raw) {
            Some(raw) if !text.trim().is_empty() => Ok(Self {
                model: Arc::clone(model),
                raw,
                incomplete: Vec::new(),
            }),
            Some(raw) => {
                // SAFETY: made above and given to nobody.
                unsafe { model.library.llama.llama_sampler_free(raw.as_ptr()) };
                Err(refuse("it is empty".to_owned()))
            }
            None => Err(refuse(Library::last_errors().join(" ").trim().to_owned())),
        }
    }

    /// Sets the logits of tokens that may not come next to minus infinity.
    pub(super) fn restrict(&mut self, candidates: &mut [Candidate]) {
        self.apply(candidates);
        for candidate in candidates
            .iter_mut()
            .filter(|candidate| candidate.logit > f32::NEG_INFINITY)
        {
            if !self.model.is_end(candidate.id) && !self.stays_text(candidate.id) {
                candidate.logit = f32::NEG_INFINITY;
            }
        }
    }

    /// Moves on by a token that was allowed.
    pub(super) fn accept(&mut self, token: Token) {
        // SAFETY: the token was allowed by this grammar in this state; llama.cpp throws otherwise, hence the caller's
        // check.
        unsafe {
            self.model
                .library
                .llama
                .llama_sampler_accept(self.raw.as_ptr(), token)
        };
        self.model.piece(token, false, &mut self.incomplete);
        let complete = match std::str::from_utf8(&self.incomplete) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        self.incomplete.drain(..complete);
    }

    /// Whether the text with `token` is the start of some valid text that the grammar allows.
    fn stays_text(&self, token: Token) -> bool {
        let mut bytes = self.incomplete.clone();
        self.model.piece(token, false, &mut bytes);
        match std::str::from_utf8(&bytes) {
            Ok(text) => text.len() > self.incomplete.len(),
            Err(error) if error.error_len().is_some() => false,
            // After these bytes some continuations are overlong, surrogates or beyond Unicode: others have to be left.
            Err(error) => match &bytes[error.valid_up_to()..] {
                [lead @ (0xE0 | 0xED | 0xF0 | 0xF4)] => self.leads_on(token, *lead),
                _ => true,
            },
        }
    }

    /// Whether a byte that may follow `lead` in valid text is allowed after `token`, which ends with it.
    fn leads_on(&self, token: Token, lead: u8) -> bool {
        // SAFETY: the copy is freed by its owner below, as any grammar is.
        let raw = unsafe { self.model.library.llama.llama_sampler_clone(self.raw.as_ptr()) };
        let Some(raw) = NonNull::new(raw) else {
            return false;
        };
        let mut after = Self {
            model: Arc::clone(&self.model),
            raw,
            incomplete: self.incomplete.clone(),
        };
        after.accept(token);
        let follows = |token: &Token| {
            let mut bytes = vec![lead];
            self.model.piece(*token, false, &mut bytes);
            bytes.len() > 1
                && std::str::from_utf8(&bytes)
                    .err()
                    .is_none_or(|error| error.error_len().is_none())
        };
        let tokens = (0..self.model.vocabulary() as Token).filter(follows);
        let mut candidates: Vec<Candidate> = tokens
            .map(|id| Candidate {
                id,
                logit: 0.0,
                p: 0.0,
            })
            .collect();
        after.apply(&mut candidates);
        candidates
            .iter()
            .any(|candidate| candidate.logit > f32::NEG_INFINITY)
    }

    fn apply(&self, candidates: &mut [Candidate]) {
        let mut array = ffi::llama_token_data_array {
            data: candidates.as_mut_ptr(),
            size: candidates.len(),
            selected: -1,
            sorted: false,
        };
        // SAFETY: the array describes the slice; this sampler changes logits only.
        unsafe {
            self.model
                .library
                .llama
                .llama_sampler_apply(self.raw.as_ptr(), &raw mut array)
        };
    }
}

impl Drop for Grammar {
    fn drop(&mut self) {
        // SAFETY: made by `llama_sampler_init_grammar` or copied from such a one, and freed once; the vocabulary is still
        // held.
        unsafe { self.model.library.llama.llama_sampler_free(self.raw.as_ptr()) };
    }
}
