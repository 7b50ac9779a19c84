//! Work on libuv's thread pool.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Error, JsError, Task};

use crate::error::BorderError;

type Work<T> = Box<dyn FnOnce() -> Result<T, BorderError> + Send>;

/// One computation; its Promise resolves to `T`.
pub struct Compute<T>(Option<Work<T>>);

/// Starts work that owns copies of its inputs, so that JavaScript may change its arrays meanwhile.
pub fn compute<T>(work: impl FnOnce() -> Result<T, BorderError> + Send + 'static) -> AsyncTask<Compute<T>>
where
    T: Send + ToNapiValue + TypeName + 'static,
{
    AsyncTask::new(Compute(Some(Box::new(work))))
}

impl<T: Send + ToNapiValue + TypeName + 'static> Task for Compute<T> {
    // A refused input travels as a value, because an `Err` here could not carry its code.
    type Output = Result<T, BorderError>;
    type JsValue = T;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let Some(work) = self.0.take() else {
            return Ok(Err(BorderError::new(
                "PANIC",
                "the computation was started twice".to_owned(),
            )));
        };
        // Unwinding out of this call would abort the process.
        Ok(catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "unknown panic".to_owned());
            Err(BorderError::new("PANIC", text))
        }))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<T> {
        output.map_err(|error| {
            let error = JsError::from(napi::Error::<&'static str>::from(error));
            Error::from(error.into_unknown(env))
        })
    }
}
