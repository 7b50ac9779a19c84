use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::error::LlamaError;
use crate::model::{Batch, Context, ContextOptions, Decoded, Model, Pooling, Sequence, Streams};
use crate::sampling::{Constraint, SchemaCompiler};

use super::BranchId;
use super::branch::{Branch, Logits};
use super::call::Call;
use super::command::CallId;
use super::embedding::Embedder;
use super::options::{ConstraintSource, EngineOptions};
use super::room::piece_end;
use super::row::Advance;
use super::score::Group;
use super::sequences::{PIECE, Sequences};
use super::step::Statistics;
use super::task::{Task, Work};

/// Prompt tokens that are evaluated beside drawing rows, so that a long prompt does not stall them.
const PROMPT_BESIDE_ROWS: usize = 128;
/// A row with at most so many pending tokens draws in this step; more is a prompt.
const DRAWING: usize = 32;
/// Most tokens of one batch.
const LARGEST_BATCH: usize = 2048;

/// Tokens of one task in the current batch.
pub(super) struct Piece {
    pub task: usize,
    sequence: Sequence,
    start: usize,
    end: usize,
    /// Row of the batch that holds the token at `start`.
    first_row: usize,
    first_output: usize,
}

/// Everything that the decode thread owns.
pub(super) struct Scheduler {
    pub model: Arc<Model>,
    pub options: EngineOptions,
    pub sequences: Sequences,
    pub branches: HashMap<BranchId, Branch>,
    pub calls: HashMap<CallId, Call>,
    pub groups: HashMap<u64, Group>,
    /// In the order in which they were asked for.
    pub tasks: Vec<Task>,
    pub reused: u64,
    pub pauses: u64,
    /// Most tasks at work, while llama.cpp finds less room than our books say.
    pub crowd: usize,
    pub embedder: Option<Embedder>,
    schemas: Option<SchemaCompiler>,
    batch: Batch,
    largest_batch: usize,
    numbers: Arc<AtomicU64>,
    batches: u64,
    evaluated: u64,
    recomputed: u64,
    last_step: Instant,
}

impl Scheduler {
    pub fn new(model: &Arc<Model>, options: EngineOptions) -> Result<Self, LlamaError> {
        // Parents and waiting branches keep places of their own beside those that draw.
        let sequences = (options.parallel + options.parallel.clamp(2, 16)).min(256);
        let cells = match options.streams {
            Streams::Unified => options.cells.max(options.context_length),
            Streams::Split => options.context_length * sequences,
        };
        let context = Context::new(
            model,
            &ContextOptions {
                cells,
                sequences,
                batch: LARGEST_BATCH as u32,
                chunk: PIECE as u32,
                threads: i32::try_from(options.threads).unwrap_or(1),
                streams: options.streams,
                full_window: options.full_window,
                pooling: Pooling::None,
            },
        )?;
        let largest_batch = LARGEST_BATCH.min(context.batch() as usize);
        Ok(Self {
            model: Arc::clone(model),
            largest_batch,
            crowd: usize::MAX,
            sequences: Sequences::new(context, sequences, options.streams, options.full_window),
            options,
            branches: HashMap::new(),
            calls: HashMap::new(),
            groups: HashMap::new(),
            tasks: Vec::new(),
            reused: 0,
            pauses: 0,
            embedder: None,
            schemas: None,
            batch: Batch::default(),
            numbers: Arc::new(AtomicU64::new(1)),
            batches: 0,
            evaluated: 0,
            recomputed: 0,
            last_step: Instant::now(),
        })
    }

    /// Whether a step would do anything.
    pub fn has_work(&self) -> bool {
        self.tasks.iter().any(|task| !self.is_paused(task))
    }

