use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::error::LlamaError;
use crate::model::{Model, Token};
use crate::sampling::{CONFIDENCE_TOKENS, Constraint, Distribution, Sampler};
use crate::text::{StopText, Utf8Stream};
use crate::thinking::{Action, FormatKind, Phase, Thinking, Verdict};

use super::branch::Branch;
use super::command::CallId;
use super::confidence::{ConfidenceWatch, ConfidenceWindow};
use super::options::{RowRequest, ThinkingRequest};
use super::step::{Entry, Finish, Step};

/// Tokens at the end of a prompt that tell whether its template has opened thinking.
const PROMPT_END: usize = 64;

/// What one look at logits means for the branch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Advance {
    /// The row ended.
    pub finish: Option<Finish>,
    /// What was evaluated from this token on has to be forgotten, because it was taken back.
    pub rewind: Option<usize>,
    /// Tokens that were evaluated and taken back.
    pub in_vain: u32,
}

/// Where a row belongs and what bounds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub call: CallId,
    pub index: i32,
    /// Tokens that a branch can hold.
    pub context_length: usize,
    pub confidence: ConfidenceWatch,
    /// Most probable tokens that each entry lists.
    pub top_tokens: usize,
}

/// One row of a drawing call.
pub(super) struct Row {
    pub place: Place,
    pub keep: bool,
    /// Tokens that were evaluated again, or in vain, since the last step.
    pub recomputed: u32,
    sampler: Sampler,
    /// What the answer may be is constrained.
    constrained: bool,
    max_tokens: usize,
    produced: usize,
    utf8: Utf8Stream,
    stop: StopText,
    thinking: Option<Thinking>,
    /// The thinking that was asked for, until the row starts.
    asked: Option<ThinkingRequest>,
    /// Control tokens that belong to the delimiters of thinking: only these are spelled out.
    delimiters: HashSet<Token>,
    window: ConfidenceWindow,
    entries: VecDeque<Entry>,
    text: String,
    thought: String,
    /// The first token of the branch that was forced and is not scored yet.
    forced_from: Option<usize>,
}

impl Row {
    /// # Errors
    /// As [`Sampler::new`].
    pub fn new(
        model: &Arc<Model>,
        request: RowRequest,
        place: Place,
        constraint: Option<Constraint>,
    ) -> Result<Self, LlamaError> {
        let RowRequest {
            mut sampling,
            thinking,
            max_tokens,
            stops,
            keep,
            ..
        } = request;
        // llama.cpp sets memory for the whole window aside.
        sampling.penalty_window = sampling.penalty_window.min(place.context_length);
        let constrained = constraint.is_some();
        Ok(Self {
            place,
            keep,
            recomputed: 0,
            sampler: Sampler::new(model, sampling, constraint)?,
            constrained,
            max_tokens: max_tokens as usize,
            produced: 0,
            utf8: Utf8Stream::new(),
            stop: StopText::new(stops),
            thinking: None,
            asked: thinking,
            delimiters: HashSet::new(),
            window: ConfidenceWindow::new(place.confidence.window),
            entries: VecDeque::new(),
            text: String::new(),
            thought: String::new(),
            forced_from: None,
        })
    }

    /// Starts on `branch`: forces what has to stand before the first drawn token.
    pub fn start(&mut self, model: &Model, branch: &mut Branch) {
        let Some(ThinkingRequest { format, plan }) = self.asked.take() else {
            return;
        };
        let [open, close, wait] =
            [format.open(), format.close(), &plan.wait].map(|text| model.tokenize_continuation(text, true));
        let last = &branch.tokens[branch.tokens.len().saturating_sub(PROMPT_END)..];
        let mut opened = format.opened_by(&model.detokenize(last, true));
        // What stands in the row without being thinking or answer comes out of its maximum too.
        let opens = if opened { 0 } else { open.len() };
        let forced = opens + close.len() + wait.len() * plan.waits as usize;
        self.delimiters = open.into_iter().chain(close).collect();
        let mut opening = String::new();
        // Left to the model, it could begin its answer without thinking, and so before the constraint holds.
        if self.constrained && !opened && format.kind() != FormatKind::Plain {
            opening += format.open();
            opened = true;
        }
        let room = self.place.context_length.saturating_sub(branch.tokens.len());
        let maximum = u32::try_from(self.max_tokens.min(room)).unwrap_or(u32::MAX);
        let forced = u32::try_from(forced).unwrap_or(u32::MAX);
        let thinking = Thinking::new(format, plan, maximum, forced, opened);
        opening += thinking.opening().unwrap_or_default();
        self.thinking = Some(thinking);
        if !opening.is_empty() {
            let logits = branch.logits.take();
            let logits = logits.as_ref().map(|logits| logits.values.as_slice());
            self.force(model, branch, &opening, logits);
        }
    }

