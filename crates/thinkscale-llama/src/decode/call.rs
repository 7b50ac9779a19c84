use std::time::Instant;

use crate::error::LlamaError;

use super::command::{CallEvent, Sink};
use super::step::Step;

/// A drawing call, while it has rows.
pub(super) struct Call {
    sink: Sink,
    pub deadline: Option<Instant>,
    /// Rows that have not ended.
    pub rows: usize,
    /// Its reader is behind: no token is drawn for it.
    pub paused: bool,
    /// What the current step drew.
    pub step: Step,
    /// Its share of the time since its last step.
    pub seconds: f64,
}

impl Call {
    pub fn new(sink: Sink, deadline: Option<Instant>, rows: usize) -> Self {
        Self {
            sink,
            deadline,
            rows,
            paused: false,
            step: Step::default(),
            seconds: 0.0,
        }
    }

    pub fn is_late(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Sends what was drawn.
    pub fn publish(&mut self, batch_tokens: u32) {
        if self.step.rows.is_empty() {
            return;
        }
        let mut step = std::mem::take(&mut self.step);
        step.batch_tokens = batch_tokens;
        step.seconds = std::mem::take(&mut self.seconds);
        (self.sink)(CallEvent::Step(Box::new(step)));
    }

    pub fn end(&self, result: Result<(), LlamaError>) {
        (self.sink)(CallEvent::Ended(result));
    }
}
