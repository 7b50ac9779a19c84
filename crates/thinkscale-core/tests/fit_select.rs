//! Choice among laws, and what a law says about budgets.
#![allow(clippy::unwrap_used, clippy::panic)]

mod fit_support;

use fit_support::{binomial, counts, form, law, normal, values};
use rayon::prelude::*;
use thinkscale_core::fit::derived::{best_calls, budget_for, compute_optimal, diminishing, value_at};
use thinkscale_core::fit::select::Criterion;
use thinkscale_core::fit::{Data, Fit, FitError, FitOptions, Form, Unreachable, fit, select};
use thinkscale_core::laws::forms::{chinchilla, voting_mixture};
use thinkscale_core::stats::random::stream;

fn powers() -> Vec<&'static dyn Form> {
    vec![form("power-law"), form("inverse-power-law"), form("bnsl")]
}

fn decades(count: i32, step: f64) -> Vec<f64> {
    (0..count).map(|i| 10.0_f64.powf(step * f64::from(i))).collect()
}

#[test]
fn a_plain_power_law_is_chosen_over_its_extensions() {
    let x = decades(30, 0.15);
    let chosen: Vec<(&str, usize)> = (0..20_u64)
        .into_par_iter()
        .map(|set| {
            let mut rng = stream(61, &[set]);
            let y: Vec<f64> = law(form("power-law"), &[4.0, -0.2, 0.0], &x)
                .iter()
                .map(|y| y * (0.03 * normal(&mut rng)).exp())
                .collect();
            let found = select(&powers(), &["x"], &values(&x, &y), &FitOptions::default()).unwrap();
            assert_eq!(found.criterion, Criterion::Aicc);
            assert_eq!(found.fit.law, found.ranking[found.chosen].law);
            (found.fit.law, found.ranking[found.chosen].parameters)
        })
        .collect();
    // AICc with a gain above 2 keeps the simpler law most of the time, not always.
    let plain = chosen.iter().filter(|&&(_, parameters)| parameters == 2).count();
    assert!(plain >= 17, "{chosen:?}");
}

#[test]
fn an_offset_is_chosen_where_the_data_have_one() {
    let x = decades(30, 0.15);
    let mut rng = stream(62, &[]);
    let y: Vec<f64> = law(form("inverse-power-law"), &[4.0, 0.4, 1.0], &x)
        .iter()
        .map(|y| y * (0.01 * normal(&mut rng)).exp())
        .collect();
    let found = select(&powers(), &["x"], &values(&x, &y), &FitOptions::default()).unwrap();
    let candidate = &found.ranking[found.chosen];
    assert_eq!(
        (candidate.parameters, candidate.freed.as_slice()),
        (3, ["c"].as_slice()),
        "{}",
        found.reason
    );
    let offset = found.fit.parameter("c").unwrap();
    assert!((offset.value - 1.0).abs() < 0.1 && !offset.fixed, "{offset:?}");
    assert!(
        found
            .ranking
            .windows(2)
            .all(|pair| pair[0].score <= pair[1].score)
    );
    assert_eq!(found.ranking[0].difference, 0.0);
    assert!(found.reason.contains("AICc"), "{}", found.reason);
}

#[test]
fn a_ceiling_is_held_unless_it_gains() {
    let x = decades(12, 0.3);
    let totals = [200.0; 12];
    let choose = |ceiling: f64| {
        let mut rng = stream(63, &[]);
        let p = law(form("logistic"), &[-3.0, 1.2, 0.0, ceiling], &x);
        let right: Vec<f64> = p.iter().map(|&p| binomial(&mut rng, 200, p)).collect();
        let forms = [form("logistic"), form("saturating-power-law"), form("power-law")];
        let found = select(
            &forms,
            &["x"],
            &counts(&x, &right, &totals),
            &FitOptions::default(),
        )
        .unwrap();
        // Counts are no values of a power law.
        assert!(found.ranking.iter().all(|it| it.law != "power-law"));
        found.ranking[found.chosen].freed.clone()
    };
    assert_eq!(choose(1.0), Vec::<&str>::new());
    assert_eq!(choose(0.7), ["ceiling"]);
}

