//! Every law is found again from values that it gave itself, over a wide range of truths.
#![allow(clippy::unwrap_used, clippy::panic)]

use rayon::prelude::*;
use thinkscale_core::fit::solve::solve;
use thinkscale_core::fit::{Coordinate, Data, Form, Objective, Problem, Response, Table};
use thinkscale_core::laws::forms::{all, find};

/// A law, parameters in natural units and the rows that it is asked at.
struct Case {
    law: &'static str,
    truths: Vec<Vec<f64>>,
    rows: Vec<Vec<f64>>,
}

fn geometric(low: f64, high: f64, count: usize) -> Vec<f64> {
    (0..count)
        .map(|i| low * (high / low).powf(i as f64 / (count - 1) as f64))
        .collect()
}

fn column(values: &[f64]) -> Vec<Vec<f64>> {
    values.iter().map(|&value| vec![value]).collect()
}

fn pairs(first: &[f64], second: &[f64]) -> Vec<Vec<f64>> {
    first
        .iter()
        .flat_map(|&a| second.iter().map(move |&b| vec![a, b]))
        .collect()
}

fn case(law: &'static str, truths: &[&[f64]], rows: Vec<Vec<f64>>) -> Case {
    Case {
        law,
        truths: truths.iter().map(|truth| truth.to_vec()).collect(),
        rows,
    }
}

fn cases() -> Vec<Case> {
    let sizes = geometric(1e7, 1e10, 6);
    let tokens = geometric(1e9, 1e12, 6);
    let odd: Vec<f64> = [1, 3, 5, 7, 11, 15, 21, 31, 51, 81, 151, 301]
        .map(f64::from)
        .to_vec();
    vec![
        case(
            "power-law",
            &[
                &[2.0, 0.5, 0.0],
                &[1e-8, 1.7, 0.0],
                &[300.0, -0.08, 0.0],
                &[5.0, -0.3, 1.7],
                &[3.0, 0.4, 20.0],
                &[4.0, 0.3, -2.0],
            ],
            column(&geometric(1.0, 1e6, 13)),
        ),
        case(
            "inverse-power-law",
            &[
                &[1e3, 0.15, 0.0],
                &[3e4, 0.21, 1.7],
                &[2.0, 0.05, 0.0],
                &[1e7, 0.4, 0.3],
            ],
            column(&geometric(1e16, 1e24, 17)),
        ),
        case(
            "inverse-power-law",
            &[&[1.0, 1.5, 0.0], &[0.5, 0.7, 0.1], &[40.0, 2.5, 3.0]],
            column(&geometric(1.0, 1e3, 10)),
        ),
        case(
            "bnsl",
            &[
                &[0.1, 2.0, 0.1, 0.4, 1e3, 0.3],
                &[1.0, 3.0, 0.05, 1.0, 300.0, 1.0],
                &[0.02, 1.0, 0.02, 0.6, 2e4, 0.2],
            ],
            column(&geometric(1.0, 1e6, 40)),
        ),
        case(
            "kaplan-n",
            &[&[8.8e13, 0.076], &[1e10, 0.4], &[1e30, 0.01]],
            column(&geometric(1e5, 1e10, 9)),
        ),
        case(
            "kaplan-d",
            &[&[5.4e13, 0.095], &[1e12, 0.3]],
            column(&geometric(1e7, 1e11, 9)),
        ),
        case(
            "kaplan-c",
            &[&[3.1e8, 0.05], &[1.6e7, 0.057]],
            column(&geometric(1e-6, 1e3, 10)),
        ),
        case(
            "kaplan-joint",
            &[
                &[6.4e13, 1.8e13, 0.076, 0.103],
                &[1e13, 1e14, 0.1, 0.07],
                &[1e12, 5e12, 0.2, 0.25],
            ],
            pairs(&sizes, &tokens),
        ),
        case(
            "chinchilla",
            &[
                &[406.4, 410.7, 1.69, 0.34, 0.28],
                &[482.01, 2085.43, 1.8172, 0.3478, 0.3658],
                &[30.0, 5e4, 0.5, 0.2, 0.6],
                &[5e5, 60.0, 2.5, 0.7, 0.15],
                &[5.0, 20.0, 0.05, 0.1, 0.12],
            ],
            pairs(&sizes, &tokens),
        ),
        case(
            "ladder-loss",
            &[&[50.0, 2000.0, 0.3, 0.3, 0.35], &[3.0, 400.0, 0.7, 0.1, 0.25]],
            pairs(&sizes, &tokens),
        ),
        case(
            "ladder-accuracy",
            &[
                &[-0.6, 1.0, 5.0, 0.95],
                &[-0.3, 0.8, 12.0, 0.7],
                &[-0.75, 1.2, 3.0, 0.98],
            ],
            column(&(0..24).map(|i| 0.1 * f64::from(i)).collect::<Vec<_>>()),
        ),
        case(
            "gadre-loss",
            &[
                &[166.2, 366.7, -0.27285, 1.83665],
                &[113.7, 189.5, -0.24247, 1.50826],
                &[20.0, 9.0, -0.1, 0.4],
            ],
            pairs(&sizes, &[5.0, 20.0, 80.0, 640.0]),
        ),
        case(
            "gadre-error",
            &[&[2.2065, 0.7146, 0.857], &[0.6, 0.2, 0.9], &[30.0, 2.0, 0.7]],
            column(&geometric(2.0, 5.0, 9)),
        ),
        case(
            "exponentiated-power-law",
            &[&[-3.0, -0.3], &[-0.5, -1.0], &[-8.0, -0.15], &[-12.0, -0.6]],
            column(&geometric(1.0, 1e4, 20)),
        ),
        case(
            "logistic",
            &[
                &[-3.0, 1.0, 0.0, 1.0],
                &[-6.0, 0.7, 0.0, 1.0],
                &[2.0, -0.5, 0.0, 1.0],
                &[-4.0, 1.2, 0.25, 1.0],
                &[-4.0, 1.2, 0.0, 0.7],
                &[-5.0, 1.5, 0.1, 0.8],
            ],
            column(&geometric(1.0, 5e3, 14)),
        ),
        case(
            "saturating-power-law",
            &[
                &[0.9, 0.6, 0.5],
                &[1.0, 0.9, 0.2],
                &[0.55, 0.4, 1.2],
                &[0.75, 0.2, 0.05],
            ],
            column(&geometric(1.0, 1e3, 11)),
        ),
        case(
            "voting-mixture",
            &[
                &[0.5, 0.7, 0.4],
                &[0.6, 0.85, 0.3],
                &[0.4, 0.8, 0.45],
                &[0.9, 0.55, 0.2],
                &[0.2, 0.95, 0.48],
            ],
            column(&odd),
        ),
        case(
            "two-axes",
            &[
                &[0.95, 0.4, 0.3, 0.5, 1.0],
                &[0.7, 0.3, 0.2, 0.3, 0.4],
                &[0.9, 0.5, 0.1, 1.5, 0.2],
            ],
            pairs(&geometric(1.0, 256.0, 6), &geometric(1.0, 64.0, 6)),
        ),
        case(
            "chained-calls",
            &[&[0.99], &[0.5], &[0.9], &[0.999]],
            column(&geometric(1.0, 100.0, 8)),
        ),
        case(
            "chained-calls",
            &[&[0.999_999], &[0.999_99]],
            column(&geometric(1.0, 1e6, 8)),
        ),
    ]
}

