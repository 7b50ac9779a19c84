//! What the laws say about themselves.

use napi_derive::napi;
use thinkscale_core::fit::About;
use thinkscale_core::laws::forms;

use super::names::{objective_name, objective_width, scale_name};

/// A law that a table of measurements can be fitted to.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct LawAbout {
    /// As `--law` takes it.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// With the names of inputs and parameters.
    pub equation: String,
    /// Paper and equation.
    pub source: String,
    /// In the order of a row.
    pub inputs: Vec<LawInput>,
    /// What y is, with its unit.
    pub output: String,
    /// In the order of the fit.
    pub parameters: Vec<LawParameterAbout>,
    /// What is minimised unless the caller says otherwise; with counts it is the binomial likelihood.
    #[napi(ts_type = "'huber' | 'lad' | 'gaussian' | 'binomial'")]
    pub objective: String,
    /// The δ of `huber`.
    pub delta: Option<f64>,
    /// Where residuals are taken.
    #[napi(ts_type = "'raw' | 'log' | 'log-plus-one'")]
    pub scale: String,
    /// Whether y is a probability, which counts need.
    pub probability: bool,
}

/// A column that a law reads.
#[napi(object, object_from_js = false)]
pub struct LawInput {
    /// In `--map`.
    pub name: String,
    /// With its unit.
    pub meaning: String,
    /// The least value, itself excluded unless `closed`.
    pub low: f64,
    /// Whether `low` itself is allowed.
    pub closed: bool,
}

/// A number that the data determine.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct LawParameterAbout {
    /// In results and in `--fix`.
    pub name: String,
    /// With its unit.
    pub meaning: String,
    /// The least value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
    /// A value that holds unless the caller frees it.
    pub held: Option<f64>,
}

/// Every law, in the order of the core.
#[napi]
pub fn list_laws() -> Vec<LawAbout> {
    forms::all().iter().map(|form| form.about().into()).collect()
}

impl From<&'static About> for LawAbout {
    fn from(about: &'static About) -> Self {
        Self {
            name: about.name.to_owned(),
            summary: about.summary.to_owned(),
            equation: about.equation.to_owned(),
            source: about.source.to_owned(),
            inputs: about
                .inputs
                .iter()
                .map(|input| LawInput {
                    name: input.name.to_owned(),
                    meaning: input.meaning.to_owned(),
                    low: input.low,
                    closed: input.closed,
                })
                .collect(),
            output: about.output.to_owned(),
            parameters: about
                .parameters
                .iter()
                .map(|parameter| LawParameterAbout {
                    name: parameter.name.to_owned(),
                    meaning: parameter.meaning.to_owned(),
                    low: parameter.low,
                    high: parameter.high,
                    held: parameter.held,
                })
                .collect(),
            objective: objective_name(about.objective).to_owned(),
            delta: objective_width(about.objective),
            scale: scale_name(about.scale).to_owned(),
            probability: about.probability,
        }
    }
}
