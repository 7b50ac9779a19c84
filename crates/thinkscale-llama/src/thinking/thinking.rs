//! The state machine of one row's thinking, driven by its drawn tokens.

use super::{Action, Format, FormatKind, Phase, Plan, Verdict, window::Window};
use crate::text::stop::overlap;

/// Splits a row's drawn text into thinking and answer and holds its thinking to a [`Plan`].
///
/// `push` takes each drawn token; forced tokens are never pushed. White space right after a delimiter is in no channel.
#[derive(Debug, Clone)]
pub struct Thinking {
    format: Format,
    plan: Plan,
    effective_max: u32,
    opening: Option<String>,
    phase: Phase,
    opened: bool,
    window: Window,
    /// Tokens drawn while thinking, dropped ones included.
    drawn: u32,
    /// Tokens drawn while thinking that are still in the row.
    kept: u32,
    waits_used: u32,
    /// Whether the current channel has shown nothing since its delimiter.
    trim: bool,
    /// Whether the thinking shown so far ends at a sentence end.
    sentence_end: bool,
}

impl Thinking {
    /// A row before its first draw.
    ///
    /// `row_max_tokens` is the row's whole maximum; `close_tokens` is the length of the close text in tokens, to which a
    /// caller adds what else it may force inside the row (the opening, `waits` times the wait text). `opened` says that
    /// the prompt ends inside thinking ([`Format::opened_by`]).
    pub fn new(format: Format, plan: Plan, row_max_tokens: u32, close_tokens: u32, opened: bool) -> Self {
        let effective_max = plan.effective_max(row_max_tokens, close_tokens);
        let forced = format.kind() == FormatKind::Plain && !opened;
        let starts_open = forced || opened;
        let mut opening = if forced {
            format.open().to_owned()
        } else {
            String::new()
        };
        let mut phase = if starts_open {
            Phase::Thinking
        } else {
            Phase::Before
        };
        if starts_open && effective_max == 0 {
            opening.push_str(format.close());
            phase = Phase::Answer;
        }
        Self {
            format,
            plan,
            effective_max,
            opening: Some(opening).filter(|text| !text.is_empty()),
            phase,
            opened: starts_open,
            window: Window::default(),
            drawn: 0,
            kept: 0,
            waits_used: 0,
            trim: starts_open,
            sentence_end: false,
        }
    }

    /// Text to force before the first draw: the open text of a plain format that the prompt has not opened, and the
    /// close text where thinking is open and no thinking token is allowed.
    pub fn opening(&self) -> Option<&str> {
        self.opening.as_deref()
    }

    /// Where the row stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether thinking was opened, by the prompt, by force or by the model.
    pub fn has_opened(&self) -> bool {
        self.opened
    }

    /// Tokens drawn while thinking, at most the effective maximum: those of a close text and those that were replaced
    /// count, those of the open text and forced ones do not.
    pub fn thinking_tokens(&self) -> u32 {
        self.drawn
    }

    /// Early closes that were replaced, at most the plan's `waits`.
    pub fn waits_used(&self) -> u32 {
        self.waits_used
    }

    /// How many of the last drawn tokens the next push could still drop: they are not published yet.
    pub fn held_tokens(&self) -> usize {
        let tokens = match self.phase {
            Phase::Before => self.window.blanks(),
            Phase::Thinking => self.window.tokens(),
            Phase::Answer => 0,
        };
        let kept = self.kept.saturating_sub(count(tokens));
        let next = self.drawn + u32::from(self.phase == Phase::Thinking && self.drawn < u32::MAX);
        if self.may_replace(kept, next) { tokens } else { 0 }
    }

    /// Takes a drawn token: the text that it completed (empty while a character is incomplete) and whether it is an
    /// end-of-generation token, whose own text is ignored.
    pub fn push(&mut self, text: &str, is_end: bool) -> Verdict {
        let mut verdict = Verdict::default();
        if self.phase == Phase::Thinking {
            self.drawn = self.drawn.saturating_add(1);
        }
        verdict.action = if is_end {
            self.end(&mut verdict)
        } else {
            if self.phase == Phase::Thinking {
                self.kept = self.kept.saturating_add(1);
            }
            self.window.push(text);
            self.read(&mut verdict)
        };
        verdict
    }

    /// What was still held, as (thinking, answer), when the row ends for another reason than `Action::Finish`. The start
    /// of a tag is dropped; ordinary text is shown.
    pub fn finish(&mut self) -> (String, String) {
        let mut verdict = Verdict::default();
        let held = self.window.decide_all();
        match self.phase {
            Phase::Before if held.trim_start().starts_with('<') => {}
            Phase::Thinking if self.close_is_markup() => {}
            Phase::Thinking => self.show_thinking(&held, &mut verdict),
            Phase::Before | Phase::Answer => self.show_answer(&held, &mut verdict),
        }
        self.window.clear();
        (verdict.thinking, verdict.answer)
    }

    fn read(&mut self, verdict: &mut Verdict) -> Action {
        if self.phase == Phase::Before {
            self.look_for_open();
        }
        match self.phase {
            Phase::Before => Action::Continue,
            Phase::Thinking => self.think(verdict),
            Phase::Answer => {
                let text = self.window.decide_all();
                self.show_answer(&text, verdict);
                Action::Continue
            }
        }
    }

