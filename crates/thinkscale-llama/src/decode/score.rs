use crate::error::LlamaError;
use crate::model::Token;
use crate::sampling::{CONFIDENCE_TOKENS, Distribution};

use super::BranchId;
use super::branch::Branch;
use super::command::Reply;
use super::scheduler::Scheduler;
use super::task::{Purpose, Scoring, Task, Work};

/// The model's distribution over the token after a branch.
#[derive(Debug, Clone, PartialEq)]
pub struct NextToken {
    /// Shannon entropy in nats.
    pub entropy: f64,
    /// The 20 most probable tokens, most probable first.
    pub top_tokens: Vec<Token>,
    /// Their natural log-probabilities.
    pub top_log_probabilities: Vec<f32>,
    /// Natural log-probabilities of the tokens that were asked for.
    pub log_probabilities: Vec<f32>,
}

/// A scoring call, while it has continuations to score.
pub(super) struct Group {
    branch: BranchId,
    scores: Vec<Vec<f32>>,
    left: usize,
    reply: Reply<Vec<Vec<f32>>>,
}

impl Scheduler {
    /// Serves a purpose on a branch whose logits are known. The branch's turn is over unless it still scores.
    pub(super) fn serve(&mut self, id: BranchId, purpose: Purpose) {
        let goes_on = match purpose {
            Purpose::Prefix(reply) => {
                reply(Ok(id));
                false
            }
            Purpose::Fork { count, reply } => {
                reply(Ok(self.fork(id, count)));
                false
            }
            Purpose::Next { tokens, reply } => {
                reply(self.next_token(id, &tokens));
                false
            }
            Purpose::Score { continuations, reply } => self.score(id, continuations, reply),
        };
        if let Some(branch) = self.branches.get_mut(&id) {
            branch.busy = goes_on;
        }
    }

    fn next_token(&self, id: BranchId, tokens: &[Token]) -> Result<NextToken, LlamaError> {
        let logits = self.branches.get(&id).and_then(|branch| branch.logits.as_ref());
        let logits = &logits.ok_or(LlamaError::BranchGone(id))?.values;
        let distribution = Distribution::new(logits, CONFIDENCE_TOKENS);
        let log_probability = |&logit: &f32| distribution.log_probability(logit);
        let chosen = tokens.iter().map(|&token| {
            let logit = usize::try_from(token).ok().and_then(|token| logits.get(token));
            logit.map_or(f32::NEG_INFINITY, log_probability)
        });
        Ok(NextToken {
            entropy: distribution.entropy(logits),
            log_probabilities: chosen.collect(),
            top_log_probabilities: distribution.top.logits.iter().map(log_probability).collect(),
            top_tokens: distribution.top.tokens.clone(),
        })
    }

    /// Scores continuations. True if some of them have to be evaluated.
    fn score(&mut self, id: BranchId, continuations: Vec<Vec<Token>>, reply: Reply<Vec<Vec<f32>>>) -> bool {
        let firsts: Vec<Token> = continuations
            .iter()
            .filter_map(|tokens| tokens.first().copied())
            .collect();
        let next = self.next_token(id, &firsts);
        let (firsts, parent) = match (next, self.branches.get(&id)) {
            (Ok(next), Some(parent)) => (next.log_probabilities, parent),
            (next, _) => {
                reply(Err(next.err().unwrap_or(LlamaError::BranchGone(id))));
                return false;
            }
        };
        let mut firsts = firsts.into_iter();
        let mut scores = Vec::new();
        let mut longer = Vec::new();
        for (slot, continuation) in continuations.into_iter().enumerate() {
            scores.push(if continuation.is_empty() {
                Vec::new()
            } else {
                firsts.by_ref().take(1).collect()
            });
            if continuation.len() > 1 {
                let mut branch = parent.child();
                branch.extend(&continuation[..continuation.len() - 1]);
                branch.busy = true;
                longer.push((branch, slot, continuation, parent.tokens.len()));
            }
        }
        if longer.is_empty() {
            reply(Ok(scores));
            return false;
        }
        let group = self.next_number();
        self.groups.insert(
            group,
            Group {
                branch: id,
                scores,
                left: longer.len(),
                reply,
            },
        );
        for (branch, slot, continuation, prefix) in longer {
            let scored = self.add(branch);
            let scoring = Scoring {
                group,
                slot,
                continuation,
                prefix,
                scores: Vec::new(),
            };
            self.tasks.push(Task::new(scored, Work::Score(scoring)));
        }
        true
    }

    /// Takes the scores of one continuation; the last one answers the call.
    pub(super) fn scored(&mut self, branch: BranchId, scoring: Scoring) {
        self.hand_back(branch, &scoring);
        self.discard(branch);
        let Some(group) = self.groups.get_mut(&scoring.group) else {
            return;
        };
        if let Some(scores) = group.scores.get_mut(scoring.slot) {
            scores.extend(scoring.scores);
        }
        group.left -= 1;
        if group.left == 0
            && let Some(group) = self.groups.remove(&scoring.group)
        {
            (group.reply)(Ok(group.scores));
            self.release(group.branch);
        }
    }

    /// Gives a branch that lost its memory while it was scored the start of a continuation's, so that the other
    /// continuations need not evaluate it again.
    fn hand_back(&mut self, scored: BranchId, scoring: &Scoring) {
        let Some(group) = self.groups.get(&scoring.group) else {
            return;
        };
        let lost = self
            .branches
            .get(&group.branch)
            .is_some_and(|parent| parent.sequence.is_none());
        let sequence = self.branches.get(&scored).and_then(|branch| branch.sequence);
        let Some(sequence) = sequence.filter(|_| lost && group.left > 1 && self.sequences.exact()) else {
            return;
        };
        self.sequences.cut(sequence, scoring.prefix);
        self.sequences.adopt(sequence, group.branch);
        if let Some(branch) = self.branches.get_mut(&scored) {
            branch.sequence = None;
        }
        if let Some(parent) = self.branches.get_mut(&group.branch) {
            parent.sequence = Some(sequence);
        }
    }

    /// A branch that is scored is gone.
    pub(super) fn fail_groups_of(&mut self, id: BranchId, error: &LlamaError) {
        let groups: Vec<u64> = self
            .groups
            .iter()
            .filter(|(_, group)| group.branch == id)
            .map(|(&number, _)| number)
            .collect();
        for number in groups {
            self.fail_group(number, error);
        }
    }

    /// A scoring call fails as a whole.
    pub(super) fn fail_group(&mut self, number: u64, error: &LlamaError) {
        let Some(group) = self.groups.remove(&number) else {
            return;
        };
        (group.reply)(Err(error.clone()));
        let of_group = |task: &Task| matches!(&task.work, Work::Score(scoring) if scoring.group == number);
        let tasks = std::mem::take(&mut self.tasks);
        let (gone, left): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(of_group);
        self.tasks = left;
        for task in gone {
            self.discard(task.branch);
        }
        self.release(group.branch);
    }

    /// Frees a branch of our own and leaves nothing of it in memory.
    pub(super) fn discard(&mut self, id: BranchId) {
        if let Some(Branch {
            sequence: Some(sequence),
            ..
        }) = self.branches.remove(&id)
        {
            self.sequences.free(sequence);
        }
    }
}
