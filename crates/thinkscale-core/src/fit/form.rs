//! The contract of a law: what it says about itself, its value and gradient at a row, and where a fit may start.

use super::MAX_PARAMETERS;
use super::objective::{Objective, Scale};
use super::table::Table;

/// A law y = f(x; θ) with a handful of parameters.
///
/// A parameter that must be positive is fitted as its logarithm ([`Coordinate::Log`]), so that no step can leave its
/// range and its size does not matter. `theta` below holds these internal coordinates, in the order of
/// [`About::parameters`]; a logarithm may be −∞, which is a parameter of exactly 0.
pub trait Form: Sync + Send {
    /// Name, equation, source, inputs and parameters.
    fn about(&self) -> &'static About;

    /// What of a row of inputs stays the same over a whole fit, such as the logarithm of each, into `out` (as long as
    /// [`About::features`]).
    fn features(&self, inputs: &[f64], out: &mut [f64]);

    /// f at one row and its derivatives by `theta` (as long as the parameters; every entry is written).
    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64;

    /// What of `theta` is the same at every row and worth computing once, such as exponentials; nothing by default.
    fn constants(&self, _theta: &[f64]) -> [f64; MAX_PARAMETERS] {
        [0.0; MAX_PARAMETERS]
    }

    /// [`value`](Self::value) with the [`constants`](Self::constants) of `theta` at hand: what a fit calls.
    fn value_with(
        &self,
        features: &[f64],
        theta: &[f64],
        _constants: &[f64; MAX_PARAMETERS],
        gradient: &mut [f64],
    ) -> f64 {
        self.value(features, theta, gradient)
    }

    /// Internal coordinates to start from, the most hopeful first; at least one. Only weights above 0 count.
    fn starts(&self, table: &Table) -> Vec<Vec<f64>>;

    /// The compute that a row stands for: extrapolation and the holdout go along it. The first input by default.
    fn budget(&self, inputs: &[f64]) -> f64 {
        inputs[0]
    }

    /// Whether y should rise with the budget (`true`) or fall, where the law is about one of them, so that data can
    /// contradict it; `None` where it may do either. By default probabilities rise and nothing else is said.
    fn rises(&self) -> Option<bool> {
        self.about().probability.then_some(true)
    }
}

/// What `fit --list` tells about a law.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// In kebab case, as `--law` takes it.
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// With the names of inputs and parameters.
    pub equation: &'static str,
    /// Paper and equation.
    pub source: &'static str,
    /// In the order of a row.
    pub inputs: &'static [Input],
    /// What y is, with its unit.
    pub output: &'static str,
    /// Numbers that [`Form::features`] writes.
    pub features: usize,
    /// In the order of `theta`.
    pub parameters: &'static [Parameter],
    /// Where residuals are taken unless the caller says otherwise.
    pub scale: Scale,
    /// What is minimised unless the caller says otherwise; with counts it is the binomial likelihood.
    pub objective: Objective,
    /// Whether y is a probability, which counts of successes need.
    pub probability: bool,
}

/// A column that the law reads.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// In `--map` and in messages.
    pub name: &'static str,
    /// With its unit.
    pub meaning: &'static str,
    /// The least value, itself excluded unless `closed`.
    pub low: f64,
    /// Whether `low` itself is allowed.
    pub closed: bool,
}

/// A number that the data determine.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// In results and in `--fix`.
    pub name: &'static str,
    /// With its unit.
    pub meaning: &'static str,
    /// How it is fitted.
    pub coordinate: Coordinate,
    /// The least value (natural, not internal); 0 with [`Coordinate::Log`] may be approached or, where it is active,
    /// reached.
    pub low: f64,
    /// The largest value.
    pub high: f64,
    /// A value that holds unless the caller frees it, such as a ceiling of 1.
    pub held: Option<f64>,
}

/// How a parameter is fitted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coordinate {
    /// As it is.
    Linear,
    /// As its natural logarithm.
    Log,
}

impl Parameter {
    /// From the internal coordinate to the parameter.
    pub fn natural(&self, theta: f64) -> f64 {
        match self.coordinate {
            Coordinate::Linear => theta,
            Coordinate::Log => theta.exp(),
        }
    }

    /// From the parameter to the internal coordinate.
    pub fn internal(&self, value: f64) -> f64 {
        match self.coordinate {
            Coordinate::Linear => value,
            Coordinate::Log => value.ln(),
        }
    }
}
