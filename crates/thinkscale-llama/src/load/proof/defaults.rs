//! The default parameter structs of llama.cpp v0.4.0 (llama-model.cpp, llama-context.cpp, llama.cpp) field by field: a
//! struct whose layout differs from the declaration shows in the values.

use std::fmt::Debug;
use std::ptr;

use crate::bindings::llama::{
    LlamaLibrary, ggml_type, llama_attention_type, llama_context_params, llama_context_type,
    llama_flash_attn_type, llama_lazy_mode, llama_load_mode, llama_model_params, llama_pooling_type,
    llama_rope_scaling_type, llama_sampler_chain_params, llama_split_mode,
};
use crate::load::error::LoadError;

/// Compares every field of a struct; the pattern has no rest, so a field that a new release adds cannot be overlooked.
macro_rules! prove_fields {
    ($structure:ident of $found:expr, $($field:ident: $expected:expr),+ $(,)?) => {{
        let $structure { $($field),+ } = $found;
        $(prove_field(concat!(stringify!($structure), ".", stringify!($field)), &$expected, &$field)?;)+
    }};
}

/// Compares by debug text, which tells apart whatever the fields' types can hold and is what the error says.
fn prove_field<T: Debug>(field: &'static str, expected: &T, found: &T) -> Result<(), LoadError> {
    let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
    if expected == found {
        Ok(())
    } else {
        Err(LoadError::Default {
            field,
            expected,
            found,
        })
    }
}

pub(in crate::load) fn prove_defaults(llama: &LlamaLibrary) -> Result<(), LoadError> {
    // SAFETY: the three functions take nothing and return a plain struct by value; the files and the release are proven,
    // so the declared sizes are those of the library.
    let (model, context, chain) = unsafe {
        (
            llama.llama_model_default_params(),
            llama.llama_context_default_params(),
            llama.llama_sampler_chain_default_params(),
        )
    };
    prove_model(model)?;
    prove_context(context)?;
    prove_fields!(llama_sampler_chain_params of chain, no_perf: true);
    Ok(())
}

fn prove_model(found: llama_model_params) -> Result<(), LoadError> {
    prove_fields!(llama_model_params of found,
        devices: ptr::null_mut(),
        tensor_buft_overrides: ptr::null(),
        n_gpu_layers: -1,
        split_mode: llama_split_mode::LLAMA_SPLIT_MODE_LAYER,
        load_mode: llama_load_mode::LLAMA_LOAD_MODE_AUTO,
        lazy_mode: llama_lazy_mode::LLAMA_LAZY_MODE_AUTO,
        main_gpu: 0,
        tensor_split: ptr::null(),
        progress_callback: None,
        progress_callback_user_data: ptr::null_mut(),
        kv_overrides: ptr::null(),
        vocab_only: false,
        check_tensors: false,
        use_extra_bufts: true,
        no_host: false,
        no_alloc: false,
        load_mtp: false,
    );
    Ok(())
}

fn prove_context(found: llama_context_params) -> Result<(), LoadError> {
    prove_fields!(llama_context_params of found,
        n_ctx: 512,
        n_batch: 2_048,
        n_ubatch: 512,
        n_seq_max: 1,
        n_rs_seq: 0,
        n_outputs_max: 0,
        n_outputs_max_per_seq: 1,
        n_threads: 4,
        n_threads_batch: 4,
        ctx_type: llama_context_type::LLAMA_CONTEXT_TYPE_DEFAULT,
        rope_scaling_type: llama_rope_scaling_type::LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED,
        pooling_type: llama_pooling_type::LLAMA_POOLING_TYPE_UNSPECIFIED,
        attention_type: llama_attention_type::LLAMA_ATTENTION_TYPE_UNSPECIFIED,
        flash_attn_type: llama_flash_attn_type::LLAMA_FLASH_ATTN_TYPE_AUTO,
        rope_freq_base: 0.0,
        rope_freq_scale: 0.0,
        yarn_ext_factor: -1.0,
        yarn_attn_factor: -1.0,
        yarn_beta_fast: -1.0,
        yarn_beta_slow: -1.0,
        yarn_orig_ctx: 0,
        defrag_thold: -1.0,
        cb_eval: None,
        cb_eval_user_data: ptr::null_mut(),
        type_k: ggml_type::GGML_TYPE_F16,
        type_v: ggml_type::GGML_TYPE_F16,
        abort_callback: None,
        abort_callback_data: ptr::null_mut(),
        embeddings: false,
        offload_kqv: true,
        no_perf: true,
        op_offload: true,
        swa_full: true,
        kv_unified: false,
        samplers: ptr::null_mut(),
        n_samplers: 0,
        ctx_other: ptr::null_mut(),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::installed;

    #[test]
    fn the_installed_library_has_the_defaults_of_the_release() {
        assert!(prove_defaults(&installed::library().llama).is_ok());
    }

    #[test]
    fn a_shifted_field_is_named_with_both_values() {
        // SAFETY: takes nothing and returns a plain struct.
        let mut params = unsafe { installed::library().llama.llama_context_default_params() };
        params.yarn_beta_slow = 0.0;
        let refusal = prove_context(params).map_err(|error| error.to_string());
        let expected = "llama_context_params.yarn_beta_slow is 0.0 by default, where the release of the bindings has -1.0";
        assert_eq!(refusal, Err(expected.to_owned()));
    }
}