/// The law's values, and what is held: what the law holds itself, where the truth agrees.
fn planted(form: &dyn Form, truth: &[f64], rows: &[Vec<f64>]) -> (Vec<f64>, Vec<Option<f64>>) {
    let about = form.about();
    let theta: Vec<f64> = about
        .parameters
        .iter()
        .zip(truth)
        .map(|(it, &value)| it.internal(value))
        .collect();
    let mut features = vec![0.0; about.features];
    let y = rows
        .iter()
        .map(|row| {
            form.features(row, &mut features);
            form.value(&features, &theta, &mut vec![0.0; theta.len()])
        })
        .collect();
    let held = about
        .parameters
        .iter()
        .zip(truth)
        .map(|(it, &value)| {
            it.held
                .filter(|&held| held == value)
                .map(|held| it.internal(held))
        })
        .collect();
    (y, held)
}

fn assert_found(form: &dyn Form, truth: &[f64], theta: &[f64], what: &str) {
    let about = form.about();
    for ((parameter, &truth), &theta) in about.parameters.iter().zip(truth).zip(theta) {
        let found = parameter.natural(theta);
        // A large scale is known through its logarithm.
        let off = if parameter.coordinate == Coordinate::Log && truth > 1e3 {
            (theta - truth.ln()).abs() / truth.ln()
        } else {
            (found - truth).abs() / truth.abs().max(1e-3)
        };
        assert!(
            off <= 1e-5,
            "{} {what}: {} is {found}, not {truth}",
            about.name,
            parameter.name
        );
    }
}

#[test]
fn there_is_a_case_for_every_law() {
    let cases = cases();
    for form in all() {
        assert!(
            cases.iter().any(|case| case.law == form.about().name),
            "{}",
            form.about().name
        );
    }
}

#[test]
fn values_without_noise_give_the_law_back() {
    cases().par_iter().for_each(|case| {
        let form = find(case.law).unwrap();
        for truth in &case.truths {
            let (y, held) = planted(form, truth, &case.rows);
            let inputs = case.rows.concat();
            let data = Data {
                inputs: &inputs,
                response: Response::Values(&y),
                weights: None,
                groups: None,
            };
            let table = Table::new(form, &data).unwrap();
            let problem = Problem::new(form, &table, form.about().objective, form.about().scale);
            let solution = solve(&problem, &held).unwrap();
            assert!(solution.converged, "{} {truth:?}: {solution:?}", case.law);
            assert_found(form, truth, &solution.theta, &format!("from values of {truth:?}"));
        }
    });
}

