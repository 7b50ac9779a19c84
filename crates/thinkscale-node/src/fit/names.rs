//! Objectives and scales by the names that JavaScript knows them by.

use thinkscale_core::fit::{Objective, Scale};

use crate::error::BorderError;

pub(super) fn objective_name(objective: Objective) -> &'static str {
    match objective {
        Objective::Huber { .. } => "huber",
        Objective::Lad => "lad",
        Objective::Gaussian => "gaussian",
        Objective::Binomial => "binomial",
    }
}

/// The δ of Huber's objective.
pub(super) fn objective_width(objective: Objective) -> Option<f64> {
    match objective {
        Objective::Huber { delta } => Some(delta),
        Objective::Lad | Objective::Gaussian | Objective::Binomial => None,
    }
}

pub(super) fn scale_name(scale: Scale) -> &'static str {
    match scale {
        Scale::Raw => "raw",
        Scale::Log => "log",
        Scale::LogPlusOne => "log-plus-one",
    }
}

/// The objective of a name; `huber` takes its δ.
pub(super) fn objective(name: &str, delta: Option<f64>) -> Result<Objective, BorderError> {
    match (name, delta) {
        ("huber", Some(delta)) => Ok(Objective::Huber { delta }),
        ("huber", None) => Err(refuse("delta", "a number for the objective huber", "none")),
        ("lad", _) => Ok(Objective::Lad),
        ("gaussian", _) => Ok(Objective::Gaussian),
        ("binomial", _) => Ok(Objective::Binomial),
        (other, _) => Err(refuse("objective", "huber, lad, gaussian or binomial", other)),
    }
}

pub(super) fn scale(name: &str) -> Result<Scale, BorderError> {
    match name {
        "raw" => Ok(Scale::Raw),
        "log" => Ok(Scale::Log),
        "log-plus-one" => Ok(Scale::LogPlusOne),
        other => Err(refuse("scale", "raw, log or log-plus-one", other)),
    }
}

pub(super) fn refuse(name: &str, expected: &str, got: &str) -> BorderError {
    BorderError::new(
        "BAD_OPTION",
        format!("expected `{name}` to be {expected}, got {got}"),
    )
}
