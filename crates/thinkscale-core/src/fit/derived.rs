//! What a fitted law says about budgets, with intervals.
//!
//! Every figure is computed from the parameters of the fit and again from those of each draw; its interval comes from the
//! latter as [`resample`](super::resample) says. Intervals of the parameters cannot give it, because parameters vary together.

use super::form::Form;
use super::predict::{at, decades_beyond};
use super::resample::{figure_interval, figures};
use super::{Fit, FitError};
use crate::laws::forms::{chinchilla, voting_mixture};
use crate::stats::Interval;

/// How far beyond the data a budget is still a statement, in factors of ten.
pub const MAX_DECADES: f64 = 2.0;
/// How far a law is followed to find out whether it ever reaches a target.
const SEARCHED_DECADES: f64 = 12.0;
/// Places a factor of ten where a law is looked at before the place is refined.
const PLACES: f64 = 24.0;
const BISECTIONS: usize = 60;

/// A figure of a law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// From the parameters of the fit.
    pub value: f64,
    /// Interval over the draws, at the level of the fit; `None` without draws. An infinite end means that
    /// some draws never reach the figure.
    pub interval: Option<Interval>,
    /// How far the budget concerned lies outside the data, in factors of ten.
    pub decades_beyond: f64,
    /// Share of the draws that never reach the figure; 0 without draws.
    pub unreached: f64,
}

/// Why a figure cannot be said. Its `Display` is a sentence with the numbers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreachable {
    /// The law reads more than a budget, or something else.
    #[error("{law} reads {inputs}, not one budget, so no single budget answers that.")]
    NotOneBudget {
        /// Which law.
        law: &'static str,
        /// Its inputs.
        inputs: String,
    },
    /// The law lacks what the figure is about.
    #[error("{law} has no {figure}.")]
    NoSuchFigure {
        /// Which law.
        law: &'static str,
        /// What was asked for.
        figure: &'static str,
    },
    /// A target that is not a number, or a gain that is not positive.
    #[error("expected `{name}` to be {expected}, got {got}.")]
    BadTarget {
        /// Which number.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What was passed.
        got: f64,
    },
    /// The law never gets there.
    #[error("The law does not reach {target} with any budget: the best it comes to is {limit:.4}.")]
    BeyondLimit {
        /// What was asked for.
        target: f64,
        /// The best value of the law over 12 factors of ten beyond the data.
        limit: f64,
    },
    /// It gets there too far from the data.
    #[error(
        "The law reaches that at {value:.3e}, {decades:.1} factors of ten beyond the data, and supports no statement \
         beyond {MAX_DECADES}."
    )]
    TooFar {
        /// Where the law gets there.
        value: f64,
        /// How far beyond.
        decades: f64,
    },
    /// It has got there at the smallest budget that the data speak about.
    #[error(
        "The law is at {value:.4} with a budget of {budget:.3e} already, the least that the data speak about."
    )]
    Already {
        /// That budget.
        budget: f64,
        /// The law there.
        value: f64,
    },
    /// A doubling never gains that much.
    #[error("No doubling gains {gain}: the most that one gains is {most:.4}.")]
    NeverGains {
        /// What was asked for.
        gain: f64,
        /// The largest gain of a doubling.
        most: f64,
    },
}

impl Unreachable {
    /// A name of the variant that stays the same when sentences change.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotOneBudget { .. } => "not-one-budget",
            Self::NoSuchFigure { .. } => "no-such-figure",
            Self::BadTarget { .. } => "bad-target",
            Self::BeyondLimit { .. } => "beyond-limit",
            Self::TooFar { .. } => "too-far",
            Self::Already { .. } => "already",
            Self::NeverGains { .. } => "never-gains",
        }
    }
}

