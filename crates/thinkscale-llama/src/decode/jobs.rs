//! What is asked of a branch, in the order in which it was asked.

use std::time::Instant;

use crate::error::LlamaError;
use crate::model::Token;

use super::branch::Branch;
use super::call::Call;
use super::command::{Command, GenerateCall, Reply};
use super::row::{Place, Row};
use super::scheduler::Scheduler;
use super::score::NextToken;
use super::task::{Purpose, Task, Work};
use super::BranchId;

pub(super) enum Job {
    Fork { count: usize, reply: Reply<Vec<BranchId>> },
    Append { tokens: Vec<Token>, reply: Reply<()> },
    Trim { length: usize, reply: Reply<()> },
    Score { continuations: Vec<Vec<Token>>, reply: Reply<Vec<Vec<f32>>> },
    Next { tokens: Vec<Token>, reply: Reply<NextToken> },
    Row(Box<Row>),
}

impl Job {
    /// Answers that the branch is gone.
    pub fn refuse(self, error: LlamaError) {
        match self {
            Self::Fork { reply, .. } => reply(Err(error)),
            Self::Append { reply, .. } | Self::Trim { reply, .. } => reply(Err(error)),
            Self::Score { reply, .. } => reply(Err(error)),
            Self::Next { reply, .. } => reply(Err(error)),
            Self::Row(_) => {}
        }
    }
}

impl Scheduler {
    /// Does a command, or puts it in the queue of its branch. False at the end of the engine.
    pub fn handle(&mut self, command: Command) -> bool {
        match command {
            Command::Prefix { tokens, reply } => self.prefix(tokens, reply),
            Command::Fork { branch, count, reply } => self.ask(branch, Job::Fork { count, reply }),
            Command::Append { branch, tokens, reply } => self.ask(branch, Job::Append { tokens, reply }),
            Command::Trim { branch, length, reply } => self.ask(branch, Job::Trim { length, reply }),
            Command::Score { branch, continuations, reply } => {
                self.ask(branch, Job::Score { continuations, reply });
            }
            Command::Next { branch, tokens, reply } => self.ask(branch, Job::Next { tokens, reply }),
            Command::Drop { branches } => branches.into_iter().for_each(|branch| self.drop_branch(branch)),
            Command::Generate(call) => self.generate(*call),
            Command::Stop { call } => self.end_call(call, Ok(())),
            Command::Pause { call, paused } => {
                if let Some(call) = self.calls.get_mut(&call) {
                    call.paused = paused;
                }
            }
            Command::Embed { texts, reply } => reply(self.embed(&texts)),
            Command::Rank { query, documents, reply } => reply(self.rank(&query, &documents)),
            Command::Statistics { reply } => reply(Ok(self.statistics())),
            Command::Close => return false,
        }
        true
    }

    fn prefix(&mut self, tokens: Vec<Token>, reply: Reply<BranchId>) {
        let id = self.add(Branch { tokens, busy: true, ..Branch::default() });
        self.tasks.push(Task::new(id, Work::Evaluate(Purpose::Prefix(reply))));
    }

    fn ask(&mut self, id: BranchId, job: Job) {
        match self.branches.get_mut(&id) {
            None => job.refuse(LlamaError::BranchGone(id)),
            Some(branch) => {
                branch.queue.push_back(job);
                self.work_off(id);
            }
        }
    }

    /// Does what waits for a branch until something takes longer.
    pub(super) fn work_off(&mut self, id: BranchId) {
        while let Some(branch) = self.branches.get_mut(&id).filter(|branch| !branch.busy) {
            let Some(job) = branch.queue.pop_front() else { return };
            match job {
                Job::Fork { count, reply } => reply(Ok(self.fork(id, count))),
                Job::Append { tokens, reply } => {
                    branch.extend(&tokens);
                    reply(Ok(()));
                }
                Job::Trim { length, reply } => {
                    self.trim(id, length);
                    reply(Ok(()));
                }
                Job::Score { continuations, reply } => self.evaluated(id, Purpose::Score { continuations, reply }),
                Job::Next { tokens, reply } => self.evaluated(id, Purpose::Next { tokens, reply }),
                Job::Row(mut row) => {
                    branch.busy = true;
                    row.start(&self.model, branch);
                    self.tasks.push(Task::new(id, Work::Row(row)));
                }
            }
        }
    }

