use std::ffi::{CStr, CString};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::bindings::llama as ffi;
use crate::error::LlamaError;
use crate::load::Library;

use super::Token;

/// How a model remembers: it decides what can be trimmed and which prefixes can be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// A key-value cell a token; any part can be removed.
    Attention,
    /// Attention with a sliding window of so many tokens in some layers.
    SlidingWindow(u32),
    /// One state a sequence, in some or all layers; it can't go back.
    Recurrent,
}

/// What a model makes of a whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vector {
    /// Nothing: it continues text.
    None,
    /// An embedding.
    Embedding,
    /// The scores of a ranking head.
    Rank,
}

/// A loaded model with its vocabulary.
pub struct Model {
    pub(crate) library: &'static Library,
    pub(super) raw: NonNull<ffi::llama_model>,
    pub(super) vocab: NonNull<ffi::llama_vocab>,
}

// SAFETY: llama.cpp only reads a model and its vocabulary after loading, and documents tokenisation as thread-safe.
unsafe impl Send for Model {}
// SAFETY: as above.
unsafe impl Sync for Model {}

impl Model {
    /// Loads a GGUF file, all layers on the GPU if `offload` and there is one.
    ///
    /// # Errors
    /// [`LlamaError::ModelRefused`] with llama.cpp's own reason.
    pub fn load(library: &'static Library, path: &Path, offload: bool) -> Result<Arc<Self>, LlamaError> {
        let refused = |detail: String| LlamaError::ModelRefused {
            path: path.to_path_buf(),
            detail,
        };
        let name = path.to_str().and_then(|text| CString::new(text).ok());
        let name = name.ok_or_else(|| refused("its path is not valid UTF-8".to_owned()))?;
        let api = &library.llama;
        Library::last_errors();
        // SAFETY: takes nothing and returns plain data.
        let mut parameters = unsafe { api.llama_model_default_params() };
        parameters.n_gpu_layers = if offload { -1 } else { 0 };
        // SAFETY: the path is a C string that outlives the call, the parameters are the library's own defaults.
        let raw = unsafe { api.llama_model_load_from_file(name.as_ptr(), parameters) };
        let raw = NonNull::new(raw).ok_or_else(|| refused(reason()))?;
        // SAFETY: a loaded model has a vocabulary for as long as it lives.
        let vocab = unsafe { api.llama_model_get_vocab(raw.as_ptr()) };
        match NonNull::new(vocab.cast_mut()) {
            Some(vocab) => Ok(Arc::new(Self { library, raw, vocab })),
            None => {
                // SAFETY: loaded above and given to nobody.
                unsafe { api.llama_model_free(raw.as_ptr()) };
                Err(refused("it has no vocabulary".to_owned()))
            }
        }
    }

