//! An ensemble learned from agreement alone: how good each verifier is, estimated without a single known outcome.
//!
//! Verifier v says "right" of a right sample with probability α_v (sensitivity) and "wrong" of a wrong one with
//! probability β_v (specificity), a share π of the samples is right, and given the truth the votes are independent
//! (Dawid and Skene 1979, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm"; also the
//! label model of weak supervision, Ratner et al. 2016, "Data Programming"). EM alternates
//!
//! q_i = P(right | votes of sample i);   α_v, β_v, π = shares of the votes weighted by q and 1 − q,
//!
//! each with one vote of either kind added (a Beta(2, 2) prior), so that no verifier becomes infallible by luck. A
//! sample without a vote of v says nothing about v: a verifier must not abstain more on one kind of sample than its
//! other votes explain.
//!
//! When it can work. The likelihood has a mirror image (all verifiers worse than chance); the start from the share of
//! positive votes picks the side on which the verifiers are better than chance on the whole. With two verifiers,
//! or three of which one guesses, many parameters explain the votes equally well, hence [`NEEDED_VERIFIERS`] and
//! [`AgreementFit::identified`]; where votes carry no skill EM also creeps along a flat likelihood and does not
//! converge. Verifiers that share their errors (two prompts of one model) are taken for very good ones, and may outvote
//! better verifiers: [`excess_agreement`](super::excess_agreement) warns of them, from four verifiers on.

use std::collections::BTreeMap;

use super::{EnsembleError, NO_VOTE, check_shape, check_votes};
use crate::calibration::sigmoid;

/// Verifiers below which agreement does not determine their accuracies (two give 3 shares for 5 parameters).
pub const NEEDED_VERIFIERS: usize = 3;
/// Youden's α + β − 1 from which a verifier counts as informative.
pub const INFORMATIVE: f64 = 0.1;
/// The largest change of a parameter at which EM stops.
const TOLERANCE: f64 = 1e-9;
const MAX_ITERATIONS: usize = 5000;

/// What agreement taught about the verifiers.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// P(vote 1 | right) of each verifier.
    pub sensitivities: Vec<f64>,
    /// P(vote 0 | wrong) of each verifier.
    pub specificities: Vec<f64>,
    /// P(right) of a sample.
    pub prior: f64,
}

/// A fit and how it ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AgreementFit {
    /// The verifiers.
    pub model: Agreement,
    /// π α_v + (1 − π) β_v of each verifier: the share of its votes that is correct.
    pub accuracies: Vec<f64>,
    /// P(right) of each sample; the prior for one without votes.
    pub posteriors: Vec<f64>,
    /// Log-likelihood of the votes, the prior on the rates included.
    pub log_likelihood: f64,
    /// Whether the parameters stopped moving.
    pub converged: bool,
    /// The last change of a parameter.
    pub last_change: f64,
    /// EM iterations.
    pub iterations: usize,
    /// Verifiers with α + β − 1 of [`INFORMATIVE`] or more.
    pub informative: usize,
    /// Whether EM converged and at least [`NEEDED_VERIFIERS`] are informative. If not, distrust every number here.
    pub identified: bool,
}

/// Learns from row-major samples × `verifiers` votes: 1 right, 0 wrong, −1 no vote. `prior` fixes P(right) where it is
/// known, which helps when right samples are rare; `None` estimates it.
///
/// # Errors
/// [`EnsembleError::TooFewVerifiers`] below 3, [`EnsembleError::BadShape`], [`EnsembleError::BadVote`],
/// [`EnsembleError::OneSidedVerifier`] (which also refuses an empty matrix), [`EnsembleError::ParameterOutOfRange`].
pub fn fit_agreement(
    votes: &[i8],
    verifiers: usize,
    prior: Option<f64>,
) -> Result<AgreementFit, EnsembleError> {
    check_shape("votes", votes.len(), verifiers, NEEDED_VERIFIERS)?;
    check_votes(votes)?;
    if let Some(prior) = prior {
        check_open("prior", prior)?;
    }
    for verifier in 0..verifiers {
        let cast = |kind: i8| {
            votes
                .iter()
                .skip(verifier)
                .step_by(verifiers)
                .any(|&vote| vote == kind)
        };
        if !(cast(0) && cast(1)) {
            return Err(EnsembleError::OneSidedVerifier { verifier });
        }
    }

    let rows = Patterns::new(votes, verifiers);
    let mut posteriors: Vec<f64> = rows
        .iter()
        .map(|(row, _)| {
            let count = |kind: i8| row.iter().filter(|&&vote| vote == kind).count() as f64;
            // Half a vote either way keeps the start off certainty, and a sample without votes at a half.
            (count(1) + 0.5) / (count(0) + count(1) + 1.0)
        })
        .collect();
    let mut model = rows.maximise(&posteriors, prior);
    let (mut iterations, mut last_change) = (0, f64::INFINITY);
    let mut log_likelihood = model.expect(&rows, &mut posteriors);
    while last_change > TOLERANCE && iterations < MAX_ITERATIONS {
        let next = rows.maximise(&posteriors, prior);
        last_change = model.distance(&next);
        model = next;
        log_likelihood = model.expect(&rows, &mut posteriors);
        iterations += 1;
    }
    let pairs = || model.sensitivities.iter().zip(&model.specificities);
    let accuracies = pairs()
        .map(|(a, b)| model.prior * a + (1.0 - model.prior) * b)
        .collect();
    let informative = pairs().filter(|(a, b)| *a + *b - 1.0 >= INFORMATIVE).count();
    let converged = last_change <= TOLERANCE;
    Ok(AgreementFit {
        accuracies,
        posteriors: rows.spread(&posteriors),
        log_likelihood: log_likelihood + model.log_prior(),
        converged,
        last_change,
        iterations,
        informative,
        identified: converged && informative >= NEEDED_VERIFIERS,
        model,
    })
}

