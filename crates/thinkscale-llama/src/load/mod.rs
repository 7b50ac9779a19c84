//! Opens llama.cpp's libraries of an installed `@node-llama-cpp` platform package, after proof that they are the build
//! that the bindings were generated for.

mod backend;
mod builds;
mod error;
mod files;
mod initialise;
mod library;
mod log;
mod probe;
mod proof;

pub use backend::{Backend, Candidate, Device, DeviceKind};
pub use error::LoadError;
pub use library::Library;
pub(crate) use proof::round_trip;

#[cfg(test)]
pub(crate) mod installed;
