//! Weighted vote: every sample adds its weight, for instance a verifier's score or a mean token confidence, to its
//! answer (weighted self-consistency; Li et al. 2022, "Making Large Language Models Better Reasoners").

use super::{Ranking, VotesError, check_answers, check_length, check_weights, group, problems, rank};

/// Ranks the distinct answers of every problem by the sum of their samples' weights.
///
/// Weights are finite and ≥ 0; an answer with zero weight still appears, at the end. Sums are taken in sample order
/// and compared exactly; a tie goes to the answer whose first supporter comes earliest.
///
/// # Errors
/// [`VotesError::BadOffsets`], [`VotesError::LengthMismatch`], [`VotesError::BadAnswer`], [`VotesError::BadWeight`].
pub fn weighted_vote(answers: &[i32], weights: &[f64], offsets: &[u32]) -> Result<Ranking, VotesError> {
    let ranges = problems(offsets, answers.len())?;
    check_length("weights", answers.len(), weights.len())?;
    check_answers(answers)?;
    check_weights(weights)?;
    let groups = ranges
        .into_iter()
        .enumerate()
        .map(|(problem, range)| {
            let weights = &weights[range.clone()];
            Ok(group(problem, &answers[range], |sample| weights[sample], |_| false)?.0)
        })
        .collect::<Result<Vec<_>, VotesError>>()?;
    Ok(rank(groups.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::super::majority_vote;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weight_beats_number() {
        let ranking = weighted_vote(&[1, 1, 2, 3], &[0.1, 0.2, 0.5, 0.0], &[0, 4]).unwrap();
        assert_eq!(ranking.answers, [2, 1, 3]);
        assert_eq!(ranking.votes, [1, 2, 1]);
        assert!((ranking.weights[1] - 0.3).abs() < 1e-15);
    }

    #[test]
    fn equal_sums_go_to_the_first_seen() {
        let ranking = weighted_vote(&[4, 2, 2, -1], &[0.5, 0.25, 0.25, 9.0], &[0, 4]).unwrap();
        assert_eq!(ranking.answers, [4, 2]);
    }

    #[test]
    fn bad_parameters_are_named() {
        assert_eq!(
            weighted_vote(&[0, 1], &[1.0, f64::NAN], &[0, 2])
                .unwrap_err()
                .to_string(),
            "expected `weights` to be finite and not negative, got NaN at index 1"
        );
        assert!(matches!(
            weighted_vote(&[0, 1], &[1.0], &[0, 2]),
            Err(VotesError::LengthMismatch {
                expected: 2,
                got: 1,
                ..
            })
        ));
    }

    proptest! {
        #[test]
        fn unit_weights_are_a_majority_vote(answers in prop::collection::vec(-1_i32..6, 0..40)) {
            let offsets = [0, answers.len() as u32];
            let weights = vec![1.0; answers.len()];
            prop_assert_eq!(
                weighted_vote(&answers, &weights, &offsets).unwrap(),
                majority_vote(&answers, &offsets).unwrap()
            );
        }

        #[test]
        fn the_ranking_accounts_for_every_vote(answers in prop::collection::vec(-1_i32..6, 0..40)) {
            let ranking = majority_vote(&answers, &[0, answers.len() as u32]).unwrap();
            let voted = answers.iter().filter(|&&answer| answer >= 0).count();
            prop_assert_eq!(ranking.votes.iter().sum::<u32>() as usize, voted);
            prop_assert!(ranking.votes.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }
}
