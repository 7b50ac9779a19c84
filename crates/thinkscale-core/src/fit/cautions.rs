//! What to distrust of a fit, each as a type with its numbers and a sentence.
//!
//! A caution never changes a fit: decreasing data are fitted as they are, and the reader is told.

use super::errors::NoErrors;

/// Factors of ten beyond the data from which a prediction is a guess.
pub const FAR_DECADES: f64 = 2.0;
/// What AICc must gain before a freed parameter counts as found.
pub const NEEDED_GAIN: f64 = 2.0;
/// Mean relative error on held-out rows above which a law does not extrapolate.
pub const POOR_MAPE: f64 = 0.1;
/// Share of held-out rows inside their intervals below which a law does not extrapolate.
pub const POOR_COVERAGE: f64 = 0.5;
/// Share of failed refits above which the rest is a selection.
pub const MANY_FAILURES: f64 = 0.01;

/// A reason for distrust. Its `Display` is a sentence with the numbers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Caution {
    /// A parameter stopped at its bound.
    #[error("{name} stopped at its bound {bound}; the others were fitted with it held there.")]
    AtBound {
        /// Which parameter.
        name: &'static str,
        /// The bound, in natural units.
        bound: f64,
    },
    /// Predictions more than [`FAR_DECADES`] beyond the data.
    #[error(
        "{rows} predictions lie up to {decades:.1} factors of ten beyond the data, where nothing supports the law; \
         trust at most 1 or 2."
    )]
    Extrapolation {
        /// How many.
        rows: usize,
        /// The farthest, in factors of ten.
        decades: f64,
    },
    /// Fewer than [`FEW`] rows or groups.
    #[error(
        "{groups} independent rows or groups are few for {parameters} parameters; resamples of so few say little, so \
         intervals of independent rows come from the profile likelihood."
    )]
    FewRows {
        /// Rows, or groups of them.
        groups: usize,
        /// Fitted parameters.
        parameters: usize,
    },
    /// As many parameters as rows: the law passes through all of them whatever they are.
    #[error("{parameters} parameters through {rows} rows leave nothing to judge the law by.")]
    NoResidual {
        /// Rows with different inputs.
        rows: usize,
        /// Fitted parameters.
        parameters: usize,
    },
    /// A parameter that the law usually holds was fitted without a gain.
    #[error(
        "Fitting {name} improves AICc by {gain:.2}, and a gain above {needed} would show that the data determine it; \
         hold it."
    )]
    Unidentified {
        /// Which parameter.
        name: &'static str,
        /// AICc with it held less AICc with it fitted.
        gain: f64,
        /// What it should gain.
        needed: f64,
    },
    /// An interval that is open.
    #[error(
        "The data do not determine {name}: its interval reaches from {low:.4} to {high:.4}, its bound or beyond measure."
    )]
    OpenInterval {
        /// Which parameter.
        name: &'static str,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// y falls where the law is about a rise, or rises where it is about a fall.
    #[error(
        "y goes from {from:.4} to {to:.4} as the budget grows, against what {law} is about; do not use it beyond the data."
    )]
    Decreasing {
        /// Which law.
        law: &'static str,
        /// The trend line at the smallest budget.
        from: f64,
        /// At the largest.
        to: f64,
    },
    /// y turns back on its way.
    #[error(
        "y is not monotone: it turns from {from:.4} at a budget of {at} back to {to:.4} at {until}, which {law} cannot \
         follow."
    )]
    NotMonotone {
        /// Which law.
        law: &'static str,
        /// The budget where the largest reversal starts.
        at: f64,
        /// y there.
        from: f64,
        /// Where it ends.
        until: f64,
        /// y there.
        to: f64,
    },
    /// The search stopped before its minimum.
    #[error(
        "The search did not converge: after {iterations} iterations the gradient is {gradient_norm:.3e} of the objective."
    )]
    NotConverged {
        /// Iterations made.
        iterations: usize,
        /// As [`Fit::gradient_norm`].
        gradient_norm: f64,
    },
    /// Only one of several starts reached the best minimum.
    #[error("Only {agreeing} of {starts} starts reached the best minimum; there may be a better one.")]
    StartsDisagree {
        /// Starts that reached it.
        agreeing: usize,
        /// Starts followed.
        starts: usize,
    },
    /// Refits that did not converge.
    #[error(
        "{failed} of {resamples} refits failed and are left out, so intervals describe a selection of them."
    )]
    FailedRefits {
        /// Refits that failed.
        failed: usize,
        /// Refits tried.
        resamples: usize,
    },
    /// The law missed rows that it had not seen.
    #[error("The law does not extrapolate: on {rows} rows held out {}.", missed(*.mape, *.coverage))]
    HoldoutPoor {
        /// Rows held out.
        rows: usize,
        /// Mean relative error; `None` if all of them measured 0.
        mape: Option<f64>,
        /// Share of the rows inside their interval, with resamples.
        coverage: Option<f64>,
    },
    /// The top third of the budgets cannot be held out.
    #[error(
        "The extrapolation was not checked: holding out {held} rows leaves too few distinct ones, {left} of the {needed} \
         that the fit needs."
    )]
    NoHoldout {
        /// Rows that the fit needs.
        needed: usize,
        /// Rows that would be held out.
        held: usize,
        /// Rows with different inputs left.
        left: usize,
    },
    /// Rows share groups.
    #[error(
        "{rows} rows from {groups} groups are not independent, so there is no AICc and no BIC; compare laws by \
         cross-validation."
    )]
    NotIndependent {
        /// Rows.
        rows: usize,
        /// Groups.
        groups: usize,
    },
    /// Too few rows for AICc.
    #[error(
        "AICc of {parameters} parameters, the scale of residuals among them, needs {needed} rows, and there are {rows}."
    )]
    NoAicc {
        /// Rows.
        rows: usize,
        /// Counted parameters.
        parameters: usize,
        /// Rows needed.
        needed: usize,
    },
    /// The law meets the data to rounding.
    #[error("The law meets all rows to rounding; criteria and standard errors have no meaning there.")]
    Exact,
    /// No standard errors.
    #[error("There are no standard errors: {0}.")]
    NoStandardErrors(NoErrors),
    /// Counts scatter more than independent tries would.
    #[error(
        "Counts scatter around the law more than independent tries do (deviance {deviance:.1} with {degrees} degrees of \
         freedom): the form may be wrong, or tries of a row depend on each other; standard errors are too small."
    )]
    Overdispersed {
        /// Twice what a free chance at every row would gain.
        deviance: f64,
        /// Rows less fitted parameters.
        degrees: usize,
    },
    /// Rows that are the same in every column.
    #[error("{count} rows repeat an earlier one (row {row} repeats row {of}, from 0); all are used.")]
    DuplicateRows {
        /// How many repeat one.
        count: usize,
        /// The first that does, from 0.
        row: usize,
        /// What it repeats.
        of: usize,
    },
}

