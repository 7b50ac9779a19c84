//! A check of the extrapolation: a second fit that does not see the rows with the largest budgets predicts them.
//!
//! Its intervals are for measurements, not for the law: they hold the scatter of the refits and, added to each, noise as
//! the fit saw it (a residual, or binomial counts). Of such intervals the stated share should contain what was measured;
//! a law that misses them does not extrapolate, however well it fits.

use rand_core::Rng;

use super::form::Form;
use super::objective::Problem;
use super::resample::{distinct_rows, draw, figures, fitted, interval};
use super::simulate::Noise;
use super::solve::{Held, solve};
use super::table::Table;
use super::{FitError, Holdout};
use crate::stats::Interval;
use crate::stats::random::stream;

/// Rows that are held out at least.
pub const LEAST_HELD: usize = 3;
/// The part of the range of ln budget that [`Holdout::TopThird`] holds out.
const TOP: f64 = 1.0 / 3.0;
/// Keeps the random stream of the noise apart from those of the resamples.
const NOISE_STREAM: u64 = 0x006e_6f69_7365;

/// How a law did on rows that it had not seen.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldoutResult {
    /// The rows, in the order of the data.
    pub rows: Vec<HeldOutRow>,
    /// Rows that were left to fit.
    pub fitted_rows: usize,
    /// Mean of |f − y|/|y| over the rows whose y is not 0; `None` if all are.
    pub mape: Option<f64>,
    /// The largest |f − y|/|y| among them.
    pub max: Option<f64>,
    /// Mean of |f − y|, in units of y.
    pub mean_absolute: f64,
    /// The largest |f − y|.
    pub max_absolute: f64,
    /// Share of the rows inside their interval; `None` without resamples.
    pub coverage: Option<f64>,
    /// Natural parameters of the fit without the rows, in the order of the form.
    pub parameters: Vec<f64>,
    /// Whether that fit converged.
    pub converged: bool,
}

/// A row that was held out.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOutRow {
    /// Its index in the data.
    pub row: usize,
    /// What was measured there.
    pub observed: f64,
    /// f there, from the other rows.
    pub predicted: f64,
    /// Where a measurement should lie, noise included; `None` without resamples.
    pub interval: Option<Interval>,
}

/// Which rows are held out; `None` for none.
///
/// # Errors
/// [`FitError::LengthMismatch`] if the marks do not match the rows.
pub fn marked(table: &Table, holdout: Holdout) -> Result<Option<Vec<bool>>, FitError> {
    let marks = match holdout {
        Holdout::None => return Ok(None),
        Holdout::Rows(marks) => {
            if marks.len() != table.rows {
                return Err(FitError::LengthMismatch {
                    name: "holdout",
                    expected: table.rows,
                    got: marks.len(),
                });
            }
            marks
                .iter()
                .zip(&table.weights)
                .map(|(&mark, &weight)| mark && weight > 0.0)
                .collect()
        }
        Holdout::TopThird => top(table),
    };
    Ok(Some(marks))
}

/// The rows in the top third of the range of ln budget, or as many of the largest budgets as make [`LEAST_HELD`].
fn top(table: &Table) -> Vec<bool> {
    let mut budgets: Vec<f64> = table.used().map(|row| table.budgets[row]).collect();
    budgets.sort_unstable_by(|a, b| b.total_cmp(a));
    let positive = budgets
        .iter()
        .rev()
        .copied()
        .find(|&budget| budget > 0.0)
        .unwrap_or(1.0);
    let largest = budgets.first().copied().unwrap_or(1.0);
    let range = (largest.ln() - positive.ln()).max(0.0);
    // Rounding must not decide about a budget exactly at the edge.
    let edge = largest * (-TOP * range).exp() * (1.0 - 1e-9);
    let third = budgets.get(LEAST_HELD - 1).copied().unwrap_or(largest);
    let cut = edge.min(third);
    (0..table.rows)
        .map(|row| table.weights[row] > 0.0 && table.budgets[row] >= cut)
        .collect()
}

/// What of a fit the check repeats.
#[derive(Clone, Copy)]
pub struct Check<'a> {
    /// Over all rows.
    pub problem: &'a Problem<'a>,
    /// Parameters that are held.
    pub held: &'a Held,
    /// How many are fitted.
    pub fitted: usize,
    /// Whether rows are independent.
    pub independent: bool,
    /// As in the options of the fit.
    pub resamples: usize,
    /// As in the options of the fit.
    pub seed: u64,
    /// As in the options of the fit.
    pub level: f64,
}

