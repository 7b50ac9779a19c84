//! A whole fit, from the rows to the cautions.

use super::cautions::{self, Extra};
use super::errors::standard_errors;
use super::form::Form;
use super::holdout::{Check, HoldoutResult, hold_out, marked};
use super::likelihood::{aicc, bic, counted_parameters, independent, log_likelihood};
use super::objective::{Objective, Problem, Scale};
use super::profile::profile;
use super::resample::{accelerations, bca_interval, distinct_rows, draw, figure_interval, figures, fitted};
use super::solve::{Solution, resume, solve};
use super::table::{Data, Response, Table};
use super::{DrawKind, Draws, FEW, Fit, FitError, FitOptions, FittedParameter, Holdout, Predicted};
use crate::stats::{StatsError, check_resampling};

/// How often a better minimum that a profile comes upon is followed.
const MAX_IMPROVEMENTS: usize = 3;

/// A fit whose input has been checked.
pub(super) struct Setup<'a> {
    pub form: &'a dyn Form,
    pub table: Table,
    pub objective: Objective,
    pub scale: Scale,
    /// Held parameters, in natural units.
    pub given: Vec<Option<f64>>,
    /// Their internal coordinates.
    pub held: Vec<Option<f64>>,
    /// Rows with different inputs.
    pub distinct: usize,
}

impl<'a> Setup<'a> {
    pub fn new(form: &'a dyn Form, data: &Data, options: &FitOptions) -> Result<Self, FitError> {
        check_options(options)?;
        let table = Table::new(form, data)?;
        let objective = match (options.objective, data.response) {
            (Some(Objective::Binomial), Response::Values(_)) => return Err(FitError::BinomialWithoutCounts),
            (Some(objective), _) => objective,
            (None, Response::Counts { .. }) => Objective::Binomial,
            (None, Response::Values(_)) => form.about().objective,
        };
        if let Objective::Huber { delta } = objective
            && !(delta > 0.0 && delta.is_finite())
        {
            return Err(FitError::BadDelta { got: delta });
        }
        let scale = match objective {
            Objective::Binomial => Scale::Raw,
            _ => options.scale.unwrap_or(form.about().scale),
        };
        for row in table.used() {
            if !scale.of(table.y[row]).is_finite() {
                let plus_one = scale == Scale::LogPlusOne;
                return Err(FitError::BadOnScale {
                    row,
                    got: table.y[row],
                    plus_one,
                });
            }
        }
        let given = given(form, options)?;
        let about = form.about().parameters;
        let held = given
            .iter()
            .zip(about)
            .map(|(given, it)| given.map(|value| it.internal(value)))
            .collect();
        let mut setup = Self {
            form,
            table,
            objective,
            scale,
            given,
            held,
            distinct: 0,
        };
        let same = distinct_rows(&setup.problem());
        setup.distinct = setup
            .table
            .used()
            .map(|row| same[row])
            .collect::<std::collections::HashSet<_>>()
            .len();
        let needed = setup.fitted().max(1);
        if setup.distinct < needed {
            return Err(FitError::TooFewRows {
                law: form.about().name,
                needed,
                got: setup.distinct,
            });
        }
        Ok(setup)
    }

    pub fn problem(&self) -> Problem<'_> {
        Problem::new(self.form, &self.table, self.objective, self.scale)
    }

    /// Parameters that are not held.
    pub fn fitted(&self) -> usize {
        self.held.iter().filter(|held| held.is_none()).count()
    }

    pub fn solve(&self, problem: &Problem) -> Result<Solution, FitError> {
        solve(problem, &self.held).ok_or(FitError::NoStart {
            law: self.form.about().name,
        })
    }

    /// ln L and, of independent rows, AICc and BIC.
    pub fn criteria(&self, problem: &Problem, solution: &Solution) -> (f64, Option<f64>, Option<f64>) {
        let log = log_likelihood(problem, &solution.theta);
        if !independent(&self.table) {
            return (log, None, None);
        }
        let parameters = counted_parameters(self.objective, self.fitted());
        let rows = self.table.used().count();
        (log, aicc(log, parameters, rows), bic(log, parameters, rows))
    }
}

fn check_options(options: &FitOptions) -> Result<(), FitError> {
    if options.resamples > 0 {
        check_resampling(options.resamples, options.level)?;
    } else if !(options.level > 0.0 && options.level < 1.0) {
        return Err(StatsError::LevelOutOfRange { level: options.level }.into());
    }
    Ok(())
}

