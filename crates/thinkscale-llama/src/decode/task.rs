use crate::error::LlamaError;
use crate::model::Token;
use crate::sampling::Distribution;

use super::branch::Branch;
use super::command::Reply;
use super::row::Row;
use super::score::NextToken;
use super::BranchId;

/// What an evaluated branch was wanted for.
pub(super) enum Purpose {
    Prefix(Reply<BranchId>),
    Score { continuations: Vec<Vec<Token>>, reply: Reply<Vec<Vec<f32>>> },
    Next { tokens: Vec<Token>, reply: Reply<NextToken> },
}

impl Purpose {
    /// Answers that the branch could not be evaluated.
    pub fn refuse(self, error: LlamaError) {
        match self {
            Self::Prefix(reply) => reply(Err(error)),
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
    /// Scores the continuation's token that follows position `position` of the branch, whose logits these are.
    pub fn note(&mut self, position: usize, logits: &[f32]) {
        let Some(&token) = self.continuation.get(position + 1 - self.prefix) else { return };
        let logit = logits.get(token as usize).copied().unwrap_or(f32::NEG_INFINITY);
        self.scores.push(Distribution::new(logits, 1).log_probability(logit));
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
    /// Its branch has a place in the context.
    pub placed: bool,
}

impl Task {
    pub fn new(branch: BranchId, work: Work) -> Self {
        Self { branch, work, placed: false }
    }

    pub fn row(&self) -> Option<&Row> {
        match &self.work {
            Work::Row(row) => Some(row),
            _ => None,
        }
    }

    /// Tokens at the start of the branch that need not be evaluated if another sequence holds them: not those whose
    /// logits are wanted.
    pub fn reusable(&self, branch: &Branch) -> usize {
        let first = self.first_output(branch);
        if first + 1 < branch.tokens.len() { first } else { branch.tokens.len() }
    }

    /// The first position whose logits are wanted.
    pub fn first_output(&self, branch: &Branch) -> usize {
        match &self.work {
            Work::Evaluate(_) => branch.tokens.len() - 1,
            Work::Row(row) => row.first_output(branch),
            Work::Score(scoring) => scoring.prefix,
        }
    }
}
