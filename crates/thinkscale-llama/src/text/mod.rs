//! Text of one branch as its tokens arrive: whole characters out of bytes, and the cut at a stop text.

pub mod stop;
pub mod utf8;

pub use stop::StopText;
pub use utf8::Utf8Stream;