/// The internal coordinates of the parameters that the caller or the law holds.
/// Held parameters, in natural units.
fn given(form: &dyn Form, options: &FitOptions) -> Result<Vec<Option<f64>>, FitError> {
    let parameters = form.about().parameters;
    let place = |name: &str| {
        parameters
            .iter()
            .position(|it| it.name == name)
            .ok_or_else(|| FitError::UnknownParameter {
                law: form.about().name,
                known: parameters.iter().map(|it| it.name).collect::<Vec<_>>().join(", "),
                got: name.to_owned(),
            })
    };
    let mut given: Vec<Option<f64>> = parameters.iter().map(|it| it.held).collect();
    for name in options.freed {
        given[place(name)?] = None;
    }
    for &(name, value) in options.fixed {
        let at = place(name)?;
        let it = &parameters[at];
        if !(value.is_finite() && (it.low..=it.high).contains(&value)) {
            return Err(FitError::FixedOutOfRange {
                name: it.name,
                low: it.low,
                high: it.high,
                got: value,
            });
        }
        given[at] = Some(value);
    }
    Ok(given)
}

/// Fits a law: the minimum, standard errors, intervals, predictions, the check on held-out rows and the cautions.
///
/// The objective is the caller's, else the binomial likelihood with counts, else the law's own. Intervals of parameters
/// come from [resamples](super::resample), or with fewer than [`FEW`] independent rows from the
/// [profile](super::profile). The result depends on the data, the options and the seed, never on the number of threads.
///
/// # Errors
/// [`FitError`] names what was expected and what came, and the row where there is one.
///
/// ```
/// use thinkscale_core::fit::{Data, FitOptions, Response, fit};
/// use thinkscale_core::laws::forms::chinchilla::Chinchilla;
///
/// let (mut inputs, mut losses) = (Vec::new(), Vec::new());
/// for n in [1e7, 1e8, 1e9] {
///     for d in [1e9, 1e10, 1e11] {
///         inputs.extend([n, d]);
///         losses.push(1.7 + 400.0 / f64::powf(n, 0.34) + 410.0 / f64::powf(d, 0.28));
///     }
/// }
/// let data = Data { inputs: &inputs, response: Response::Values(&losses), weights: None, groups: None };
/// let law = fit(&Chinchilla, &data, &FitOptions::default())?;
/// assert!((law.parameter("alpha").map_or(0.0, |alpha| alpha.value) - 0.34).abs() < 1e-4);
/// # Ok::<(), thinkscale_core::fit::FitError>(())
/// ```
pub fn fit(form: &dyn Form, data: &Data, options: &FitOptions) -> Result<Fit, FitError> {
    let setup = Setup::new(form, data, options)?;
    check_predict(form, options.predict)?;
    let problem = setup.problem();
    let marks = marked(&setup.table, options.holdout)?;
    let independent = independent(&setup.table);
    let groups = {
        let used: std::collections::HashSet<u32> =
            setup.table.used().map(|row| setup.table.groups[row]).collect();
        used.len()
    };
    let few = independent && groups < FEW;

    let mut solution = setup.solve(&problem)?;
    let mut errors = standard_errors(&problem, &solution);
    let mut profiles = None;
    for _ in 0..MAX_IMPROVEMENTS {
        if !few {
            break;
        }
        let known = errors.clone().unwrap_or_else(|_| vec![None; setup.held.len()]);
        profiles = profile(&problem, &setup.held, &solution, &known, options.level);
        let Some(better) = profiles.as_ref().and_then(|profiles| profiles.better.as_ref()) else {
            break;
        };
        let improved = resume(&problem, &setup.held, &setup.table.weights, better);
        if improved.value >= solution.value {
            break;
        }
        // The starts that were followed did not reach it.
        solution = Solution {
            starts: solution.starts + 1,
            agreeing_starts: 1.0 / (solution.starts + 1) as f64,
            ..improved
        };
        errors = standard_errors(&problem, &solution);
    }
    let draws = if options.resamples > 0 {
        draw(
            &problem,
            &setup.held,
            &solution,
            independent,
            options.resamples,
            options.seed,
        )
    } else {
        Draws::default()
    };
    let acceleration = (draws.kind == DrawKind::Groups && draws.resamples > 0)
        .then(|| accelerations(&problem, &setup.held, &solution))
        .flatten();
    let (holdout, no_holdout) = checked(&setup, &problem, marks.as_deref(), independent, options)?;
    let gains = gains(&setup, &problem, &solution, data, options);

    let parameters = parameters(
        &setup,
        &solution,
        errors.as_deref().unwrap_or_default(),
        &draws,
        acceleration.as_deref(),
        profiles
            .map(|profiles| profiles.intervals)
            .unwrap_or_default()
            .as_slice(),
        options.level,
    );
    let (log_likelihood, aicc, bic) = setup.criteria(&problem, &solution);
    let mut slopes = vec![0.0; setup.table.rows * solution.theta.len()];
    let budget_range = budget_range(&setup.table);
    let mut result = Fit {
        law: form.about().name,
        objective: setup.objective,
        scale: setup.scale,
        parameters,
        objective_value: solution.value,
        log_likelihood,
        aicc,
        bic,
        converged: solution.converged,
        gradient_norm: gradient_norm(&solution),
        iterations: solution.iterations,
        starts: solution.starts,
        agreeing_starts: solution.agreeing_starts,
        rows: setup.table.used().count(),
        groups,
        independent,
        budget_range,
        level: options.level,
        fitted: fitted(&problem, &solution.theta),
        residuals: problem.residuals(&solution.theta, &mut slopes),
        predictions: predictions(form, &solution.theta, &draws, options, budget_range),
        draws,
        holdout,
        cautions: Vec::new(),
        theta: solution.theta,
    };
    let extra = Extra {
        no_errors: errors.err(),
        gains,
        no_holdout,
        distinct: setup.distinct,
    };
    result.cautions = cautions::collect(form, &setup.table, &result, &extra);
    Ok(result)
}

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

