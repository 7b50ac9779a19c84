//! Core errors as JavaScript errors with a `code`.

use thinkscale_core::{
    calibration::CalibrationError, ensemble::EnsembleError, fit::FitError, laws::LawError, stats::StatsError,
    votes::VotesError,
};

/// A refused input, or a panic that was caught at the border.
#[derive(Debug)]
pub struct BorderError {
    code: &'static str,
    message: String,
}

impl BorderError {
    pub fn new(code: &'static str, message: String) -> Self {
        Self { code, message }
    }

    pub fn code(&self) -> &'static str {
        self.code
    }

    pub fn into_message(self) -> String {
        self.message
    }
}

/// What a synchronous function returns: napi puts the status into `code`.
pub type Result<T> = std::result::Result<T, napi::Error<&'static str>>;

impl From<BorderError> for napi::Error<&'static str> {
    fn from(error: BorderError) -> Self {
        Self::new(error.code, error.message)
    }
}

macro_rules! from_core {
    ($($error:ty),*) => {
        $(impl From<$error> for BorderError {
            fn from(error: $error) -> Self {
                Self::new(error.code(), error.to_string())
            }
        })*
    };
}

from_core!(
    StatsError,
    VotesError,
    CalibrationError,
    EnsembleError,
    FitError,
    LawError
);