/// The least budget at which the law reaches `target`: from below if it rises with the budget, from above if it falls.
///
/// # Errors
/// [`Unreachable`] says why there is none within [`MAX_DECADES`] of the data.
pub fn budget_for(form: &dyn Form, fit: &Fit, target: f64) -> Result<Figure, Unreachable> {
    if !target.is_finite() {
        return Err(Unreachable::BadTarget {
            name: "target",
            expected: "finite",
            got: target,
        });
    }
    let places = Places::new(form, fit)?;
    let law = |theta: &[f64], x: f64| at(form, theta, &[x]);
    let sign = places.direction(|x| law(&fit.theta, x));
    let first = |theta: &[f64]| places.first(|x| sign * (law(theta, x) - target) >= 0.0);
    let Some(value) = first(&fit.theta) else {
        let best = places
            .all()
            .map(|x| sign * law(&fit.theta, x))
            .fold(f64::NEG_INFINITY, f64::max);
        return Err(Unreachable::BeyondLimit {
            target,
            limit: sign * best,
        });
    };
    if value <= places.low {
        return Err(Unreachable::Already {
            budget: places.low,
            value: law(&fit.theta, places.low),
        });
    }
    let values = figures(form, &fit.draws, |theta| first(theta).unwrap_or(f64::INFINITY));
    near(fit, value, values)
}

/// The budget from which doubling it changes the law by less than `gain` (in units of y, above 0) for good.
///
/// # Errors
/// [`Unreachable`] says why there is none within [`MAX_DECADES`] of the data.
pub fn diminishing(form: &dyn Form, fit: &Fit, gain: f64) -> Result<Figure, Unreachable> {
    if !(gain > 0.0 && gain.is_finite()) {
        return Err(Unreachable::BadTarget {
            name: "gain",
            expected: "above 0",
            got: gain,
        });
    }
    let places = Places::new(form, fit)?;
    let law = |theta: &[f64], x: f64| at(form, theta, &[x]);
    let sign = places.direction(|x| law(&fit.theta, x));
    let doubled = |theta: &[f64], x: f64| sign * (law(theta, 2.0 * x) - law(theta, x));
    let last = |theta: &[f64]| places.last(|x| doubled(theta, x) >= gain);
    let Some(value) = last(&fit.theta) else {
        let most = places
            .all()
            .map(|x| doubled(&fit.theta, x))
            .fold(f64::NEG_INFINITY, f64::max);
        return Err(Unreachable::NeverGains { gain, most });
    };
    let values = figures(form, &fit.draws, |theta| last(theta).unwrap_or(places.low));
    near(fit, value, values)
}

/// Parameters and tokens that make the most of a budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimal {
    /// Parameters.
    pub n: Figure,
    /// Training tokens.
    pub d: Figure,
}

/// The compute-optimal parameters and tokens of `flops` = 6·N·D, from a law of the form of Chinchilla.
///
/// # Errors
/// [`Unreachable::NoSuchFigure`] for another law, or where a term of the law has vanished;
/// [`Unreachable::BadTarget`] unless `flops` is positive.
pub fn compute_optimal(form: &dyn Form, fit: &Fit, flops: f64) -> Result<Optimal, Unreachable> {
    if !(flops > 0.0 && flops.is_finite()) {
        return Err(Unreachable::BadTarget {
            name: "flops",
            expected: "above 0",
            got: flops,
        });
    }
    let missing = Unreachable::NoSuchFigure {
        law: fit.law,
        figure: "compute-optimal n and d",
    };
    let about = form.about().parameters;
    let place = |name: &str| about.iter().position(|it| it.name == name);
    let places: Option<Vec<usize>> = ["A", "B", "E", "alpha", "beta"]
        .iter()
        .map(|name| place(name))
        .collect();
    let Some(places) = places else { return Err(missing) };
    let optimum = |theta: &[f64]| {
        let natural: Vec<f64> = places.iter().map(|&i| about[i].natural(theta[i])).collect();
        chinchilla::compute_optimal(&natural, flops)
    };
    let (n, d) = optimum(&fit.theta);
    let sensible = |value: f64| value.is_finite() && value > 0.0;
    if !(sensible(n) && sensible(d)) {
        return Err(missing);
    }
    let draws = figures(form, &fit.draws, optimum);
    let decades_beyond = decades_beyond(flops, fit.budget_range);
    let figure = |value: f64, values: Vec<f64>| {
        let count = values.len().max(1) as f64;
        let known: Vec<f64> = values.into_iter().filter(|&value| sensible(value)).collect();
        let unreached = if fit.draws.kept.is_empty() {
            0.0
        } else {
            1.0 - known.len() as f64 / count
        };
        Figure {
            value,
            interval: figure_interval(fit.draws.kind, value, known, fit.level),
            decades_beyond,
            unreached,
        }
    };
    Ok(Optimal {
        n: figure(n, draws.iter().map(|&(n, _)| n).collect()),
        d: figure(d, draws.iter().map(|&(_, d)| d).collect()),
    })
}