    /// Serves `purpose` at once if the logits after the branch are known, otherwise after its evaluation.
    fn evaluated(&mut self, id: BranchId, purpose: Purpose) {
        let Some(branch) = self.branches.get_mut(&id) else { return };
        branch.busy = true;
        if branch.logits.is_some() {
            self.serve(id, purpose);
        } else {
            self.tasks.push(Task::new(id, Work::Evaluate(purpose)));
        }
    }

    /// The branch's turn is over.
    pub(super) fn release(&mut self, id: BranchId) {
        if let Some(branch) = self.branches.get_mut(&id) {
            branch.busy = false;
        }
        self.work_off(id);
    }

    fn fork(&mut self, id: BranchId, count: usize) -> Vec<BranchId> {
        let Some(parent) = self.branches.get(&id) else { return Vec::new() };
        let source = parent.sequence;
        let children: Vec<Branch> = (0..count).map(|_| parent.child()).collect();
        let length = source.map_or(0, |source| self.sequences.evaluated(source));
        let ids = children.into_iter().map(|child| self.add(child)).collect::<Vec<_>>();
        // A place now spares the search for one later; those that find none get theirs when they are drawn.
        for &child in &ids {
            let (Some(source), Some(target)) = (source, self.sequences.claim(child)) else { break };
            if self.sequences.copy(source, target, length) {
                if let Some(branch) = self.branches.get_mut(&child) {
                    branch.sequence = Some(target);
                }
            } else {
                self.sequences.free(target);
                break;
            }
        }
        ids
    }

    fn trim(&mut self, id: BranchId, length: usize) {
        let Some(branch) = self.branches.get_mut(&id) else { return };
        if length >= branch.tokens.len() {
            return;
        }
        branch.truncate(length);
        if let Some(sequence) = branch.sequence {
            // The last kept token is evaluated again, because its logits are wanted and gone.
            self.sequences.cut(sequence, length.saturating_sub(1));
        }
    }

    fn generate(&mut self, call: GenerateCall) {
        let GenerateCall { id, rows, deadline, confidence_window, sink } = call;
        self.calls.insert(id, Call::new(sink, deadline, rows.len()));
        if rows.is_empty() {
            self.end_call(id, Ok(()));
        }
        for (index, request) in rows.into_iter().enumerate() {
            let place = Place {
                call: id,
                index: i32::try_from(index).unwrap_or(i32::MAX),
                context_length: self.options.context_length as usize,
                confidence_window,
            };
            let branch = request.branch;
            match self.row(request, place) {
                Ok(row) => self.ask(branch, Job::Row(Box::new(row))),
                Err(error) => {
                    self.end_call(id, Err(error));
                    return;
                }
            }
        }
    }

    fn row(&mut self, request: super::RowRequest, place: Place) -> Result<Row, LlamaError> {
        if !self.branches.contains_key(&request.branch) {
            return Err(LlamaError::BranchGone(request.branch));
        }
        let retracts = request.thinking.as_ref().is_some_and(|thinking| thinking.plan.min_tokens > 0);
        if retracts && !self.sequences.exact() {
            return Err(LlamaError::Missing("exact trim, which a minimum of thinking tokens needs"));
        }
        let constraint = self.constraint(request.constraint.as_ref())?;
        Row::new(&self.model, request, place, constraint)
    }

    /// Frees a branch; whatever was asked of it fails.
    pub(super) fn drop_branch(&mut self, id: BranchId) {
        let Some(branch) = self.branches.remove(&id) else { return };
        for job in branch.queue {
            job.refuse(LlamaError::BranchGone(id));
        }
        if let Some(sequence) = branch.sequence {
            self.sequences.retire(sequence, branch.logits);
        }
        let (gone, left) = std::mem::take(&mut self.tasks).into_iter().partition(|task: &Task| task.branch == id);
        self.tasks = left;
        for task in gone {
            self.abandon(task.work, &LlamaError::BranchGone(id));
        }
        self.shrink_retired();
    }

    /// Cuts the rows of calls whose time is over.
    pub(super) fn cut_late(&mut self, now: Instant) {
        if !self.calls.values().any(|call| call.is_late(now)) {
            return;
        }
        let is_late = |task: &Task| {
            let call = task.row().and_then(|row| self.calls.get(&row.place.call));
            call.is_some_and(|call| call.is_late(now))
        };
        let tasks = std::mem::take(&mut self.tasks);
        let (late, left): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(is_late);
        self.tasks = left;
        for task in late {
            if let Work::Row(row) = task.work {
                self.cut_row(task.branch, row);
            }
        }
    }
}