    /// Leaves `Phase::Before` once the text has decided itself: its delimiter is consumed, other text stays held.
    fn look_for_open(&mut self) {
        let held = self.window.held();
        let text = held.trim_start();
        let space = held.len() - text.len();
        let starts = [
            (Some(self.format.open()), Phase::Thinking),
            (self.format.direct(), Phase::Answer),
        ];
        let starts = starts
            .iter()
            .filter_map(|(tag, phase)| tag.map(|tag| (tag, *phase)));
        if let Some((tag, phase)) = starts.clone().find(|(tag, _)| text.starts_with(tag)) {
            let delimiter = space + tag.len();
            self.window.decide(delimiter);
            self.phase = phase;
            self.opened = phase == Phase::Thinking;
            self.trim = true;
        } else if !starts.clone().any(|(tag, _)| tag.starts_with(text)) {
            self.phase = Phase::Answer;
        }
    }

    fn think(&mut self, verdict: &mut Verdict) -> Action {
        let close = self.format.close();
        if let Some(at) = self.window.held().find(close).filter(|_| !close.is_empty()) {
            let length = close.len();
            self.decide_thinking(at, verdict);
            if self.may_replace(
                self.kept.saturating_sub(count(self.window.carriers())),
                self.drawn,
            ) {
                return self.wait(0, verdict);
            }
            self.window.decide(length);
            let rest = self.window.decide_all();
            self.answer();
            self.show_answer(&rest, verdict);
            return Action::Continue;
        }
        let ordinary = self.window.held().len() - overlap(self.window.held(), close);
        self.decide_thinking(ordinary, verdict);
        if self.drawn >= self.effective_max || self.soft_close_is_due() {
            return Action::Force(self.rest_of_close());
        }
        Action::Continue
    }

    /// An end token: a row that is thinking goes on, so that there is an answer.
    fn end(&mut self, verdict: &mut Verdict) -> Action {
        match self.phase {
            Phase::Answer => return Action::Finish,
            Phase::Before => {
                // A model that ends on its own after "<" has answered "<".
                let held = self.window.decide_all();
                self.show_answer(&held, verdict);
                return Action::Finish;
            }
            Phase::Thinking => {}
        }
        let markup = self.close_is_markup();
        let carriers = if markup { count(self.window.carriers()) } else { 0 };
        if !self.may_replace(self.kept.saturating_sub(carriers), self.drawn) {
            return Action::Replace {
                drop_tokens: 1,
                text: self.rest_of_close(),
            };
        }
        if !markup {
            self.decide_thinking(self.window.held().len(), verdict);
        }
        self.wait(1, verdict)
    }

    /// Replaces the tokens that carry the held text, and `others` after them, by the wait text.
    fn wait(&mut self, others: usize, verdict: &mut Verdict) -> Action {
        let carriers = self.window.carriers();
        let wait = self.plan.wait.clone();
        let text = format!("{}{wait}", self.window.before());
        self.window.clear();
        self.kept = self.kept.saturating_sub(count(carriers));
        self.waits_used += 1;
        self.show_thinking(&wait, verdict);
        Action::Replace {
            drop_tokens: carriers + others,
            text,
        }
    }

    /// Whether a close after `kept` thinking tokens is replaced when `drawn` were drawn, the closing ones included.
    fn may_replace(&self, kept: u32, drawn: u32) -> bool {
        kept < self.plan.min_tokens && self.waits_used < self.plan.waits && drawn < self.effective_max
    }

    fn soft_close_is_due(&self) -> bool {
        self.drawn >= self.effective_max.saturating_sub(self.plan.soft_close)
            && self.kept >= self.plan.min_tokens
            && !self.trim
            && ends_sentence(self.sentence_end, self.window.held())
    }

    /// Enters the answer; returns what is missing of the close text after its held start.
    fn rest_of_close(&mut self) -> String {
        let rest = self.format.close()[self.window.held().len()..].to_owned();
        self.answer();
        rest
    }

    fn answer(&mut self) {
        self.window.clear();
        self.phase = Phase::Answer;
        self.trim = true;
    }

    fn close_is_markup(&self) -> bool {
        self.format.close().starts_with('<')
    }

    fn decide_thinking(&mut self, bytes: usize, verdict: &mut Verdict) {
        let text = self.window.decide(bytes);
        self.show_thinking(&text, verdict);
    }

    fn show_thinking(&mut self, text: &str, verdict: &mut Verdict) {
        let visible = self.visible(text);
        self.sentence_end = ends_sentence(self.sentence_end, visible);
        verdict.thinking.push_str(visible);
    }

    fn show_answer(&mut self, text: &str, verdict: &mut Verdict) {
        verdict.answer.push_str(self.visible(text));
    }

    fn visible<'a>(&mut self, text: &'a str) -> &'a str {
        let visible = if self.trim { text.trim_start() } else { text };
        self.trim &= visible.is_empty();
        visible
    }
}

/// Whether a text ends at a sentence end after `text` was added to it; `before` says whether it did without.
fn ends_sentence(before: bool, text: &str) -> bool {
    text.chars().fold(before, |ended, character| match character {
        '.' | '!' | '?' | '\n' => true,
        ')' | ']' | '}' | '"' | '\'' | '”' | '’' | '»' => ended,
        other => ended && other.is_whitespace(),
    })
}

fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}