/// Distinct rows of votes: EM costs what they cost, and V verifiers have at most 3^V.
struct Patterns {
    verifiers: usize,
    votes: Vec<i8>,
    counts: Vec<f64>,
    pattern_of: Vec<usize>,
}

impl Patterns {
    fn new(votes: &[i8], verifiers: usize) -> Self {
        let mut places = BTreeMap::new();
        let mut patterns = Self {
            verifiers,
            votes: Vec::new(),
            counts: Vec::new(),
            pattern_of: Vec::with_capacity(votes.len() / verifiers),
        };
        for row in votes.chunks_exact(verifiers) {
            let place = *places.entry(row).or_insert_with(|| {
                patterns.votes.extend_from_slice(row);
                patterns.counts.push(0.0);
                patterns.counts.len() - 1
            });
            patterns.counts[place] += 1.0;
            patterns.pattern_of.push(place);
        }
        patterns
    }

    /// (row, how many samples have it).
    fn iter(&self) -> impl Iterator<Item = (&[i8], f64)> {
        self.votes
            .chunks_exact(self.verifiers)
            .zip(self.counts.iter().copied())
    }

    /// The figure of each sample from that of its pattern.
    fn spread(&self, figures: &[f64]) -> Vec<f64> {
        self.pattern_of.iter().map(|&place| figures[place]).collect()
    }

    /// The M step.
    fn maximise(&self, posteriors: &[f64], prior: Option<f64>) -> Agreement {
        // (votes that agree, all votes), with the two of the Beta(2, 2) prior.
        let mut right = vec![(1.0, 2.0); self.verifiers];
        let mut wrong = right.clone();
        let mut base = (1.0, 2.0);
        for ((row, count), &q) in self.iter().zip(posteriors) {
            let (as_right, as_wrong) = (count * q, count * (1.0 - q));
            base = (base.0 + as_right, base.1 + count);
            for (verifier, &vote) in row.iter().enumerate().filter(|(_, vote)| **vote != NO_VOTE) {
                right[verifier].0 += as_right * f64::from(vote);
                right[verifier].1 += as_right;
                wrong[verifier].0 += as_wrong * f64::from(1 - vote);
                wrong[verifier].1 += as_wrong;
            }
        }
        let share = |(part, all): (f64, f64)| part / all;
        Agreement {
            sensitivities: right.into_iter().map(share).collect(),
            specificities: wrong.into_iter().map(share).collect(),
            prior: prior.unwrap_or(share(base)),
        }
    }
}

impl Agreement {
    /// P(right) of every row of votes, by Bayes' rule.
    ///
    /// # Errors
    /// [`EnsembleError::TooFewVerifiers`] without verifiers, [`EnsembleError::BadShape`] also if the two rates differ
    /// in length, [`EnsembleError::BadVote`], [`EnsembleError::ParameterOutOfRange`].
    pub fn apply(&self, votes: &[i8]) -> Result<Vec<f64>, EnsembleError> {
        let verifiers = self.sensitivities.len();
        check_shape("votes", votes.len(), verifiers, 1)?;
        if self.specificities.len() != verifiers {
            return Err(EnsembleError::BadShape {
                name: "specificities",
                verifiers,
                got: self.specificities.len(),
            });
        }
        check_votes(votes)?;
        check_open("prior", self.prior)?;
        for (name, rates) in [
            ("sensitivities", &self.sensitivities),
            ("specificities", &self.specificities),
        ] {
            rates.iter().try_for_each(|&rate| check_open(name, rate))?;
        }
        let rows = Patterns::new(votes, verifiers);
        let mut posteriors = vec![0.0; rows.counts.len()];
        self.expect(&rows, &mut posteriors);
        Ok(rows.spread(&posteriors))
    }

