//! Bounds, vanishing parameters, extreme counts and refits: what a fit must survive without a wrong answer.
#![allow(clippy::unwrap_used, clippy::panic)]

use thinkscale_core::fit::solve::{Solution, resume, solve};
use thinkscale_core::fit::{Data, Form, Objective, Problem, Response, Scale, Table};
use thinkscale_core::laws::forms::find;

fn geometric(low: f64, high: f64, count: usize) -> Vec<f64> {
    (0..count)
        .map(|i| low * (high / low).powf(i as f64 / (count - 1) as f64))
        .collect()
}

fn value(form: &dyn Form, parameters: &[f64], row: &[f64]) -> f64 {
    let about = form.about();
    let theta: Vec<f64> = about
        .parameters
        .iter()
        .zip(parameters)
        .map(|(it, &value)| it.internal(value))
        .collect();
    let mut features = vec![0.0; about.features];
    form.features(row, &mut features);
    form.value(&features, &theta, &mut vec![0.0; theta.len()])
}

fn natural(form: &dyn Form, solution: &Solution) -> Vec<f64> {
    form.about()
        .parameters
        .iter()
        .zip(&solution.theta)
        .map(|(it, &theta)| it.natural(theta))
        .collect()
}

/// What the law holds itself.
fn held(form: &dyn Form) -> Vec<Option<f64>> {
    form.about()
        .parameters
        .iter()
        .map(|it| it.held.map(|held| it.internal(held)))
        .collect()
}

fn counted(law: &str, xs: &[f64], successes: &[f64], totals: &[f64]) -> (Solution, Vec<f64>) {
    let form = find(law).unwrap();
    let response = Response::Counts { successes, totals };
    let table = Table::new(
        form,
        &Data {
            inputs: xs,
            response,
            weights: None,
            groups: None,
        },
    )
    .unwrap();
    let problem = Problem::new(form, &table, Objective::Binomial, Scale::Raw);
    let solution = solve(&problem, &held(form)).unwrap();
    let parameters = natural(form, &solution);
    (solution, parameters)
}

/// Rows of a grid of sizes and tokens.
fn grid() -> Vec<[f64; 2]> {
    let tokens = geometric(1e9, 1e12, 6);
    geometric(1e7, 1e10, 6)
        .iter()
        .flat_map(|&n| tokens.iter().map(move |&d| [n, d]))
        .collect()
}

#[test]
fn a_loss_that_does_not_level_off_has_no_remainder_and_says_so() {
    for law in ["chinchilla", "ladder-loss"] {
        let form = find(law).unwrap();
        let rows = grid();
        // Losses that fall a little faster than any such law with a positive remainder.
        let y: Vec<f64> = rows
            .iter()
            .map(|row| value(form, &[30.0, 60.0, 0.0, 0.2, 0.15], row) - 0.02)
            .collect();
        let inputs = rows.concat();
        let data = Data {
            inputs: &inputs,
            response: Response::Values(&y),
            weights: None,
            groups: None,
        };
        let table = Table::new(form, &data).unwrap();
        for objective in [
            Objective::Huber { delta: 1e-3 },
            Objective::Lad,
            Objective::Gaussian,
        ] {
            let problem = Problem::new(form, &table, objective, Scale::Log);
            let solution = solve(&problem, &held(form)).unwrap();
            assert_eq!(
                solution.at_bound,
                [false, false, true, false, false],
                "{law} {objective:?} {solution:?}"
            );
            assert!(
                solution.converged && solution.theta[2] == f64::NEG_INFINITY,
                "{law} {solution:?}"
            );
            assert!(!solution.free[2]);
        }
    }
}

#[test]
fn a_refit_takes_back_what_had_vanished() {
    let form = find("chinchilla").unwrap();
    let rows = grid();
    let half = rows.len();
    let y: Vec<f64> = [0.0, 1.5]
        .iter()
        .flat_map(|&remainder| {
            rows.iter()
                .map(move |row| value(form, &[300.0, 900.0, remainder, 0.3, 0.3], row))
        })
        .collect();
    let inputs = [rows.concat(), rows.concat()].concat();
    let data = Data {
        inputs: &inputs,
        response: Response::Values(&y),
        weights: None,
        groups: None,
    };
    let first: Vec<f64> = (0..2 * half).map(|row| f64::from(u8::from(row < half))).collect();
    let second: Vec<f64> = first.iter().map(|weight| 1.0 - weight).collect();
    let table = Table::new(form, &data).unwrap().weighted(first);
    let problem = Problem::new(form, &table, Objective::Huber { delta: 1e-3 }, Scale::Log);
    let solution = solve(&problem, &held(form)).unwrap();
    assert!(solution.at_bound[2], "{solution:?}");
    let again = resume(&problem, &held(form), &second, &solution);
    assert!(again.converged && !again.at_bound[2], "{again:?}");
    assert!((natural(form, &again)[2] - 1.5).abs() < 1e-5, "{again:?}");
}

#[test]
fn bounds_that_are_reached_are_exact() {
    // Accuracy that ends above 1 - a x^-b would need a ceiling above 1.
    let form = find("saturating-power-law").unwrap();
    let xs = geometric(1.0, 64.0, 7);
    let y: Vec<f64> = xs.iter().map(|x| (0.35 + 0.15 * x.ln()).min(1.0)).collect();
    let data = Data {
        inputs: &xs,
        response: Response::Values(&y),
        weights: None,
        groups: None,
    };
    let table = Table::new(form, &data).unwrap();
    let problem = Problem::new(form, &table, Objective::Gaussian, Scale::Raw);
    let solution = solve(&problem, &held(form)).unwrap();
    assert!(
        solution.at_bound[0] && solution.theta[0] == 1.0 && solution.converged,
        "{solution:?}"
    );
    // Pushed outwards, and no longer pulled by the others.
    assert!(solution.gradient[0] < 0.0);
    for i in [1, 2] {
        assert!(solution.gradient[i].abs() < 1e-6 * solution.value, "{solution:?}");
    }
}

