//! Border of `thinkscale_core::stats::paired`.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use thinkscale_core::stats;

use crate::error::{BorderError, Result};

/// What McNemar's test compared and found.
#[napi(object, object_from_js = false)]
pub struct McNemar {
    /// Problems on which both methods are right.
    pub both: f64,
    /// Problems on which only the first is right.
    pub only_first: f64,
    /// Problems on which only the second is right.
    pub only_second: f64,
    /// Problems on which neither is right.
    pub neither: f64,
    /// Two-sided exact p-value.
    pub p_value: f64,
    /// Two-sided mid-p-value.
    pub mid_p_value: f64,
}

/// McNemar's exact test of paired outcomes.
#[napi(catch_unwind)]
pub fn mc_nemar(first: Uint8Array, second: Uint8Array) -> Result<McNemar> {
    let test = stats::mc_nemar(&first, &second).map_err(BorderError::from)?;
    Ok(McNemar {
        both: test.both as f64,
        only_first: test.only_first as f64,
        only_second: test.only_second as f64,
        neither: test.neither as f64,
        p_value: test.p_value,
        mid_p_value: test.mid_p_value,
    })
}
