//! What a fit is asked for.

use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;
use thinkscale_core::fit::{Data, FitOptions, Form, Holdout, Objective, Response, Scale};
use thinkscale_core::laws::forms;

use super::derived::Questions;
use super::names::{objective, refuse, scale};
use crate::error::BorderError;
use crate::scalar::{integer, size};

/// A parameter that is held.
#[napi(object, object_to_js = false)]
pub struct FixedParameter {
    /// Which.
    pub name: String,
    /// At what, in natural units.
    pub value: f64,
}

/// The rows of a fit and how they are fitted.
#[napi(object, object_to_js = false, use_nullable = true)]
pub struct FitRequest {
    /// Row-major, as many columns as the law has inputs.
    pub inputs: Float64Array,
    /// A value a row; null with counts.
    pub y: Option<Float64Array>,
    /// Successes a row.
    pub count: Option<Float64Array>,
    /// Tries a row.
    pub total: Option<Float64Array>,
    /// How much a row counts; null is 1.
    pub weights: Option<Float64Array>,
    /// The run or problem of a row; null makes every row its own.
    pub groups: Option<Uint32Array>,
    /// Null is the law's own, or `binomial` with counts.
    #[napi(ts_type = "'huber' | 'lad' | 'gaussian' | 'binomial' | null")]
    pub objective: Option<String>,
    /// The δ of `huber`.
    pub delta: Option<f64>,
    /// Null is the law's own.
    #[napi(ts_type = "'raw' | 'log' | 'log-plus-one' | null")]
    pub scale: Option<String>,
    /// Parameters that are held.
    pub fixed: Vec<FixedParameter>,
    /// Parameters that the law holds and that are fitted all the same.
    pub freed: Vec<String>,
    /// Resamples, 0 for none.
    pub resamples: f64,
    /// Of the resamples.
    pub seed: f64,
    /// Of the intervals.
    pub level: f64,
    /// What is held out for a check.
    #[napi(ts_type = "'none' | 'top-third' | 'rows'")]
    pub holdout: String,
    /// With `rows`: 1 for a row that is held out, 0 for another.
    pub held: Option<Uint8Array>,
    /// Row-major inputs at which the law is asked.
    pub predict: Float64Array,
    /// A value of y whose budget is asked for.
    pub target: Option<f64>,
    /// A change of y: from which budget on does doubling it gain less?
    pub gain: Option<f64>,
    /// A budget whose compute-optimal split is asked for; null is the largest of the rows.
    pub flops: Option<f64>,
}

enum OwnedResponse {
    Values(Vec<f64>),
    Counts { successes: Vec<f64>, totals: Vec<f64> },
}

enum OwnedHoldout {
    None,
    TopThird,
    Rows(Vec<bool>),
}

/// A request that owns its rows, so that another thread may work on it.
pub(super) struct Work {
    inputs: Vec<f64>,
    response: OwnedResponse,
    weights: Option<Vec<f64>>,
    groups: Option<Vec<u32>>,
    objective: Option<Objective>,
    scale: Option<Scale>,
    fixed: Vec<(String, f64)>,
    freed: Vec<String>,
    resamples: usize,
    seed: u64,
    level: f64,
    holdout: OwnedHoldout,
    predict: Vec<f64>,
    /// What is asked besides the fit.
    pub questions: Questions,
}

impl Work {
    /// Copies the arrays; what is wrong with a name or a number is said when the work is done.
    pub(super) fn new(request: FitRequest) -> Result<Self, BorderError> {
        let response = match (request.y, request.count, request.total) {
            (Some(y), None, None) => OwnedResponse::Values(y.to_vec()),
            (None, Some(count), Some(total)) => OwnedResponse::Counts {
                successes: count.to_vec(),
                totals: total.to_vec(),
            },
            _ => {
                return Err(refuse(
                    "y",
                    "given, or `count` with `total`",
                    "another combination",
                ));
            }
        };
        let holdout = match (request.holdout.as_str(), request.held) {
            ("none", _) => OwnedHoldout::None,
            ("top-third", _) => OwnedHoldout::TopThird,
            ("rows", Some(held)) => OwnedHoldout::Rows(held.iter().map(|&mark| mark != 0).collect()),
            ("rows", None) => return Err(refuse("held", "given with the holdout `rows`", "none")),
            (other, _) => return Err(refuse("holdout", "none, top-third or rows", other)),
        };
        Ok(Self {
            inputs: request.inputs.to_vec(),
            response,
            weights: request.weights.map(|weights| weights.to_vec()),
            groups: request.groups.map(|groups| groups.to_vec()),
            objective: request
                .objective
                .map(|name| objective(&name, request.delta))
                .transpose()?,
            scale: request.scale.map(|name| scale(&name)).transpose()?,
            fixed: request
                .fixed
                .into_iter()
                .map(|fixed| (fixed.name, fixed.value))
                .collect(),
            freed: request.freed,
            resamples: size("resamples", request.resamples)?,
            seed: integer("seed", request.seed)?,
            level: request.level,
            holdout,
            predict: request.predict.to_vec(),
            questions: Questions {
                target: request.target,
                gain: request.gain,
                flops: request.flops,
            },
        })
    }

    /// Lends the rows and options to `work`.
    pub(super) fn run<T>(&self, work: impl FnOnce(&Data, &FitOptions) -> T) -> T {
        let data = Data {
            inputs: &self.inputs,
            response: match &self.response {
                OwnedResponse::Values(values) => Response::Values(values),
                OwnedResponse::Counts { successes, totals } => Response::Counts { successes, totals },
            },
            weights: self.weights.as_deref(),
            groups: self.groups.as_deref(),
        };
        let fixed: Vec<(&str, f64)> = self
            .fixed
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        let freed: Vec<&str> = self.freed.iter().map(String::as_str).collect();
        let options = FitOptions {
            objective: self.objective,
            scale: self.scale,
            fixed: &fixed,
            freed: &freed,
            resamples: self.resamples,
            seed: self.seed,
            level: self.level,
            holdout: match &self.holdout {
                OwnedHoldout::None => Holdout::None,
                OwnedHoldout::TopThird => Holdout::TopThird,
                OwnedHoldout::Rows(rows) => Holdout::Rows(rows),
            },
            predict: &self.predict,
        };
        work(&data, &options)
    }
}

/// The law of a name.
pub(super) fn form(name: &str) -> Result<&'static dyn Form, BorderError> {
    forms::find(name).ok_or_else(|| {
        let known: Vec<&str> = forms::all().iter().map(|form| form.about().name).collect();
        refuse("law", &format!("one of {}", known.join(", ")), name)
    })
}
