//! Looks through a fit for what speaks against it.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::cautions::{Caution, FAR_DECADES, MANY_FAILURES, NEEDED_GAIN, POOR_COVERAGE, POOR_MAPE};
use super::errors::NoErrors;
use super::form::Form;
use super::objective::Objective;
use super::table::Table;
use super::trend::{Point, means, reversal, trend};
use super::{FEW, Fit};

/// A law follows a reversal if it makes this share of it itself.
const FOLLOWED: f64 = 0.5;
/// Chance below which more scatter than binomial counts have is not luck.
const UNLIKELY: f64 = 1e-3;

/// What the fit found out besides its result.
pub struct Extra {
    /// Why there are no standard errors.
    pub no_errors: Option<NoErrors>,
    /// Freed parameters with what AICc gained by each.
    pub gains: Vec<(&'static str, f64)>,
    /// Why the top third could not be held out: needed, held, left.
    pub no_holdout: Option<(usize, usize, usize)>,
    /// Rows with different inputs.
    pub distinct: usize,
}

/// All cautions of a fit, the most important first.
pub fn collect(form: &dyn Form, table: &Table, fit: &Fit, extra: &Extra) -> Vec<Caution> {
    let mut found = Vec::new();
    search(fit, &mut found);
    data(form, table, fit, &mut found);
    parameters(form, table, fit, extra, &mut found);
    criteria(table, fit, extra, &mut found);
    outside(fit, extra, &mut found);
    found
}

fn search(fit: &Fit, found: &mut Vec<Caution>) {
    if !fit.converged {
        let (iterations, gradient_norm) = (fit.iterations, fit.gradient_norm);
        found.push(Caution::NotConverged {
            iterations,
            gradient_norm,
        });
    }
    let agreeing = (fit.agreeing_starts * fit.starts as f64).round() as usize;
    if fit.starts > 1 && agreeing <= 1 {
        found.push(Caution::StartsDisagree {
            agreeing,
            starts: fit.starts,
        });
    }
    let (failed, resamples) = (fit.draws.failed, fit.draws.resamples);
    if failed as f64 > MANY_FAILURES * resamples as f64 {
        found.push(Caution::FailedRefits { failed, resamples });
    }
}

fn data(form: &dyn Form, table: &Table, fit: &Fit, found: &mut Vec<Caution>) {
    let about = form.about();
    if let Some((count, row, of)) = duplicates(table) {
        found.push(Caution::DuplicateRows { count, row, of });
    }
    if about.inputs.len() != 1 {
        return;
    }
    let points = means(table);
    let Some((from, to)) = trend(&points) else { return };
    let rises = form.rises();
    let law = about.name;
    let (first, last) = (
        fitted_at(table, fit, points[0].x),
        fitted_at(table, fit, points[points.len() - 1].x),
    );
    // Where the law may go either way, the data speak against it only if it does not follow them.
    let against = match rises {
        Some(true) => to < from,
        Some(false) => to > from,
        None => (to - from) * (last - first) < 0.0,
    };
    if against {
        found.push(Caution::Decreasing { law, from, to });
    }
    let up = if against || rises.is_none() {
        to >= from
    } else {
        rises == Some(true)
    };
    let follows = |start: Point, end: Point| {
        let law = fitted_at(table, fit, start.x) - fitted_at(table, fit, end.x);
        law / (start.y - end.y) > FOLLOWED
    };
    if let Some((start, end)) = reversal(&points, up).filter(|&(start, end)| !follows(start, end)) {
        found.push(Caution::NotMonotone {
            law,
            at: start.x,
            from: start.y,
            until: end.x,
            to: end.y,
        });
    }
}

fn parameters(form: &dyn Form, table: &Table, fit: &Fit, extra: &Extra, found: &mut Vec<Caution>) {
    let fitted = fit
        .parameters
        .iter()
        .filter(|it| !it.fixed || it.at_bound)
        .count();
    if extra.distinct <= fitted {
        found.push(Caution::NoResidual {
            rows: extra.distinct,
            parameters: fitted,
        });
    }
    if fit.groups < FEW {
        found.push(Caution::FewRows {
            groups: fit.groups,
            parameters: fitted,
        });
    }
    for parameter in fit.parameters.iter().filter(|it| it.at_bound) {
        found.push(Caution::AtBound {
            name: parameter.name,
            bound: parameter.value,
        });
    }
    for &(name, gain) in &extra.gains {
        if gain <= NEEDED_GAIN {
            found.push(Caution::Unidentified {
                name,
                gain,
                needed: NEEDED_GAIN,
            });
        }
    }
    for (parameter, about) in fit.parameters.iter().zip(form.about().parameters) {
        let Some(interval) = parameter.profile.filter(|_| !parameter.at_bound) else {
            continue;
        };
        if interval.low <= about.low || interval.high >= about.high {
            let (name, low, high) = (parameter.name, interval.low, interval.high);
            found.push(Caution::OpenInterval { name, low, high });
        }
    }
    if let Some((deviance, degrees)) = deviance(table, fit, fitted) {
        let beyond = ChiSquared::new(degrees as f64).map_or(1.0, |chi| chi.sf(deviance));
        if beyond < UNLIKELY {
            found.push(Caution::Overdispersed { deviance, degrees });
        }
    }
}

fn criteria(table: &Table, fit: &Fit, extra: &Extra, found: &mut Vec<Caution>) {
    if fit.log_likelihood == f64::INFINITY {
        found.push(Caution::Exact);
        return;
    }
    if !fit.independent {
        found.push(Caution::NotIndependent {
            rows: table.used().count(),
            groups: fit.groups,
        });
    } else if fit.aicc.is_none() {
        let fitted = fit
            .parameters
            .iter()
            .filter(|it| !it.fixed || it.at_bound)
            .count();
        let parameters = super::likelihood::counted_parameters(fit.objective, fitted);
        found.push(Caution::NoAicc {
            rows: fit.rows,
            parameters,
            needed: parameters + 2,
        });
    }
    if let Some(reason) = extra.no_errors {
        found.push(Caution::NoStandardErrors(reason));
    }
}

fn outside(fit: &Fit, extra: &Extra, found: &mut Vec<Caution>) {
    if let Some((needed, held, left)) = extra.no_holdout {
        found.push(Caution::NoHoldout { needed, held, left });
    }
    if let Some(holdout) = &fit.holdout {
        let outside = holdout.coverage.is_some_and(|share| share < POOR_COVERAGE);
        if outside || holdout.mape.is_some_and(|mape| mape > POOR_MAPE) {
            let (rows, mape, coverage) = (holdout.rows.len(), holdout.mape, holdout.coverage);
            found.push(Caution::HoldoutPoor { rows, mape, coverage });
        }
    }
    let far = || {
        fit.predictions
            .iter()
            .map(|it| it.decades_beyond)
            .filter(|&decades| decades > FAR_DECADES)
    };
    if let Some(decades) = far().reduce(f64::max) {
        found.push(Caution::Extrapolation {
            rows: far().count(),
            decades,
        });
    }
}

/// How many rows repeat an earlier one in inputs, measurement, weight and group, and the first pair. Counts repeat by
/// chance, so they do not count.
fn duplicates(table: &Table) -> Option<(usize, usize, usize)> {
    if table.totals.is_some() {
        return None;
    }
    let own_groups = table.group_count == table.rows;
    let mut seen = std::collections::HashMap::new();
    let (mut count, mut first) = (0, None);
    for row in table.used() {
        let numbers = table.row(row).iter().chain([&table.y[row], &table.weights[row]]);
        let key: Vec<u64> = numbers.map(|number| (number + 0.0).to_bits()).collect();
        let group = if own_groups { 0 } else { table.groups[row] };
        let of = *seen.entry((key, group)).or_insert(row);
        if of != row {
            count += 1;
            first = first.or(Some((row, of)));
        }
    }
    first.map(|(row, of)| (count, row, of))
}

fn fitted_at(table: &Table, fit: &Fit, budget: f64) -> f64 {
    table
        .used()
        .find(|&row| table.budgets[row] == budget)
        .map_or(f64::NAN, |row| fit.fitted[row])
}

/// Twice what a free chance at every row would gain, with its degrees of freedom, of independent counts.
fn deviance(table: &Table, fit: &Fit, fitted: usize) -> Option<(f64, usize)> {
    let totals = table
        .totals
        .as_ref()
        .filter(|_| fit.objective == Objective::Binomial && fit.independent)?;
    let degrees = fit.rows.checked_sub(fitted).filter(|&degrees| degrees > 0)?;
    let log = super::likelihood::binomial_log;
    let gain: f64 = table
        .used()
        .map(|row| {
            let (y, total) = (table.y[row], totals[row]);
            table.weights[row] * (log(y, total, y) - log(y, total, fit.fitted[row]))
        })
        .sum();
    Some((2.0 * gain, degrees))
}