/// The number of calls at which a majority vote is most accurate, from the mixture of [`voting_mixture`]; infinite where
/// more always help.
///
/// # Errors
/// [`Unreachable::NoSuchFigure`] for another law.
pub fn best_calls(form: &dyn Form, fit: &Fit) -> Result<Figure, Unreachable> {
    let about = form.about().parameters;
    let place = |name: &str| about.iter().position(|it| it.name == name);
    let places: Option<Vec<usize>> = ["w", "p1", "p2"].iter().map(|name| place(name)).collect();
    let missing = Unreachable::NoSuchFigure {
        law: fit.law,
        figure: "best number of calls",
    };
    let Some(places) = places else { return Err(missing) };
    let best = |theta: &[f64]| {
        let natural: Vec<f64> = places.iter().map(|&i| about[i].natural(theta[i])).collect();
        voting_mixture::best_calls(&natural)
    };
    let value = best(&fit.theta);
    let values = figures(form, &fit.draws, best);
    let unbounded = values.iter().filter(|value| value.is_infinite()).count();
    Ok(Figure {
        value,
        unreached: unbounded as f64 / values.len().max(1) as f64,
        interval: figure_interval(fit.draws.kind, value, values, fit.level),
        decades_beyond: decades_beyond(value, fit.budget_range),
    })
}

/// The law at a row of inputs, with its interval.
///
/// # Errors
/// [`FitError`] if it is not a row of the law.
pub fn value_at(form: &dyn Form, fit: &Fit, inputs: &[f64]) -> Result<Figure, FitError> {
    super::predict::check_predict(form, inputs)?;
    if inputs.len() != form.about().inputs.len() {
        let (expected, got) = (form.about().inputs.len(), inputs.len());
        return Err(FitError::LengthMismatch {
            name: "inputs",
            expected,
            got,
        });
    }
    let value = at(form, &fit.theta, inputs);
    let values = figures(form, &fit.draws, |theta| at(form, theta, inputs));
    Ok(Figure {
        value,
        interval: figure_interval(fit.draws.kind, value, values, fit.level),
        decades_beyond: decades_beyond(form.budget(inputs), fit.budget_range),
        unreached: 0.0,
    })
}

fn near(fit: &Fit, value: f64, values: Vec<f64>) -> Result<Figure, Unreachable> {
    let decades = decades_beyond(value, fit.budget_range);
    if decades > MAX_DECADES && value > fit.budget_range.1 {
        return Err(Unreachable::TooFar { value, decades });
    }
    let never = values.iter().filter(|value| value.is_infinite()).count();
    Ok(Figure {
        value,
        unreached: never as f64 / values.len().max(1) as f64,
        interval: figure_interval(fit.draws.kind, value, values, fit.level),
        decades_beyond: decades,
    })
}

/// Budgets at which a law of one is looked at, even in the logarithm.
struct Places {
    low: f64,
    high: f64,
    count: usize,
    /// The range of the data.
    data: (f64, f64),
}

