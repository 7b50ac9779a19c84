//! Places in the context: who gets one, and who gives one up.

use std::collections::HashSet;

use crate::model::Sequence;

use super::BranchId;
use super::scheduler::Scheduler;
use super::sequences::{PIECE, TILE, common_start};
use super::task::{Task, Work};

/// Tokens that each drawing row should be able to add before memory runs out again; less lets branches take it from
/// each other all the time.
const HEADROOM: usize = 32;

impl Scheduler {
    /// Gives waiting tasks a place, oldest first, while there is one.
    pub(super) fn admit(&mut self) {
        let mut placed = self.tasks.iter().filter(|task| task.placed).count();
        let mut rows = self
            .tasks
            .iter()
            .filter(|task| task.placed && task.row().is_some())
            .count();
        for at in 0..self.tasks.len() {
            let task = &self.tasks[at];
            let is_row = task.row().is_some();
            if task.placed || self.is_paused(task) || is_row && rows >= self.options.parallel as usize {
                continue;
            }
            if placed > 0 {
                if self.follows(task) {
                    continue;
                }
                if placed >= self.crowd || !self.has_headroom(task, rows + 1) {
                    return;
                }
            }
            if !self.place(at) {
                return;
            }
            self.tasks[at].placed = true;
            placed += 1;
            rows += usize::from(is_row);
        }
    }

    /// Whether a task at work is about to evaluate a start that this one could copy then.
    fn follows(&self, task: &Task) -> bool {
        let Some(branch) = self.branches.get(&task.branch) else {
            return false;
        };
        let wanted = task.wanted(branch);
        if !self.sequences.exact() || branch.sequence.is_some() || wanted.most <= TILE {
            return false;
        }
        let reusable = self
            .sequences
            .longest_prefix(&wanted)
            .map_or(0, |(_, length)| length);
        self.tasks.iter().filter(|other| other.placed).any(|other| {
            let Some(other) = self.branches.get(&other.branch) else {
                return false;
            };
            let evaluated = other
                .sequence
                .map_or(0, |sequence| self.sequences.evaluated(sequence));
            let common = common_start(&other.tokens, wanted.tokens).min(wanted.most);
            common > evaluated && common >= reusable + TILE
        })
    }

    fn has_headroom(&self, task: &Task, rows: usize) -> bool {
        let Some(branch) = self.branches.get(&task.branch) else {
            return true;
        };
        let (source, reused) = match branch.sequence {
            Some(sequence) => (Some(sequence), self.sequences.evaluated(sequence)),
            None => match self.sequences.longest_prefix(&task.wanted(branch)) {
                Some((source, length)) => (Some(source), length),
                None => (None, 0),
            },
        };
        let needed = branch.tokens.len().saturating_sub(reused) + rows * HEADROOM;
        let room = self.sequences.room();
        room >= needed || room.saturating_add(self.reclaimable(source)) >= needed
    }

    /// Cells that could be taken from who is not at work, but for sequence `except`.
    fn reclaimable(&self, except: Option<Sequence>) -> usize {
        let working = self.working();
        let idle = |owner: Option<BranchId>| owner.is_none_or(|owner| !working.contains(&owner));
        self.sequences
            .exclusive_of(|owner, at| idle(owner) && Some(at) != except)
    }

    fn working(&self) -> HashSet<BranchId> {
        self.tasks
            .iter()
            .filter(|task| task.placed)
            .map(|task| task.branch)
            .collect()
    }

    /// Makes sure that a task's branch has a sequence, which holds as much of its start as any other does.
    fn place(&mut self, at: usize) -> bool {
        let id = self.tasks[at].branch;
        let Some(branch) = self.branches.get(&id) else {
            return true;
        };
        if branch.sequence.is_some() {
            return true;
        }
        let wanted = self.tasks[at].wanted(branch);
        if self.options.reproducible && self.sequences.idle() {
            self.sequences.keep_clean_start(&wanted);
        }
        let found = self.sequences.longest_prefix(&wanted);
        let length = branch.tokens.len();
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
        if let Some(branch) = self.branches.get_mut(&id) {
            branch.sequence = Some(sequence);
            self.reused += evaluated.saturating_sub(branch.computed) as u64;
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

    /// Frees one sequence that nobody works with: what a dropped branch left, else an idle branch's, else that of one
    /// whose work waits or is scored. False if there is none.
    pub(super) fn reclaim(&mut self, except: Option<Sequence>) -> bool {
        let working = self.working();
        let is_busy = |id: BranchId| self.branches.get(&id).is_some_and(|branch| branch.busy);
        let oldest = |wanted: &dyn Fn(Option<BranchId>) -> bool| {
            self.sequences
                .oldest_of(|owner, at| wanted(owner) && Some(at) != except)
        };
        let found = oldest(&|owner| owner.is_none())
            .or_else(|| oldest(&|owner| owner.is_some_and(|owner| !is_busy(owner))))
            .or_else(|| oldest(&|owner| owner.is_some_and(|owner| !working.contains(&owner))));
        let Some(sequence) = found else { return false };
        if let Some(id) = self.sequences.owner(sequence) {
            self.lose_place(id);
        } else {
            self.sequences.free(sequence);
        }
        true
    }

    /// The youngest task that is at work gives its place up, unless it is the only one. False if it is.
    pub(super) fn pause_youngest(&mut self) -> bool {
        let mut placed = (0..self.tasks.len()).filter(|&at| self.tasks[at].placed).rev();
        let (Some(youngest), Some(_)) = (placed.next(), placed.next()) else {
            return false;
        };
        self.tasks[youngest].placed = false;
        self.lose_place(self.tasks[youngest].branch);
        true
    }

    /// Frees the memory of a branch that may need it again.
    fn lose_place(&mut self, id: BranchId) {
        let sequence = self
            .branches
            .get_mut(&id)
            .and_then(|branch| branch.sequence.take());
        let Some(sequence) = sequence else { return };
        let task = self.tasks.iter().find(|task| task.branch == id);
        let drawing = task.is_some_and(|task| matches!(&task.work, Work::Row(row) if row.has_drawn()));
        self.pauses += u64::from(drawing);
        self.sequences.free(sequence);
    }

    /// Keeps what dropped branches left below a quarter of the cells: it costs attention time to all.
    pub(super) fn shrink_retired(&mut self) {
        let most = self.sequences.cell_count() / 4;
        while self.sequences.exclusive_of(|owner, _| owner.is_none()) > most {
            let Some(oldest) = self.sequences.oldest_of(|owner, _| owner.is_none()) else {
                return;
            };
            self.sequences.free(oldest);
        }
    }
}

/// Where a prompt's next piece ends: pieces have the same borders however much of the prompt was reused.
pub(super) fn piece_end(start: usize, length: usize, budget: usize) -> usize {
    let border = (start / PIECE + 1) * PIECE;
    let end = length.min(border).min(start + budget);
    if end == length || end == border || end <= TILE {
        end
    } else {
        (end / TILE * TILE).max(start + 1)
    }
}