    /// The E step; returns the log-likelihood of the votes.
    fn expect(&self, rows: &Patterns, posteriors: &mut [f64]) -> f64 {
        let logs = |rates: &[f64]| -> Vec<[f64; 2]> {
            rates.iter().map(|rate| [(-rate).ln_1p(), rate.ln()]).collect()
        };
        let (sensitivities, specificities) = (logs(&self.sensitivities), logs(&self.specificities));
        let start = [(-self.prior).ln_1p(), self.prior.ln()];
        let mut likelihood = 0.0;
        for ((row, count), posterior) in rows.iter().zip(posteriors) {
            let [mut wrong, mut right] = start;
            for (verifier, &vote) in row.iter().enumerate().filter(|(_, vote)| **vote != NO_VOTE) {
                right += sensitivities[verifier][vote as usize];
                wrong += specificities[verifier][1 - vote as usize];
            }
            *posterior = sigmoid(right - wrong);
            likelihood += count * (right.max(wrong) + (-(right - wrong).abs()).exp().ln_1p());
        }
        likelihood
    }

    /// What the added votes contribute to the objective that EM climbs, up to a constant.
    fn log_prior(&self) -> f64 {
        let rates = self
            .sensitivities
            .iter()
            .chain(&self.specificities)
            .chain([&self.prior]);
        rates.map(|rate| rate.ln() + (-rate).ln_1p()).sum()
    }

    fn distance(&self, other: &Self) -> f64 {
        let rates = |model: &Self| -> Vec<f64> {
            let both = model.sensitivities.iter().chain(&model.specificities);
            both.copied().chain([model.prior]).collect()
        };
        let pairs = rates(self).into_iter().zip(rates(other));
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }
}

fn check_open(name: &'static str, got: f64) -> Result<(), EnsembleError> {
    if got > 0.0 && got < 1.0 {
        Ok(())
    } else {
        Err(EnsembleError::ParameterOutOfRange { name, got })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bayes_by_hand() {
        let model = Agreement {
            sensitivities: vec![0.9, 0.6, 0.7],
            specificities: vec![0.8, 0.5, 0.7],
            prior: 0.25,
        };
        // 1, 0, nothing: 0.25·0.9·0.4 = 0.09 against 0.75·0.2·0.5 = 0.075.
        let got = model.apply(&[1, 0, -1, -1, -1, -1]).unwrap();
        assert!((got[0] - 0.09 / 0.165).abs() < 1e-15 && (got[1] - 0.25).abs() < 1e-15);
        let mut posteriors = [0.0];
        let row = Patterns::new(&[1, 0, -1], 3);
        assert!((model.expect(&row, &mut posteriors) - 0.165_f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn bad_arguments_are_named() {
        let code =
            |votes: &[i8], verifiers, prior| fit_agreement(votes, verifiers, prior).unwrap_err().code();
        assert_eq!(code(&[1, 0], 2, None), "TOO_FEW_VERIFIERS");
        assert_eq!(code(&[1, 0, 1, 1], 3, None), "BAD_SHAPE");
        assert_eq!(code(&[1, 0, 2], 3, None), "BAD_VOTE");
        assert_eq!(code(&[1, 0, 1, 0, 1, 1], 3, None), "ONE_SIDED_VERIFIER");
        assert_eq!(code(&[], 3, None), "ONE_SIDED_VERIFIER");
        assert_eq!(code(&[1, 0, 1, 0, 1, 0], 3, Some(1.0)), "PARAMETER_OUT_OF_RANGE");
        let model = Agreement {
            sensitivities: vec![0.9, 1.0],
            specificities: vec![0.8, 0.5],
            prior: 0.5,
        };
        assert_eq!(model.apply(&[1, 1]).unwrap_err().code(), "PARAMETER_OUT_OF_RANGE");
        assert_eq!(model.apply(&[1]).unwrap_err().code(), "BAD_SHAPE");
    }

    proptest! {
        #[test]
        fn every_iteration_climbs(votes in prop::collection::vec(-1_i8..=1, 12..90)) {
            let rows = Patterns::new(&votes[..votes.len() / 3 * 3], 3);
            let mut posteriors = vec![0.4; rows.counts.len()];
            posteriors[0] = 0.7;
            let mut last = f64::NEG_INFINITY;
            for _ in 0..30 {
                let model = rows.maximise(&posteriors, None);
                let value = model.expect(&rows, &mut posteriors) + model.log_prior();
                prop_assert!(value >= last - 1e-9, "{} after {}", value, last);
                last = value;
            }
        }
    }
}
