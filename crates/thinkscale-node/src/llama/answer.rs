//! Promises that another thread settles.

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, Error, JsDeferred, JsError};
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::Reply;

use crate::error::BorderError;

type Resolver<T> = Box<dyn FnOnce(Env) -> napi::Result<T> + Send>;

/// Settles its promise once: with what came, or with the engine's end if nothing did.
struct Answer<T: ToNapiValue + Send + 'static>(Option<JsDeferred<T, Resolver<T>>>);

impl<T: ToNapiValue + Send + 'static> Answer<T> {
    fn settle(&mut self, result: Result<T, LlamaError>) {
        if let Some(deferred) = self.0.take() {
            deferred.resolve(Box::new(move |env| {
                result.map_err(|error| to_js(env, BorderError::from(error)))
            }));
        }
    }
}

impl<T: ToNapiValue + Send + 'static> Drop for Answer<T> {
    fn drop(&mut self) {
        self.settle(Err(LlamaError::Closed));
    }
}

/// A promise, and the reply that settles it with what `convert` makes of the answer.
pub fn promise<'env, T, U>(
    env: &'env Env,
    convert: impl FnOnce(T) -> U + Send + 'static,
) -> napi::Result<(Reply<T>, Object<'env>)>
where
    T: 'static,
    U: ToNapiValue + Send + 'static,
{
    let (deferred, promise) = env.create_deferred::<U, Resolver<U>>()?;
    let mut answer = Answer(Some(deferred));
    Ok((
        Box::new(move |result| answer.settle(result.map(convert))),
        promise,
    ))
}

/// The error with its code, which a plain napi error could not carry.
fn to_js(env: Env, error: BorderError) -> Error {
    let error = JsError::from(napi::Error::<&'static str>::from(error));
    Error::from(error.into_unknown(env))
}
