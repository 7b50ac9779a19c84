//! What is asked of a branch, in the order in which it was asked.

use crate::error::LlamaError;
use crate::model::Token;
use crate::sampling::CONFIDENCE_TOKENS;

use super::BranchId;
use super::branch::Branch;
use super::call::Call;
use super::command::{CallEvent, CallId, CallOptions, Command, GenerateCall, Reply};
use super::row::{Place, Row};
use super::scheduler::Scheduler;
use super::score::NextToken;
use super::task::{Purpose, Task, Work};

pub(super) enum Job {
    Fork {
        count: usize,
        reply: Reply<Vec<BranchId>>,
    },
    Append {
        tokens: Vec<Token>,
        reply: Reply<()>,
    },
    Trim {
        length: usize,
        reply: Reply<()>,
    },
    Score {
        continuations: Vec<Vec<Token>>,
        reply: Reply<Vec<Vec<f32>>>,
    },
    Next {
        tokens: Vec<Token>,
        reply: Reply<NextToken>,
    },
    Row(Box<Row>),
    /// In place of a row whose call has ended.
    Leave {
        keep: bool,
    },
}

impl Job {
    /// Answers that the branch is gone; the row of a job that was one is left to the caller.
    pub fn refuse(self, error: LlamaError) -> Option<Box<Row>> {
        match self {
            Self::Fork { reply, .. } => reply(Err(error)),
            Self::Append { reply, .. } | Self::Trim { reply, .. } => reply(Err(error)),
            Self::Score { reply, .. } => reply(Err(error)),
            Self::Next { reply, .. } => reply(Err(error)),
            Self::Row(row) => return Some(row),
            Self::Leave { .. } => {}
        }
        None
    }
}

impl Scheduler {
    /// Does a command, or puts it in the queue of its branch. False at the end of the engine.
    pub fn handle(&mut self, command: Command) -> bool {
        match command {
            Command::Prefix {
                branch,
                tokens,
                reply,
            } => self.prefix(branch, tokens, reply),
            Command::Fork { branch, count, reply } => self.ask(branch, Job::Fork { count, reply }),
            Command::Append {
                branch,
                tokens,
                reply,
            } => self.ask(branch, Job::Append { tokens, reply }),
            Command::Trim {
                branch,
                length,
                reply,
            } => self.ask(branch, Job::Trim { length, reply }),
            Command::Score {
                branch,
                continuations,
                reply,
            } => {
                self.ask(branch, Job::Score { continuations, reply });
            }
            Command::Next {
                branch,
                tokens,
                reply,
            } => self.ask(branch, Job::Next { tokens, reply }),
            Command::Drop { branches } => {
                branches.into_iter().for_each(|branch| self.drop_branch(branch));
                self.publish(0);
            }
            Command::Generate(call) => self.generate(*call),
            Command::Stop { call } => {
                self.end_call(call, Ok(()));
                self.publish(0);
            }
            Command::Pause { call, paused } => self.pause_call(call, paused),
            Command::Embed { texts, reply } => reply(self.embed(&texts)),
            Command::Rank {
                query,
                documents,
                reply,
            } => reply(self.rank(&query, &documents)),
            Command::Statistics { reply } => reply(Ok(self.statistics())),
            Command::Close => return false,
        }
        true
    }

    fn prefix(&mut self, id: BranchId, tokens: Vec<Token>, reply: Reply<BranchId>) {
        let branch = Branch {
            tokens,
            busy: true,
            ..Branch::default()
        };
        self.branches.insert(id, branch);
        self.tasks
            .push(Task::new(id, Work::Evaluate(Purpose::Prefix(reply))));
    }

    fn ask(&mut self, id: BranchId, job: Job) {
        match self.branches.get_mut(&id) {
            None => {
                if let Some(row) = job.refuse(LlamaError::BranchGone(id)) {
                    self.lose_row(&row);
                }
            }
            Some(branch) => {
                branch.queue.push_back(job);
                self.work_off(id);
            }
        }
    }

    /// Does what waits for a branch until something takes longer.
    pub(super) fn work_off(&mut self, id: BranchId) {
        while let Some(branch) = self.branches.get_mut(&id).filter(|branch| !branch.busy) {
            let Some(job) = branch.queue.pop_front() else {
                return;
            };
            match job {
                Job::Fork { count, reply } => self.ask_fork(id, count, reply),
                Job::Append { tokens, reply } => reply(self.append(id, &tokens)),
                Job::Trim { length, reply } => {
                    self.trim(id, length);
                    reply(Ok(()));
                }
                Job::Score { continuations, reply } => self.ask_score(id, continuations, reply),
                Job::Next { tokens, reply } => self.evaluated(id, Purpose::Next { tokens, reply }),
                Job::Row(mut row) => {
                    branch.busy = true;
                    row.start(&self.model, branch);
                    self.tasks.push(Task::new(id, Work::Row(row)));
                }
                Job::Leave { keep } => {
                    if !keep {
                        self.drop_branch(id);
                    }
                }
            }
        }
    }

    /// Forks of a branch share what they have in common, so all of it is evaluated first.
    fn ask_fork(&mut self, id: BranchId, count: usize, reply: Reply<Vec<BranchId>>) {
        let Some(branch) = self.branches.get_mut(&id) else {
            return;
        };
        let evaluated = branch
            .sequence
            .map_or(0, |sequence| self.sequences.evaluated(sequence));
        if count > 0 && (evaluated < branch.tokens.len() || branch.logits.is_none()) {
            branch.logits = None;
            self.evaluated(id, Purpose::Fork { count, reply });
        } else {
            reply(Ok(self.fork(id, count)));
        }
    }