impl Caution {
    /// A name of the variant that stays the same when sentences change.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AtBound { .. } => "at-bound",
            Self::Extrapolation { .. } => "extrapolation",
            Self::FewRows { .. } => "few-rows",
            Self::NoResidual { .. } => "no-residual",
            Self::Unidentified { .. } => "unidentified",
            Self::OpenInterval { .. } => "open-interval",
            Self::Decreasing { .. } => "decreasing",
            Self::NotMonotone { .. } => "not-monotone",
            Self::NotConverged { .. } => "not-converged",
            Self::StartsDisagree { .. } => "starts-disagree",
            Self::FailedRefits { .. } => "failed-refits",
            Self::HoldoutPoor { .. } => "holdout-poor",
            Self::NoHoldout { .. } => "no-holdout",
            Self::NotIndependent { .. } => "not-independent",
            Self::NoAicc { .. } => "no-aicc",
            Self::Exact => "exact",
            Self::NoStandardErrors(_) => "no-standard-errors",
            Self::Overdispersed { .. } => "overdispersed",
            Self::DuplicateRows { .. } => "duplicate-rows",
        }
    }

    /// The parameter concerned, if there is one.
    pub fn parameter(&self) -> Option<&'static str> {
        match self {
            Self::AtBound { name, .. }
            | Self::Unidentified { name, .. }
            | Self::OpenInterval { name, .. } => Some(name),
            _ => None,
        }
    }
}

fn missed(mape: Option<f64>, coverage: Option<f64>) -> String {
    let error = mape.map(|mape| format!("its mean relative error is {:.1} %", 100.0 * mape));
    let inside = coverage.map(|share| format!("{:.0} % of their intervals hold", 100.0 * share));
    error.into_iter().chain(inside).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_caution_is_a_sentence() {
        let poor = Caution::HoldoutPoor {
            rows: 4,
            mape: Some(0.25),
            coverage: Some(0.25),
        };
        assert_eq!(
            poor.to_string(),
            "The law does not extrapolate: on 4 rows held out its mean relative error is 25.0 % and 25 % of their \
             intervals hold."
        );
        assert_eq!(poor.kind(), "holdout-poor");
        let zeros = Caution::HoldoutPoor {
            rows: 3,
            mape: None,
            coverage: Some(0.0),
        };
        assert!(
            zeros
                .to_string()
                .ends_with("on 3 rows held out 0 % of their intervals hold.")
        );
        let bound = Caution::AtBound {
            name: "E",
            bound: 0.0,
        };
        assert_eq!(
            bound.to_string(),
            "E stopped at its bound 0; the others were fitted with it held there."
        );
        assert_eq!(bound.parameter(), Some("E"));
    }
}
