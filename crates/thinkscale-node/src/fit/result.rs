//! A fitted law.

use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use thinkscale_core::fit::{self, Caution, Form, HoldoutResult};
use thinkscale_core::stats::Interval;

use super::derived::{DerivedFigure, Questions};
use super::names::{objective_name, objective_width, scale_name};

/// Lower and upper end; an infinite end is open.
#[napi(object, object_from_js = false)]
pub struct Ends {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A parameter of a fit, in natural units.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct FittedParameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Whether it was held.
    pub fixed: bool,
    /// Whether it stopped at a bound.
    pub at_bound: bool,
    /// In natural units.
    pub standard_error: Option<f64>,
    /// Percentile interval of the refits, or the profile's with few groups.
    pub interval: Option<Ends>,
    /// Bias-corrected and accelerated interval.
    pub bca: Option<Ends>,
    /// From the profile of the objective.
    pub profile: Option<Ends>,
}

/// The law at a row that was asked for.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct PredictedRow {
    /// f there.
    pub value: f64,
    /// From the refits.
    pub interval: Option<Ends>,
    /// In factors of ten; 0 inside the data.
    pub decades_beyond: f64,
}

/// A row that a second fit did not see.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct HeldOutRow {
    /// Its index in the data.
    pub row: u32,
    /// What was measured there.
    pub observed: f64,
    /// f there, from the other rows.
    pub predicted: f64,
    /// Where a measurement should lie, noise included.
    pub interval: Option<Ends>,
}

/// How a law did on rows that it had not seen.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct FitHoldout {
    /// The rows, in the order of the data.
    pub rows: Vec<HeldOutRow>,
    /// Rows that were left to fit.
    pub fitted_rows: f64,
    /// Mean of |f − y|/|y|.
    pub mape: Option<f64>,
    /// The largest of them.
    pub max: Option<f64>,
    /// Mean of |f − y|.
    pub mean_absolute: f64,
    /// The largest of them.
    pub max_absolute: f64,
    /// Share of the rows inside their interval.
    pub coverage: Option<f64>,
    /// Natural parameters of the fit without the rows.
    pub parameters: Float64Array,
    /// Whether that fit converged.
    pub converged: bool,
}

/// What to distrust in a fit.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct FitCaution {
    /// Which kind.
    pub kind: String,
    /// In words, with its numbers.
    pub sentence: String,
    /// The parameter concerned, if there is one.
    pub parameter: Option<String>,
}

/// The refits behind the intervals.
#[napi(object, object_from_js = false)]
pub struct FitDraws {
    /// Resamples drawn.
    pub resamples: f64,
    /// Refits that did not converge.
    pub failed: f64,
    /// Natural parameters of the others, row-major.
    pub parameters: Float64Array,
}

/// A fitted law.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct FittedLaw {
    /// Its name.
    pub law: String,
    /// What was minimised.
    #[napi(ts_type = "'huber' | 'lad' | 'gaussian' | 'binomial'")]
    pub objective: String,
    /// The δ of `huber`.
    pub delta: Option<f64>,
    /// Where residuals were taken.
    #[napi(ts_type = "'raw' | 'log' | 'log-plus-one'")]
    pub scale: String,
    /// In the order of the law.
    pub parameters: Vec<FittedParameter>,
    /// The objective at the minimum, a sum over rows.
    pub objective_value: f64,
    /// In units of y.
    pub log_likelihood: f64,
    /// Akaike's criterion, corrected for few rows.
    pub aicc: Option<f64>,
    /// Schwarz's criterion.
    pub bic: Option<f64>,
    /// Whether the search ended at a minimum.
    pub converged: bool,
    /// Largest entry of the gradient, as a share of the objective.
    pub gradient_norm: f64,
    /// Iterations of the start that won.
    pub iterations: f64,
    /// Starts followed.
    pub starts: f64,
    /// Share of them that reached the best objective.
    pub agreeing_starts: f64,
    /// Rows with a weight.
    pub rows: f64,
    /// Groups among them.
    pub groups: f64,
    /// Whether every group has one row.
    pub independent: bool,
    /// f of every row.
    pub fitted: Float64Array,
    /// s(f) − s(y) of every row.
    pub residuals: Float64Array,
    /// The refits.
    pub draws: FitDraws,
    /// At the rows asked for.
    pub predictions: Vec<PredictedRow>,
    /// On rows that a second fit did not see.
    pub holdout: Option<FitHoldout>,
    /// Figures that follow from the law.
    pub derived: Vec<DerivedFigure>,
    /// What to distrust.
    pub cautions: Vec<FitCaution>,
}

