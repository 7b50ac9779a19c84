//! Node binding of `thinkscale-core` and `thinkscale-llama`.
//!
//! Every function here converts its arguments, calls the core function of the same name and converts the result. Small
//! work is synchronous; whatever may take longer than a few milliseconds runs on libuv's pool and returns a Promise.
//! Defaults, friendly types and prose live in `src/native/native.ts`, which is the only caller.
//!
//! A thrown error carries the core's variant name in `code` and its sentence in `message`. Objects that go out have
//! `null`, never a missing property.
// The code that napi's macros generate is unsafe by nature; of ours only what writes to an array of the caller's is.
#![allow(unsafe_code)]

mod compute;
mod error;
// Public, because the registration that makes these functions used is left out of test builds, which clippy checks.
pub mod calibration;
pub mod ensemble;
pub mod fit;
pub mod laws;
pub mod llama;
pub mod logistic;
pub mod paired;
mod scalar;
pub mod stats;
pub mod stopping;
pub mod votes;

use napi_derive::napi;

/// Cores that this process may use, container quotas and affinity masks included.
#[napi]
pub fn available_parallelism() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32)
}
