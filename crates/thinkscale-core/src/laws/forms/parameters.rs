//! The kinds of parameters and inputs that laws have.

use crate::fit::form::{Coordinate, Input, Parameter};

/// At least 0, fitted as its logarithm.
pub(super) const fn positive(name: &'static str, meaning: &'static str) -> Parameter {
    Parameter {
        name,
        meaning,
        coordinate: Coordinate::Log,
        low: 0.0,
        high: f64::INFINITY,
        held: None,
    }
}

/// Any number.
pub(super) const fn real(name: &'static str, meaning: &'static str) -> Parameter {
    between(name, meaning, f64::NEG_INFINITY, f64::INFINITY)
}

/// A number in a range whose ends may be reached.
pub(super) const fn between(name: &'static str, meaning: &'static str, low: f64, high: f64) -> Parameter {
    Parameter {
        name,
        meaning,
        coordinate: Coordinate::Linear,
        low,
        high,
        held: None,
    }
}

/// The same, at a value unless the caller frees it.
pub(super) const fn held(parameter: Parameter, value: f64) -> Parameter {
    Parameter {
        held: Some(value),
        ..parameter
    }
}

/// A column of numbers above 0.
pub(super) const fn above_zero(name: &'static str, meaning: &'static str) -> Input {
    Input {
        name,
        meaning,
        low: 0.0,
        closed: false,
    }
}

/// A column of numbers from 1.
pub(super) const fn from_one(name: &'static str, meaning: &'static str) -> Input {
    Input {
        name,
        meaning,
        low: 1.0,
        closed: true,
    }
}

/// A column of numbers from 0.
pub(super) const fn from_zero(name: &'static str, meaning: &'static str) -> Input {
    Input {
        name,
        meaning,
        low: 0.0,
        closed: true,
    }
}
