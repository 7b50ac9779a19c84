//! The ends of rows, calls and branches.

use std::time::Instant;

use crate::error::LlamaError;

use super::BranchId;
use super::command::CallId;
use super::jobs::Job;
use super::row::Row;
use super::scheduler::{Piece, Scheduler};
use super::step::Finish;
use super::task::{Purpose, Task, Work};

impl Scheduler {
    pub(super) fn row_ended(&mut self, branch: BranchId, row: &Row) {
        if let Some(call) = self.calls.get_mut(&row.place.call) {
            call.rows -= 1;
        }
        if row.keep {
            self.release(branch);
        } else {
            self.drop_branch(branch);
        }
    }

    /// A row whose time was over before it could draw again.
    pub(super) fn cut_row(&mut self, id: BranchId, mut row: Box<Row>) {
        if let Some(branch) = self.branches.get_mut(&id) {
            row.cut(branch);
        }
        if let Some(call) = self.calls.get_mut(&row.place.call) {
            row.publish(&mut call.step, Some(Finish::Budget));
            call.step.recomputed_tokens += std::mem::take(&mut row.recomputed);
        }
        self.row_ended(id, &row);
    }

    /// Sends what the step drew, and the ends of calls that have no rows left.
    pub(super) fn publish(&mut self, batch_tokens: u32) {
        for call in self.calls.values_mut() {
            call.publish(batch_tokens);
        }
        self.calls.retain(|_, call| {
            if call.rows == 0 {
                call.end(Ok(()));
            }
            call.rows > 0
        });
    }

    /// Ends a call, whatever it still draws.
    pub(super) fn end_call(&mut self, id: CallId, result: Result<(), LlamaError>) {
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        let is_of_call = |row: &Row| row.place.call == id;
        for branch in self.branches.values_mut() {
            for job in &mut branch.queue {
                if let Job::Row(row) = job
                    && is_of_call(row)
                {
                    *job = Job::Leave { keep: row.keep };
                }
            }
        }
        let tasks = std::mem::take(&mut self.tasks);
        let (gone, left): (Vec<Task>, Vec<Task>) = tasks
            .into_iter()
            .partition(|task| task.row().is_some_and(is_of_call));
        self.tasks = left;
        self.crowd = usize::MAX;
        for task in gone {
            if let Work::Row(row) = task.work {
                let unpublished = self
                    .branches
                    .get(&task.branch)
                    .map_or(0, |branch| row.unpublished(branch));
                if unpublished > 0 && row.keep {
                    self.take_back(task.branch, unpublished);
                }
                self.row_ended(task.branch, &row);
            }
        }
        call.publish(0);
        call.end(result);
    }

    /// Ends the work of a task whose branch is gone.
    pub(super) fn abandon(&mut self, task: Task, error: &LlamaError) {
        match task.work {
            Work::Evaluate(purpose) => purpose.refuse(error.clone()),
            Work::Score(scoring) => {
                self.discard(task.branch);
                self.fail_group(scoring.group, error);
            }
            Work::Row(row) => self.lose_row(&row),
        }
    }

    /// A row whose branch is gone has no more entries.
    pub(super) fn lose_row(&mut self, row: &Row) {
        if let Some(call) = self.calls.get_mut(&row.place.call) {
            call.rows -= 1;
        }
    }

    /// llama.cpp could not evaluate the batch: what was in it fails, the rest goes on.
    pub(super) fn fail(&mut self, pieces: &[Piece], error: &LlamaError) {
        let branches: Vec<BranchId> = pieces.iter().map(|piece| self.tasks[piece.task].branch).collect();
        for id in branches {
            if let Some(branch) = self.branches.get_mut(&id)
                && let Some(sequence) = branch.sequence.take()
            {
                branch.logits = None;
                self.sequences.free(sequence);
            }
            let Some(at) = self.tasks.iter().position(|task| task.branch == id) else {
                continue;
            };
            if let Some(row) = self.tasks[at].row() {
                self.end_call(row.place.call, Err(error.clone()));
                continue;
            }
            let task = self.tasks.remove(at);
            let unnamed = matches!(task.work, Work::Evaluate(Purpose::Prefix(_)));
            self.abandon(task, error);
            if unnamed {
                self.drop_branch(id);
            } else {
                self.release(id);
            }
        }
        self.crowd = usize::MAX;
        self.publish(0);
    }

    /// Frees a branch: what was asked of it fails, and a row that drew on it has no more entries.
    pub(super) fn drop_branch(&mut self, id: BranchId) {
        let Some(branch) = self.branches.remove(&id) else {
            return;
        };
        let error = LlamaError::BranchGone(id);
        for job in branch.queue {
            if let Some(row) = job.refuse(error.clone()) {
                self.lose_row(&row);
            }
        }
        if let Some(sequence) = branch.sequence {
            let whole = self.sequences.evaluated(sequence) == branch.tokens.len();
            self.sequences.retire(sequence, branch.logits.filter(|_| whole));
        }
        let (gone, left) = std::mem::take(&mut self.tasks)
            .into_iter()
            .partition(|task: &Task| task.branch == id);
        self.tasks = left;
        for task in gone {
            self.abandon(task, &error);
        }
        self.fail_groups_of(id, &error);
        self.crowd = usize::MAX;
        self.shrink_retired();
    }

    /// Cuts the rows of calls whose time is over, those that wait for their branch too.
    pub(super) fn cut_late(&mut self, now: Instant) {
        let late: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(_, call)| call.is_late(now))
            .map(|(&id, _)| id)
            .collect();
        if late.is_empty() {
            return;
        }
        let is_late = |row: &Row| late.contains(&row.place.call);
        for job in self.branches.values_mut().flat_map(|branch| &mut branch.queue) {
            let Job::Row(row) = job else { continue };
            if let Some(call) = self
                .calls
                .get_mut(&row.place.call)
                .filter(|call| call.is_late(now))
            {
                call.rows -= 1;
                *job = Job::Leave { keep: row.keep };
            }
        }
        let tasks = std::mem::take(&mut self.tasks);
        let (late, left): (Vec<Task>, Vec<Task>) = tasks
            .into_iter()
            .partition(|task| task.row().is_some_and(is_late));
        self.tasks = left;
        for task in late {
            if let Work::Row(row) = task.work {
                self.cut_row(task.branch, row);
            }
        }
        self.publish(0);
    }
}