#[test]
fn expected_counts_give_the_law_back() {
    cases()
        .par_iter()
        .filter(|case| find(case.law).unwrap().about().probability)
        .for_each(|case| {
            let form = find(case.law).unwrap();
            for truth in &case.truths {
                let (y, held) = planted(form, truth, &case.rows);
                let totals: Vec<f64> = (0..y.len()).map(|row| 30.0 + 20.0 * (row % 3) as f64).collect();
                let successes: Vec<f64> = y.iter().zip(&totals).map(|(y, total)| y * total).collect();
                let inputs = case.rows.concat();
                let response = Response::Counts {
                    successes: &successes,
                    totals: &totals,
                };
                let table = Table::new(
                    form,
                    &Data {
                        inputs: &inputs,
                        response,
                        weights: None,
                        groups: None,
                    },
                )
                .unwrap();
                let problem = Problem::new(form, &table, Objective::Binomial, form.about().scale);
                let solution = solve(&problem, &held).unwrap();
                assert!(solution.converged, "{} {truth:?}: {solution:?}", case.law);
                // The likelihood is flat to rounding at its maximum, so the root of that is what can be known.
                let gap =
                    solution.value - problem.evaluate(&internal(form, truth), &mut vec![0.0; truth.len()]);
                assert!(
                    gap.abs() <= 1e-9 * solution.value,
                    "{} {truth:?}: {gap}",
                    case.law
                );
            }
        });
}

fn internal(form: &dyn Form, truth: &[f64]) -> Vec<f64> {
    form.about()
        .parameters
        .iter()
        .zip(truth)
        .map(|(it, &value)| it.internal(value))
        .collect()
}

#[test]
fn a_few_wild_rows_do_not_move_least_absolute_deviations() {
    for (law, truth) in [
        ("chinchilla", vec![406.4, 410.7, 1.69, 0.34, 0.28]),
        ("gadre-loss", vec![166.2, 366.7, -0.27285, 1.83665]),
        ("kaplan-joint", vec![6.4e13, 1.8e13, 0.076, 0.103]),
    ] {
        let form = find(law).unwrap();
        let second = if law == "gadre-loss" {
            geometric(5.0, 640.0, 6)
        } else {
            geometric(1e9, 1e12, 6)
        };
        let rows = pairs(&geometric(1e7, 1e10, 6), &second);
        let (mut y, held) = planted(form, &truth, &rows);
        for (place, factor) in [(3, 1.2), (17, 0.8), (25, 1.5), (30, 1.1)] {
            y[place] *= factor;
        }
        let inputs = rows.concat();
        let data = Data {
            inputs: &inputs,
            response: Response::Values(&y),
            weights: None,
            groups: None,
        };
        let table = Table::new(form, &data).unwrap();
        let problem = Problem::new(form, &table, Objective::Lad, form.about().scale);
        let solution = solve(&problem, &held).unwrap();
        assert!(solution.converged, "{law}: {solution:?}");
        assert_found(form, &truth, &solution.theta, "by least absolute deviations");
    }
}

#[test]
fn least_absolute_deviations_end_where_no_direction_leads_down() {
    let form = find("chinchilla").unwrap();
    let rows = pairs(&geometric(1e7, 1e10, 6), &geometric(1e9, 1e12, 6));
    let (mut y, held) = planted(form, &[406.4, 410.7, 1.69, 0.34, 0.28], &rows);
    y.iter_mut()
        .enumerate()
        .for_each(|(row, y)| *y *= 1.0 + 0.01 * (row as f64 * 2.4).sin());
    let inputs = rows.concat();
    let data = Data {
        inputs: &inputs,
        response: Response::Values(&y),
        weights: None,
        groups: None,
    };
    let table = Table::new(form, &data).unwrap();
    let problem = Problem::new(form, &table, Objective::Lad, form.about().scale);
    let solution = solve(&problem, &held).unwrap();
    assert!(solution.converged, "{solution:?}");
    let largest = solution
        .gradient
        .iter()
        .fold(0.0_f64, |most, entry| most.max(entry.abs()));
    assert!(largest <= 1e-6 * solution.value, "{:?}", solution.gradient);
    // As many rows as parameters are met exactly, and steps to all sides cost something.
    let mut slopes = vec![0.0; rows.len() * 5];
    let met = problem
        .residuals(&solution.theta, &mut slopes)
        .iter()
        .filter(|it| it.abs() < 1e-12)
        .count();
    assert_eq!(met, 5);
    for i in 0..5 {
        for shift in [-1e-4, 1e-4] {
            let mut moved = solution.theta.clone();
            moved[i] += shift;
            assert!(problem.evaluate(&moved, &mut [0.0; 5]) > solution.value);
        }
    }
}