pub(super) fn ends(interval: Interval) -> Ends {
    Ends {
        low: interval.low,
        high: interval.high,
    }
}

/// A fit of `form` as JavaScript gets it.
pub(super) fn fitted(form: &dyn Form, fit: fit::Fit, questions: Questions) -> FittedLaw {
    let derived = questions.answers(form, &fit);
    let parameters = form.about().parameters;
    let draws = fit
        .draws
        .thetas
        .chunks_exact(parameters.len())
        .flat_map(|theta| theta.iter().zip(parameters))
        .map(|(&theta, parameter)| parameter.natural(theta))
        .collect::<Vec<f64>>();
    FittedLaw {
        law: fit.law.to_owned(),
        objective: objective_name(fit.objective).to_owned(),
        delta: objective_width(fit.objective),
        scale: scale_name(fit.scale).to_owned(),
        parameters: fit.parameters.into_iter().map(FittedParameter::from).collect(),
        objective_value: fit.objective_value,
        log_likelihood: fit.log_likelihood,
        aicc: fit.aicc,
        bic: fit.bic,
        converged: fit.converged,
        gradient_norm: fit.gradient_norm,
        iterations: fit.iterations as f64,
        starts: fit.starts as f64,
        agreeing_starts: fit.agreeing_starts,
        rows: fit.rows as f64,
        groups: fit.groups as f64,
        independent: fit.independent,
        fitted: fit.fitted.into(),
        residuals: fit.residuals.into(),
        draws: FitDraws {
            resamples: fit.draws.resamples as f64,
            failed: fit.draws.failed as f64,
            parameters: draws.into(),
        },
        predictions: fit.predictions.into_iter().map(PredictedRow::from).collect(),
        holdout: fit.holdout.map(FitHoldout::from),
        derived,
        cautions: fit.cautions.iter().map(FitCaution::from).collect(),
    }
}

impl From<fit::FittedParameter> for FittedParameter {
    fn from(parameter: fit::FittedParameter) -> Self {
        Self {
            name: parameter.name.to_owned(),
            value: parameter.value,
            fixed: parameter.fixed,
            at_bound: parameter.at_bound,
            standard_error: parameter.standard_error,
            interval: parameter.interval.map(ends),
            bca: parameter.bca.map(ends),
            profile: parameter.profile.map(ends),
        }
    }
}

impl From<fit::Predicted> for PredictedRow {
    fn from(predicted: fit::Predicted) -> Self {
        Self {
            value: predicted.value,
            interval: predicted.interval.map(ends),
            decades_beyond: predicted.decades_beyond,
        }
    }
}

impl From<HoldoutResult> for FitHoldout {
    fn from(holdout: HoldoutResult) -> Self {
        Self {
            rows: holdout
                .rows
                .into_iter()
                .map(|held| HeldOutRow {
                    row: held.row as u32,
                    observed: held.observed,
                    predicted: held.predicted,
                    interval: held.interval.map(ends),
                })
                .collect(),
            fitted_rows: holdout.fitted_rows as f64,
            mape: holdout.mape,
            max: holdout.max,
            mean_absolute: holdout.mean_absolute,
            max_absolute: holdout.max_absolute,
            coverage: holdout.coverage,
            parameters: holdout.parameters.into(),
            converged: holdout.converged,
        }
    }
}

impl From<&Caution> for FitCaution {
    fn from(caution: &Caution) -> Self {
        Self {
            kind: caution.kind().to_owned(),
            sentence: caution.to_string(),
            parameter: caution.parameter().map(str::to_owned),
        }
    }
}
