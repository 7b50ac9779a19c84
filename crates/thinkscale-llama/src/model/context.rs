use std::ptr::NonNull;
use std::sync::Arc;

use crate::bindings::llama as ffi;
use crate::error::LlamaError;
use crate::load::Library;

use super::loaded::reason;
use super::{Batch, Model, Sequence};

/// Where the sequences of a context keep their cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// One pool of cells: sequences share those of a common prefix. For samples of one prompt.
    Unified,
    /// A pool for each sequence: forks copy, attention sees its own cells only. For unrelated prompts (llama.cpp #14363).
    Split,
}

/// Whether a context turns the tokens of a text into one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// No: it generates.
    None,
    /// As the model's metadata say.
    Model,
}

/// Size and behaviour of a context.
#[derive(Debug, Clone, Copy)]
pub struct ContextOptions {
    /// Key-value cells of all sequences together.
    pub cells: u32,
    /// Sequences, from 1 to 256.
    pub sequences: u32,
    /// Most tokens that one call evaluates.
    pub batch: u32,
    /// Tokens that are computed at once; larger batches are cut into such pieces.
    pub chunk: u32,
    /// Compute threads.
    pub threads: i32,
    /// Where the cells are.
    pub streams: Streams,
    /// Sliding-window layers keep all cells, so that any part can be removed; costs memory.
    pub full_window: bool,
    /// Vectors or logits.
    pub pooling: Pooling,
}

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded {
    /// All of it was evaluated.
    Done,
    /// No room was found; nothing was evaluated.
    NoRoom,
}

/// A model's working memory.
pub struct Context {
    model: Arc<Model>,
    raw: NonNull<ffi::llama_context>,
    /// Null for encoders, which keep nothing between calls.
    memory: ffi::llama_memory_t,
    streams: Streams,
    embedding_width: usize,
}

// SAFETY: a context may be used from any one thread at a time; it is not `Sync`.
unsafe impl Send for Context {}