    fn ask_score(&mut self, id: BranchId, continuations: Vec<Vec<Token>>, reply: Reply<Vec<Vec<f32>>>) {
        let longest = continuations.iter().map(Vec::len).max().unwrap_or(0);
        match self.check_room(id, longest) {
            Ok(()) => self.evaluated(id, Purpose::Score { continuations, reply }),
            Err(error) => reply(Err(error)),
        }
    }

    fn append(&mut self, id: BranchId, tokens: &[Token]) -> Result<(), LlamaError> {
        self.check_room(id, tokens.len())?;
        if let Some(branch) = self.branches.get_mut(&id) {
            branch.extend(tokens);
        }
        Ok(())
    }

    /// Whether `more` tokens leave a branch room for a new one.
    fn check_room(&self, id: BranchId, more: usize) -> Result<(), LlamaError> {
        let length = self.branches.get(&id).map_or(0, |branch| branch.tokens.len());
        let most = (self.options.context_length as usize).saturating_sub(length + 1);
        if more == 0 || more <= most {
            return Ok(());
        }
        let expected = format!("at most {most} more tokens after the branch's {length}");
        Err(LlamaError::Input {
            field: "tokens",
            expected,
            got: more.to_string(),
        })
    }

    /// Serves `purpose` at once if the logits after the branch are known, otherwise after its evaluation.
    fn evaluated(&mut self, id: BranchId, purpose: Purpose) {
        let Some(branch) = self.branches.get_mut(&id) else {
            return;
        };
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

    pub(super) fn fork(&mut self, id: BranchId, count: usize) -> Vec<BranchId> {
        let Some(parent) = self.branches.get(&id) else {
            return Vec::new();
        };
        let source = parent.sequence;
        let children: Vec<Branch> = (0..count).map(|_| parent.child()).collect();
        let length = source.map_or(0, |source| self.sequences.evaluated(source));
        let ids = children
            .into_iter()
            .map(|child| self.add(child))
            .collect::<Vec<_>>();
        // A place now spares the search for one later; those that find none get theirs when they are drawn.
        for &child in &ids {
            let (Some(source), Some(target)) = (source, self.sequences.claim(child)) else {
                break;
            };
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
        let Some(branch) = self.branches.get_mut(&id) else {
            return;
        };
        if length >= branch.tokens.len() {
            return;
        }
        branch.truncate(length);
        if let Some(sequence) = branch.sequence {
            self.sequences.cut(sequence, length);
        }
    }

    /// Takes the last `count` tokens of a branch back.
    pub(super) fn take_back(&mut self, id: BranchId, count: usize) {
        let length = self.branches.get(&id).map_or(0, |branch| branch.tokens.len());
        self.trim(id, length.saturating_sub(count));
    }

    fn check_call(&self, id: CallId, options: CallOptions) -> Result<(), LlamaError> {
        let refuse = |field, expected: String, got: String| Err(LlamaError::Input { field, expected, got });
        if self.calls.contains_key(&id) {
            let expected = "the number of no call that runs".to_owned();
            return refuse("call", expected, id.to_string());
        }
        if options.top_tokens > CONFIDENCE_TOKENS {
            let expected = format!("from 0 to {CONFIDENCE_TOKENS}");
            return refuse("topTokens", expected, options.top_tokens.to_string());
        }
        Ok(())
    }

    /// All rows are checked before the first one starts.
    fn generate(&mut self, call: GenerateCall) {
        let GenerateCall {
            id,
            rows,
            options,
            sink,
        } = call;
        if let Err(error) = self.check_call(id, options) {
            return sink(CallEvent::Ended(Err(error)));
        }
        let context_length = self.options.context_length as usize;
        let rows = rows.into_iter().enumerate().map(|(index, request)| {
            let index = i32::try_from(index).unwrap_or(i32::MAX);
            let branch = request.branch;
            let place = Place {
                call: id,
                index,
                context_length,
                confidence: options.confidence,
                top_tokens: options.top_tokens,
            };
            self.row(request, place).map(|row| (branch, row))
        });
        let rows: Vec<(BranchId, Row)> = match rows.collect() {
            Ok(rows) => rows,
            Err(error) => return sink(CallEvent::Ended(Err(error))),
        };
        self.calls
            .insert(id, Call::new(sink, options.deadline, rows.len()));
        for (branch, row) in rows {
            self.ask(branch, Job::Row(Box::new(row)));
        }
        // A call without rows has ended.
        self.publish(0);
    }

    /// Rows of a paused call keep their memory until others need it.
    fn pause_call(&mut self, id: CallId, paused: bool) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.paused = paused;
        let rows = self
            .tasks
            .iter_mut()
            .filter(|task| task.row().is_some_and(|row| row.place.call == id));
        rows.filter(|_| paused).for_each(|task| task.placed = false);
    }

    fn row(&mut self, request: super::RowRequest, place: Place) -> Result<Row, LlamaError> {
        if !self.branches.contains_key(&request.branch) {
            return Err(LlamaError::BranchGone(request.branch));
        }
        let retracts = request
            .thinking
            .as_ref()
            .is_some_and(|thinking| thinking.plan.min_tokens > 0);
        if retracts && !self.sequences.exact() {
            return Err(LlamaError::Missing(
                "exact trim, which a minimum of thinking tokens needs",
            ));
        }
        let constraint = self.constraint(request.constraint.as_ref())?;
        Row::new(&self.model, request, place, constraint)
    }
}
