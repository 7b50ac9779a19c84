use crate::bindings::llama as ffi;

use super::{Sequence, Token};

/// Tokens to evaluate in one call, each of one sequence at one position.
#[derive(Default)]
pub struct Batch {
    tokens: Vec<Token>,
    positions: Vec<i32>,
    sequences: Vec<Sequence>,
    outputs: Vec<i8>,
    counts: Vec<i32>,
    pointers: Vec<*mut Sequence>,
}

// SAFETY: the pointers point into this batch's own vector, which moves along, and are written anew before each use.
unsafe impl Send for Batch {}

impl Batch {
    /// Number of tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is nothing to evaluate.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Forgets all tokens.
    pub fn clear(&mut self) {
        self.tokens.clear();
        self.positions.clear();
        self.sequences.clear();
        self.outputs.clear();
    }

    /// Adds a token and returns its row, with which its logits are asked for if `output`.
    pub fn push(&mut self, token: Token, position: usize, sequence: Sequence, output: bool) -> usize {
        self.tokens.push(token);
        self.positions.push(i32::try_from(position).unwrap_or(i32::MAX));
        self.sequences.push(sequence);
        self.outputs.push(i8::from(output));
        self.tokens.len() - 1
    }

    /// The batch as llama.cpp reads it, valid until this one is changed or dropped.
    pub(super) fn raw(&mut self) -> ffi::llama_batch {
        self.counts.clear();
        self.counts.resize(self.tokens.len(), 1);
        self.pointers.clear();
        let base = self.sequences.as_mut_ptr();
        // `wrapping_add` because the addresses are only read by llama.cpp, each within the vector.
        self.pointers
            .extend((0..self.tokens.len()).map(|at| base.wrapping_add(at)));
        ffi::llama_batch {
            n_tokens: i32::try_from(self.tokens.len()).unwrap_or(i32::MAX),
            token: self.tokens.as_mut_ptr(),
            embd: std::ptr::null_mut(),
            pos: self.positions.as_mut_ptr(),
            n_seq_id: self.counts.as_mut_ptr(),
            seq_id: self.pointers.as_mut_ptr(),
            logits: self.outputs.as_mut_ptr(),
        }
    }
}
