//! What a caller asked for, checked and in the form that fits work on.

use super::form::Form;
use super::likelihood::{aicc, bic, counted_parameters, independent, log_likelihood};
use super::objective::{Objective, Problem, Scale};
use super::resample::distinct_rows;
use super::solve::{Solution, solve};
use super::table::{Data, Response, Table};
use super::{FitError, FitOptions};
use crate::stats::{StatsError, check_resampling};

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

pub(super) fn check_options(options: &FitOptions) -> Result<(), FitError> {
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
