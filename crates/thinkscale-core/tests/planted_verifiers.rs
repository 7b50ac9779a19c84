//! Ensembles of verifiers whose quality was planted.
#![allow(clippy::unwrap_used, clippy::panic)]

use rand_core::Rng;
use thinkscale_core::calibration::{auroc, brier_score, log_loss};
use thinkscale_core::ensemble::{Agreement, NO_VOTE, excess_agreement, fit_agreement, fit_learned};
use thinkscale_core::stats::interval::normal_quantile;
use thinkscale_core::stats::random::stream;

const SENSITIVITIES: [f64; 5] = [0.9, 0.75, 0.8, 0.6, 0.7];
const SPECIFICITIES: [f64; 5] = [0.7, 0.85, 0.6, 0.8, 0.75];

fn uniform(rng: &mut impl Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) * 2.0_f64.powi(-53)
}

/// Votes of independent verifiers and the truth; `silence` is the share of votes that are missing.
fn votes(set: u64, samples: usize, prior: f64, silence: f64, rates: &[(f64, f64)]) -> (Vec<i8>, Vec<u8>) {
    let mut rng = stream(61, &[set]);
    let (mut votes, mut correct) = (Vec::new(), Vec::new());
    for _ in 0..samples {
        let right = uniform(&mut rng) < prior;
        correct.push(u8::from(right));
        for &(sensitivity, specificity) in rates {
            let agrees = uniform(&mut rng) < if right { sensitivity } else { specificity };
            let vote = i8::from(agrees == right);
            votes.push(if uniform(&mut rng) < silence {
                NO_VOTE
            } else {
                vote
            });
        }
    }
    (votes, correct)
}

fn rates() -> Vec<(f64, f64)> {
    SENSITIVITIES.into_iter().zip(SPECIFICITIES).collect()
}

/// The share of samples on which "probability at least a half" is the truth.
fn share_right(probabilities: &[f64], correct: &[u8]) -> f64 {
    let pairs = probabilities.iter().zip(correct);
    pairs.filter(|(p, y)| (**p >= 0.5) == (**y == 1)).count() as f64 / correct.len() as f64
}

#[test]
fn agreement_recovers_planted_verifiers() {
    for (set, prior, silence) in [(1, 0.5, 0.0), (2, 0.3, 0.2), (3, 0.7, 0.4)] {
        let (votes, _) = votes(set, 20_000, prior, silence, &rates());
        let fit = fit_agreement(&votes, 5, None).unwrap();
        assert!(fit.converged && fit.identified && fit.informative == 5);
        // About 3000 to 14 000 votes a rate; not knowing the truth costs a factor of 2 to 3 in standard error.
        let tolerance = 0.04;
        assert!(
            (fit.model.prior - prior).abs() < tolerance,
            "prior {}",
            fit.model.prior
        );
        for verifier in 0..5 {
            let sensitivity = fit.model.sensitivities[verifier] - SENSITIVITIES[verifier];
            let specificity = fit.model.specificities[verifier] - SPECIFICITIES[verifier];
            assert!(
                sensitivity.abs() < tolerance && specificity.abs() < tolerance,
                "set {set}, verifier {verifier}: {sensitivity} {specificity}"
            );
        }
    }
}

#[test]
fn the_ensemble_beats_the_best_verifier_and_the_majority() {
    let (votes, correct) = votes(4, 20_000, 0.5, 0.0, &rates());
    let fit = fit_agreement(&votes, 5, None).unwrap();
    let ensemble = share_right(&fit.posteriors, &correct);
    let majority: Vec<f64> = votes
        .chunks_exact(5)
        .map(|row| row.iter().map(|&vote| f64::from(vote)).sum::<f64>() / 5.0)
        .collect();
    let best = (0..5)
        .map(|verifier| {
            let column: Vec<f64> = votes
                .iter()
                .skip(verifier)
                .step_by(5)
                .map(|&v| f64::from(v))
                .collect();
            share_right(&column, &correct)
        })
        .fold(0.0, f64::max);
    assert!(ensemble > best + 0.02, "{ensemble} against {best}");
    assert!(ensemble > share_right(&majority, &correct) + 0.001);
    let area = |scores: &[f64]| auroc(scores, &correct).unwrap().unwrap();
    assert!(area(&fit.posteriors) > area(&majority) + 0.005);
}

