//! Whether two verifiers agree more often than their accuracies explain.
//!
//! Under the model of [`agreement`](super::agreement) the verifiers v and w give the same vote with probability
//!
//! π [α_v α_w + (1 − α_v)(1 − α_w)] + (1 − π) [β_v β_w + (1 − β_v)(1 − β_w)]
//!
//! Where some pair agrees clearly more often, errors are shared and the ensemble counts them twice. The pair with the
//! largest excess is the guilty one as long as it shares little. Verifiers that copy each other often pull the model to
//! their side, and then the honest rest seems to agree too much: an excess condemns the model, not always the pair.
//! Three verifiers fit every pair exactly, so the check says something from four on; errors that *all* verifiers share
//! stay invisible without outcomes.

use super::agreement::Agreement;
use super::{EnsembleError, NO_VOTE, check_shape, check_votes};

/// The pair whose agreement exceeds the model's by the most standard errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExcessAgreement {
    /// The index of one verifier.
    pub first: usize,
    /// The index of the other, which is higher.
    pub second: usize,
    /// The share of equal votes among the samples on which both vote.
    pub observed: f64,
    /// The share that the model expects.
    pub expected: f64,
    /// (observed − expected) in binomial standard errors; above about 4 the independence of the
    /// verifiers is in doubt.
    pub standard_errors: f64,
}

/// The pair with the largest excess; `None` if no two verifiers vote on one sample.
///
/// # Errors
/// As [`Agreement::apply`].
pub fn excess_agreement(model: &Agreement, votes: &[i8]) -> Result<Option<ExcessAgreement>, EnsembleError> {
    let verifiers = model.sensitivities.len();
    check_shape("votes", votes.len(), verifiers, 1)?;
    check_votes(votes)?;
    // The parameters are checked by use: an impossible one is refused here as where the model is applied.
    model.apply(&[])?;
    let mut worst: Option<ExcessAgreement> = None;
    for first in 0..verifiers {
        for second in first + 1..verifiers {
            let rows = votes.chunks_exact(verifiers).map(|row| (row[first], row[second]));
            let both: Vec<_> = rows.filter(|(a, b)| *a != NO_VOTE && *b != NO_VOTE).collect();
            if both.is_empty() {
                continue;
            }
            let n = both.len() as f64;
            let observed = both.iter().filter(|(a, b)| a == b).count() as f64 / n;
            let same = |a: f64, b: f64| a * b + (1.0 - a) * (1.0 - b);
            let expected = model.prior * same(model.sensitivities[first], model.sensitivities[second])
                + (1.0 - model.prior) * same(model.specificities[first], model.specificities[second]);
            let standard_errors = (observed - expected) / (expected * (1.0 - expected) / n).sqrt();
            if worst.is_none_or(|worst| standard_errors > worst.standard_errors) {
                worst = Some(ExcessAgreement {
                    first,
                    second,
                    observed,
                    expected,
                    standard_errors,
                });
            }
        }
    }
    Ok(worst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_by_hand() {
        let model = Agreement {
            sensitivities: vec![0.8, 0.8],
            specificities: vec![0.8, 0.8],
            prior: 0.5,
        };
        // The model expects 0.68; four of four agree, one sample has a single vote.
        let found = excess_agreement(&model, &[1, 1, 0, 0, 1, 1, 0, 0, 1, -1])
            .unwrap()
            .unwrap();
        assert_eq!((found.first, found.second, found.observed), (0, 1, 1.0));
        assert!((found.expected - 0.68).abs() < 1e-15);
        assert!((found.standard_errors - 0.32 / (0.68_f64 * 0.32 / 4.0).sqrt()).abs() < 1e-12);
        assert_eq!(excess_agreement(&model, &[1, -1, -1, 0]).unwrap(), None);
    }
}
