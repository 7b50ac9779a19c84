//! Data that carry no law, and arguments that make no sense.
#![allow(clippy::unwrap_used, clippy::panic)]

use thinkscale_core::laws::{
    FitOptions, LawError, Outcome, Refusal, fit_beta_binomial, fit_saturating_power,
};
use thinkscale_core::stats::StatsError;

const OPTIONS: FitOptions = FitOptions {
    predict_at: &[1.0, 100.0],
    resamples: 100,
    seed: 1,
    level: 0.95,
};
const KS: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];

fn coverage_refusal(samples: &[u32], successes: &[u32]) -> (Refusal, bool) {
    match fit_beta_binomial(samples, successes, &OPTIONS).unwrap() {
        Outcome::Refused { refusal, fit } => (refusal, fit.is_some()),
        Outcome::Fitted(fit) => panic!("fitted {fit:?}"),
    }
}

fn curve_refusal(values: &[f64], ks: &[f64]) -> (Refusal, bool) {
    match fit_saturating_power(values, ks, &OPTIONS).unwrap() {
        Outcome::Refused { refusal, fit } => (refusal, fit.is_some()),
        Outcome::Fitted(fit) => panic!("fitted {fit:?}"),
    }
}

/// Problems that differ by a constant only.
fn rows(problems: usize, law: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..problems)
        .flat_map(|problem| {
            let offset = 0.05 * ((problem % 5) as f64 - 2.0) / 2.0;
            KS.map(|k| (law(k) + offset).clamp(0.0, 1.0))
        })
        .collect()
}

fn rising(k: f64) -> f64 {
    0.7 - 0.4 * k.powf(-0.7)
}

#[test]
fn too_few_problems_still_carry_parameters() {
    let (refusal, has_fit) = coverage_refusal(&[16; 8], &[0, 1, 3, 16, 2, 0, 5, 9]);
    assert_eq!(refusal, Refusal::TooFewProblems { got: 8, needed: 20 });
    assert!(has_fit);
    assert_eq!(
        refusal.to_string(),
        "The fit needs at least 20 problems, and there are 8."
    );
    assert!(matches!(
        curve_refusal(&rows(19, rising), &KS),
        (Refusal::TooFewProblems { got: 19, .. }, true)
    ));
    assert!(matches!(
        curve_refusal(&rows(1, rising), &KS),
        (Refusal::TooFewProblems { got: 1, .. }, false)
    ));
}

