//! The numerical core of thinkscale: what votes decide, what repeated sampling covers, how sure those figures are,
//! and which law relates them to the compute that was spent.
//!
//! - [`votes`]: majority and weighted votes, and their exact expectations over every subset of a pool of samples.
//! - [`stats`]: the unbiased pass@k estimator, the bootstrap over problems and McNemar's test.
//! - [`calibration`]: a verifier's scores as probabilities, and how good they are. [`ensemble`]: several verifiers as
//!   one.
//! - [`stopping`]: when parallel sampling may stop, by the votes so far.
//! - [`fit`]: laws fitted to any table of measurements, with intervals, choice and a check of the extrapolation.
//! - [`laws`]: the forms, and fits to problems with intervals, or a refusal that says in numbers why the data support none.
//!
//! Every function is pure and deterministic: whatever draws random numbers takes a seed, and its result does not
//! depend on the number of threads.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod calibration;
mod cholesky;
pub mod ensemble;
pub mod fit;
pub mod laws;
pub mod stats;
pub mod stopping;
pub mod votes;
