//! Data that fits often get wrong, and input that is refused.
#![allow(clippy::unwrap_used, clippy::panic)]

mod fit_support;

use fit_support::{Csv, counts, form, kinds, law, rows, value, values};
use thinkscale_core::fit::{Caution, Data, FitError, FitOptions, Holdout, Objective, Response, Scale, fit};
use thinkscale_core::stats::StatsError;

const S1: &str = include_str!("data/s1_budget_forcing.csv");
const S1_MORE: &str = include_str!("data/s1_parallel_and_rejection.csv");
const PLAIN: FitOptions = FitOptions {
    objective: None,
    scale: None,
    fixed: &[],
    freed: &[],
    resamples: 0,
    seed: 0,
    level: 0.95,
    holdout: Holdout::None,
    predict: &[],
};

#[test]
fn nothing_right_and_everything_right_are_data() {
    let x = [0.5, 1.0, 2.0, 4.0, 8.0];
    let totals = [30.0; 5];
    let ends = fit(
        form("logistic"),
        &counts(&x, &[0.0, 6.0, 14.0, 23.0, 30.0], &totals),
        &PLAIN,
    )
    .unwrap();
    assert!(ends.converged && ends.rows == 5);
    let inner = fit(
        form("logistic"),
        &counts(&x[1..4], &[6.0, 14.0, 23.0], &totals[..3]),
        &PLAIN,
    )
    .unwrap();
    // The ends pull the curve steeper than the middle alone: they were used.
    assert!(
        value(&ends, "b") > value(&inner, "b") + 0.1,
        "{} {}",
        value(&ends, "b"),
        value(&inner, "b")
    );
}

#[test]
fn dropping_the_zero_of_aime_shifts_the_slope() {
    // A regression on log-odds has to drop 0 of 30; the likelihood keeps it, and the slope differs.
    let aime = Csv::new(S1).filter(|at| at("benchmark") == "AIME24");
    let x: Vec<f64> = aime
        .numbers("avg_thinking_tokens")
        .iter()
        .map(|t| t / 1000.0)
        .collect();
    let (right, asked) = (aime.numbers("implied_correct"), aime.numbers("n_questions"));
    assert_eq!(right[0], 0.0);
    let all = fit(form("logistic"), &counts(&x, &right, &asked), &PLAIN).unwrap();
    let without = fit(
        form("logistic"),
        &counts(&x[1..], &right[1..], &asked[1..]),
        &PLAIN,
    )
    .unwrap();
    assert!(value(&without, "b") < value(&all, "b") - 0.05);
}

#[test]
fn accuracy_that_falls_with_the_budget_is_fitted_and_said() {
    let all = Csv::new(S1_MORE);
    for (series, rows) in [("rejection_sampling", 6), ("sequential_past_context", 2)] {
        let falling = all.filter(|at| at("series") == series);
        let x = falling.numbers("avg_thinking_tokens");
        assert_eq!(x.len(), rows);
        let data = (falling.numbers("implied_correct"), falling.numbers("n_questions"));
        let found = fit(form("logistic"), &counts(&x, &data.0, &data.1), &PLAIN).unwrap();
        assert!(value(&found, "b") < 0.0, "{series}");
        assert!(found.fitted.windows(2).all(|pair| pair[1] <= pair[0]));
        assert!(
            kinds(&found).contains(&"decreasing"),
            "{series}: {:?}",
            found.cautions
        );
    }
}

#[test]
fn a_rise_and_a_fall_is_said() {
    let x = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
    let y = [0.2, 0.45, 0.7, 0.72, 0.5, 0.35];
    for name in ["logistic", "saturating-power-law"] {
        let found = fit(form(name), &values(&x, &y), &PLAIN).unwrap();
        let caution = found
            .cautions
            .iter()
            .find(|caution| caution.kind() == "not-monotone");
        let Some(Caution::NotMonotone { at, until, .. }) = caution else {
            panic!("{:?}", found.cautions)
        };
        assert_eq!((*at, *until), (8.0, 32.0), "{name}");
    }
    let rising = fit(
        form("logistic"),
        &values(&x, &[0.1, 0.2, 0.4, 0.39, 0.6, 0.8]),
        &PLAIN,
    )
    .unwrap();
    assert!(!kinds(&rising).contains(&"not-monotone") && !kinds(&rising).contains(&"decreasing"));
}