/// Fits without the marked rows and predicts them.
///
/// # Errors
/// [`FitError::BadHoldout`] if a side is too small, [`FitError::NoStart`] if the rest cannot be fitted.
pub fn hold_out(check: &Check, marks: &[bool]) -> Result<HoldoutResult, FitError> {
    let &Check {
        problem,
        held,
        independent,
        resamples,
        seed,
        level,
        ..
    } = check;
    let table = problem.table;
    let weights = table
        .weights
        .iter()
        .zip(marks)
        .map(|(&w, &mark)| if mark { 0.0 } else { w })
        .collect();
    let rest = table.weighted(weights);
    let rows: Vec<usize> = table.used().filter(|&row| marks[row]).collect();
    let same = distinct_rows(problem);
    let left = rest
        .used()
        .map(|row| same[row])
        .collect::<std::collections::HashSet<_>>()
        .len();
    let needed = check.fitted.max(1);
    if rows.len() < LEAST_HELD || left < needed {
        return Err(FitError::BadHoldout {
            needed,
            held: rows.len(),
            left,
        });
    }
    let blind = Problem::new(problem.form, &rest, problem.objective, problem.scale);
    let solution = solve(&blind, held).ok_or(FitError::NoStart {
        law: problem.form.about().name,
    })?;
    let at = fitted(problem, &solution.theta);
    let draws = draw(&blind, held, &solution, independent, resamples, seed);
    let free = solution.free.iter().filter(|&&free| free).count();
    let noise = Noise::of(&blind, &solution.theta, free);
    let held_out: Vec<HeldOutRow> = rows
        .iter()
        .map(|&row| {
            let mut rng = stream(seed, &[NOISE_STREAM, row as u64]);
            let interval = noise.as_ref().and_then(|noise| {
                let values = measured(problem.form, problem, &draws, noise, row, &mut rng);
                interval(values, level)
            });
            HeldOutRow {
                row,
                observed: table.y[row],
                predicted: at[row],
                interval,
            }
        })
        .collect();
    let parameters = problem.form.about().parameters;
    let natural = parameters
        .iter()
        .zip(&solution.theta)
        .map(|(it, &theta)| it.natural(theta))
        .collect();
    Ok(summary(
        held_out,
        rest.used().count(),
        natural,
        solution.converged,
    ))
}

/// A measurement at a row under every draw.
fn measured(
    form: &dyn Form,
    problem: &Problem,
    draws: &super::Draws,
    noise: &Noise,
    row: usize,
    rng: &mut impl Rng,
) -> Vec<f64> {
    let mut slopes = vec![0.0; problem.parameters()];
    let laws = figures(form, draws, |theta| {
        form.value(problem.table.row(row), theta, &mut slopes)
    });
    laws.into_iter()
        .map(|f| {
            let size = noise.size(rng);
            noise.draw(problem, row, f, size, rng)
        })
        .collect()
}

fn summary(
    rows: Vec<HeldOutRow>,
    fitted_rows: usize,
    parameters: Vec<f64>,
    converged: bool,
) -> HoldoutResult {
    let off: Vec<f64> = rows
        .iter()
        .map(|row| (row.predicted - row.observed).abs())
        .collect();
    let relative: Vec<f64> = rows
        .iter()
        .zip(&off)
        .filter(|(row, _)| row.observed != 0.0)
        .map(|(row, off)| off / row.observed.abs())
        .collect();
    let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let inside: Option<Vec<bool>> = rows
        .iter()
        .map(|row| row.interval.map(|interval| interval.contains(row.observed)))
        .collect();
    HoldoutResult {
        fitted_rows,
        mape: (!relative.is_empty()).then(|| mean(&relative)),
        max: (!relative.is_empty()).then(|| largest(&relative)),
        mean_absolute: mean(&off),
        max_absolute: largest(&off),
        coverage: inside
            .map(|inside| inside.iter().filter(|&&inside| inside).count() as f64 / inside.len() as f64),
        parameters,
        converged,
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(budgets: &[f64]) -> Table {
        let rows = budgets.len();
        Table {
            rows,
            features: budgets.to_vec(),
            width: 1,
            y: vec![1.0; rows],
            totals: None,
            weights: vec![1.0; rows],
            groups: (0..rows as u32).collect(),
            group_count: rows,
            budgets: budgets.to_vec(),
        }
    }

    fn held(budgets: &[f64]) -> Vec<usize> {
        let marks = marked(&table(budgets), Holdout::TopThird).unwrap().unwrap();
        (0..budgets.len()).filter(|&row| marks[row]).collect()
    }

    #[test]
    fn the_top_third_of_the_logarithm_is_held_out() {
        // ln from 0 to 9 in steps: the top third starts at e⁶.
        let budgets: Vec<f64> = (0..10).map(|i| f64::from(i).exp()).collect();
        assert_eq!(held(&budgets), [6, 7, 8, 9]);
        assert_eq!(held(&[1e9, 1.0, 2.0, 3.0, 4.0]), [0, 3, 4]);
        assert_eq!(held(&[5.0, 5.0, 5.0, 5.0]), [0, 1, 2, 3]);
        assert_eq!(held(&[0.0, 1.0, 10.0, 100.0, 1000.0]), [2, 3, 4]);
    }

    #[test]
    fn marks_must_match_the_rows() {
        let error = marked(&table(&[1.0, 2.0]), Holdout::Rows(&[true])).unwrap_err();
        assert!(matches!(
            error,
            FitError::LengthMismatch {
                name: "holdout",
                expected: 2,
                got: 1
            }
        ));
        assert_eq!(marked(&table(&[1.0]), Holdout::None).unwrap(), None);
    }

    #[test]
    fn errors_are_relative_to_what_was_measured() {
        let row = |observed: f64, predicted: f64| HeldOutRow {
            row: 0,
            observed,
            predicted,
            interval: Some(Interval {
                low: predicted - 0.1,
                high: predicted + 0.1,
            }),
        };
        let result = summary(
            vec![row(2.0, 2.5), row(0.0, 0.05), row(-1.0, -1.05)],
            7,
            vec![],
            true,
        );
        assert!((result.mape.unwrap() - (0.25 + 0.05) / 2.0).abs() < 1e-12);
        assert!((result.max.unwrap() - 0.25).abs() < 1e-12 && (result.max_absolute - 0.5).abs() < 1e-12);
        assert!((result.coverage.unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(summary(vec![row(0.0, 0.1)], 7, vec![], true).mape, None);
    }
}
