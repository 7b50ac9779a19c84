//! A fitted law, or two in a row, asked at rows of inputs.

use super::form::Form;
use super::resample::{figure_interval, figures};
use super::setup::check_options;
use super::{DrawKind, Draws, Fit, FitError, FitOptions, Predicted};

/// The second of two laws in a row, asked at what the first says at row-major `inputs`: a loss law and the error that a
/// loss means, or the two steps of a ladder.
///
/// Intervals pair the draws of both by their resample: fits of the same groups with the same seed were resampled
/// together, others are independent, and both are right so. `decades_beyond` is the larger one of both laws.
///
/// # Errors
/// [`FitError`] if `inputs` are not rows of the first law, or the first predicts what the second cannot read.
pub fn chain(
    first: (&dyn Form, &Fit),
    second: (&dyn Form, &Fit),
    inputs: &[f64],
    level: f64,
) -> Result<Vec<Predicted>, FitError> {
    let (first_form, first_fit) = first;
    let (second_form, second_fit) = second;
    if second_form.about().inputs.len() != 1 {
        return Err(FitError::LengthMismatch {
            name: "inputs of the second law",
            expected: 1,
            got: second_form.about().inputs.len(),
        });
    }
    check_options(&FitOptions {
        level,
        ..FitOptions::default()
    })?;
    check_predict(first_form, inputs)?;
    let columns = first_form.about().inputs.len();
    let middle: Vec<f64> = inputs
        .chunks_exact(columns)
        .map(|row| at(first_form, &first_fit.theta, row))
        .collect();
    check_predict(second_form, &middle)?;
    let pairs = paired(&first_fit.draws, &second_fit.draws);
    let theta = |fit: &Fit, draw: usize| {
        let width = fit.theta.len();
        fit.draws.thetas[draw * width..(draw + 1) * width].to_vec()
    };
    let draws: Vec<(Vec<f64>, Vec<f64>)> = pairs
        .into_iter()
        .map(|(a, b)| (theta(first_fit, a), theta(second_fit, b)))
        .collect();
    // Groups of one law and simulations of the other have no bias in common.
    let simulated = [first_fit, second_fit]
        .iter()
        .all(|fit| fit.draws.kind == DrawKind::Simulated);
    let kind = if simulated {
        DrawKind::Simulated
    } else {
        DrawKind::Groups
    };
    Ok(inputs
        .chunks_exact(columns)
        .zip(&middle)
        .map(|(row, &between)| {
            let values = draws
                .iter()
                .map(|(a, b)| at(second_form, b, &[at(first_form, a, row)]))
                .collect();
            let value = at(second_form, &second_fit.theta, &[between]);
            Predicted {
                value,
                interval: figure_interval(kind, value, values, level),
                decades_beyond: decades_beyond(first_form.budget(row), first_fit.budget_range).max(
                    decades_beyond(second_form.budget(&[between]), second_fit.budget_range),
                ),
            }
        })
        .collect())
}

/// Places of draws that belong to the same resample.
fn paired(first: &Draws, second: &Draws) -> Vec<(usize, usize)> {
    let places: std::collections::HashMap<u32, usize> = second.kept.iter().copied().zip(0..).collect();
    let place = |(at, resample): (usize, &u32)| places.get(resample).map(|&other| (at, other));
    first.kept.iter().enumerate().filter_map(place).collect()
}

/// f at a row of inputs.
pub(super) fn at(form: &dyn Form, theta: &[f64], inputs: &[f64]) -> f64 {
    let mut features = vec![0.0; form.about().features];
    form.features(inputs, &mut features);
    form.value(&features, theta, &mut vec![0.0; theta.len()])
}

/// Checks rows at which a law is asked.
pub(super) fn check_predict(form: &dyn Form, predict: &[f64]) -> Result<(), FitError> {
    let inputs = form.about().inputs;
    let rows = predict.len().div_ceil(inputs.len().max(1));
    if rows * inputs.len() != predict.len() {
        return Err(FitError::LengthMismatch {
            name: "predict",
            expected: rows * inputs.len(),
            got: predict.len(),
        });
    }
    for (row, values) in predict.chunks_exact(inputs.len().max(1)).enumerate() {
        for (input, &got) in inputs.iter().zip(values) {
            if !(got.is_finite() && (got > input.low || input.closed && got == input.low)) {
                let (name, low, closed) = (input.name, input.low, input.closed);
                return Err(FitError::BadInput {
                    name,
                    row,
                    got,
                    low,
                    closed,
                });
            }
        }
    }
    Ok(())
}

pub(super) fn predictions(
    form: &dyn Form,
    theta: &[f64],
    draws: &Draws,
    options: &FitOptions,
    range: (f64, f64),
) -> Vec<Predicted> {
    options
        .predict
        .chunks_exact(form.about().inputs.len().max(1))
        .map(|row| {
            let value = at(form, theta, row);
            let values = figures(form, draws, |theta| at(form, theta, row));
            Predicted {
                value,
                interval: figure_interval(draws.kind, value, values, options.level),
                decades_beyond: decades_beyond(form.budget(row), range),
            }
        })
        .collect()
}

/// How far a budget lies outside a range, in factors of ten.
pub(super) fn decades_beyond(budget: f64, (low, high): (f64, f64)) -> f64 {
    if (low..=high).contains(&budget) {
        0.0
    } else if budget > high {
        (budget / high).log10()
    } else {
        (low / budget).log10()
    }
}
