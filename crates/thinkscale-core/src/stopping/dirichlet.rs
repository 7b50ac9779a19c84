//! Adaptive-Consistency with the Dirichlet criterion (Aggarwal et al. 2023, arXiv 2305.11860).
//!
//! The [`TOP`] answers with the most votes n_1 ≥ n_2 ≥ … have the posterior Dirichlet(n_1 + 1, n_2 + 1, …), and the rule
//! stops when the chance that the leader's probability is the largest reaches the threshold. A single answer is compared
//! with an unseen one, which is the [Beta criterion](super::beta).
//!
//! A Dirichlet variable is a vector of Gamma(n_i + 1) variables over their sum, so the chance is one integral,
//!
//! ∫ f_{n_1+1}(t) Π_{i>1} F_{n_i+1}(t) dt,
//!
//! with f the density and F the distribution function of the gamma law. In s = ln t the integrand is analytic and falls
//! off exponentially at both ends, where the trapezoidal rule converges geometrically (Trefethen and Weideman 2014, "The
//! Exponentially Convergent Trapezoidal Rule"). The source integrates numerically too, over the simplex.

use std::collections::HashMap;

use statrs::function::gamma::gamma_lr;

use super::{StoppingError, Tally, Watch, beta, check_threshold};

/// How many answers are compared.
pub const TOP: usize = 5;

/// In standard deviations of ln t, which makes the error of the quadrature smaller than rounding.
const STEP: f64 = 0.25;
/// The logarithm of the density, relative to its peak, below which nothing is added.
const NEGLIGIBLE: f64 = -40.0;

pub(super) struct Dirichlet {
    threshold: f64,
    known: HashMap<[u32; TOP], bool>,
}

impl Dirichlet {
    pub fn new(threshold: f64) -> Result<Self, StoppingError> {
        Ok(Self {
            threshold: check_threshold(threshold)?,
            known: HashMap::new(),
        })
    }
}

impl Watch for Dirichlet {
    fn stops(&mut self, votes: &Tally) -> bool {
        // To lead every answer is to lead the second, whose chance costs next to nothing.
        if 1.0 - beta::upset(votes.leading(), votes.runner_up()) < self.threshold {
            return false;
        }
        let top = top(votes.counts());
        *self
            .known
            .entry(top)
            .or_insert_with(|| leads(top) >= self.threshold)
    }
}

/// The largest counts, falling; zeros where there are fewer.
fn top(counts: &[u32]) -> [u32; TOP] {
    let mut top = [0; TOP];
    for &count in counts {
        let mut count = count;
        for place in &mut top {
            if count > *place {
                std::mem::swap(place, &mut count);
            }
        }
    }
    top
}

/// The posterior chance that the answer with the first of these falling counts is the likeliest. Answers without votes
/// do not take part, but the second does.
pub fn leads(counts: [u32; TOP]) -> f64 {
    let shape = f64::from(counts[0]) + 1.0;
    let rivals: Vec<f64> = counts[1..]
        .iter()
        .enumerate()
        .filter(|&(place, &count)| place == 0 || count > 0)
        .map(|(_, &count)| f64::from(count) + 1.0)
        .collect();
    let step = STEP / shape.sqrt();
    let (mut density, mut chance) = (0.0, 0.0);
    // The density of ln t is proportional to exp(shape·s − e^s), with its peak at ln(shape).
    for direction in [-1.0, 1.0] {
        for index in u32::from(direction > 0.0).. {
            let offset = direction * f64::from(index) * step;
            let logarithm = shape * (offset - offset.exp_m1());
            if logarithm < NEGLIGIBLE {
                break;
            }
            let weight = logarithm.exp();
            let t = shape * offset.exp();
            density += weight;
            chance += weight * rivals.iter().map(|&rival| gamma_lr(rival, t)).product::<f64>();
        }
    }
    chance / density
}

#[cfg(test)]
mod tests {
    use super::super::StopRule;
    use super::*;

    #[test]
    fn two_answers_are_the_beta_criterion() {
        for (a, b) in [(1, 0), (3, 0), (4, 0), (6, 1), (5, 5), (40, 22), (800, 790)] {
            let expected = 1.0 - beta::upset(a, b);
            let got = leads([a, b, 0, 0, 0]);
            assert!(
                (got - expected).abs() < 1e-12,
                "{a}-{b}: {got}, expected {expected}"
            );
        }
    }

    #[test]
    fn equal_answers_share_one_unit() {
        for count in [1, 2, 7, 60] {
            for answers in 2..=TOP {
                let mut counts = [0; TOP];
                counts[..answers].fill(count);
                let got = leads(counts);
                assert!(
                    (got - 1.0 / answers as f64).abs() < 1e-12,
                    "{answers} × {count}: {got}"
                );
            }
        }
    }

    #[test]
    fn one_vote_each_behind_a_leader_matches_the_closed_form() {
        // Gamma(2) rivals: P(G > max of two) = 1 − 2 P(G' > G) + P(both > G), by inclusion and exclusion, and
        // P(both > G) = ∫ t^a e^(−t) / a! · e^(−2t) (1 + t)² dt is a finite sum.
        for a in [1_i32, 2, 5] {
            let terms = |j: i32| {
                let rising: f64 = (1..=j).map(|i| f64::from(a + i)).product();
                rising / 3.0_f64.powi(a + 1 + j)
            };
            let both = terms(0) + 2.0 * terms(1) + terms(2);
            let expected = 1.0 - 2.0 * beta::upset(a as u32, 1) + both;
            let got = leads([a as u32, 1, 1, 0, 0]);
            assert!((got - expected).abs() < 1e-12, "{a}: {got}, expected {expected}");
        }
    }

    #[test]
    fn the_five_largest_counts_are_compared() {
        assert_eq!(top(&[1, 9, 0, 3, 3, 2, 7]), [9, 7, 3, 3, 2]);
        assert_eq!(top(&[]), [0; TOP]);
    }

    #[test]
    fn stops_no_earlier_than_the_beta_criterion() {
        let (dirichlet, beta) = (
            StopRule::Dirichlet { threshold: 0.95 },
            StopRule::Beta { threshold: 0.95 },
        );
        assert_eq!(dirichlet.first_stop(&[5; 9], 64).unwrap(), Some(4));
        let scattered = [5, 1, 5, 2, 5, 3, 5, 4, 5, 5, 5, 5, 5, 5];
        let (late, early) = (
            dirichlet.first_stop(&scattered, 64).unwrap(),
            beta.first_stop(&scattered, 64).unwrap(),
        );
        assert_eq!(early, Some(10));
        assert!(late.unwrap() > early.unwrap(), "{late:?}");
    }
}
