//! The saturating power law of a mean accuracy curve.
//!
//! y(k) = c − a k^(−b), 0 ≤ c ≤ 1, b > 0
//!
//! c is where the curve ends, b how fast it gets there. a > 0 is a rising curve; a < 0 a falling one, which votes and
//! budgets produce when the most frequent answer is wrong. The curve is the mean over problems of maj@k, best-of-k or
//! any accuracy between 0 and 1, fitted by least squares ([`variable_projection`](super)). Points at different k come
//! from the same samples, so a likelihood over points would be wrong: uncertainty comes from resampling problems, and
//! the quality of the form from leaving problems out.

use super::LawError;
use super::law::{
    Estimate, FitOptions, NEEDED_FACTOR, NEEDED_POINTS, NEEDED_PROBLEMS, NEEDED_SOLVED, NOISE_ERRORS,
    Outcome, Prediction, Refits, Refusal,
};
use super::refit::{Draws, check_options, check_problems, mean_and_error};
use super::variable_projection::{EXPONENT_RANGE, Projection, Solution};
use crate::stats::StatsError;
use crate::stats::bootstrap::weighted_means;
use crate::stats::random::{shuffle, stream};

/// Folds of the cross-validation.
pub const FOLDS: usize = 5;
/// The stream of the folds; resamples use the low numbers.
const FOLD_STREAM: u64 = u64::MAX;
/// The scaled derivative in ln b beyond which the search has not reached the bottom of its valley.
const GRADIENT_TOLERANCE: f64 = 1e-4;

/// Whether more compute helps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// a > 0.
    Rising,
    /// a < 0.
    Falling,
}

/// A fitted saturating power law.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SaturatingPowerFit {
    /// The limit for large k.
    pub c: Estimate,
    /// The gap to the limit at k = 1; negative if the curve falls.
    pub a: Estimate,
    /// The exponent.
    pub b: Estimate,
    /// The sign of a.
    pub direction: Direction,
    /// Root mean square of the residuals of the mean curve.
    pub rmse: f64,
    /// Root mean square error, over ks and 5 folds of problems, of the law fitted without a fold against the fold's
    /// mean curve. NaN with fewer problems than folds.
    pub cross_validation_rmse: f64,
    /// The same error if the others' mean curve itself predicts the fold: what the spread between problems costs
    /// without any law. A law close to it loses nothing.
    pub cross_validation_reference: f64,
    /// Whether the search reached the bottom of its valley.
    pub converged: bool,
    /// d(sum of squares)/d(ln b) over the sum of squares about the mean.
    pub gradient_norm: f64,
    /// Evaluations of the search after its grid.
    pub iterations: usize,
    /// Problems in the data.
    pub problems: usize,
    /// Accuracy at the requested ks, clipped to 0..1.
    pub predictions: Vec<Prediction>,
    /// The refits behind the intervals; a draw is (c, a, b).
    pub refits: Refits,
}

/// y(k) = c − a k^(−b), clipped to 0..1: below the data a steep law would leave the range of an accuracy.
pub fn accuracy(c: f64, a: f64, b: f64, k: f64) -> f64 {
    (c - a * k.powf(-b)).clamp(0.0, 1.0)
}

/// Fits the mean curve of a row-major problems × `ks.len()` matrix of accuracies; `ks` rise.
///
/// Refused with fewer than 20 problems; fewer than 4 ks or a range below a factor of 8; fewer than 5 problems with a
/// value above 0; a mean at the smallest k within two standard errors of 1; a change from the smallest to the largest
/// k within two standard errors of 0 (paired by problem); no convergence; c held at 0 or 1 (the data show no end of
/// the growth) or b at 0.01 or 10; more than a tenth of the refits failed.
///
/// # Errors
/// [`LawError::Stats`] for bad options or shapes, [`LawError::BadKs`], [`LawError::ValueOutOfRange`].
pub fn fit_saturating_power(
    values: &[f64],
    ks: &[f64],
    options: &FitOptions,
) -> Result<Outcome<SaturatingPowerFit>, LawError> {
    check_options(options)?;
    let problems = check_matrix(values, ks)?;
    let before = refusal_before_fit(values, ks, problems);
    let projection = Projection::new(ks);
    let mean_curve = weighted_means(values, ks.len(), &vec![1; problems]);
    // Three parameters through fewer than three points are not a fit, and refits of one problem are all alike.
    let solution = (ks.len() > 2 && problems > 1)
        .then(|| projection.solve(&mean_curve))
        .flatten();
    let (solution, before) = match (solution, before) {
        (Some(solution), before) => (solution, before),
        (None, Some(refusal)) => return Ok(Outcome::Refused { refusal, fit: None }),
        (None, None) => {
            let refusal = Refusal::NotConverged {
                gradient_norm: f64::NAN,
                iterations: 0,
            };
            return Ok(Outcome::Refused { refusal, fit: None });
        }
    };

    let draws = Draws::new(problems, options, |multiplicity| {
        let curve = weighted_means(values, ks.len(), multiplicity);
        Some(projection.solve(&curve)?.parameters)
    });
    let [c, a, b] = solution.parameters;
    let gradient_norm = projection.gradient(&mean_curve, solution.parameters).abs();
    let bound = bound(&solution);
    let converged = bound.is_some() || gradient_norm <= GRADIENT_TOLERANCE;
    let refusal = before
        .or_else(|| {
            (!converged).then_some(Refusal::NotConverged {
                gradient_norm,
                iterations: solution.iterations,
            })
        })
        .or(bound)
        .or_else(|| draws.refusal());
    let (cross_validation_rmse, cross_validation_reference) =
        cross_validate(values, ks, problems, &projection, options.seed);
    let fit = SaturatingPowerFit {
        c: draws.estimate(c, |draw| draw[0]),
        a: draws.estimate(a, |draw| draw[1]),
        b: draws.estimate(b, |draw| draw[2]),
        direction: if a < 0.0 {
            Direction::Falling
        } else {
            Direction::Rising
        },
        rmse: (solution.squares / ks.len() as f64).sqrt(),
        cross_validation_rmse,
        cross_validation_reference,
        converged,
        gradient_norm,
        iterations: solution.iterations,
        problems,
        predictions: draws.predictions(
            options.predict_at,
            (ks[0], ks[ks.len() - 1]),
            &solution.parameters,
            |&[c, a, b], k| accuracy(c, a, b, k),
        ),
        refits: draws.into_refits(),
    };
    Ok(Outcome::new(refusal, fit))
}