#[test]
fn short_ranges() {
    let successes: Vec<u32> = (0..40).map(|i| i % 5).collect();
    assert!(matches!(
        coverage_refusal(&[4; 40], &successes),
        (Refusal::TooShortRange { points: 4, .. }, true)
    ));
    let narrow: Vec<f64> = (0..30).flat_map(|_| [0.2, 0.3, 0.35, 0.4]).collect();
    let (refusal, _) = curve_refusal(&narrow, &[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(
        refusal.to_string(),
        "The fit needs at least 4 values of k over a factor of 8, and there are 4 over a factor of 4.000."
    );
    let few: Vec<f64> = (0..30).flat_map(|_| [0.2, 0.4]).collect();
    assert!(matches!(
        curve_refusal(&few, &[1.0, 64.0]),
        (Refusal::TooShortRange { points: 2, .. }, false)
    ));
}

#[test]
fn floors_and_ceilings() {
    assert_eq!(
        coverage_refusal(&[64; 50], &[0; 50]),
        (Refusal::AtFloor { solved: 0, needed: 5 }, false)
    );
    let mut four = [0; 50];
    four[..4].fill(3);
    assert!(matches!(
        coverage_refusal(&[64; 50], &four),
        (Refusal::AtFloor { solved: 4, .. }, true)
    ));
    assert!(matches!(
        coverage_refusal(&[64; 50], &[64; 50]),
        (Refusal::AtCeiling { .. }, false)
    ));
    let mut nearly = [64; 50];
    nearly[0] = 60;
    assert!(matches!(
        coverage_refusal(&[64; 50], &nearly),
        (Refusal::AtCeiling { .. }, true)
    ));
    assert!(matches!(
        curve_refusal(&[0.0; 150], &KS),
        (Refusal::AtFloor { solved: 0, .. }, _)
    ));
    assert!(matches!(
        curve_refusal(&[1.0; 150], &KS),
        (Refusal::AtCeiling { .. }, _)
    ));
}

#[test]
fn problems_without_a_difference_have_no_spread_to_fit() {
    let (refusal, has_fit) = coverage_refusal(&[16; 40], &[8; 40]);
    assert!(
        matches!(refusal, Refusal::ParameterAtBound { .. }) && has_fit,
        "{refusal}"
    );
    let all_or_nothing: Vec<u32> = (0..40).map(|i| 16 * (i % 2)).collect();
    let (refusal, has_fit) = coverage_refusal(&[16; 40], &all_or_nothing);
    assert!(
        matches!(refusal, Refusal::ParameterAtBound { .. }) && has_fit,
        "{refusal}"
    );
}

#[test]
fn flat_and_endless_curves() {
    let (refusal, _) = curve_refusal(&rows(40, |_| 0.5), &KS);
    assert!(matches!(refusal, Refusal::NoTrend { .. }), "{refusal}");
    let (refusal, _) = curve_refusal(&rows(40, |k| 0.2 + 0.1 * k.ln()), &KS);
    assert!(matches!(refusal, Refusal::ParameterAtBound { .. }), "{refusal}");
    assert!(
        fit_saturating_power(&rows(40, rising), &KS, &OPTIONS)
            .unwrap()
            .refusal()
            .is_none()
    );
}

#[test]
fn wrong_arguments_are_errors() {
    let coverage =
        |samples: &[u32], successes: &[u32]| fit_beta_binomial(samples, successes, &OPTIONS).unwrap_err();
    assert!(matches!(
        coverage(&[], &[]),
        LawError::Stats(StatsError::Empty { .. })
    ));
    assert!(matches!(
        coverage(&[1], &[]),
        LawError::Stats(StatsError::LengthMismatch { .. })
    ));
    assert!(matches!(
        coverage(&[1, 2], &[1, 3]),
        LawError::Stats(StatsError::TooManySuccesses { problem: 1, .. })
    ));
    assert!(matches!(
        coverage(&[1, 0], &[1, 0]),
        LawError::NoSamples { problem: 1 }
    ));

    let curve = |values: &[f64], ks: &[f64]| fit_saturating_power(values, ks, &OPTIONS).unwrap_err();
    assert!(matches!(
        curve(&[], &KS),
        LawError::Stats(StatsError::Empty { .. })
    ));
    assert!(matches!(
        curve(&[0.1], &[]),
        LawError::Stats(StatsError::Empty { .. })
    ));
    assert!(matches!(
        curve(&[0.1; 7], &KS),
        LawError::Stats(StatsError::LengthMismatch { .. })
    ));
    assert!(matches!(
        curve(&[0.1; 2], &[2.0, 2.0]),
        LawError::BadKs { index: 1, .. }
    ));
    assert!(matches!(
        curve(&[0.1; 2], &[0.0, 2.0]),
        LawError::BadKs { index: 0, .. }
    ));
    assert_eq!(
        curve(&[0.1, 0.2, 0.3, 1.5], &[1.0, 2.0]).to_string(),
        "expected `values` between 0 and 1, got 1.5 (problem 1, column 1)"
    );

    let bad = |options: FitOptions| fit_beta_binomial(&[8], &[1], &options).unwrap_err();
    assert!(matches!(
        bad(FitOptions {
            predict_at: &[0.0],
            ..OPTIONS
        }),
        LawError::BadKs { .. }
    ));
    assert!(matches!(
        bad(FitOptions {
            predict_at: &[f64::NAN],
            ..OPTIONS
        }),
        LawError::Stats(_)
    ));
    assert_eq!(
        bad(FitOptions {
            level: 1.0,
            ..OPTIONS
        })
        .code(),
        "LEVEL_OUT_OF_RANGE"
    );
    assert_eq!(
        bad(FitOptions {
            resamples: 1,
            ..OPTIONS
        })
        .code(),
        "RESAMPLES_OUT_OF_RANGE"
    );
}
