use crate::error::LlamaError;
use crate::model::Token;
use crate::sampling::{CONFIDENCE_TOKENS, Distribution};

use super::branch::Branch;
use super::command::Reply;
use super::scheduler::Scheduler;
use super::task::{Purpose, Scoring, Task, Work};
use super::BranchId;

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
    /// Serves a purpose on a branch whose logits are known, and ends its turn when that is done.
    pub(super) fn serve(&mut self, id: BranchId, purpose: Purpose) {
        match purpose {
            Purpose::Prefix(reply) => {
                reply(Ok(id));
                self.release(id);
            }
            Purpose::Next { tokens, reply } => {
                reply(self.next_token(id, &tokens));
                self.release(id);
            }
            Purpose::Score { continuations, reply } => self.score(id, continuations, reply),
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

    fn score(&mut self, id: BranchId, continuations: Vec<Vec<Token>>, reply: Reply<Vec<Vec<f32>>>) {
        let firsts: Vec<Token> = continuations.iter().filter_map(|tokens| tokens.first().copied()).collect();
        let firsts = match self.next_token(id, &firsts) {
            Ok(next) => next.log_probabilities,
            Err(error) => return reply(Err(error)),
        };
        let Some(parent) = self.branches.get(&id) else { return };
        let mut firsts = firsts.into_iter();
        let mut scores = Vec::new();
        let mut longer = Vec::new();
        for (slot, continuation) in continuations.into_iter().enumerate() {
            scores.push(if continuation.is_empty() { Vec::new() } else { firsts.by_ref().take(1).collect() });
            if continuation.len() > 1 {
                let mut branch = parent.child();
                branch.extend(&continuation[..continuation.len() - 1]);
                branch.busy = true;
                longer.push((branch, slot, continuation, parent.tokens.len()));
            }
        }
        if longer.is_empty() {
            reply(Ok(scores));
            return self.release(id);
        }
        let group = self.next_number();
        self.groups.insert(group, Group { branch: id, scores, left: longer.len(), reply });
        for (branch, slot, continuation, prefix) in longer {
            let scored = self.add(branch);
            let scoring = Scoring { group, slot, continuation, prefix, scores: Vec::new() };
            self.tasks.push(Task::new(scored, Work::Score(scoring)));
        }
    }

    /// Takes the scores of one continuation; the last one answers the call.
    pub(super) fn scored(&mut self, branch: BranchId, scoring: Scoring) {
        self.discard(branch);
        let Some(group) = self.groups.get_mut(&scoring.group) else { return };
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

    /// A scoring call fails as a whole.
    pub(super) fn fail_group(&mut self, number: u64, error: &LlamaError) {
        let Some(group) = self.groups.remove(&number) else { return };
        (group.reply)(Err(error.clone()));
        let scored: Vec<BranchId> = self
            .tasks
            .iter()
            .filter(|task| matches!(&task.work, Work::Score(scoring) if scoring.group == number))
            .map(|task| task.branch)
            .collect();
        self.tasks.retain(|task| !scored.contains(&task.branch));
        for branch in scored {
            self.discard(branch);
        }
        self.release(group.branch);
    }

    /// Frees a branch of our own and leaves nothing of it in memory.
    fn discard(&mut self, id: BranchId) {
        if let Some(Branch { sequence: Some(sequence), .. }) = self.branches.remove(&id) {
            self.sequences.free(sequence);
        }
    }
}
