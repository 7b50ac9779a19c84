use std::ptr::NonNull;

use crate::bindings::llama as ffi;
use crate::error::LlamaError;
use crate::load::Library;
use crate::model::{Model, Token};

use super::sampler::SamplingOptions;

/// A token with its logit, as llama.cpp's samplers change them.
pub(super) type Candidate = ffi::llama_token_data;

/// A chain of llama.cpp's own samplers.
pub(super) struct Chain {
    library: &'static Library,
    raw: NonNull<ffi::llama_sampler>,
}

// SAFETY: a sampler is plain memory that one thread at a time may use; it is not `Sync`.
unsafe impl Send for Chain {}

impl Chain {
    /// Logit bias, then penalties over the last tokens: what changes the order of the candidates.
    pub fn penalties(model: &Model, options: &SamplingOptions) -> Result<Self, LlamaError> {
        let chain = Self::empty(model.library)?;
        let api = &model.library.llama;
        let vocabulary = i32::try_from(model.vocabulary()).unwrap_or(i32::MAX);
        let bias: Vec<ffi::llama_logit_bias> = options
            .logit_bias
            .iter()
            .map(|&(token, bias)| ffi::llama_logit_bias { token, bias })
            .collect();
        let count = i32::try_from(bias.len()).unwrap_or(i32::MAX);
        let window = i32::try_from(options.penalty_window).unwrap_or(i32::MAX);
        // SAFETY: each call makes a sampler that the chain owns from then on; the biases are copied.
        unsafe {
            if count > 0 {
                chain.add(api.llama_sampler_init_logit_bias(vocabulary, count, bias.as_ptr()));
            }
            if options.penalises() {
                chain.add(api.llama_sampler_init_penalties(
                    vocabulary,
                    window,
                    options.repeat_penalty,
                    options.frequency_penalty,
                    options.presence_penalty,
                ));
            }
        }
        Ok(chain)
    }

    /// Truncation, temperature and the draw, in llama.cpp's usual order.
    pub fn draw(model: &Model, options: &SamplingOptions) -> Result<Self, LlamaError> {
        let chain = Self::empty(model.library)?;
        let api = &model.library.llama;
        // SAFETY: each call makes a sampler that the chain owns from then on.
        unsafe {
            if options.temperature <= 0.0 {
                chain.add(api.llama_sampler_init_greedy());
                return Ok(chain);
            }
            if options.top_k > 0 {
                chain.add(api.llama_sampler_init_top_k(i32::try_from(options.top_k).unwrap_or(i32::MAX)));
            }
            if options.top_p < 1.0 {
                chain.add(api.llama_sampler_init_top_p(options.top_p, 1));
            }
            if options.min_p > 0.0 {
                chain.add(api.llama_sampler_init_min_p(options.min_p, 1));
            }
            chain.add(api.llama_sampler_init_temp(options.temperature));
            // The largest seed would ask llama.cpp for one of its own choice.
            chain.add(api.llama_sampler_init_dist(options.seed.min(u32::MAX - 1)));
        }
        Ok(chain)
    }

    fn empty(library: &'static Library) -> Result<Self, LlamaError> {
        let api = &library.llama;
        // SAFETY: the parameters are plain data; the chain is freed once, when this value is dropped.
        let raw = unsafe { api.llama_sampler_chain_init(api.llama_sampler_chain_default_params()) };
        match NonNull::new(raw) {
            Some(raw) => Ok(Self { library, raw }),
            None => Err(LlamaError::Missing("sampler chain")),
        }
    }

    /// # Safety
    /// `sampler` was just made by llama.cpp and is owned by nobody.
    unsafe fn add(&self, sampler: *mut ffi::llama_sampler) {
        // SAFETY: the chain lives, and takes the sampler over.
        unsafe {
            self.library
                .llama
                .llama_sampler_chain_add(self.raw.as_ptr(), sampler)
        };
    }

    /// Changes `candidates` and returns the place of the one that was selected, if one was.
    pub fn apply(&mut self, candidates: &mut Vec<Candidate>, sorted: bool) -> Option<usize> {
        let mut array = ffi::llama_token_data_array {
            data: candidates.as_mut_ptr(),
            size: candidates.len(),
            selected: -1,
            sorted,
        };
        // SAFETY: the array describes the vector; samplers reorder it and lower its size, and one that points elsewhere
        // afterwards is refused below.
        unsafe {
            self.library
                .llama
                .llama_sampler_apply(self.raw.as_ptr(), &raw mut array)
        };
        if !std::ptr::eq(array.data, candidates.as_ptr()) || array.size > candidates.len() {
            return None;
        }
        candidates.truncate(array.size);
        usize::try_from(array.selected)
            .ok()
            .filter(|&at| at < candidates.len())
    }

    /// Tells the chain what was drawn.
    pub fn accept(&mut self, token: Token) {
        // SAFETY: the chain lives, and checks nothing but the number.
        unsafe { self.library.llama.llama_sampler_accept(self.raw.as_ptr(), token) };
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        // SAFETY: made by `llama_sampler_chain_init` and freed once, its samplers with it.
        unsafe { self.library.llama.llama_sampler_free(self.raw.as_ptr()) };
    }
}