#[test]
fn rows_that_share_groups_are_compared_by_cross_validation() {
    // 30 problems, each with its own level at all ks: as rows they look like many.
    let ks = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
    let truth = law(form("inverse-power-law"), &[3.0, 0.5, 1.0], &ks);
    let (mut x, mut y, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    let mut rng = stream(64, &[]);
    for group in 0..30 {
        let level = (0.05 * normal(&mut rng)).exp();
        for (k, truth) in ks.iter().zip(&truth) {
            x.push(*k);
            y.push(truth * level);
            groups.push(group);
        }
    }
    let data = Data {
        groups: Some(&groups),
        ..values(&x, &y)
    };
    let found = select(
        &powers(),
        &["x"],
        &data,
        &FitOptions {
            seed: 1,
            ..FitOptions::default()
        },
    )
    .unwrap();
    assert_eq!(found.criterion, Criterion::CrossValidation { folds: 10 });
    let candidate = &found.ranking[found.chosen];
    // With an offset both power laws are one curve, and the break of the third gains nothing.
    assert_eq!(
        (candidate.freed.as_slice(), candidate.parameters),
        (["c"].as_slice(), 3),
        "{}",
        found.reason
    );
    assert!(candidate.difference_error.is_some() && found.fit.aicc.is_none());
    let again = select(
        &powers(),
        &["x"],
        &data,
        &FitOptions {
            seed: 1,
            ..FitOptions::default()
        },
    )
    .unwrap();
    assert_eq!(found.ranking, again.ranking);
}

#[test]
fn exact_data_choose_the_simplest_exact_law() {
    let x = decades(12, 0.3);
    let y = law(form("power-law"), &[4.0, -0.2, 0.0], &x);
    let found = select(&powers(), &["x"], &values(&x, &y), &FitOptions::default()).unwrap();
    assert_eq!(found.ranking[found.chosen].parameters, 2, "{}", found.reason);
}

#[test]
fn nothing_to_select_is_an_error() {
    let data = ([1.0, 2.0, 3.0], [1.0, 0.5, 0.3]);
    let none = select(
        &powers(),
        &["tokens"],
        &values(&data.0, &data.1),
        &FitOptions::default(),
    )
    .unwrap_err();
    assert_eq!(
        none,
        FitError::NothingToSelect {
            inputs: "tokens".to_owned()
        }
    );
    let bad = select(
        &powers(),
        &["x"],
        &values(&[1.0, -2.0, 3.0], &data.1),
        &FitOptions::default(),
    );
    assert_eq!(bad.unwrap_err().row(), Some(1));
    let options = FitOptions {
        fixed: &[("nonsense", 1.0)],
        ..FitOptions::default()
    };
    let unknown = select(&powers(), &["x"], &values(&data.0, &data.1), &options).unwrap_err();
    assert_eq!(unknown.code(), "UNKNOWN_PARAMETER");
    // A name that one of them knows concerns that one.
    let options = FitOptions {
        fixed: &[("c0", 0.5)],
        ..FitOptions::default()
    };
    assert!(select(&powers(), &["x"], &values(&data.0, &data.1), &options).is_ok());
}

fn logistic(set: u64) -> Fit {
    let x = decades(12, 0.25);
    let p = law(form("logistic"), &[-3.0, 1.0, 0.0, 1.0], &x);
    let mut rng = stream(65, &[set]);
    let right: Vec<f64> = p.iter().map(|&p| binomial(&mut rng, 100, p)).collect();
    let options = FitOptions {
        resamples: 200,
        seed: set,
        ..FitOptions::default()
    };
    fit(form("logistic"), &counts(&x, &right, &[100.0; 12]), &options).unwrap()
}

#[test]
fn the_budget_for_a_target_has_an_interval_that_holds_it() {
    // σ(−3 + ln x) = 0.8 at x = 4 e³.
    let truth = 4.0 * 3.0_f64.exp();
    let hits = (0..100_u64)
        .into_par_iter()
        .filter(|&set| {
            let found = budget_for(form("logistic"), &logistic(set), 0.8).unwrap();
            assert!((found.value / truth).ln().abs() < 1.0 && found.unreached == 0.0);
            found.interval.unwrap().contains(truth)
        })
        .count();
    assert!((88..=99).contains(&hits), "{hits}");
}

#[test]
fn a_budget_that_cannot_be_said_says_why() {
    let law = logistic(1);
    assert!(matches!(
        budget_for(form("logistic"), &law, 1.2),
        Err(Unreachable::BeyondLimit { target: 1.2, .. })
    ));
    let far = budget_for(form("logistic"), &law, 0.99999).unwrap_err();
    let Unreachable::TooFar { value, decades } = far else {
        panic!("{far}")
    };
    assert!(decades > 2.0 && value > 1e4);
    let already = budget_for(form("logistic"), &law, 1e-6).unwrap_err();
    assert!(matches!(already, Unreachable::Already { .. }), "{already}");
    assert!(matches!(
        budget_for(form("logistic"), &law, f64::NAN),
        Err(Unreachable::BadTarget { .. })
    ));
    let near = value_at(form("logistic"), &law, &[20.0]).unwrap();
    assert!(near.interval.unwrap().contains(near.value) && near.decades_beyond == 0.0);
}

#[test]
fn a_falling_law_reaches_its_target_from_above() {
    let x = decades(10, 0.3);
    let y = law(form("inverse-power-law"), &[4.0, 0.5, 0.0], &x);
    let found = fit(form("inverse-power-law"), &values(&x, &y), &FitOptions::default()).unwrap();
    // 4 x^(−1/2) = 0.5 at 64.
    let figure = budget_for(form("inverse-power-law"), &found, 0.5).unwrap();
    assert!((figure.value / 64.0 - 1.0).abs() < 1e-6 && figure.interval.is_none());
}

#[test]
fn doubling_stops_to_pay_where_the_law_says() {
    let x = decades(14, 0.25);
    let y = law(form("saturating-power-law"), &[0.9, 0.6, 0.5], &x);
    let found = fit(
        form("saturating-power-law"),
        &values(&x, &y),
        &FitOptions::default(),
    )
    .unwrap();
    // A doubling at x gains 0.6 (1 − 2^(−1/2)) x^(−1/2) = 0.01 at (60 (1 − 2^(−1/2)))².
    let truth = (60.0 * (1.0 - 0.5_f64.sqrt())).powi(2);
    let figure = diminishing(form("saturating-power-law"), &found, 0.01).unwrap();
    assert!((figure.value / truth - 1.0).abs() < 1e-4, "{figure:?} {truth}");
    let never = diminishing(form("saturating-power-law"), &found, 20.0).unwrap_err();
    assert!(matches!(never, Unreachable::NeverGains { .. }), "{never}");
    assert!(matches!(
        diminishing(form("saturating-power-law"), &found, 0.0),
        Err(Unreachable::BadTarget { name: "gain", .. })
    ));
}

#[test]
fn the_compute_optimal_split_has_an_interval() {
    let truth = [400.0, 410.0, 1.7, 0.34, 0.28];
    let mut inputs = Vec::new();
    for n in decades(6, 0.5) {
        for d in decades(6, 0.5) {
            inputs.extend([1e7 * n, 1e9 * d]);
        }
    }
    let mut rng = stream(66, &[]);
    let y: Vec<f64> = law(form("chinchilla"), &truth, &inputs)
        .iter()
        .map(|y| y * (0.002 * normal(&mut rng)).exp())
        .collect();
    let options = FitOptions {
        resamples: 200,
        seed: 4,
        ..FitOptions::default()
    };
    let found = fit(form("chinchilla"), &values(&inputs, &y), &options).unwrap();
    let optimal = compute_optimal(form("chinchilla"), &found, 1e21).unwrap();
    let (n, d) = chinchilla::compute_optimal(&truth, 1e21);
    for (figure, truth) in [(optimal.n, n), (optimal.d, d)] {
        let interval = figure.interval.unwrap();
        assert!(
            interval.low < truth && truth < interval.high && interval.high < 4.0 * interval.low,
            "{figure:?}"
        );
        assert!(figure.value > interval.low && figure.value < interval.high);
    }
    assert!((6.0 * optimal.n.value * optimal.d.value / 1e21 - 1.0).abs() < 1e-9);
    assert!(matches!(
        budget_for(form("chinchilla"), &found, 2.0),
        Err(Unreachable::NotOneBudget {
            law: "chinchilla",
            ..
        })
    ));
    assert!(matches!(
        best_calls(form("chinchilla"), &found),
        Err(Unreachable::NoSuchFigure { .. })
    ));
    assert!(matches!(
        compute_optimal(form("chinchilla"), &found, -1.0),
        Err(Unreachable::BadTarget { name: "flops", .. })
    ));
}

#[test]
fn the_best_number_of_calls_has_an_interval() {
    let truth = [0.5, 0.75, 0.4];
    let calls: Vec<f64> = (0..30).map(|i| f64::from(2 * i + 1)).collect();
    let p = law(form("voting-mixture"), &truth, &calls);
    let mut rng = stream(67, &[]);
    let right: Vec<f64> = p.iter().map(|&p| binomial(&mut rng, 4000, p)).collect();
    let options = FitOptions {
        resamples: 200,
        seed: 5,
        ..FitOptions::default()
    };
    let found = fit(
        form("voting-mixture"),
        &counts(&calls, &right, &[4000.0; 30]),
        &options,
    )
    .unwrap();
    let best = best_calls(form("voting-mixture"), &found).unwrap();
    let star = voting_mixture::best_calls(&truth);
    assert!(best.interval.unwrap().contains(star), "{best:?} {star}");
    assert!((best.value / star).ln().abs() < 0.5);
}