#[test]
fn fewer_points_than_parameters_are_refused() {
    let inputs = rows(&[&[1e8, 1e9, 1e8, 1e9], &[1e9, 1e9, 1e10, 1e10]]);
    let error = fit(
        form("chinchilla"),
        &values(&inputs, &[4.0, 3.5, 3.4, 3.0]),
        &PLAIN,
    )
    .unwrap_err();
    assert_eq!(
        error,
        FitError::TooFewRows {
            law: "chinchilla",
            needed: 5,
            got: 4
        }
    );
    assert_eq!(
        error.to_string(),
        "expected at least 5 rows for 5 free parameters of chinchilla, got 4"
    );
    // Repeated inputs are no new points.
    let repeated = fit(form("logistic"), &values(&[2.0; 8], &[0.5; 8]), &PLAIN).unwrap_err();
    assert_eq!(
        repeated,
        FitError::TooFewRows {
            law: "logistic",
            needed: 2,
            got: 1
        }
    );
    // Holding a parameter lowers what is needed.
    let options = FitOptions {
        fixed: &[("b", 1.0)],
        ..PLAIN
    };
    assert!(fit(form("logistic"), &values(&[2.0; 8], &[0.5; 8]), &options).is_ok());
    let none = fit(form("logistic"), &values(&[], &[]), &PLAIN).unwrap_err();
    assert!(matches!(none, FitError::TooFewRows { got: 0, .. }));
}

#[test]
fn rows_that_make_no_sense_are_named() {
    let y = [0.1, 0.2, 0.3];
    let error = |inputs: &[f64], y: &[f64]| fit(form("logistic"), &values(inputs, y), &PLAIN).unwrap_err();
    for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        let found = error(&[1.0, bad, 3.0], &y);
        assert!(
            matches!(
                found,
                FitError::BadInput {
                    name: "x",
                    row: 1,
                    ..
                }
            ),
            "{bad}: {found:?}"
        );
        assert_eq!(found.row(), Some(1));
    }
    for bad in [f64::NAN, -0.1, 1.1] {
        assert_eq!(error(&[1.0, 2.0, 3.0], &[0.1, 0.2, bad]).row(), Some(2));
    }
    let loss = |y: &[f64]| {
        let inputs = rows(&[
            &[1e7, 1e8, 1e9, 1e7, 1e8, 1e9],
            &[1e9, 1e9, 1e9, 1e10, 1e10, 1e10],
        ]);
        fit(form("chinchilla"), &values(&inputs, y), &PLAIN).unwrap_err()
    };
    assert!(matches!(
        loss(&[3.0, 2.0, -1.0, 2.0, 2.0, 2.0]),
        FitError::BadOnScale { row: 2, .. }
    ));
    assert!(matches!(
        loss(&[3.0, f64::NAN, 1.0, 2.0, 2.0, 2.0]),
        FitError::BadValue { row: 1, .. }
    ));
    for (successes, total) in [(4.0, 3.0), (-1.0, 3.0), (0.0, 0.0), (f64::NAN, 3.0)] {
        let data = ([1.0, 2.0, successes], [5.0, 5.0, total]);
        let found = fit(
            form("logistic"),
            &counts(&[1.0, 2.0, 3.0], &data.0, &data.1),
            &PLAIN,
        )
        .unwrap_err();
        assert!(matches!(found, FitError::BadCounts { row: 2, .. }), "{found:?}");
    }
    let weighted = Data {
        weights: Some(&[1.0, -1.0, 1.0]),
        ..values(&[1.0, 2.0, 3.0], &y)
    };
    assert_eq!(
        fit(form("logistic"), &weighted, &PLAIN).unwrap_err().row(),
        Some(1)
    );
}