    /// How the model remembers.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let api = &self.library.llama;
        // SAFETY: each reads a number of a living model.
        let (recurrent, window) = unsafe {
            let raw = self.raw.as_ptr();
            (
                api.llama_model_is_recurrent(raw) || api.llama_model_is_hybrid(raw),
                api.llama_model_n_swa(raw),
            )
        };
        match u32::try_from(window) {
            _ if recurrent => Memory::Recurrent,
            Ok(window) if window > 0 => Memory::SlidingWindow(window),
            _ => Memory::Attention,
        }
    }

    /// Tokens that the model was trained to see at once.
    #[must_use]
    pub fn trained_context(&self) -> u32 {
        // SAFETY: reads a number of a living model.
        unsafe { self.library.llama.llama_model_n_ctx_train(self.raw.as_ptr()) }.unsigned_abs()
    }

    /// Tokens of the vocabulary.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        // SAFETY: reads a number of a living vocabulary.
        let count = unsafe { self.library.llama.llama_vocab_n_tokens(self.vocab.as_ptr()) };
        usize::try_from(count).unwrap_or(0)
    }

    /// The metadata value of `key` as text; `None` where the file has none, or an array.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<String> {
        let key = CString::new(key).ok()?;
        let mut buffer = vec![0_u8; 256];
        loop {
            // SAFETY: the buffer is writable for the length given, the call ends its text with a zero byte.
            let length = unsafe {
                self.library.llama.llama_model_meta_val_str(
                    self.raw.as_ptr(),
                    key.as_ptr(),
                    buffer.as_mut_ptr().cast(),
                    buffer.len(),
                )
            };
            let length = usize::try_from(length).ok()?;
            if length < buffer.len() {
                return Some(String::from_utf8_lossy(&buffer[..length]).into_owned());
            }
            buffer.resize(length + 1, 0);
        }
    }

    /// The model's chat template, in Jinja.
    #[must_use]
    pub fn chat_template(&self) -> Option<String> {
        // SAFETY: a null name asks for the default template; the text belongs to the model, which outlives the copy.
        unsafe {
            let text = self
                .library
                .llama
                .llama_model_chat_template(self.raw.as_ptr(), std::ptr::null());
            (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
        }
    }

    /// What the model makes of a whole text, by its metadata.
    #[must_use]
    pub fn vector(&self) -> Vector {
        let architecture = self.metadata("general.architecture").unwrap_or_default();
        let pooling = self
            .metadata(&format!("{architecture}.pooling_type"))
            .and_then(|value| value.parse().ok());
        match pooling {
            Some(ffi::llama_pooling_type::LLAMA_POOLING_TYPE_RANK) => Vector::Rank,
            Some(pooling) if pooling > ffi::llama_pooling_type::LLAMA_POOLING_TYPE_NONE => Vector::Embedding,
            _ => Vector::None,
        }
    }

    /// Whether the model can continue text. Those that read a text from both sides, or that need an encoder's output,
    /// can't.
    #[must_use]
    pub fn generates(&self) -> bool {
        // SAFETY: reads flags of a living model.
        let (decodes, encodes, diffuses) = unsafe {
            let (api, raw) = (&self.library.llama, self.raw.as_ptr());
            (
                api.llama_model_has_decoder(raw),
                api.llama_model_has_encoder(raw),
                api.llama_model_is_diffusion(raw),
            )
        };
        let architecture = self.metadata("general.architecture").unwrap_or_default();
        let causal = self.metadata(&format!("{architecture}.attention.causal"));
        decodes && !encodes && !diffuses && causal.as_deref() != Some("false")
    }

    /// Whether drawing `token` ends a generation.
    #[must_use]
    pub fn is_end(&self, token: Token) -> bool {
        // SAFETY: reads a flag; llama.cpp looks the token up in a set, so any number is fine.
        unsafe { self.library.llama.llama_vocab_is_eog(self.vocab.as_ptr(), token) }
    }

    /// The token that starts a text, where the vocabulary wants one.
    #[must_use]
    pub fn start_token(&self) -> Option<Token> {
        let api = &self.library.llama;
        // SAFETY: both read a living vocabulary.
        let (wanted, token) = unsafe {
            (
                api.llama_vocab_get_add_bos(self.vocab.as_ptr()),
                api.llama_vocab_bos(self.vocab.as_ptr()),
            )
        };
        (wanted && token >= 0).then_some(token)
    }

    /// The token that ends a text, where the vocabulary has one.
    #[must_use]
    pub fn end_token(&self) -> Option<Token> {
        // SAFETY: reads a living vocabulary.
        let token = unsafe { self.library.llama.llama_vocab_eos(self.vocab.as_ptr()) };
        (token >= 0).then_some(token)
    }

    /// For checks of the vocabulary that are made before the model is used.
    pub(crate) fn vocab(&self) -> *const ffi::llama_vocab {
        self.vocab.as_ptr()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: contexts hold an `Arc` of their model, so none is left; nobody else frees it.
        unsafe { self.library.llama.llama_model_free(self.raw.as_ptr()) };
    }
}

/// The first error line since the log was last read: the cause, which llama.cpp follows up with what failed by it.
pub(super) fn reason() -> String {
    let lines = Library::last_errors();
    lines
        .first()
        .map_or("it gave no reason", |line| line.trim())
        .to_owned()
}