    /// Whether the row has tokens.
    pub fn has_drawn(&self) -> bool {
        self.produced > 0
    }

    /// Tokens at the end of its branch that no step has or will have, if the row goes no further.
    pub fn unpublished(&self, branch: &Branch) -> usize {
        let unscored = self
            .forced_from
            .map_or(0, |first| branch.tokens.len().saturating_sub(first));
        self.entries.len() + unscored
    }

    /// The first position of the branch whose logits the row needs.
    pub fn first_output(&self, branch: &Branch) -> usize {
        let last = branch.tokens.len() - 1;
        self.forced_from
            .map_or(last, |first| first.saturating_sub(1).min(last))
    }

    /// Scores the forced token that follows position `position`, whose logits these are.
    pub fn score_forced(&mut self, branch: &Branch, position: usize, logits: &[f32]) {
        let is_next = self.forced_from == Some(position + 1);
        let Some(&token) = branch.tokens.get(position + 1).filter(|_| is_next) else {
            return;
        };
        self.note_forced(token, logits);
        let next = position + 2;
        self.forced_from = (next < branch.tokens.len()).then_some(next);
    }

    /// Draws the next token from the logits after the branch's last one. `late` cuts the row after it.
    pub fn draw(
        &mut self,
        model: &Model,
        branch: &mut Branch,
        logits: &[f32],
        late: bool,
    ) -> Result<Advance, LlamaError> {
        // Forced tokens may have used up what there was.
        if let Some(finish) = self.limit(branch, false) {
            self.flush(finish);
            return Ok(Advance {
                finish: Some(finish),
                ..Advance::default()
            });
        }
        let phase = self.phase();
        let drawn = self
            .sampler
            .draw(logits, phase == Phase::Answer, self.place.top_tokens)?;
        branch.extend(&[drawn.token]);
        self.produced += 1;
        self.entries.push_back(Entry {
            token: drawn.token,
            log_probability: drawn.log_probability,
            confidence: drawn.confidence,
            window_confidence: self.window.push(drawn.confidence),
            forced: false,
            thinking: phase == Phase::Thinking,
            top: drawn.top,
        });
        let is_end = model.is_end(drawn.token);
        let mut advance = Advance::default();
        let action = self.read(model, drawn.token, is_end);
        if phase == Phase::Before && self.thinking.as_ref().is_some_and(Thinking::has_opened) {
            // What was drawn so far was the open text.
            self.entries.iter_mut().for_each(|entry| entry.thinking = true);
        }
        match action {
            Action::Continue => {}
            Action::Finish => advance.finish = Some(Finish::End),
            Action::Force(text) => self.force(model, branch, &text, None),
            Action::Replace { drop_tokens, text } => {
                advance.rewind = self.replace(model, branch, drop_tokens, &text, logits);
                // The last token was drawn but never evaluated; those before it were.
                advance.in_vain = u32::try_from(drop_tokens - 1).unwrap_or(0);
                self.recomputed += advance.in_vain;
            }
        }
        if self.stop.stopped() {
            advance.finish = Some(Finish::Stop);
        } else if advance.finish.is_none() && self.forced_from.is_none() {
            // Tokens that were forced are scored before a limit ends the row.
            advance.finish = self.limit(branch, late).or_else(|| self.doubt());
        } else if advance.finish.is_none() && late {
            advance.finish = Some(Finish::Budget);
        }
        if let Some(finish) = advance.finish {
            self.forget_unscored(branch);
            self.flush(finish);
        }
        Ok(advance)
    }

    fn phase(&self) -> Phase {
        self.thinking.as_ref().map_or(Phase::Answer, Thinking::phase)
    }

    fn doubt(&self) -> Option<Finish> {
        let floor = self.place.confidence.floor?;
        self.window.is_below(floor).then_some(Finish::Confidence)
    }

    /// Ends a row that does not run.
    pub fn cut(&mut self, branch: &mut Branch) {
        self.forget_unscored(branch);
        self.flush(Finish::Budget);
    }

    /// A branch ends with the last token that its row has published.
    fn forget_unscored(&mut self, branch: &mut Branch) {
        if let Some(first) = self.forced_from.take() {
            branch.truncate(first);
        }
    }