#[test]
fn a_row_without_a_weight_is_as_if_it_were_not_there() {
    let (x, y) = ([1.0, 2.0, 4.0, 8.0], [0.1, 0.25, 0.55, 0.7]);
    let with = Data {
        weights: Some(&[1.0, 1.0, 0.0, 1.0]),
        ..values(&x, &y)
    };
    let dropped = fit(form("logistic"), &with, &PLAIN).unwrap();
    let without = fit(
        form("logistic"),
        &values(&[1.0, 2.0, 8.0], &[0.1, 0.25, 0.7]),
        &PLAIN,
    )
    .unwrap();
    for name in ["a", "b"] {
        let (a, b) = (dropped.parameter(name).unwrap(), without.parameter(name).unwrap());
        assert!((a.value - b.value).abs() < 1e-6);
        assert!((a.standard_error.unwrap() / b.standard_error.unwrap() - 1.0).abs() < 1e-4);
    }
    assert_eq!((dropped.rows, dropped.fitted.len()), (3, 4));
    assert!((dropped.log_likelihood - without.log_likelihood).abs() < 1e-6);
}

#[test]
fn duplicate_rows_are_used_and_named() {
    let x = [1.0, 2.0, 4.0, 8.0, 4.0, 16.0];
    let y = [0.1, 0.2, 0.5, 0.6, 0.5, 0.8];
    let found = fit(form("logistic"), &values(&x, &y), &PLAIN).unwrap();
    assert!(
        found.cautions.contains(&Caution::DuplicateRows {
            count: 1,
            row: 4,
            of: 2
        }),
        "{:?}",
        found.cautions
    );
    let doubled = Data {
        weights: Some(&[1.0, 1.0, 2.0, 1.0, 1.0]),
        ..values(&[1.0, 2.0, 4.0, 8.0, 16.0], &[0.1, 0.2, 0.5, 0.6, 0.8])
    };
    let weighted = fit(form("logistic"), &doubled, &PLAIN).unwrap();
    assert!((value(&found, "b") - value(&weighted, "b")).abs() < 1e-6);
    // Two groups may measure the same.
    let grouped = Data {
        groups: Some(&[0, 0, 0, 0, 1, 1]),
        ..values(&x, &y)
    };
    assert!(!kinds(&fit(form("logistic"), &grouped, &PLAIN).unwrap()).contains(&"duplicate-rows"));
}

#[test]
fn a_million_tries_a_row_are_fitted() {
    let x = [1.0, 4.0, 16.0, 64.0, 256.0];
    let p = law(form("logistic"), &[-6.0, 1.1, 0.0, 1.0], &x);
    let right: Vec<f64> = p.iter().map(|p| (p * 1e6).round()).collect();
    let found = fit(form("logistic"), &counts(&x, &right, &[1e6; 5]), &PLAIN).unwrap();
    assert!((value(&found, "a") + 6.0).abs() < 1e-4 && (value(&found, "b") - 1.1).abs() < 1e-4);
    assert!(found.log_likelihood.is_finite() && found.converged);
}

