//! One row's thinking: where it opens and closes in the drawn text, and the budget that closes it or keeps it open.

pub mod format;
pub mod plan;
#[expect(
    clippy::module_inception,
    reason = "the folder and its state machine are the same notion"
)]
pub mod thinking;
pub mod verdict;
mod window;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod rules;

pub use format::{Format, FormatKind, detect};
pub use plan::Plan;
pub use thinking::Thinking;
pub use verdict::{Action, Phase, Verdict};