#[test]
fn without_outcomes_it_comes_close_to_what_outcomes_teach() {
    let (train, train_correct) = votes(5, 8000, 0.4, 0.0, &rates());
    let (test, test_correct) = votes(6, 8000, 0.4, 0.0, &rates());
    let truth = Agreement {
        sensitivities: SENSITIVITIES.to_vec(),
        specificities: SPECIFICITIES.to_vec(),
        prior: 0.4,
    };
    let as_scores = |votes: &[i8]| votes.iter().map(|&vote| f64::from(vote)).collect::<Vec<_>>();
    let learned = fit_learned(&as_scores(&train), 5, &train_correct, 1.0).unwrap();
    let agreement = fit_agreement(&train, 5, None).unwrap();
    let loss = |probabilities: Vec<f64>| log_loss(&probabilities, &test_correct).unwrap();
    let best = loss(truth.apply(&test).unwrap());
    let with_outcomes = loss(learned.model.apply(&as_scores(&test)).unwrap());
    let without = loss(agreement.model.apply(&test).unwrap());
    assert!((with_outcomes - best).abs() < 0.003, "{with_outcomes} {best}");
    assert!((without - best).abs() < 0.006, "{without} {best}");
    // A vote of v moves the log-odds by ln[α/(1 − β)] − ln[(1 − α)/β]: the weight that the regression learns.
    for verifier in 0..5 {
        let (a, b) = (
            agreement.model.sensitivities[verifier],
            agreement.model.specificities[verifier],
        );
        let weight = (a * b / ((1.0 - a) * (1.0 - b))).ln();
        assert!((weight - learned.model.weights[verifier]).abs() < 0.3);
    }
}

#[test]
fn votes_without_skill_are_not_identified() {
    let guessing = [(0.5, 0.5), (0.3, 0.7), (0.8, 0.2), (0.6, 0.4)];
    for set in 20..26 {
        let (votes, _) = votes(set, 4000, 0.5, 0.0, &guessing);
        assert!(!fit_agreement(&votes, 4, None).unwrap().identified, "set {set}");
    }
    let two_and_a_coin = [(0.9, 0.8), (0.8, 0.9), (0.5, 0.5)];
    let (votes, _) = votes(8, 4000, 0.5, 0.0, &two_and_a_coin);
    assert!(!fit_agreement(&votes, 3, None).unwrap().identified);
}

#[test]
fn a_known_share_of_right_samples_is_kept() {
    let (votes, correct) = votes(9, 5000, 0.1, 0.0, &rates());
    let fit = fit_agreement(&votes, 5, Some(0.1)).unwrap();
    assert_eq!(fit.model.prior, 0.1);
    let constant = vec![0.1; correct.len()];
    let brier = |probabilities: &[f64]| brier_score(probabilities, &correct).unwrap();
    assert!(brier(&fit.posteriors) < 0.75 * brier(&constant));
}

#[test]
fn verifiers_that_share_their_errors_are_found() {
    let (independent, _) = votes(10, 5000, 0.5, 0.0, &rates());
    let fit = fit_agreement(&independent, 5, None).unwrap();
    let worst = excess_agreement(&fit.model, &independent).unwrap().unwrap();
    assert!(worst.standard_errors < 3.0, "{worst:?}");
    // The fifth repeats the fourth on a share of the samples.
    let repeating = |share: f64| {
        let mut rng = stream(62, &[]);
        let mut copied = independent.clone();
        for row in copied.chunks_exact_mut(5) {
            if uniform(&mut rng) < share {
                row[4] = row[3];
            }
        }
        let fit = fit_agreement(&copied, 5, None).unwrap();
        excess_agreement(&fit.model, &copied).unwrap().unwrap()
    };
    let little = repeating(0.2);
    assert_eq!((little.first, little.second), (3, 4));
    assert!(little.standard_errors > 5.0, "{little:?}");
    // So much that the model takes the pair for the truth, and the excess shows elsewhere.
    assert!(repeating(0.8).standard_errors > 5.0);
}

#[test]
fn learning_finds_the_weights_of_normal_scores() {
    // Right samples N(d, 1), wrong ones N(0, 1), independent: the log-odds are Σ d_v (s_v − d_v/2).
    let shifts = [1.2, 0.5, 0.0];
    let mut rng = stream(63, &[]);
    let (mut scores, mut correct) = (Vec::new(), Vec::new());
    for _ in 0..20_000 {
        let right = uniform(&mut rng) < 0.5;
        correct.push(u8::from(right));
        for shift in shifts {
            scores.push(normal_quantile(uniform(&mut rng)) + if right { shift } else { 0.0 });
        }
    }
    let fit = fit_learned(&scores, 3, &correct, 1.0).unwrap();
    assert!(fit.converged && fit.iterations < 20);
    for (weight, shift) in fit.model.weights.iter().zip(shifts) {
        assert!((weight - shift).abs() < 0.07, "{weight} for {shift}");
    }
    let intercept: f64 = shifts.iter().map(|shift| -0.5 * shift * shift).sum();
    assert!((fit.model.intercept - intercept).abs() < 0.07);
    let first: Vec<f64> = scores.iter().step_by(3).copied().collect();
    let area = |scores: &[f64]| auroc(scores, &correct).unwrap().unwrap();
    assert!(area(&fit.model.apply(&scores).unwrap()) > area(&first) + 0.01);
}
