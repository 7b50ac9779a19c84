//! Border of `thinkscale_core::stopping`.

use napi::bindgen_prelude::{AsyncTask, Int32Array, Uint32Array};
use napi_derive::napi;
use thinkscale_core::stopping::{self, StoppingError};

use crate::compute::{Compute, compute};
use crate::error::{BorderError, Result};
use crate::scalar::{integer, size};

/// A stop rule: its kind and the parameters of that kind.
#[napi(object, object_to_js = false)]
pub struct StopRule {
    /// Which rule.
    #[napi(ts_type = "'beta' | 'dirichlet' | 'window' | 'supermajority' | 'certified'")]
    pub kind: String,
    /// Of `beta` and `dirichlet`: the posterior chance from which the rule stops.
    pub threshold: Option<f64>,
    /// Of `window`: its samples.
    pub size: Option<f64>,
    /// Of `supermajority`: the leader's share of the votes.
    pub share: Option<f64>,
    /// Of `supermajority`: the least number of votes.
    pub least: Option<f64>,
    /// Of `certified`: the bound on the chance of another answer than the majority of all.
    pub epsilon: Option<f64>,
}

/// Averages over random orders.
#[napi(object, object_from_js = false)]
pub struct StopOutcomes {
    /// Mean number of samples used.
    pub mean_samples: f64,
    /// Its standard error.
    pub samples_error: f64,
    /// Share of the orders that end with the majority of all samples.
    pub agreement: f64,
    /// Share of the orders that stop before the last sample.
    pub stopped_early: f64,
}

impl From<StoppingError> for BorderError {
    fn from(error: StoppingError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl TryFrom<StopRule> for stopping::StopRule {
    type Error = BorderError;

    fn try_from(rule: StopRule) -> std::result::Result<Self, BorderError> {
        let needed = |name: &str, value: Option<f64>| {
            value.ok_or_else(|| {
                let message = format!(
                    "expected `{name}` of the rule `{}` to be a number, got none",
                    rule.kind
                );
                BorderError::new("BAD_RULE", message)
            })
        };
        Ok(match rule.kind.as_str() {
            "beta" => Self::Beta {
                threshold: needed("threshold", rule.threshold)?,
            },
            "dirichlet" => Self::Dirichlet {
                threshold: needed("threshold", rule.threshold)?,
            },
            "window" => Self::Window {
                size: count("size", needed("size", rule.size)?)?,
            },
            "supermajority" => Self::Supermajority {
                share: needed("share", rule.share)?,
                least: count("least", needed("least", rule.least)?)?,
            },
            "certified" => Self::Certified {
                epsilon: needed("epsilon", rule.epsilon)?,
            },
            kind => {
                let kinds = "beta, dirichlet, window, supermajority or certified";
                let message = format!("expected the rule's `kind` to be {kinds}, got {kind}");
                return Err(BorderError::new("BAD_RULE", message));
            }
        })
    }
}

/// The shortest prefix of the answers at which the rule stops, or null.
#[napi(catch_unwind)]
pub fn first_stop(rule: StopRule, answers: Int32Array, most: f64) -> Result<Option<u32>> {
    let most = count("most", most)?;
    Ok(stopping::StopRule::try_from(rule)?
        .first_stop(&answers, most)
        .map_err(BorderError::from)?)
}

/// Calibrates a rule for a number of samples, so that `first_stop` only looks up.
#[napi(ts_return_type = "Promise<void>")]
pub fn prepare_stop_rule(rule: StopRule, most: f64) -> AsyncTask<Compute<()>> {
    compute(move || {
        let most = count("most", most)?;
        stopping::StopRule::try_from(rule)?.first_stop(&[], most)?;
        Ok(())
    })
}

/// What the rule does to samples with these votes, over seeded random orders.
#[napi(ts_return_type = "Promise<StopOutcomes>")]
pub fn stop_outcomes(
    rule: StopRule,
    votes: Uint32Array,
    abstentions: f64,
    orders: f64,
    seed: f64,
) -> AsyncTask<Compute<StopOutcomes>> {
    let votes = votes.to_vec();
    compute(move || {
        let rule = stopping::StopRule::try_from(rule)?;
        let abstentions = count("abstentions", abstentions)?;
        let (orders, seed) = (size("orders", orders)?, integer("seed", seed)?);
        let outcomes = stopping::stop_outcomes(&rule, &votes, abstentions, orders, seed)?;
        Ok(StopOutcomes {
            mean_samples: outcomes.mean_samples,
            samples_error: outcomes.samples_error,
            agreement: outcomes.agreement,
            stopped_early: outcomes.stopped_early,
        })
    })
}

/// A number of samples.
fn count(name: &str, value: f64) -> std::result::Result<u32, BorderError> {
    u32::try_from(integer(name, value)?).map_err(|_| {
        let message = format!("expected `{name}` to be an integer from 0 to 2^32 - 1, got {value}");
        BorderError::new("NOT_AN_INTEGER", message)
    })
}
