//! A whole fit, from the rows to the cautions.

use super::errors::standard_errors;
use super::findings::{self, Extra};
use super::form::Form;
use super::holdout::{Check, HoldoutResult, hold_out, marked};
use super::likelihood::independent;
use super::objective::Problem;
use super::predict::{check_predict, predictions};
use super::profile::profile;
use super::resample::{accelerations, bca_interval, draw, figure_interval, figures, fitted};
use super::setup::Setup;
use super::solve::{Solution, resume};
use super::table::{Data, Table};
use super::{DrawKind, Draws, FEW, Fit, FitError, FitOptions, FittedParameter, Holdout};

/// How often a better minimum that a profile comes upon is followed.
const MAX_IMPROVEMENTS: usize = 3;

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
    result.cautions = findings::collect(form, &setup.table, &result, &extra);
    Ok(result)
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
