use crate::error::LlamaError;
use crate::model::Token;
use crate::sampling::Distribution;

use super::BranchId;
use super::branch::Branch;
use super::command::Reply;
use super::row::Row;
use super::score::NextToken;
use super::sequences::Wanted;

/// What an evaluated branch was wanted for.
pub(super) enum Purpose {
    Prefix(Reply<BranchId>),
    Fork {
        count: usize,
        reply: Reply<Vec<BranchId>>,
    },
    Score {
        continuations: Vec<Vec<Token>>,
        reply: Reply<Vec<Vec<f32>>>,
    },
    Next {
        tokens: Vec<Token>,
        reply: Reply<NextToken>,
    },
}

impl Purpose {
    /// Answers that the branch could not be evaluated.
    pub fn refuse(self, error: LlamaError) {
        match self {
            Self::Prefix(reply) => reply(Err(error)),
            Self::Fork { reply, .. } => reply(Err(error)),
            Self::Score { reply, .. } => reply(Err(error)),
            Self::Next { reply, .. } => reply(Err(error)),
        }
    }
}

/// One continuation that is scored on a branch of its own.
pub(super) struct Scoring {
    /// The scoring call.
    pub group: u64,
    /// Which of its continuations.
    pub slot: usize,
    pub continuation: Vec<Token>,
    /// Tokens of the branch before the continuation.
    pub prefix: usize,
    pub scores: Vec<f32>,
}

impl Scoring {
    /// The position of the branch whose logits are wanted next. Memory may be lost and evaluated again in between.
    pub fn next_position(&self) -> usize {
        self.prefix + self.scores.len()
    }

    /// Scores the continuation's token that follows position `position` of the branch, whose logits these are.
    pub fn note(&mut self, position: usize, logits: &[f32]) {
        let is_next = position == self.next_position();
        let Some(&token) = self.continuation.get(self.scores.len() + 1).filter(|_| is_next) else {
            return;
        };
        let logit = logits.get(token as usize).copied().unwrap_or(f32::NEG_INFINITY);
        self.scores
            .push(Distribution::new(logits, 1).log_probability(logit));
    }
}

pub(super) enum Work {
    Evaluate(Purpose),
    Row(Box<Row>),
    Score(Scoring),
}

/// Work that evaluates tokens of one branch.
pub(super) struct Task {
    pub branch: BranchId,
    pub work: Work,
    /// It takes part in the next batch: its branch has a place in the context, and nobody paused it.
    pub placed: bool,
}

impl Task {
    pub fn new(branch: BranchId, work: Work) -> Self {
        Self {
            branch,
            work,
            placed: false,
        }
    }

    pub fn row(&self) -> Option<&Row> {
        match &self.work {
            Work::Row(row) => Some(row),
            _ => None,
        }
    }

    /// The first position whose logits are wanted.
    pub fn first_output(&self, branch: &Branch) -> usize {
        match &self.work {
            Work::Evaluate(_) => branch.tokens.len() - 1,
            Work::Row(row) => row.first_output(branch),
            Work::Score(scoring) => scoring.next_position(),
        }
    }

    /// What the task's branch looks for in the context.
    pub fn wanted<'a>(&self, branch: &'a Branch) -> Wanted<'a> {
        let known = branch.logits.is_some();
        Wanted {
            tokens: &branch.tokens,
            most: if known {
                branch.tokens.len()
            } else {
                self.first_output(branch)
            },
            ends: matches!(self.work, Work::Evaluate(_)),
        }
    }
}