#[test]
fn options_out_of_range_are_refused() {
    let (x, y) = ([1.0, 2.0, 4.0, 8.0], [0.1, 0.25, 0.55, 0.7]);
    let error = |options: FitOptions| fit(form("logistic"), &values(&x, &y), &options).unwrap_err();
    for level in [0.0, 1.0, f64::NAN] {
        let found = error(FitOptions { level, ..PLAIN });
        assert!(matches!(
            found,
            FitError::Stats(StatsError::LevelOutOfRange { .. })
        ));
    }
    for resamples in [1, 1_000_001] {
        let found = error(FitOptions { resamples, ..PLAIN });
        assert_eq!(found.code(), "RESAMPLES_OUT_OF_RANGE");
    }
    for delta in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let objective = Some(Objective::Huber { delta });
        assert!(matches!(
            error(FitOptions { objective, ..PLAIN }),
            FitError::BadDelta { .. }
        ));
    }
    let binomial = error(FitOptions {
        objective: Some(Objective::Binomial),
        ..PLAIN
    });
    assert_eq!(binomial, FitError::BinomialWithoutCounts);
    let unknown = error(FitOptions {
        fixed: &[("gamma", 1.0)],
        ..PLAIN
    });
    assert_eq!(
        unknown.to_string(),
        "expected a parameter of logistic (a, b, floor, ceiling), got gamma"
    );
    assert_eq!(
        error(FitOptions {
            freed: &["top"],
            ..PLAIN
        })
        .code(),
        "UNKNOWN_PARAMETER"
    );
    for value in [-0.1, 1.5, f64::NAN] {
        let fixed: &[(&str, f64)] = &[("ceiling", value)];
        assert_eq!(error(FitOptions { fixed, ..PLAIN }).code(), "FIXED_OUT_OF_RANGE");
    }
    assert_eq!(
        error(FitOptions {
            predict: &[1.0, 0.0],
            ..PLAIN
        })
        .row(),
        Some(1)
    );
    let marks = Holdout::Rows(&[true, false]);
    assert_eq!(
        error(FitOptions {
            holdout: marks,
            ..PLAIN
        })
        .code(),
        "LENGTH_MISMATCH"
    );
    let marks = Holdout::Rows(&[true, true, false, false]);
    let found = error(FitOptions {
        holdout: marks,
        ..PLAIN
    });
    assert_eq!(
        found,
        FitError::BadHoldout {
            needed: 2,
            held: 2,
            left: 2
        }
    );
    let counted = Data {
        inputs: &[1e8, 1e9],
        response: Response::Counts {
            successes: &[1.0],
            totals: &[2.0],
        },
        weights: None,
        groups: None,
    };
    assert_eq!(
        fit(form("chinchilla"), &counted, &PLAIN).unwrap_err().code(),
        "COUNTS_WITHOUT_PROBABILITY"
    );
}

#[test]
fn a_holdout_that_leaves_too_little_is_said() {
    let (x, y) = ([1.0, 2.0, 4.0], [0.1, 0.25, 0.55]);
    let options = FitOptions {
        holdout: Holdout::TopThird,
        ..PLAIN
    };
    let found = fit(form("logistic"), &values(&x, &y), &options).unwrap();
    assert!(found.holdout.is_none());
    assert!(
        found.cautions.contains(&Caution::NoHoldout {
            needed: 2,
            held: 3,
            left: 0
        }),
        "{:?}",
        found.cautions
    );
}

#[test]
fn fixed_parameters_stay_and_have_no_errors() {
    let (x, y) = ([1.0, 2.0, 4.0, 8.0], [0.3, 0.4, 0.6, 0.7]);
    let options = FitOptions {
        fixed: &[("floor", 0.25)],
        resamples: 20,
        ..PLAIN
    };
    let found = fit(form("logistic"), &values(&x, &y), &options).unwrap();
    let floor = found.parameter("floor").unwrap();
    assert!(floor.fixed && !floor.at_bound && floor.value == 0.25);
    assert!(floor.standard_error.is_none() && floor.interval.is_none() && floor.profile.is_none());
    assert!(found.parameter("b").unwrap().interval.is_some());
}

#[test]
fn the_objective_and_the_scale_are_those_asked_for() {
    let inputs = rows(&[
        &[1e7, 1e8, 1e9, 1e7, 1e8, 1e9, 1e8, 1e9],
        &[1e9, 1e9, 1e9, 1e10, 1e10, 1e10, 1e11, 1e11],
    ]);
    let mut y = law(form("chinchilla"), &[400.0, 410.0, 1.7, 0.34, 0.28], &inputs);
    y[3] *= 1.05;
    let with = |objective, scale| {
        let options = FitOptions {
            objective,
            scale,
            ..PLAIN
        };
        fit(form("chinchilla"), &values(&inputs, &y), &options).unwrap()
    };
    let own = with(None, None);
    assert_eq!(
        (own.objective, own.scale),
        (Objective::Huber { delta: 1e-3 }, Scale::Log)
    );
    let lad = with(Some(Objective::Lad), Some(Scale::Log));
    assert!(lad.objective == Objective::Lad && lad.converged);
    let raw = with(Some(Objective::Gaussian), Some(Scale::Raw));
    let squares: f64 = raw.residuals.iter().map(|r| r * r / 2.0).sum();
    assert!((squares / raw.objective_value - 1.0).abs() < 1e-9);
    for (f, (y, r)) in raw.fitted.iter().zip(y.iter().zip(&raw.residuals)) {
        assert!((f - y - r).abs() < 1e-12);
    }
}