    /// When a call that nothing else wakes has to be cut.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.calls.values().filter_map(|call| call.deadline).min()
    }

    /// The loop was idle until now.
    pub fn wake(&mut self) {
        self.last_step = Instant::now();
    }

    /// Where the numbers of branches come from, those of prompts before they are evaluated.
    pub fn numbers(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.numbers)
    }

    pub fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub fn add(&mut self, branch: Branch) -> BranchId {
        let id = self.next_number();
        self.branches.insert(id, branch);
        id
    }

    pub fn statistics(&self) -> Statistics {
        Statistics {
            batches: self.batches,
            evaluated_tokens: self.evaluated,
            recomputed_tokens: self.recomputed,
            reused_tokens: self.reused,
            pauses: self.pauses,
            used_cells: self.sequences.used_cells() as u64,
            cached_cells: self.sequences.cached_cells() as u64,
            cells: self.sequences.cell_count() as u64,
            branches: self.branches.len() as u64,
        }
    }

    /// Compiles a constraint, reading the vocabulary at the first JSON schema.
    pub fn constraint(
        &mut self,
        source: Option<&ConstraintSource>,
    ) -> Result<Option<Constraint>, LlamaError> {
        match source {
            None => Ok(None),
            Some(ConstraintSource::Grammar(text)) => Constraint::grammar(&self.model, text).map(Some),
            Some(ConstraintSource::Schema(text)) => {
                let compiler = match self.schemas.take() {
                    Some(compiler) => compiler,
                    None => SchemaCompiler::new(&self.model)?,
                };
                self.schemas.insert(compiler).compile(text).map(Some)
            }
        }
    }

    /// Evaluates one batch and draws from it.
    pub fn step(&mut self) {
        self.cut_late(Instant::now());
        self.admit();
        self.draw_from_known();
        let pieces = self.fill_batch();
        if pieces.is_empty() {
            return;
        }
        match self.sequences.context.decode(&mut self.batch) {
            Ok(Decoded::Done) => self.take_outputs(&pieces),
            Ok(Decoded::NoRoom) => {
                if self.reclaim(None) || self.pause_youngest() {
                    self.crowd = self.tasks.iter().filter(|task| task.placed).count();
                } else {
                    let error = LlamaError::Decode {
                        code: 1,
                        detail: "no room in the context".to_owned(),
                    };
                    self.fail(&pieces, &error);
                }
            }
            Err(error) => self.fail(&pieces, &error),
        }
    }

    pub fn is_paused(&self, task: &Task) -> bool {
        let call = task.row().and_then(|row| self.calls.get(&row.place.call));
        call.is_some_and(|call| call.paused)
    }

    /// Tokens of a task's branch that are not evaluated.
    fn pending(&self, task: &Task) -> usize {
        let Some(branch) = self.branches.get(&task.branch) else {
            return 0;
        };
        let evaluated = branch
            .sequence
            .map_or(0, |sequence| self.sequences.evaluated(sequence));
        branch.tokens.len() - evaluated
    }

    /// Serves tasks whose logits are known already, because their branch was forked from an evaluated one.
    fn draw_from_known(&mut self) {
        let now = Instant::now();
        let mut outcomes = Vec::new();
        let mut batch_tokens = 0;
        for at in 0..self.tasks.len() {
            let task = &self.tasks[at];
            if !task.placed {
                continue;
            }
            let Some(branch) = self.branches.get_mut(&task.branch) else {
                continue;
            };
            let Some(logits) = branch.logits.clone() else {
                // Without the logits after it, the last token has to be evaluated again.
                if let Some(sequence) = branch.sequence {
                    self.sequences.cut(sequence, branch.tokens.len() - 1);
                }
                continue;
            };
            batch_tokens = batch_tokens.max(logits.batch_tokens);
            outcomes.push((
                at,
                take(
                    &self.model,
                    &mut self.tasks[at],
                    branch,
                    &mut self.calls,
                    &logits.values,
                    now,
                ),
            ));
        }
        if !outcomes.is_empty() {
            self.conclude(outcomes);
            self.publish(batch_tokens);
        }
    }

    /// Rows first, one token each as a rule; then pieces of prompts, oldest first.
    fn fill_batch(&mut self) -> Vec<Piece> {
        self.batch.clear();
        let (drawing, prompts): (Vec<usize>, Vec<usize>) = (0..self.tasks.len())
            .filter(|&at| self.tasks[at].placed)
            .partition(|&at| self.tasks[at].row().is_some() && self.pending(&self.tasks[at]) <= DRAWING);
        let wanted: usize = drawing.iter().map(|&at| self.pending(&self.tasks[at])).sum();
        if self.sequences.room() < wanted && (self.reclaim(None) || self.pause_youngest()) {
            return self.fill_batch();
        }
        let mut pieces = Vec::new();
        for &at in &drawing {
            let pending = self.pending(&self.tasks[at]);
            if self.batch.len() + pending <= self.largest_batch {
                self.add_piece(at, pending, &mut pieces);
            }
        }
        let budget = if drawing.is_empty() {
            PIECE
        } else {
            PROMPT_BESIDE_ROWS
        };
        let mut budget = budget.min(self.largest_batch - self.batch.len());
        for &at in &prompts {
            if budget == 0 {
                break;
            }
            let evaluated = self
                .branches
                .get(&self.tasks[at].branch)
                .and_then(|branch| branch.sequence);
            let start = evaluated.map_or(0, |sequence| self.sequences.evaluated(sequence));
            let wanted = piece_end(start, start + self.pending(&self.tasks[at]), budget) - start;
            let mut room = self.sequences.room().saturating_sub(self.batch.len());
            while room < wanted && self.reclaim(None) {
                room = self.sequences.room().saturating_sub(self.batch.len());
            }
            let length = wanted.min(room);
            if length == 0 {
                break;
            }
            self.add_piece(at, length, &mut pieces);
            budget -= length;
        }
        if pieces.is_empty() && !prompts.is_empty() && self.pause_youngest() {
            return self.fill_batch();
        }
        pieces
    }

    fn add_piece(&mut self, task: usize, length: usize, pieces: &mut Vec<Piece>) {
        let Some(branch) = self.branches.get(&self.tasks[task].branch) else {
            return;
        };
        let Some(sequence) = branch.sequence else { return };
        let start = self.sequences.evaluated(sequence);
        let end = start + length;
        let first_output = self.tasks[task].first_output(branch);
        let first_row = self.batch.len();
        for position in start..end {
            self.batch.push(
                branch.tokens[position],
                position,
                sequence,
                position >= first_output,
            );
        }
        pieces.push(Piece {
            task,
            sequence,
            start,
            end,
            first_row,
            first_output,
        });
    }

    fn take_outputs(&mut self, pieces: &[Piece]) {
        let now = Instant::now();
        let batch_tokens = self.batch.len();
        let seconds = now.duration_since(self.last_step).as_secs_f64() / batch_tokens as f64;
        self.last_step = now;
        self.batches += 1;
        self.evaluated += batch_tokens as u64;
        let mut outcomes = Vec::new();
        for piece in pieces {
            let task = &mut self.tasks[piece.task];
            let Some(branch) = self.branches.get_mut(&task.branch) else {
                continue;
            };
            let prompt = matches!(task.work, Work::Evaluate(_));
            let clean = prompt && pieces.len() == 1 && self.sequences.is_only(piece.sequence);
            self.sequences
                .extend(piece.sequence, &branch.tokens[piece.start..piece.end], clean);
            let again = branch.computed.clamp(piece.start, piece.end) - piece.start;
            branch.computed = branch.computed.max(piece.end);
            self.recomputed += again as u64;
            if let Work::Row(row) = &mut task.work {
                row.recomputed += again as u32;
                if let Some(call) = self.calls.get_mut(&row.place.call) {
                    call.seconds += seconds * (piece.end - piece.start) as f64;
                }
            }
            for position in piece.start.max(piece.first_output)..piece.end {
                let row = piece.first_row + position - piece.start;
                let Some(logits) = self.sequences.context.logits(row) else {
                    continue;
                };
                if position + 1 < branch.tokens.len() {
                    score(task, branch, position, logits);
                    continue;
                }
                if let Work::Evaluate(_) = task.work {
                    let values = logits.to_vec();
                    branch.logits = Some(Arc::new(Logits {
                        values,
                        batch_tokens: batch_tokens as u32,
                    }));
                }
                score(task, branch, position, logits);
                outcomes.push((
                    piece.task,
                    take(&self.model, task, branch, &mut self.calls, logits, now),
                ));
            }
        }
        self.conclude(outcomes);
        self.publish(batch_tokens as u32);
    }

    /// Ends the tasks that have what they wanted.
    fn conclude(&mut self, mut outcomes: Vec<(usize, Outcome)>) {
        outcomes.sort_by_key(|&(at, _)| std::cmp::Reverse(at));
        let mut ended = Vec::new();
        for (at, outcome) in outcomes {
            let id = self.tasks[at].branch;
            match outcome {
                Outcome::Drawn(Advance {
                    finish: None,
                    rewind,
                    in_vain,
                }) => {
                    self.recomputed += u64::from(in_vain);
                    let sequence = self.branches.get(&id).and_then(|branch| branch.sequence);
                    if let (Some(sequence), Some(from)) = (sequence, rewind) {
                        self.sequences.cut(sequence, from);
                    }
                }
                outcome => ended.push((self.tasks.remove(at), outcome)),
            }
        }
        if !ended.is_empty() {
            self.crowd = usize::MAX;
        }
        for (task, outcome) in ended.into_iter().rev() {
            match (task.work, outcome) {
                (Work::Row(row), Outcome::Failed(error)) => {
                    self.row_ended(task.branch, &row);
                    self.end_call(row.place.call, Err(error));
                }
                (Work::Row(row), _) => self.row_ended(task.branch, &row),
                (Work::Evaluate(purpose), _) => {
                    self.serve(task.branch, purpose);
                    self.work_off(task.branch);
                }
                (Work::Score(scoring), _) => self.scored(task.branch, scoring),
            }
        }
    }
}

/// What a task made of the logits after its branch.
enum Outcome {
    Drawn(Advance),
    Done,
    Failed(LlamaError),
}

fn take(
    model: &Model,
    task: &mut Task,
    branch: &mut Branch,
    calls: &mut HashMap<CallId, Call>,
    logits: &[f32],
    now: Instant,
) -> Outcome {
    let Work::Row(row) = &mut task.work else {
        return Outcome::Done;
    };
    let Some(call) = calls.get_mut(&row.place.call) else {
        return Outcome::Done;
    };
    let advance = match row.draw(model, branch, logits, call.is_late(now)) {
        Ok(advance) => advance,
        Err(error) => return Outcome::Failed(error),
    };
    row.publish(&mut call.step, advance.finish);
    call.step.recomputed_tokens += std::mem::take(&mut row.recomputed);
    Outcome::Drawn(advance)
}

/// Notes the log-probability of the token that follows `position`.
fn score(task: &mut Task, branch: &Branch, position: usize, logits: &[f32]) {
    match &mut task.work {
        Work::Row(row) => row.score_forced(branch, position, logits),
        Work::Score(scoring) => scoring.note(position, logits),
        Work::Evaluate(_) => {}
    }
}
