//! The votes of the samples so far, kept up sample by sample.

/// Counts by answer, the leader and what the rules ask for. Answers are indices in order of their first mention.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    counts: Vec<u32>,
    /// After how many samples each answer had its first vote.
    firsts: Vec<u32>,
    drawn: u32,
    voted: u32,
    leader: Option<usize>,
    runner_up: u32,
    last: Option<usize>,
    run: u32,
}

impl Tally {
    /// Takes the next sample, `None` if it abstains.
    pub fn add(&mut self, answer: Option<usize>) {
        self.drawn += 1;
        self.run = match answer {
            None => 0,
            Some(_) if answer == self.last => self.run + 1,
            Some(_) => 1,
        };
        self.last = answer;
        let Some(answer) = answer else { return };
        self.voted += 1;
        if answer >= self.counts.len() {
            self.counts.resize(answer + 1, 0);
            self.firsts.resize(answer + 1, 0);
        }
        if self.counts[answer] == 0 {
            self.firsts[answer] = self.drawn;
        }
        self.counts[answer] += 1;
        self.rank(answer);
    }

    fn rank(&mut self, answer: usize) {
        let count = self.counts[answer];
        let Some(leader) = self.leader else {
            self.leader = Some(answer);
            return;
        };
        if answer == leader {
            return;
        }
        let most = self.counts[leader];
        let leads = count > most || (count == most && self.firsts[answer] < self.firsts[leader]);
        self.runner_up = self.runner_up.max(count.min(most));
        if leads {
            self.leader = Some(answer);
        }
    }

    /// Forgets everything but the room it has.
    pub fn clear(&mut self) {
        let (mut counts, mut firsts) = (std::mem::take(&mut self.counts), std::mem::take(&mut self.firsts));
        counts.clear();
        firsts.clear();
        *self = Self {
            counts,
            firsts,
            ..Self::default()
        };
    }

    /// Samples so far, abstentions included.
    pub fn drawn(&self) -> u32 {
        self.drawn
    }

    /// Votes so far, abstentions left out.
    pub fn voted(&self) -> u32 {
        self.voted
    }

    /// The answer with the most votes, the first seen of several.
    pub fn leader(&self) -> Option<usize> {
        self.leader
    }

    /// Votes of the leader; 0 without votes.
    pub fn leading(&self) -> u32 {
        self.leader.map_or(0, |leader| self.counts[leader])
    }

    /// Votes of the second answer; 0 without one.
    pub fn runner_up(&self) -> u32 {
        self.runner_up
    }

    /// How many of the latest samples gave the latest sample's answer; 0 after an abstention.
    pub fn run(&self) -> u32 {
        self.run
    }

    /// Votes of every answer.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::votes::majority_vote;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_vote_after_every_sample(answers in prop::collection::vec(-1_i32..5, 1..40)) {
            let mut tally = Tally::default();
            tally.add(Some(3));
            tally.clear();
            for (index, &answer) in answers.iter().enumerate() {
                tally.add(usize::try_from(answer).ok());
                let k = index + 1;
                let ranking = majority_vote(&answers[..k], &[0, k as u32]).unwrap();
                prop_assert_eq!(tally.leader().map(|leader| leader as i32), ranking.answers.first().copied());
                prop_assert_eq!(tally.leading(), ranking.votes.first().copied().unwrap_or(0));
                prop_assert_eq!(tally.runner_up(), ranking.votes.get(1).copied().unwrap_or(0));
                prop_assert_eq!(tally.voted(), ranking.votes.iter().sum::<u32>());
                let run = answers[..k].iter().rev().take_while(|&&other| other == answer).count();
                prop_assert_eq!(tally.run() as usize, if answer < 0 { 0 } else { run });
                prop_assert_eq!(tally.drawn() as usize, k);
            }
        }
    }
}