    /// Moves what is final to `step`: everything if the row has ended.
    pub fn publish(&mut self, step: &mut Step, finish: Option<Finish>) {
        let held = match (&self.thinking, finish) {
            // Whether these are the open text or the answer is not known yet.
            (Some(thinking), None) if thinking.phase() == Phase::Before => self.entries.len(),
            (Some(thinking), None) => thinking.held_tokens(),
            _ => 0,
        };
        let final_entries = self.entries.len().saturating_sub(held);
        if final_entries == 0 {
            // A row that had no time to begin needs no end.
            if finish.is_some_and(|finish| finish != Finish::Budget || self.produced > 0) {
                self.put(step, None, finish);
            }
            return;
        }
        for left in (0..final_entries).rev() {
            let entry = self.entries.pop_front();
            if left > 0 {
                let texts = (String::new(), String::new());
                step.put(self.place.index, entry, texts, self.place.top_tokens, None);
            } else {
                self.put(step, entry, finish);
            }
        }
    }

    fn put(&mut self, step: &mut Step, entry: Option<Entry>, finish: Option<Finish>) {
        let texts = (std::mem::take(&mut self.text), std::mem::take(&mut self.thought));
        step.put(self.place.index, entry, texts, self.place.top_tokens, finish);
    }

    fn read(&mut self, model: &Model, token: Token, is_end: bool) -> Action {
        let text = if is_end {
            String::new()
        } else {
            self.text_of(model, token)
        };
        let Some(thinking) = &mut self.thinking else {
            self.text += &self.stop.push(&text);
            return if is_end { Action::Finish } else { Action::Continue };
        };
        let answered = thinking.phase() == Phase::Answer;
        let Verdict {
            thinking: thought,
            answer,
            action,
        } = thinking.push(&text, is_end);
        self.thought += &thought;
        if self.constrained && !answered && !answer.is_empty() {
            // The token closed thinking and went on with an answer that the constraint has not seen: only its part of
            // the close text stays.
            let close = text.strip_suffix(answer.as_str()).unwrap_or_default().to_owned();
            return Action::Replace {
                drop_tokens: 1,
                text: close,
            };
        }
        self.text += &self.stop.push(&answer);
        action
    }

    fn text_of(&mut self, model: &Model, token: Token) -> String {
        let mut bytes = Vec::new();
        model.piece(token, self.delimiters.contains(&token), &mut bytes);
        self.utf8.push(&bytes)
    }

    fn limit(&self, branch: &Branch, late: bool) -> Option<Finish> {
        if self.produced >= self.max_tokens {
            Some(Finish::Length)
        } else if branch.tokens.len() >= self.place.context_length {
            Some(Finish::Context)
        } else {
            late.then_some(Finish::Budget)
        }
    }

    fn flush(&mut self, finish: Finish) {
        if finish == Finish::Stop {
            return;
        }
        let rest = match &mut self.thinking {
            Some(thinking) => {
                let (thought, answer) = thinking.finish();
                self.thought += &thought;
                answer
            }
            None => self.utf8.flush(),
        };
        self.text += &self.stop.push(&rest);
        self.text += &self.stop.flush();
    }

    /// Adds tokens that the model did not choose, as many as there is room for. `logits` are those before the first of
    /// them, if they are known.
    fn force(&mut self, model: &Model, branch: &mut Branch, text: &str, logits: Option<&[f32]>) {
        let mut tokens = model.tokenize_continuation(text, true);
        let start = branch.tokens.len();
        let room = self.place.context_length.saturating_sub(start);
        tokens.truncate(room.min(self.max_tokens.saturating_sub(self.produced)));
        branch.extend(&tokens);
        self.produced += tokens.len();
        // Bytes of a character that was not finished belong to no channel.
        self.utf8 = Utf8Stream::new();
        let scored = match (logits, tokens.first()) {
            (Some(logits), Some(&first)) => {
                self.note_forced(first, logits);
                1
            }
            _ => 0,
        };
        self.forced_from = (start + scored < branch.tokens.len()).then_some(start + scored);
    }

    /// Takes the last `count` drawn tokens back and forces `text` in their place.
    fn replace(
        &mut self,
        model: &Model,
        branch: &mut Branch,
        count: usize,
        text: &str,
        logits: &[f32],
    ) -> Option<usize> {
        let kept = branch.tokens.len().saturating_sub(count);
        for _ in 0..count {
            self.entries.pop_back();
            self.window.take_back();
        }
        branch.truncate(kept);
        let before = (count == 1).then_some(logits);
        self.force(model, branch, text, before);
        // The logits before the text in their place are gone, except those that the last of them was drawn from.
        (count > 1).then(|| kept.saturating_sub(1))
    }

    fn note_forced(&mut self, token: Token, logits: &[f32]) {
        let distribution = Distribution::new(logits, CONFIDENCE_TOKENS);
        let logit = logits.get(token as usize).copied().unwrap_or(f32::NEG_INFINITY);
        self.entries.push_back(Entry {
            token,
            log_probability: distribution.log_probability(logit),
            confidence: distribution.confidence(),
            window_confidence: self.window.mean(),
            forced: true,
            thinking: true,
            top: distribution.listed(self.place.top_tokens),
        });
    }
}
