//! Places in the context: who gets one, and who gives one up.

use crate::model::Sequence;

use super::scheduler::Scheduler;
use super::sequences::TILE;
use super::task::{Task, Work};
use super::BranchId;

/// Tokens that each drawing row should be able to add before memory runs out again; less lets branches take it from
/// each other all the time.
const HEADROOM: usize = 32;

impl Scheduler {
    /// Gives waiting tasks a place, oldest first, while there is one.
    pub(super) fn admit(&mut self) {
        for at in 0..self.tasks.len() {
            let rows = self.tasks.iter().filter(|task| task.placed && task.row().is_some()).count();
            let Some(task) = self.tasks.get(at).filter(|task| !task.placed) else { continue };
            if task.row().is_some() && rows >= self.options.parallel as usize {
                continue;
            }
            let alone = !self.tasks.iter().any(|task| task.placed);
            if !alone && !self.has_headroom(task, rows + 1) {
                return;
            }
            if !self.place(at) {
                return;
            }
            self.tasks[at].placed = true;
        }
    }

    fn has_headroom(&self, task: &Task, rows: usize) -> bool {
        let Some(branch) = self.branches.get(&task.branch) else { return true };
        let evaluated = branch.sequence.map_or(0, |sequence| self.sequences.evaluated(sequence));
        let start = &branch.tokens[..task.reusable(branch)];
        let found = || self.sequences.longest_prefix(start, branch.logits.is_none()).map_or(0, |(_, length)| length);
        let reused = if evaluated > 0 { evaluated } else { found() };
        let needed = branch.tokens.len().saturating_sub(reused) + rows * HEADROOM;
        self.sequences.room().saturating_add(self.reclaimable()) >= needed
    }

    /// Cells that could be taken from nobody who is at work.
    fn reclaimable(&self) -> usize {
        let idle = |id: BranchId| self.branches.get(&id).is_none_or(|branch| !branch.busy);
        self.sequences.exclusive_of(|owner| owner.is_none_or(idle))
    }

    /// Makes sure that a task's branch has a sequence, which holds as much of its start as any other does.
    fn place(&mut self, at: usize) -> bool {
        let id = self.tasks[at].branch;
        let Some(branch) = self.branches.get(&id) else { return true };
        if branch.sequence.is_some() {
            return true;
        }
        let length = branch.tokens.len();
        let tokens = branch.tokens[..self.tasks[at].reusable(branch)].to_vec();
        let needs_logits = branch.logits.is_none() && tokens.len() == length;
        if self.options.reproducible && self.sequences.idle() {
            self.sequences.keep_clean_start(&tokens, needs_logits);
        }
        let found = self.sequences.longest_prefix(&tokens, needs_logits);
        let sequence = match found {
            Some((source, length)) if self.may_adopt(source, length) => {
                self.sequences.adopt(source, id);
                Some(source)
            }
            Some((source, length)) => self.claim(id, Some(source)).inspect(|&target| {
                self.sequences.copy(source, target, length);
            }),
            None => self.claim(id, None),
        };
        let Some(sequence) = sequence else { return false };
        let evaluated = self.sequences.evaluated(sequence);
        let logits = self.sequences.take_logits(sequence);
        self.reused += evaluated as u64;
        if let Some(branch) = self.branches.get_mut(&id) {
            branch.sequence = Some(sequence);
            branch.computed = branch.computed.max(evaluated);
            if evaluated == length && branch.logits.is_none() {
                branch.logits = logits;
            }
        }
        true
    }

    /// Whether a dropped branch's sequence can be taken over instead of copied: nothing of it would be lost.
    fn may_adopt(&self, source: Sequence, length: usize) -> bool {
        self.sequences.owner(source).is_none() && self.sequences.evaluated(source) == length
    }

    fn claim(&mut self, id: BranchId, except: Option<Sequence>) -> Option<Sequence> {
        loop {
            if let Some(sequence) = self.sequences.claim(id) {
                return Some(sequence);
            }
            if !self.reclaim(except) {
                return None;
            }
        }
    }

    /// Frees one sequence that nobody works with: what a dropped branch left, else an idle branch's. False if there is
    /// none.
    pub(super) fn reclaim(&mut self, except: Option<Sequence>) -> bool {
        let retired = self.sequences.oldest_of(|owner, at| owner.is_none() && Some(at) != except);
        let is_idle = |id: BranchId| self.branches.get(&id).is_some_and(|branch| !branch.busy);
        let found = retired.or_else(|| {
            self.sequences.oldest_of(|owner, at| owner.is_some_and(is_idle) && Some(at) != except)
        });
        let Some(sequence) = found else { return false };
        if let Some(branch) = self.sequences.owner(sequence).and_then(|id| self.branches.get_mut(&id)) {
            branch.sequence = None;
        }
        self.sequences.free(sequence);
        true
    }

    /// The youngest task that is at work gives its place up, unless it is the only one. False if it is.
    pub(super) fn pause_youngest(&mut self) -> bool {
        let mut placed = (0..self.tasks.len()).filter(|&at| self.tasks[at].placed).rev();
        let (Some(youngest), Some(_)) = (placed.next(), placed.next()) else { return false };
        let task = &mut self.tasks[youngest];
        task.placed = false;
        self.pauses += u64::from(matches!(task.work, Work::Row(_)));
        if let Some(branch) = self.branches.get_mut(&task.branch)
            && let Some(sequence) = branch.sequence.take()
        {
            self.sequences.free(sequence);
        }
        true
    }

    /// Keeps what dropped branches left below a quarter of the cells: it costs attention time to all.
    pub(super) fn shrink_retired(&mut self) {
        let most = self.sequences.cell_count() / 4;
        while self.sequences.exclusive_of(|owner| owner.is_none()) > most {
            let Some(oldest) = self.sequences.oldest_of(|owner, _| owner.is_none()) else { return };
            self.sequences.free(oldest);
        }
    }
}

/// Where a prompt's next piece ends: pieces have the same borders however much of the prompt was reused.
pub(super) fn piece_end(start: usize, length: usize, budget: usize) -> usize {
    let border = (start / PIECE + 1) * PIECE;
    let end = length.min(border).min(start + budget);
    if end == length || end == border || end <= TILE { end } else { (end / TILE * TILE).max(start + 1) }
}

/// Most tokens of a prompt that are computed at once.
pub(super) const PIECE: usize = 512;
