//! What every law owes: a complete account of itself, derivatives that are its own, starts that are inside its ranges.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashSet;

use proptest::prelude::*;
use thinkscale_core::fit::{Coordinate, Data, Form, MAX_PARAMETERS, Parameter, Response, Table};
use thinkscale_core::laws::forms::{all, find};

fn kebab_case(name: &str) -> bool {
    !name.is_empty()
        && name.split('-').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
        })
}

#[test]
fn every_law_of_the_list_is_there() {
    for name in [
        "power-law",
        "inverse-power-law",
        "bnsl",
        "kaplan-n",
        "kaplan-d",
        "kaplan-c",
        "kaplan-joint",
        "chinchilla",
        "ladder-loss",
        "ladder-accuracy",
        "gadre-loss",
        "gadre-error",
        "exponentiated-power-law",
        "logistic",
        "saturating-power-law",
        "voting-mixture",
        "two-axes",
        "chained-calls",
    ] {
        assert_eq!(find(name).map(|form| form.about().name), Some(name));
    }
    assert!(find("no-law").is_none());
}

#[test]
fn every_account_is_complete() {
    let mut names = HashSet::new();
    for form in all() {
        let about = form.about();
        assert!(
            kebab_case(about.name) && names.insert(about.name),
            "{}",
            about.name
        );
        for text in [about.summary, about.equation, about.source, about.output] {
            assert!(text.len() > 5, "{}: {text:?}", about.name);
        }
        assert!(
            (1..=MAX_PARAMETERS).contains(&about.parameters.len()),
            "{}",
            about.name
        );
        assert!(!about.inputs.is_empty() && about.features > 0, "{}", about.name);
        let columns: HashSet<&str> = about.inputs.iter().map(|it| it.name).collect();
        let parameters: HashSet<&str> = about.parameters.iter().map(|it| it.name).collect();
        assert_eq!(
            (columns.len(), parameters.len()),
            (about.inputs.len(), about.parameters.len())
        );
        for input in about.inputs {
            assert!(
                input.meaning.len() > 5 && input.low.is_finite(),
                "{} {}",
                about.name,
                input.name
            );
        }
        for parameter in about.parameters {
            let Parameter {
                name,
                meaning,
                coordinate,
                low,
                high,
                held,
            } = *parameter;
            assert!(meaning.len() > 5 && low < high, "{} {name}", about.name);
            assert!(
                coordinate == Coordinate::Linear || low >= 0.0,
                "{} {name}",
                about.name
            );
            assert!(
                held.is_none_or(|held| (low..=high).contains(&held)),
                "{} {name}",
                about.name
            );
            assert!(
                about.equation.contains(name),
                "{}: {name} is not in {}",
                about.name,
                about.equation
            );
        }
    }
}

/// A row of inputs from numbers between 0 and 1: over e^4 in each, from the least value that is allowed.
fn inputs(form: &dyn Form, uniform: &mut impl Iterator<Item = f64>) -> Vec<f64> {
    form.about()
        .inputs
        .iter()
        .map(|input| input.low + (4.0 * uniform.next().unwrap() - if input.closed { 3.0 } else { 1.0 }).exp())
        .collect()
}

/// Internal coordinates in the middle of each range, or near 0.
fn theta(form: &dyn Form, uniform: &mut impl Iterator<Item = f64>) -> Vec<f64> {
    form.about()
        .parameters
        .iter()
        .map(|it| {
            let u = uniform.next().unwrap();
            match it.coordinate {
                Coordinate::Log => it.low.max(0.1).ln() + 3.0 * u,
                Coordinate::Linear => {
                    let (low, high) = (it.low.max(-2.0), it.high.min(2.0));
                    low + (0.05 + 0.9 * u) * (high - low)
                }
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn derivatives_are_the_slopes(uniform in prop::collection::vec(0.0_f64..1.0, 16)) {
        for form in all() {
            let about = form.about();
            let mut uniform = uniform.iter().copied();
            let row = inputs(*form, &mut uniform);
            let theta = theta(*form, &mut uniform);
            let mut features = vec![f64::NAN; about.features];
            form.features(&row, &mut features);
            let mut gradient = vec![f64::NAN; theta.len()];
            let value = form.value(&features, &theta, &mut gradient);
            prop_assert!(value.is_finite(), "{} {theta:?} {row:?}", about.name);
            let size = gradient.iter().fold(value.abs(), |most, entry| most.max(entry.abs()));
            let mut ignored = vec![0.0; theta.len()];
            for i in 0..theta.len() {
                let step = 1e-6;
                let mut at = |shift: f64| {
                    let mut moved = theta.clone();
                    moved[i] += shift;
                    form.value(&features, &moved, &mut ignored)
                };
                let slope = (at(step) - at(-step)) / (2.0 * step);
                prop_assert!(
                    (slope - gradient[i]).abs() <= 1e-5 * size.max(1e-6),
                    "{} by {}: {slope} and {} at {theta:?} {row:?}",
                    about.name, about.parameters[i].name, gradient[i],
                );
            }
        }
    }

    #[test]
    fn starts_are_numbers_in_their_ranges_whatever_was_measured(
        uniform in prop::collection::vec(0.0_f64..1.0, 8..40),
        constant in any::<bool>(),
    ) {
        for form in all() {
            let about = form.about();
            let mut numbers = uniform.iter().copied().cycle();
            let rows = uniform.len() / 2;
            let table: Vec<f64> = (0..rows).flat_map(|_| inputs(*form, &mut numbers)).collect();
            let y: Vec<f64> = (0..rows).map(|row| if constant { 0.5 } else { uniform[row] }).collect();
            let data = Data { inputs: &table, response: Response::Values(&y), weights: None, groups: None };
            let table = Table::new(*form, &data).unwrap();
            let starts = form.starts(&table);
            prop_assert!(!starts.is_empty(), "{}", about.name);
            for start in starts {
                prop_assert_eq!(start.len(), about.parameters.len());
                for (parameter, theta) in about.parameters.iter().zip(&start) {
                    prop_assert!(theta.is_finite(), "{} {}: {theta}", about.name, parameter.name);
                }
            }
        }
    }
}

#[test]
fn budgets_grow_with_compute() {
    for (name, less, more) in [
        ("chinchilla", [1e8, 1e9], [1e8, 2e9]),
        ("ladder-loss", [1e8, 1e9], [2e8, 1e9]),
        ("kaplan-joint", [1e8, 1e9], [2e8, 1e9]),
        ("gadre-loss", [1e8, 20.0], [1e8, 40.0]),
        ("two-axes", [100.0, 4.0], [100.0, 5.0]),
        // A lower loss stands for more compute.
        ("gadre-error", [3.0, 0.0], [2.0, 0.0]),
        ("ladder-accuracy", [0.5, 0.0], [0.0, 0.0]),
        ("logistic", [3.0, 0.0], [4.0, 0.0]),
    ] {
        let form = find(name).unwrap();
        let columns = form.about().inputs.len();
        let (less, more) = (form.budget(&less[..columns]), form.budget(&more[..columns]));
        assert!(
            less < more && less > 0.0 && more.is_finite(),
            "{name}: {less} {more}"
        );
    }
    assert_eq!(find("chinchilla").unwrap().budget(&[1e9, 2e10]), 1.2e20);
    assert_eq!(find("gadre-loss").unwrap().budget(&[1e9, 20.0]), 1.2e20);
}
