//! Majority vote, the self-consistency of Wang et al. 2022 ("Self-Consistency Improves Chain of Thought Reasoning").

use super::{Ranking, VotesError, check_answers, group, problems, rank};

/// Ranks the distinct answers of every problem by their number of votes.
///
/// A tie goes to the answer whose first supporter comes earliest in sample order, so the result is a function of the
/// samples and of nothing else. `answers` is flat, `offsets` cuts it into problems (see [the folder](super)).
///
/// # Errors
/// [`VotesError::BadOffsets`], [`VotesError::BadAnswer`].
///
/// # Example
/// ```
/// let ranking = thinkscale_core::votes::majority_vote(&[7, -1, 3, 3, 7], &[0, 5])?;
/// assert_eq!(ranking.answers, [7, 3]);
/// assert_eq!(ranking.votes, [2, 2]);
/// # Ok::<(), thinkscale_core::votes::VotesError>(())
/// ```
pub fn majority_vote(answers: &[i32], offsets: &[u32]) -> Result<Ranking, VotesError> {
    let ranges = problems(offsets, answers.len())?;
    check_answers(answers)?;
    let groups = ranges
        .into_iter()
        .enumerate()
        .map(|(problem, range)| Ok(group(problem, &answers[range], |_| 1.0, |_| false)?.0))
        .collect::<Result<Vec<_>, VotesError>>()?;
    Ok(rank(groups.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_first_seen() {
        let ranking = majority_vote(&[5, 2, 2, 5, 9], &[0, 5]).unwrap();
        assert_eq!(ranking.answers, [5, 2, 9]);
        assert_eq!(ranking.votes, [2, 2, 1]);
        assert_eq!(ranking.weights, [2.0, 2.0, 1.0]);
        assert_eq!(ranking.first_samples, [0, 1, 4]);
    }

    #[test]
    fn problems_are_separate_and_may_be_empty() {
        let ranking = majority_vote(&[1, -1, -1, 1, 4, 4], &[0, 1, 3, 3, 6]).unwrap();
        assert_eq!(ranking.offsets, [0, 1, 1, 1, 3]);
        assert_eq!(ranking.answers, [1, 4, 1]);
        assert_eq!(ranking.first_samples, [0, 1, 0]);
    }
}
