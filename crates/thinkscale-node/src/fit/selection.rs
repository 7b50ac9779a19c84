//! Which of several laws.

use napi_derive::napi;
use thinkscale_core::fit::Form;
use thinkscale_core::fit::select::{Candidate, Criterion, LeftOut, Selection};

use super::derived::Questions;
use super::result::{FittedLaw, fitted};

/// A law that was tried.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct LawCandidate {
    /// Its name.
    pub law: String,
    /// Parameters that the law usually holds and that were fitted.
    pub freed: Vec<String>,
    /// Fitted parameters.
    pub parameters: u32,
    /// Lower is better.
    pub score: f64,
    /// How far it is above the best.
    pub difference: f64,
    /// Standard error of that, over groups.
    pub difference_error: Option<f64>,
    /// On all rows.
    pub log_likelihood: f64,
    /// On independent rows.
    pub bic: Option<f64>,
    /// Whether the fit to all rows converged.
    pub converged: bool,
}

/// A law that could not be tried.
#[napi(object, object_from_js = false)]
pub struct LawLeftOut {
    /// Its name.
    pub law: String,
    /// As in `LawCandidate`.
    pub freed: Vec<String>,
    /// Why.
    pub reason: String,
}

/// The chosen law and what it was chosen from.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct LawChoice {
    /// Fitted with all options.
    pub fit: FittedLaw,
    /// Its place in `ranking`.
    pub chosen: u32,
    /// What decided.
    #[napi(ts_type = "'aicc' | 'cross-validation'")]
    pub criterion: String,
    /// Of the cross-validation.
    pub folds: Option<u32>,
    /// A sentence with the numbers.
    pub reason: String,
    /// The best score first.
    pub ranking: Vec<LawCandidate>,
    /// The others.
    pub left_out: Vec<LawLeftOut>,
}

pub(super) fn choice(form: &dyn Form, selection: Selection, questions: Questions) -> LawChoice {
    LawChoice {
        fit: fitted(form, selection.fit, questions),
        chosen: selection.chosen as u32,
        criterion: selection.criterion.name().to_owned(),
        folds: match selection.criterion {
            Criterion::Aicc => None,
            Criterion::CrossValidation { folds } => Some(folds as u32),
        },
        reason: selection.reason,
        ranking: selection.ranking.into_iter().map(LawCandidate::from).collect(),
        left_out: selection.left_out.into_iter().map(LawLeftOut::from).collect(),
    }
}

impl From<Candidate> for LawCandidate {
    fn from(candidate: Candidate) -> Self {
        Self {
            law: candidate.law.to_owned(),
            freed: owned(&candidate.freed),
            parameters: candidate.parameters as u32,
            score: candidate.score,
            difference: candidate.difference,
            difference_error: candidate.difference_error,
            log_likelihood: candidate.log_likelihood,
            bic: candidate.bic,
            converged: candidate.converged,
        }
    }
}

impl From<LeftOut> for LawLeftOut {
    fn from(left_out: LeftOut) -> Self {
        Self {
            law: left_out.law.to_owned(),
            freed: owned(&left_out.freed),
            reason: left_out.reason,
        }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
