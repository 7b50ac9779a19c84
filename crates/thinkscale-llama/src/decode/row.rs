use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::error::LlamaError;
use crate::model::{Model, Token};
use crate::sampling::{CONFIDENCE_TOKENS, Constraint, Distribution, Sampler};
use crate::text::{StopText, Utf8Stream};
use crate::thinking::{Action, Phase, Thinking};

use super::branch::Branch;
use super::command::CallId;
use super::options::{RowRequest, ThinkingRequest};
use super::confidence::ConfidenceWindow;
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
}

/// Where a row belongs and what bounds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub call: CallId,
    pub index: i32,
    /// Tokens that a branch can hold.
    pub context_length: usize,
    /// Tokens over which confidences are averaged.
    pub confidence_window: usize,
}

/// One row of a drawing call.
pub(super) struct Row {
    pub place: Place,
    pub keep: bool,
    /// Tokens that were evaluated again, or in vain, since the last step.
    pub recomputed: u32,
    sampler: Sampler,
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
        let RowRequest { sampling, thinking, max_tokens, stops, keep, .. } = request;
        Ok(Self {
            place,
            keep,
            recomputed: 0,
            sampler: Sampler::new(model, sampling, constraint)?,
            max_tokens: max_tokens as usize,
            produced: 0,
            utf8: Utf8Stream::new(),
            stop: StopText::new(stops),
            thinking: None,
            asked: thinking,
            delimiters: HashSet::new(),
            window: ConfidenceWindow::new(place.confidence_window),
            entries: VecDeque::new(),
            text: String::new(),
            thought: String::new(),
            forced_from: None,
        })
    }

    /// Starts on `branch`: forces what has to stand before the first drawn token.
    pub fn start(&mut self, model: &Model, branch: &mut Branch) {
        let Some(request) = self.asked.take() else { return };
        let [open, close, wait] = [request.format.open(), request.format.close(), &request.plan.wait]
            .map(|text| model.tokenize_continuation(text, true));
        // What may be forced inside the row comes out of its maximum too.
        let forced = open.len() + close.len() + wait.len() * request.plan.waits as usize;
        self.delimiters = open.into_iter().chain(close).collect();
        let last = &branch.tokens[branch.tokens.len().saturating_sub(PROMPT_END)..];
        let opened = request.format.opened_by(&model.detokenize(last, true));
        let maximum = u32::try_from(self.max_tokens).unwrap_or(u32::MAX);
        let forced = u32::try_from(forced).unwrap_or(u32::MAX);
        let thinking = Thinking::new(request.format, request.plan, maximum, forced, opened);
        let opening = thinking.opening().map(str::to_owned);
        self.thinking = Some(thinking);
        if let Some(text) = opening {
            let logits = branch.logits.take();
            let logits = logits.as_ref().map(|logits| logits.values.as_slice());
            self.force(model, branch, &text, logits);
        }
    }

    /// The first position of the branch whose logits the row needs.
    pub fn first_output(&self, branch: &Branch) -> usize {
        let last = branch.tokens.len() - 1;
        self.forced_from.map_or(last, |first| first.saturating_sub(1).min(last))
    }

    /// Scores the forced token that follows position `position`, whose logits these are.
    pub fn score_forced(&mut self, branch: &Branch, position: usize, logits: &[f32]) {
        let is_next = self.forced_from == Some(position + 1);
        let Some(&token) = branch.tokens.get(position + 1).filter(|_| is_next) else { return };
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
        let answers = self.thinking.as_ref().is_none_or(|thinking| thinking.phase() == Phase::Answer);
        let drawn = self.sampler.draw(logits, answers)?;
        branch.extend(&[drawn.token]);
        self.produced += 1;
        self.note(drawn.token, drawn.log_probability, drawn.confidence, false);
        let is_end = model.is_end(drawn.token);
        let mut advance = Advance::default();
        match self.read(model, drawn.token, is_end) {
            Action::Continue => {}
            Action::Finish => advance.finish = Some(Finish::End),
            Action::Force(text) => self.force(model, branch, &text, None),
            Action::Replace { drop_tokens, text } => {
                advance.rewind = self.replace(model, branch, drop_tokens, &text, logits);
            }
        }
        if self.stop.stopped() {
            advance.finish = Some(Finish::Stop);
        } else if advance.finish.is_none() {
            advance.finish = self.limit(branch, late);
        }
        if let Some(finish) = advance.finish {
            self.flush(finish);
        }
        Ok(advance)
    }

    /// Ends a row that does not run.
    pub fn cut(&mut self) {
        self.flush(Finish::Budget);
    }

    /// Moves what is final to `step`: everything if the row has ended.
    pub fn publish(&mut self, step: &mut Step, finish: Option<Finish>) {
        let held = match (&self.thinking, finish) {
            (Some(thinking), None) => thinking.held_tokens(),
            _ => 0,
        };
        let final_entries = self.entries.len().saturating_sub(held);
        if final_entries == 0 {
            // A row that never drew anything needs no end.
            if finish.is_some() && self.produced > 0 {
                self.put(step, None, finish);
            }
            return;
        }
        for left in (0..final_entries).rev() {
            let entry = self.entries.pop_front();
            if left > 0 {
                step.put(self.place.index, entry, (String::new(), String::new()), None);
            } else {
                self.put(step, entry, finish);
            }
        }
    }

    fn put(&mut self, step: &mut Step, entry: Option<Entry>, finish: Option<Finish>) {
        let texts = (std::mem::take(&mut self.text), std::mem::take(&mut self.thought));
        step.put(self.place.index, entry, texts, finish);
    }

    fn read(&mut self, model: &Model, token: Token, is_end: bool) -> Action {
        let text = if is_end { String::new() } else { self.text_of(model, token) };
        match &mut self.thinking {
            Some(thinking) => {
                let verdict = thinking.push(&text, is_end);
                self.thought += &verdict.thinking;
                self.text += &self.stop.push(&verdict.answer);
                verdict.action
            }
            None => {
                self.text += &self.stop.push(&text);
                if is_end { Action::Finish } else { Action::Continue }
            }
        }
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

    /// Adds tokens that the model did not choose. `logits` are those before the first of them, if they are known.
    fn force(&mut self, model: &Model, branch: &mut Branch, text: &str, logits: Option<&[f32]>) {
        let tokens = model.tokenize_continuation(text, true);
        let start = branch.tokens.len();
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
        // The last token was drawn but never evaluated; those before it were.
        self.recomputed += u32::try_from(count - 1).unwrap_or(0);
        let before = (count == 1).then_some(logits);
        self.force(model, branch, text, before);
        let needs_logits = count > 1 || branch.tokens.len() == kept;
        needs_logits.then(|| kept.saturating_sub(1))
    }

    fn note_forced(&mut self, token: Token, logits: &[f32]) {
        let distribution = Distribution::new(logits, CONFIDENCE_TOKENS);
        let logit = logits.get(token as usize).copied().unwrap_or(f32::NEG_INFINITY);
        self.note(token, distribution.log_probability(logit), distribution.confidence(), true);
    }

    fn note(&mut self, token: Token, log_probability: f32, confidence: f32, forced: bool) {
        let window_confidence = self.window.push(confidence);
        self.entries.push_back(Entry { token, log_probability, confidence, window_confidence, forced });
    }
}