impl Places {
    fn new(form: &dyn Form, fit: &Fit) -> Result<Self, Unreachable> {
        let about = form.about();
        let names = || {
            about
                .inputs
                .iter()
                .map(|input| input.name)
                .collect::<Vec<_>>()
                .join(" and ")
        };
        let (from, to) = fit.budget_range;
        let [input] = about.inputs else {
            return Err(Unreachable::NotOneBudget {
                law: about.name,
                inputs: names(),
            });
        };
        // A law of a loss has a budget that is not its input.
        if form.budget(&[to]) != to || to <= 0.0 {
            return Err(Unreachable::NotOneBudget {
                law: about.name,
                inputs: names(),
            });
        }
        let from = if from > 0.0 { from } else { to * 1e-6 };
        let low = (from * 10.0_f64.powf(-MAX_DECADES)).max(input.low);
        let high = to * 10.0_f64.powf(SEARCHED_DECADES);
        let count = ((high / low).log10() * PLACES).ceil() as usize + 1;
        Ok(Self {
            low,
            high,
            count,
            data: (from, to),
        })
    }

    fn at(&self, place: usize) -> f64 {
        self.low * (self.high / self.low).powf(place as f64 / (self.count - 1) as f64)
    }

    fn all(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.count).map(|place| self.at(place))
    }

    /// 1 if the law rises over the data, −1 if it falls.
    fn direction(&self, law: impl Fn(f64) -> f64) -> f64 {
        if law(self.data.1) >= law(self.data.0) {
            1.0
        } else {
            -1.0
        }
    }

    /// The least budget where `holds` begins to, `low` if it does there.
    fn first(&self, holds: impl Fn(f64) -> bool) -> Option<f64> {
        let place = (0..self.count).find(|&place| holds(self.at(place)))?;
        if place == 0 {
            return Some(self.low);
        }
        Some(refined(self.at(place - 1), self.at(place), &holds))
    }

    /// The budget where `holds` ends for good; infinite if it holds at the far end.
    fn last(&self, holds: impl Fn(f64) -> bool) -> Option<f64> {
        let place = (0..self.count).rev().find(|&place| holds(self.at(place)))?;
        if place + 1 == self.count {
            return Some(f64::INFINITY);
        }
        Some(refined(self.at(place + 1), self.at(place), &holds))
    }
}

/// Between a budget where `holds` does not and one where it does.
fn refined(without: f64, with: f64, holds: &impl Fn(f64) -> bool) -> f64 {
    let (mut without, mut with) = (without.ln(), with.ln());
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (without + with);
        if holds(middle.exp()) {
            with = middle;
        } else {
            without = middle;
        }
    }
    with.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        Places {
            low: 0.1,
            high: 1e15,
            count: 385,
            data: (10.0, 1000.0),
        }
    }

    #[test]
    fn crossings_are_found_to_the_last_digits() {
        let first = places().first(|x| x >= 123.456).unwrap();
        assert!((first / 123.456 - 1.0).abs() < 1e-12);
        let last = places().last(|x| x <= 123.456).unwrap();
        assert!((last / 123.456 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn ends_of_the_search_are_told_apart() {
        assert_eq!(places().first(|_| true), Some(0.1));
        assert_eq!(places().first(|_| false), None);
        assert_eq!(places().last(|_| true), Some(f64::INFINITY));
        assert_eq!(places().last(|_| false), None);
        assert_eq!(places().direction(|x| -x), -1.0);
    }

    #[test]
    fn reasons_are_sentences() {
        let far = Unreachable::TooFar {
            value: 3.2e9,
            decades: 4.51,
        };
        assert_eq!(
            far.to_string(),
            "The law reaches that at 3.200e9, 4.5 factors of ten beyond the data, and supports no statement beyond 2."
        );
        assert_eq!(far.kind(), "too-far");
    }
}
