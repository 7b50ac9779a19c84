//! Figures that follow from a fitted law.

use napi_derive::napi;
use thinkscale_core::fit::derived::{self, Figure, Unreachable};
use thinkscale_core::fit::{Fit, Form};

/// A figure that follows from a law, or why it cannot be said.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct DerivedFigure {
    /// Which figure.
    #[napi(ts_type = "'budgetForTarget' | 'diminishingBudget' | 'optimalN' | 'optimalD' | 'bestCalls'")]
    pub name: String,
    /// The target, gain or FLOPs that it is for.
    pub at: Option<f64>,
    /// From the parameters of the fit; null with a reason.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end; infinite if refits never get there.
    pub high: Option<f64>,
    /// How far the budget lies outside the data, in factors of ten.
    pub decades_beyond: Option<f64>,
    /// Share of the refits that never get there.
    pub unreached: Option<f64>,
    /// Why it cannot be said.
    pub reason: Option<String>,
}

/// What a caller wants to know besides the fit.
#[derive(Clone, Copy)]
pub(super) struct Questions {
    pub target: Option<f64>,
    pub gain: Option<f64>,
    pub flops: Option<f64>,
}

impl Questions {
    /// The answers, and those that a law gives without being asked: the compute-optimal split of its largest budget and
    /// the best number of calls, where it has them.
    pub(super) fn answers(self, form: &dyn Form, fit: &Fit) -> Vec<DerivedFigure> {
        let mut figures = Vec::new();
        if let Some(target) = self.target {
            figures.push(figure(
                "budgetForTarget",
                Some(target),
                derived::budget_for(form, fit, target),
            ));
        }
        if let Some(gain) = self.gain {
            figures.push(figure(
                "diminishingBudget",
                Some(gain),
                derived::diminishing(form, fit, gain),
            ));
        }
        let flops = self.flops.unwrap_or(fit.budget_range.1);
        let optimal = derived::compute_optimal(form, fit, flops);
        if optimal.is_ok() || self.flops.is_some() {
            let n = optimal.clone().map(|optimal| optimal.n);
            figures.push(figure("optimalN", Some(flops), n));
            figures.push(figure("optimalD", Some(flops), optimal.map(|optimal| optimal.d)));
        }
        let calls = derived::best_calls(form, fit);
        if calls.is_ok() {
            figures.push(figure("bestCalls", None, calls));
        }
        figures
    }
}

fn figure(name: &str, at: Option<f64>, result: Result<Figure, Unreachable>) -> DerivedFigure {
    let reason = result.as_ref().err().map(Unreachable::to_string);
    let known = result.ok();
    let interval = known.and_then(|figure| figure.interval);
    DerivedFigure {
        name: name.to_owned(),
        at,
        value: known.map(|figure| figure.value),
        low: interval.map(|interval| interval.low),
        high: interval.map(|interval| interval.high),
        decades_beyond: known.map(|figure| figure.decades_beyond),
        unreached: known.map(|figure| figure.unreached),
        reason,
    }
}