fn predictions(
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

fn budget_range(table: &Table) -> (f64, f64) {
    table
        .used()
        .map(|row| table.budgets[row])
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), budget| {
            (low.min(budget), high.max(budget))
        })
}

fn gradient_norm(solution: &Solution) -> f64 {
    let free = solution
        .gradient
        .iter()
        .zip(&solution.free)
        .filter(|&(_, &free)| free);
    let largest = free.map(|(part, _)| part.abs()).fold(0.0, f64::max);
    if largest == 0.0 {
        0.0
    } else {
        largest / solution.value.abs()
    }
}

fn parameters(
    setup: &Setup,
    solution: &Solution,
    errors: &[Option<f64>],
    draws: &Draws,
    acceleration: Option<&[f64]>,
    profiles: &[Option<crate::stats::Interval>],
    level: f64,
) -> Vec<FittedParameter> {
    let about = setup.form.about().parameters;
    (0..about.len())
        .map(|i| {
            // What was given is said as it was given, not as the exponential of its logarithm.
            let value = setup.given[i].unwrap_or_else(|| about[i].natural(solution.theta[i]));
            let held = setup.held[i].is_some();
            let values = || figures(setup.form, draws, |theta| about[i].natural(theta[i]));
            let profile = profiles.get(i).copied().flatten();
            let percentile = (!held)
                .then(|| figure_interval(draws.kind, value, values(), level))
                .flatten();
            FittedParameter {
                name: about[i].name,
                value,
                fixed: held || solution.at_bound[i],
                at_bound: solution.at_bound[i],
                standard_error: errors.get(i).copied().flatten(),
                interval: profile.or(percentile),
                bca: acceleration
                    .filter(|_| !held)
                    .and_then(|acceleration| bca_interval(value, values(), acceleration[i], level)),
                profile,
            }
        })
        .collect()
}

/// The check on held-out rows, or what a [`Holdout::TopThird`] that is impossible would need, hold and leave.
type Checked = (Option<HoldoutResult>, Option<(usize, usize, usize)>);

fn checked(
    setup: &Setup,
    problem: &Problem,
    marks: Option<&[bool]>,
    independent: bool,
    options: &FitOptions,
) -> Result<Checked, FitError> {
    let Some(marks) = marks else {
        return Ok((None, None));
    };
    let check = Check {
        problem,
        held: &setup.held,
        fitted: setup.fitted(),
        independent,
        resamples: options.resamples,
        seed: options.seed,
        level: options.level,
    };
    match (hold_out(&check, marks), options.holdout) {
        (Ok(result), _) => Ok((Some(result), None)),
        (Err(FitError::BadHoldout { needed, held, left }), Holdout::TopThird) => {
            Ok((None, Some((needed, held, left))))
        }
        (Err(error), _) => Err(error),
    }
}

/// What AICc gains by each parameter that the caller freed and the law would hold.
fn gains(
    setup: &Setup,
    problem: &Problem,
    solution: &Solution,
    data: &Data,
    options: &FitOptions,
) -> Vec<(&'static str, f64)> {
    let (_, Some(with), _) = setup.criteria(problem, solution) else {
        return Vec::new();
    };
    setup
        .form
        .about()
        .parameters
        .iter()
        .zip(&setup.held)
        .filter(|(about, held)| about.held.is_some() && held.is_none())
        .filter_map(|(about, _)| {
            let freed: Vec<&str> = options
                .freed
                .iter()
                .copied()
                .filter(|&name| name != about.name)
                .collect();
            let without = FitOptions {
                freed: &freed,
                ..options.clone()
            };
            let other = Setup::new(setup.form, data, &without).ok()?;
            let problem = other.problem();
            let held = other.solve(&problem).ok()?;
            let (_, aicc, _) = other.criteria(&problem, &held);
            Some((about.name, aicc? - with))
        })
        .collect()
}