#[test]
fn none_right_and_all_right_are_used() {
    // s1 on AIME24 (Muennighoff et al. 2025, figure 1): 0 of 30 at 500 tokens counts as what it is.
    let thousands = [0.5, 1.0, 2.0, 3.9331, 5.3002, 6.6568, 7.3195];
    let right = [0.0, 4.0, 9.0, 13.0, 15.0, 16.0, 17.0];
    let (solution, parameters) = counted("logistic", &thousands, &right, &[30.0; 7]);
    assert!(
        solution.converged && solution.agreeing_starts == 1.0,
        "{solution:?}"
    );
    assert!(
        (parameters[0] + 2.04868).abs() < 1e-4 && (parameters[1] - 1.22369).abs() < 1e-4,
        "{parameters:?}"
    );
    let (_, dropped) = counted("logistic", &thousands[1..], &right[1..], &[30.0; 6]);
    assert!(dropped[1] < 1.15, "{dropped:?}");
    let (_, with_all) = counted(
        "logistic",
        &[1.0, 2.0, 4.0, 8.0],
        &[3.0, 14.0, 27.0, 30.0],
        &[30.0; 4],
    );
    let (_, without) = counted("logistic", &[1.0, 2.0, 4.0], &[3.0, 14.0, 27.0], &[30.0; 3]);
    assert!(
        (with_all[1] - without[1]).abs() > 1e-3,
        "{with_all:?} {without:?}"
    );
}

#[test]
fn laws_below_zero_are_not_rewarded_for_what_never_succeeded() {
    let xs = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
    let (solution, parameters) = counted(
        "saturating-power-law",
        &xs,
        &[0.0, 0.0, 6.0, 12.0, 17.0, 19.0],
        &[30.0; 6],
    );
    assert!(solution.converged && solution.value > 0.0, "{solution:?}");
    assert!(parameters[1] < 10.0 && parameters[0] > 0.6, "{parameters:?}");
}

#[test]
fn none_right_at_all_gives_a_law_of_nothing() {
    for law in [
        "logistic",
        "exponentiated-power-law",
        "chained-calls",
        "saturating-power-law",
    ] {
        let xs = [1.0, 10.0, 100.0, 1e6];
        let (solution, _) = counted(law, &xs, &[0.0; 4], &[1e6; 4]);
        assert!(
            solution.value >= 0.0 && solution.value < 1.0,
            "{law}: {solution:?}"
        );
    }
}

#[test]
fn a_million_tries_and_a_million_samples() {
    // 1 − 10⁻⁶ for each call, over up to a million calls of which a million were tried.
    let ks = geometric(1.0, 1e6, 7);
    let right: Vec<f64> = ks
        .iter()
        .map(|k| (1e6 * (1.0 - 1e-6_f64).powf(*k)).round())
        .collect();
    let (solution, parameters) = counted("chained-calls", &ks, &right, &[1e6; 7]);
    assert!(
        solution.converged && (1.0 - parameters[0]) / 1e-6 - 1.0 < 2e-3,
        "{parameters:?}"
    );
    let right: Vec<f64> = ks
        .iter()
        .map(|k| (1e6 * f64::exp(-6.0 * k.powf(-0.3))).round())
        .collect();
    let (solution, parameters) = counted("exponentiated-power-law", &ks, &right, &[1e6; 7]);
    assert!(
        solution.converged && (parameters[0] + 6.0).abs() < 0.02,
        "{parameters:?}"
    );
    assert!((parameters[1] + 0.3).abs() < 1e-3, "{parameters:?}");
    let calls = [1.0, 101.0, 1001.0, 1e4 + 1.0, 1e5 + 1.0, 1e6];
    let form = find("voting-mixture").unwrap();
    let right: Vec<f64> = calls
        .iter()
        .map(|&k| (1e6 * value(form, &[0.6, 0.52, 0.47], &[k])).round())
        .collect();
    let (solution, parameters) = counted("voting-mixture", &calls, &right, &[1e6; 6]);
    assert!(
        solution.converged && (parameters[0] - 0.6).abs() < 5e-3,
        "{parameters:?}"
    );
}

#[test]
fn falling_accuracy_has_a_falling_law() {
    // s1 past its context: 50 % and then 33 %.
    let (_, parameters) = counted(
        "logistic",
        &[1.0, 2.0, 4.0, 8.0],
        &[15.0, 14.0, 11.0, 10.0],
        &[30.0; 4],
    );
    assert!(parameters[1] < -0.1, "{parameters:?}");
    let (solution, _) = counted(
        "saturating-power-law",
        &[1.0, 2.0, 4.0, 8.0],
        &[15.0, 14.0, 11.0, 10.0],
        &[30.0; 4],
    );
    // It can only be flat: nothing is missing at any x.
    let flat = counted(
        "saturating-power-law",
        &[1.0, 2.0, 4.0, 8.0],
        &[12.5; 4],
        &[30.0; 4],
    )
    .0;
    assert!(
        solution.value.is_finite() && (solution.theta[0] - flat.theta[0]).abs() < 0.02,
        "{solution:?}"
    );
}
