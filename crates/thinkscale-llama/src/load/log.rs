//! llama.cpp's log: nothing reaches the terminal, the last errors are kept so that a failed call can say why.

use std::collections::VecDeque;
use std::ffi::{CStr, c_char, c_void};
use std::sync::{Mutex, PoisonError};

use crate::bindings::llama::ggml_log_level;

const LINES: usize = 32;
const LINE_BYTES: usize = 1_000;

struct Captured {
    lines: VecDeque<String>,
    /// Whether the last message was kept, which decides about its continuations.
    keeping: bool,
    /// Whether the last kept message still lacks its line end.
    unfinished: bool,
}

static CAPTURED: Mutex<Captured> = Mutex::new(Captured {
    lines: VecDeque::new(),
    keeping: false,
    unfinished: false,
});

impl Captured {
    fn take(&mut self, level: ggml_log_level::Type, text: &str) {
        let continues = level == ggml_log_level::GGML_LOG_LEVEL_CONT;
        if !continues {
            self.keeping = level == ggml_log_level::GGML_LOG_LEVEL_ERROR;
            self.unfinished = false;
        }
        if !self.keeping {
            return;
        }
        for piece in text.split_inclusive('\n') {
            let line = piece.trim_end_matches(['\r', '\n']);
            match self.lines.back_mut() {
                Some(last) if self.unfinished => push_bounded(last, line),
                _ if line.is_empty() => {}
                _ => {
                    if self.lines.len() == LINES {
                        self.lines.pop_front();
                    }
                    let mut kept = String::new();
                    push_bounded(&mut kept, line);
                    self.lines.push_back(kept);
                }
            }
            self.unfinished = !piece.ends_with('\n');
        }
    }
}

fn push_bounded(line: &mut String, text: &str) {
    let mut end = LINE_BYTES.saturating_sub(line.len()).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    line.push_str(&text[..end]);
}

/// The callback for `llama_log_set`; called by llama.cpp on any of its threads.
pub(super) unsafe extern "C" fn capture(
    level: ggml_log_level::Type,
    text: *const c_char,
    _data: *mut c_void,
) {
    if text.is_null() {
        return;
    }
    // SAFETY: ggml passes a zero-terminated string that lives until the callback returns.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    CAPTURED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take(level, &text);
}

pub(super) fn drain() -> Vec<String> {
    let mut captured = CAPTURED.lock().unwrap_or_else(PoisonError::into_inner);
    captured.unfinished = false;
    captured.lines.drain(..).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured() -> Captured {
        Captured {
            lines: VecDeque::new(),
            keeping: false,
            unfinished: false,
        }
    }

    #[test]
    fn only_errors_are_kept_with_their_continuations() {
        let mut log = captured();
        log.take(ggml_log_level::GGML_LOG_LEVEL_INFO, "loading\n");
        log.take(ggml_log_level::GGML_LOG_LEVEL_ERROR, "tensor ");
        log.take(ggml_log_level::GGML_LOG_LEVEL_CONT, "'a' is missing\nand ");
        log.take(ggml_log_level::GGML_LOG_LEVEL_CONT, "so is 'b'\n");
        log.take(ggml_log_level::GGML_LOG_LEVEL_WARN, "slow\n");
        log.take(ggml_log_level::GGML_LOG_LEVEL_CONT, "very slow\n");
        assert_eq!(log.lines, ["tensor 'a' is missing", "and so is 'b'"]);
    }

    #[test]
    fn the_buffer_keeps_the_last_lines_and_bounds_each() {
        let mut log = captured();
        for index in 0..LINES + 5 {
            log.take(ggml_log_level::GGML_LOG_LEVEL_ERROR, &format!("line {index}\n"));
        }
        assert_eq!(log.lines.len(), LINES);
        assert_eq!(log.lines.front().map(String::as_str), Some("line 5"));
        log.take(ggml_log_level::GGML_LOG_LEVEL_ERROR, &"é".repeat(LINE_BYTES));
        log.take(ggml_log_level::GGML_LOG_LEVEL_CONT, &"é".repeat(LINE_BYTES));
        assert_eq!(log.lines.back().map(String::len), Some(LINE_BYTES));
    }
}
