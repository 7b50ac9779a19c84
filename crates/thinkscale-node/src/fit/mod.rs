//! Border of `thinkscale_core::fit` and `thinkscale_core::laws::forms`.

mod about;
mod derived;
mod names;
mod request;
mod result;
mod selection;

pub use about::{LawAbout, LawInput, LawParameterAbout, list_laws};
pub use derived::DerivedFigure;
pub use request::{FitRequest, FixedParameter};
pub use result::{
    Ends, FitCaution, FitDraws, FitHoldout, FittedLaw, FittedParameter, HeldOutRow, PredictedRow,
};
pub use selection::{LawCandidate, LawChoice, LawLeftOut};

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use thinkscale_core::fit::{self, select};
use thinkscale_core::laws::forms;

use crate::compute::{Compute, compute};
use request::Work;

/// Fits a law to rows.
#[napi(ts_return_type = "Promise<FittedLaw>")]
pub fn fit_law(law: String, request: FitRequest) -> AsyncTask<Compute<FittedLaw>> {
    let work = Work::new(request);
    compute(move || {
        let work = work?;
        let form = request::form(&law)?;
        let fit = work.run(|data, options| fit::fit(form, data, options))?;
        Ok(result::fitted(form, fit, work.questions))
    })
}

/// Fits every law that reads the named inputs, in this order, and chooses one.
#[napi(ts_return_type = "Promise<LawChoice>")]
pub fn select_law(inputs: Vec<String>, request: FitRequest) -> AsyncTask<Compute<LawChoice>> {
    let work = Work::new(request);
    compute(move || {
        let names: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let work = work?;
        let selection = work.run(|data, options| select::select(forms::all(), &names, data, options))?;
        let form = forms::all()[selection.form];
        Ok(selection::choice(form, selection, work.questions))
    })
}

/// Fits two laws and asks the second at what the first says at the rows of its `predict`.
#[napi(ts_return_type = "Promise<Array<PredictedRow>>")]
pub fn chain_laws(
    first: String,
    first_request: FitRequest,
    second: String,
    second_request: FitRequest,
) -> AsyncTask<Compute<Vec<PredictedRow>>> {
    let works = [Work::new(first_request), Work::new(second_request)];
    compute(move || {
        let [first_work, second_work] = works;
        let (first_work, second_work) = (first_work?, second_work?);
        let (first, second) = (request::form(&first)?, request::form(&second)?);
        let chained = first_work.run(|data, options| {
            let fits = (
                fit::fit(first, data, options)?,
                second_work.run(|data, options| fit::fit(second, data, options))?,
            );
            fit::chain(
                (first, &fits.0),
                (second, &fits.1),
                options.predict,
                options.level,
            )
        })?;
        Ok(chained.into_iter().map(PredictedRow::from).collect())
    })
}
