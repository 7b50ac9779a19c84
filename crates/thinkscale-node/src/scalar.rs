//! Numbers of JavaScript as integers of Rust.
//!
//! N-API's own conversion wraps −1 to 4294967295 and turns NaN into 0; here both are errors.

use crate::error::BorderError;

/// The largest integer that a double holds together with all smaller ones, Number.MAX_SAFE_INTEGER.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// An integer from 0 to `Number.MAX_SAFE_INTEGER`.
pub fn integer(name: &str, value: f64) -> Result<u64, BorderError> {
    if value.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(&value) {
        Ok(value as u64)
    } else {
        let message = format!("expected `{name}` to be an integer from 0 to 2^53 - 1, got {value}");
        Err(BorderError::new("NOT_AN_INTEGER", message))
    }
}

/// The same as a size.
pub fn size(name: &str, value: f64) -> Result<usize, BorderError> {
    integer(name, value).map(|value| value as usize)
}