/// Checks the matrix and returns its number of rows.
fn check_matrix(values: &[f64], ks: &[f64]) -> Result<usize, LawError> {
    if ks.is_empty() {
        return Err(StatsError::Empty { name: "ks" }.into());
    }
    for (index, &got) in ks.iter().enumerate() {
        let rises = index == 0 || got > ks[index - 1];
        if !(got > 0.0 && got.is_finite() && rises) {
            return Err(LawError::BadKs {
                name: "ks",
                index,
                got,
            });
        }
    }
    let columns = ks.len();
    let problems = values.len() / columns;
    check_problems(values.len())?;
    if problems * columns != values.len() {
        let expected = (problems + 1) * columns;
        return Err(StatsError::LengthMismatch {
            name: "values",
            expected,
            got: values.len(),
        }
        .into());
    }
    match values.iter().position(|value| !(0.0..=1.0).contains(value)) {
        Some(index) => Err(LawError::ValueOutOfRange {
            problem: index / columns,
            column: index % columns,
            got: values[index],
        }),
        None => Ok(problems),
    }
}

fn refusal_before_fit(values: &[f64], ks: &[f64], problems: usize) -> Option<Refusal> {
    if problems < NEEDED_PROBLEMS {
        return Some(Refusal::TooFewProblems {
            got: problems,
            needed: NEEDED_PROBLEMS,
        });
    }
    let columns = ks.len();
    let factor = ks[columns - 1] / ks[0];
    if columns < NEEDED_POINTS || factor < NEEDED_FACTOR {
        return Some(Refusal::TooShortRange {
            points: columns,
            needed_points: NEEDED_POINTS,
            factor,
            needed_factor: NEEDED_FACTOR,
        });
    }
    let rows = || values.chunks_exact(columns);
    let solved = rows().filter(|row| row.iter().any(|&value| value > 0.0)).count();
    if solved < NEEDED_SOLVED {
        return Some(Refusal::AtFloor {
            solved,
            needed: NEEDED_SOLVED,
        });
    }
    let (accuracy, error) = mean_and_error(&rows().map(|row| row[0]).collect::<Vec<_>>());
    if 1.0 - accuracy <= NOISE_ERRORS * error {
        return Some(Refusal::AtCeiling {
            accuracy,
            noise: NOISE_ERRORS * error,
        });
    }
    let (change, error) = mean_and_error(&rows().map(|row| row[columns - 1] - row[0]).collect::<Vec<_>>());
    let noise = NOISE_ERRORS * error;
    (change.abs() <= noise).then_some(Refusal::NoTrend { change, noise })
}

fn bound(solution: &Solution) -> Option<Refusal> {
    let [c, _, b] = solution.parameters;
    let (low, high) = EXPONENT_RANGE;
    if solution.c_at_bound {
        Some(Refusal::ParameterAtBound {
            name: "c",
            value: c,
            bound: c,
        })
    } else if b <= low * 1.001 {
        Some(Refusal::ParameterAtBound {
            name: "b",
            value: b,
            bound: low,
        })
    } else if b >= high / 1.001 {
        Some(Refusal::ParameterAtBound {
            name: "b",
            value: b,
            bound: high,
        })
    } else {
        None
    }
}

/// Root mean square errors of the law and of the plain mean curve on problems that were left out.
fn cross_validate(
    values: &[f64],
    ks: &[f64],
    problems: usize,
    projection: &Projection,
    seed: u64,
) -> (f64, f64) {
    if problems < FOLDS {
        return (f64::NAN, f64::NAN);
    }
    let columns = ks.len();
    let mut order: Vec<u32> = (0..problems as u32).collect();
    shuffle(&mut stream(seed, &[FOLD_STREAM]), &mut order);
    let mean_of = |rows: &mut dyn Iterator<Item = u32>| {
        let mut sums = vec![0.0; columns];
        let mut count = 0.0;
        for row in rows {
            count += 1.0;
            let start = row as usize * columns;
            for (sum, value) in sums.iter_mut().zip(&values[start..start + columns]) {
                *sum += value;
            }
        }
        sums.iter_mut().for_each(|sum| *sum /= count);
        sums
    };
    let (mut law, mut reference) = (0.0, 0.0);
    for fold in 0..FOLDS {
        let in_fold = |place: usize| place % FOLDS == fold;
        let pick = |inside: bool| {
            let places = order
                .iter()
                .enumerate()
                .filter(move |(place, _)| in_fold(*place) == inside);
            mean_of(&mut places.map(|(_, &row)| row))
        };
        let (kept, left_out) = (pick(false), pick(true));
        let Some(solution) = projection.solve(&kept) else {
            return (f64::NAN, f64::NAN);
        };
        let [c, a, b] = solution.parameters;
        for column in 0..columns {
            law += (accuracy(c, a, b, ks[column]) - left_out[column]).powi(2);
            reference += (kept[column] - left_out[column]).powi(2);
        }
    }
    let count = (FOLDS * columns) as f64;
    ((law / count).sqrt(), (reference / count).sqrt())
}
