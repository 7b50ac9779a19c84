//! A stop rule with a promise: for every pool of N samples, in uniformly random order, the chance that the answer at the
//! stop differs from the majority of all N is at most ε.
//!
//! The chance is over the order alone. Nothing is assumed about how often which answer comes, so the promise holds for
//! samples that are drawn independently, whatever the model and the problem.
//!
//! # The rule
//!
//! With r = N − k samples to go, a leader with x votes and a runner-up with y < x, the rule looks at the chance that the
//! runner-up draws level under a uniform prior (`overtaking.rs`) and stops where that is at most a bound c. This only
//! orders the states by promise of being right; the proof does not use the prior. c is the largest for which the proof
//! goes through.
//!
//! # The proof
//!
//! Let the majority have M votes in the end and a rival A ≤ M. If the rule stops with the rival in the lead, x votes,
//! then the majority has at most y, so the counts of this pair alone lie in the region S (S contains (x, y′) for y′ < y
//! with each (x, y)). In random order each prefix of k samples with a and m votes for the two is, backwards, a step away
//! from (a − 1, m), (a, m − 1) or (a, m) with chances a/k, m/k and the rest. One dynamic program over k therefore gives
//! the chance P(A, M) that a pair's path ever enters S on the rival's side, for all pairs at once. A wrong stop has some
//! rival in the lead, so its chance is at most the sum of P(A_i, M) over the rivals, and the rule is accepted if the
//! largest such sum over rivals with Σ A_i ≤ N − M and A_i ≤ M, a knapsack, is at most ε for every M (`promise.rs`).
//!
//! If the majority is tied, the tied answer that comes first in the order is the majority f, and a rival in the lead was
//! not first. Given that f comes first of the tied ones, P(A, M) still bounds the chance of each pair: take any order,
//! and exchange a random f with the first of the tied samples. This gives every order with f first equally often, f only
//! moves to the front, the rival only to the back, and S contains (x + 1, y) and (x, y − 1) with each (x, y) of the same
//! k, so that the exchange never makes the path enter S.
//!
//! Up to [`EXACT_SAMPLES`] the region depends on k. Beyond, where that program would take seconds to minutes, it depends
//! on x and y only, as if no sample abstained or voted for a third answer; the two-dimensional program then covers every
//! interleaving of the others, and scattered pools save a few percent of the samples less. Where the leader cannot be
//! caught any more, x − y > N − k, both stop.

mod overtaking;
mod promise;
mod region;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::{StoppingError, Tally, Watch};
use region::{Family, Region, Shape};

/// The most samples for which the region depends on the number drawn.
pub const EXACT_SAMPLES: u32 = 256;
/// The most samples that a rule can be calibrated for.
pub const MOST_SAMPLES: u32 = 4096;

/// Halvings of the range of ln c, which leave c within a thousandth.
const HALVINGS: u32 = 15;
/// The smallest bound that is tried before the rule only stops where nothing can change.
const SMALLEST_BOUND: f64 = 1e-12;
/// Calibrated rules that a process keeps.
const KEPT_RULES: usize = 256;

/// Rules by N and the bits of ε.
type Rules = HashMap<(u32, u64), Arc<Certified>>;

static KEPT: LazyLock<Mutex<Rules>> = LazyLock::new(Mutex::default);

/// A rule that is calibrated for N samples and ε.
#[derive(Clone, Debug, PartialEq)]
pub struct Certified {
    region: Region,
    epsilon: f64,
}

impl Certified {
    /// Calibrates for `most` samples, from 1 to [`MOST_SAMPLES`], and `epsilon`, above 0 and up to 0.5. Takes time of
    /// order N³ up to [`EXACT_SAMPLES`], N² beyond.
    ///
    /// # Errors
    /// [`StoppingError::MostOutOfRange`], [`StoppingError::EpsilonOutOfRange`].
    ///
    /// # Example
    /// ```
    /// let rule = thinkscale_core::stopping::Certified::new(16, 0.05)?;
    /// assert!(rule.stops(9, 9, 0));
    /// assert!(!rule.stops(2, 1, 1));
    /// # Ok::<(), thinkscale_core::stopping::StoppingError>(())
    /// ```
    pub fn new(most: u32, epsilon: f64) -> Result<Self, StoppingError> {
        let shape = if most <= EXACT_SAMPLES {
            Shape::ByDrawn
        } else {
            Shape::ByPair
        };
        Self::calibrated(most, epsilon, shape)
    }

    fn calibrated(most: u32, epsilon: f64, shape: Shape) -> Result<Self, StoppingError> {
        check(most, epsilon)?;
        let family = Family::new(most as usize, shape);
        let (mut low, mut high) = (SMALLEST_BOUND.ln(), 0.0_f64);
        let mut region = family.region(0.0);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            let candidate = family.region(middle.exp());
            if candidate == region {
                low = middle;
            } else if promise::holds(&candidate, epsilon) {
                (low, region) = (middle, candidate);
            } else {
                high = middle;
            }
        }
        Ok(Self { region, epsilon })
    }

    /// The same rule, calibrated once in the process.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn shared(most: u32, epsilon: f64) -> Result<Arc<Self>, StoppingError> {
        let key = (most, epsilon.to_bits());
        let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rule) = kept().get(&key) {
            return Ok(Arc::clone(rule));
        }
        // Not under the lock: two threads may calibrate the same rule, but none waits for another one's.
        let rule = Arc::new(Self::new(most, epsilon)?);
        let mut kept = kept();
        if kept.len() >= KEPT_RULES {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&rule));
        Ok(rule)
    }

    /// Whether to stop after `drawn` ≤ N samples, abstentions included, of which the leader has `leading` and the second
    /// answer `runner_up` (0 without one).
    pub fn stops(&self, drawn: u32, leading: u32, runner_up: u32) -> bool {
        let (drawn, leading, runner_up) = (drawn as usize, leading as usize, runner_up as usize);
        if leading <= runner_up || leading + runner_up > drawn || drawn > self.region.most() {
            return false;
        }
        leading - runner_up > self.region.most() - drawn || self.region.contains(drawn, leading, runner_up)
    }

    /// The most samples.
    pub fn most(&self) -> u32 {
        self.region.most() as u32
    }

    /// The bound on the chance of another answer than the majority of all samples.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }
}

impl Watch for Arc<Certified> {
    fn stops(&mut self, votes: &Tally) -> bool {
        Certified::stops(self, votes.drawn(), votes.leading(), votes.runner_up())
    }
}

fn check(most: u32, epsilon: f64) -> Result<(), StoppingError> {
    if most == 0 || most > MOST_SAMPLES {
        return Err(StoppingError::MostOutOfRange {
            got: most,
            largest: MOST_SAMPLES,
        });
    }
    if !(epsilon > 0.0 && epsilon <= 0.5) {
        return Err(StoppingError::EpsilonOutOfRange { got: epsilon });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