impl Context {
    /// # Errors
    /// [`LlamaError::ContextRefused`] if there is not enough memory for it.
    pub fn new(model: &Arc<Model>, options: &ContextOptions) -> Result<Self, LlamaError> {
        let api = &model.library.llama;
        Library::last_errors();
        // SAFETY: takes nothing and returns plain data.
        let mut parameters = unsafe { api.llama_context_default_params() };
        parameters.n_ctx = options.cells;
        parameters.n_seq_max = options.sequences;
        parameters.n_batch = options.batch;
        parameters.n_ubatch = options.chunk;
        parameters.n_threads = options.threads;
        parameters.n_threads_batch = options.threads;
        parameters.kv_unified = options.streams == Streams::Unified;
        parameters.swa_full = options.full_window;
        parameters.embeddings = options.pooling == Pooling::Model;
        if options.pooling == Pooling::None {
            parameters.pooling_type = ffi::llama_pooling_type::LLAMA_POOLING_TYPE_NONE;
        }
        // SAFETY: the model lives as long as the context, which holds it; the parameters are the library's defaults
        // with numbers changed.
        let raw = unsafe { api.llama_init_from_model(model.raw.as_ptr(), parameters) };
        let raw = NonNull::new(raw).ok_or_else(|| LlamaError::ContextRefused {
            cells: options.cells,
            sequences: options.sequences,
            detail: reason(),
        })?;
        // SAFETY: both read a living context or model.
        let (memory, width) = unsafe {
            (
                api.llama_get_memory(raw.as_ptr()),
                api.llama_model_n_embd_out(model.raw.as_ptr()),
            )
        };
        let embedding_width = usize::try_from(width).unwrap_or(0);
        Ok(Self {
            model: Arc::clone(model),
            raw,
            memory,
            streams: options.streams,
            embedding_width,
        })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Whether anything is kept between calls; encoders keep nothing.
    #[must_use]
    pub fn has_memory(&self) -> bool {
        !self.memory.is_null()
    }

    /// Key-value cells of all sequences together, which llama.cpp may have rounded up.
    #[must_use]
    pub fn cells(&self) -> u32 {
        // SAFETY: reads a number of a living context.
        unsafe { self.model.library.llama.llama_n_ctx(self.raw.as_ptr()) }
    }

    /// Most tokens that one call evaluates: never more than the cells of the context, whatever was asked for.
    #[must_use]
    pub fn batch(&self) -> u32 {
        // SAFETY: reads a number of a living context.
        unsafe { self.model.library.llama.llama_n_batch(self.raw.as_ptr()) }
    }

    /// Evaluates a batch of at most [`Context::batch`] tokens.
    ///
    /// # Errors
    /// [`LlamaError::Decode`] if llama.cpp failed for another reason than room.
    pub fn decode(&mut self, batch: &mut Batch) -> Result<Decoded, LlamaError> {
        // llama.cpp ends the process over a longer one.
        if batch.len() > self.batch() as usize {
            return Err(LlamaError::Decode {
                code: -1,
                detail: format!("a batch of {} tokens", batch.len()),
            });
        }
        let raw = batch.raw();
        // SAFETY: the arrays of `raw` hold `n_tokens` entries each and live until the batch is changed; `&mut self`
        // keeps other threads away.
        let code = unsafe { self.model.library.llama.llama_decode(self.raw.as_ptr(), raw) };
        match code {
            0 => Ok(Decoded::Done),
            1 => Ok(Decoded::NoRoom),
            code => Err(LlamaError::Decode {
                code,
                detail: reason(),
            }),
        }
    }

    /// The logits of row `row` of the last batch, one for each token of the vocabulary; `None` if it was no output.
    #[must_use]
    pub fn logits(&self, row: usize) -> Option<&[f32]> {
        let row = i32::try_from(row).ok()?;
        // SAFETY: null or a row of as many numbers as the vocabulary has tokens, unchanged until the next call that
        // takes `&mut self`.
        unsafe {
            let logits = self
                .model
                .library
                .llama
                .llama_get_logits_ith(self.raw.as_ptr(), row);
            (!logits.is_null()).then(|| std::slice::from_raw_parts(logits, self.model.vocabulary()))
        }
    }

    /// The pooled vector of a sequence of the last batch: the scores of a ranking head, or an embedding.
    #[must_use]
    pub fn pooled(&self, sequence: Sequence) -> Option<&[f32]> {
        let api = &self.model.library.llama;
        // SAFETY: null or a vector whose length follows from the pooling type, unchanged until the next `&mut self`.
        unsafe {
            let vector = api.llama_get_embeddings_seq(self.raw.as_ptr(), sequence);
            let ranks =
                api.llama_pooling_type(self.raw.as_ptr()) == ffi::llama_pooling_type::LLAMA_POOLING_TYPE_RANK;
            let width = if ranks {
                api.llama_model_n_cls_out(self.model.raw.as_ptr()) as usize
            } else {
                self.embedding_width
            };
            (!vector.is_null()).then(|| std::slice::from_raw_parts(vector, width))
        }
    }

    /// Forgets what sequence `sequence` has from position `from` on. False if the memory can't forget a part.
    pub fn forget(&mut self, sequence: Sequence, from: usize) -> bool {
        if self.memory.is_null() {
            return true;
        }
        let from = i32::try_from(from).unwrap_or(i32::MAX);
        // SAFETY: the memory belongs to this context; llama.cpp checks the sequence.
        unsafe {
            self.model
                .library
                .llama
                .llama_memory_seq_rm(self.memory, sequence, from, -1)
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        if self.memory.is_null() {
            return;
        }
        // SAFETY: the memory belongs to this context.
        unsafe { self.model.library.llama.llama_memory_clear(self.memory, false) };
    }

    /// Makes empty sequence `target` continue as `source` does after its first `length` of `evaluated` tokens.
    /// False if the memory can't forget the rest; the target is empty then.
    pub fn copy(&mut self, source: Sequence, target: Sequence, length: usize, evaluated: usize) -> bool {
        let whole = length >= evaluated;
        // Copies between streams are of whole sequences only (llama.cpp asserts it).
        let end = if whole || self.streams == Streams::Split {
            -1
        } else {
            i32::try_from(length).unwrap_or(-1)
        };
        // SAFETY: the memory belongs to this context and both sequences are below its number of sequences, as the
        // callers' tables guarantee; a range that is not the whole is never asked of split streams.
        unsafe {
            self.model
                .library
                .llama
                .llama_memory_seq_cp(self.memory, source, target, -1, end)
        };
        if whole || self.streams == Streams::Unified || self.forget(target, length) {
            return true;
        }
        self.forget(target, 0);
        false
    }

    /// Smallest position that sequence `sequence` holds in every layer; 0 if it is empty. Above 0 where the cells of a
    /// sliding window were used again.
    #[must_use]
    pub fn first_position(&self, sequence: Sequence) -> usize {
        if self.memory.is_null() {
            return 0;
        }
        // SAFETY: the memory belongs to this context.
        let first = unsafe {
            self.model
                .library
                .llama
                .llama_memory_seq_pos_min(self.memory, sequence)
        };
        usize::try_from(first).unwrap_or(0)
    }

    /// Largest position that sequence `sequence` holds, plus 1.
    #[must_use]
    pub fn length(&self, sequence: Sequence) -> usize {
        if self.memory.is_null() {
            return 0;
        }
        // SAFETY: the memory belongs to this context.
        let last = unsafe {
            self.model
                .library
                .llama
                .llama_memory_seq_pos_max(self.memory, sequence)
        };
        usize::try_from(last + 1).unwrap_or(0)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `llama_init_from_model` and freed once; the model is still held.
        unsafe { self.model.library.llama.llama_free(self.raw.as_ptr()) };
    }
}
