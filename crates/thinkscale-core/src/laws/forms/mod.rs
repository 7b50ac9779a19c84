//! The laws that a table of measurements can be fitted to, one file each; [`crate::fit`] fits them.
//!
//! - Loss over size, data and compute: [`kaplan_n`], [`kaplan_d`], [`kaplan_c`], [`kaplan_joint`], [`chinchilla`],
//!   [`ladder_loss`], [`gadre_loss`].
//! - From loss to a task: [`gadre_error`], [`ladder_accuracy`].
//! - Anything over one quantity: [`power_law`], [`inverse_power_law`], [`bnsl`].
//! - Accuracy over inference compute: [`exponentiated_power_law`], [`logistic`], [`saturating_power_law`],
//!   [`voting_mixture`], [`two_axes`], [`chained_calls`].

pub mod bnsl;
pub mod chained_calls;
pub mod chinchilla;
pub mod exponentiated_power_law;
pub mod gadre_error;
pub mod gadre_loss;
pub mod inverse_power_law;
mod kaplan;
pub mod kaplan_c;
pub mod kaplan_d;
pub mod kaplan_joint;
pub mod kaplan_n;
pub mod ladder_accuracy;
pub mod ladder_loss;
mod lines;
pub mod logistic;
mod majority;
mod parameters;
pub mod power_law;
pub mod saturating_power_law;
pub mod two_axes;
pub mod voting_mixture;

use crate::fit::Form;

/// Every law, in the order of `fit --list`.
pub fn all() -> &'static [&'static dyn Form] {
    &[
        &power_law::PowerLaw,
        &inverse_power_law::InversePowerLaw,
        &bnsl::Bnsl,
        &kaplan_n::KaplanN,
        &kaplan_d::KaplanD,
        &kaplan_c::KaplanC,
        &kaplan_joint::KaplanJoint,
        &chinchilla::Chinchilla,
        &ladder_loss::LadderLoss,
        &ladder_accuracy::LadderAccuracy,
        &gadre_loss::GadreLoss,
        &gadre_error::GadreError,
        &exponentiated_power_law::ExponentiatedPowerLaw,
        &logistic::Logistic,
        &saturating_power_law::SaturatingPowerLaw,
        &voting_mixture::VotingMixture,
        &two_axes::TwoAxes,
        &chained_calls::ChainedCalls,
    ]
}

/// The law of a name.
pub fn find(name: &str) -> Option<&'static dyn Form> {
    all().iter().copied().find(|form| form.about().name == name)
}
