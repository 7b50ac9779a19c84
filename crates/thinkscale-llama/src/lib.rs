//! llama.cpp's C API, loaded at run time from the libraries that node-llama-cpp installs, and the decode loop over it.

/// Generated declarations.
#[allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    unsafe_op_in_unsafe_fn,
    dead_code
)]
mod bindings {
    pub mod ggml;
    pub mod ggml_base;
    pub mod llama;
}

pub mod decode;
mod error;
pub mod load;
pub mod model;
pub mod sampling;
pub mod text;
pub mod thinking;

pub use error::LlamaError;
