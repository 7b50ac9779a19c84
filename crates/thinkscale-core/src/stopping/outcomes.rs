//! What a stop rule does to samples whose votes are known, over random orders.
//!
//! Order s of a call is drawn from stream (s) of the seed whatever the rule, so two rules see the same orders and their
//! difference is not blurred by the draw.

use rayon::prelude::*;

use super::{StopRule, StoppingError, Tally, Watch};
use crate::stats::random::{below, stream};

/// The most orders that one call draws.
const MAX_ORDERS: usize = 100_000_000;

/// A sample without an answer among the labels that are shuffled.
const NO_ANSWER: u32 = u32::MAX;

/// Averages over the orders.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct StopOutcomes {
    /// Mean number of samples used, from 1 to N; N where the rule never stopped.
    pub mean_samples: f64,
    /// Standard error of `mean_samples`.
    pub samples_error: f64,
    /// Share of the orders in which the answer at the stop is the majority of all N samples, a tie going to the answer
    /// seen first. Its standard error is sqrt(v (1 − v) / orders).
    pub agreement: f64,
    /// Share of the orders in which the rule stopped before the N-th sample.
    pub stopped_early: f64,
}

/// Runs `rule` over `orders` uniformly random orders of a pool in which answer i has `votes[i]` of the samples and
/// `abstentions` samples have no answer; N is the sum of all. An order without votes at its stop has no answer, which
/// agrees with a pool without votes. Does not depend on the number of threads.
///
/// # Errors
/// [`StoppingError::OrdersOutOfRange`], [`StoppingError::MostOutOfRange`] for an empty pool or one of 2^32 samples or
/// more, and those of the rule's parameters.
///
/// # Example
/// ```
/// use thinkscale_core::stopping::{StopRule, stop_outcomes};
///
/// let outcomes = stop_outcomes(&StopRule::Beta { threshold: 0.95 }, &[16], 0, 100, 1)?;
/// assert_eq!((outcomes.mean_samples, outcomes.agreement), (4.0, 1.0));
/// # Ok::<(), thinkscale_core::stopping::StoppingError>(())
/// ```
pub fn stop_outcomes(
    rule: &StopRule,
    votes: &[u32],
    abstentions: u32,
    orders: usize,
    seed: u64,
) -> Result<StopOutcomes, StoppingError> {
    if orders == 0 || orders > MAX_ORDERS {
        return Err(StoppingError::OrdersOutOfRange { got: orders });
    }
    let pool = Pool::new(votes, abstentions)?;
    let most = pool.labels.len() as u32;
    // Refuses bad parameters and calibrates before the threads start.
    rule.watch(most)?;
    let sums = (0..orders)
        .into_par_iter()
        .with_min_len(1024)
        .fold(
            || (rule.watch(most), Walk::default(), Sums::default()),
            |(mut watch, mut walk, mut sums), order| {
                if let Ok(watch) = &mut watch {
                    let (samples, agrees) = pool.one_order(watch.as_mut(), &mut walk, seed, order as u64);
                    sums.add(samples, agrees, samples < most);
                }
                (watch, walk, sums)
            },
        )
        .map(|(_, _, sums)| sums)
        .reduce(Sums::default, Sums::merge);
    Ok(sums.outcomes(orders))
}

struct Pool {
    labels: Vec<u32>,
    /// The answers with the most votes.
    winners: Vec<u32>,
}

/// What one thread reuses from order to order.
#[derive(Default)]
struct Walk {
    order: Vec<u32>,
    tally: Tally,
}

impl Pool {
    fn new(votes: &[u32], abstentions: u32) -> Result<Self, StoppingError> {
        let samples = votes.iter().map(|&count| u64::from(count)).sum::<u64>() + u64::from(abstentions);
        if samples == 0 || samples > u64::from(u32::MAX) {
            return Err(StoppingError::MostOutOfRange {
                got: samples.min(u64::from(u32::MAX)) as u32,
                largest: u32::MAX - 1,
            });
        }
        let mut labels = vec![NO_ANSWER; abstentions as usize];
        for (answer, &count) in votes.iter().enumerate() {
            labels.extend(std::iter::repeat_n(answer as u32, count as usize));
        }
        let top = votes.iter().copied().max().filter(|&top| top > 0);
        let winners = (0..votes.len() as u32)
            .filter(|&answer| Some(votes[answer as usize]) == top)
            .collect();
        Ok(Self { labels, winners })
    }

    /// Samples used, and whether the answer is the majority of all.
    fn one_order(&self, watch: &mut dyn Watch, walk: &mut Walk, seed: u64, order: u64) -> (u32, bool) {
        let mut rng = stream(seed, &[order]);
        let Walk { order, tally } = walk;
        order.clear();
        order.extend_from_slice(&self.labels);
        tally.clear();
        let mut winner = None;
        let mut stop = None;
        for place in 0..order.len() {
            let other = place + below(&mut rng, order.len() - place);
            order.swap(place, other);
            let label = order[place];
            if winner.is_none() && self.winners.contains(&label) {
                winner = Some(label as usize);
            }
            if stop.is_none() {
                tally.add((label != NO_ANSWER).then_some(label as usize));
                if watch.stops(tally) {
                    stop = Some(tally.drawn());
                }
            }
            // Among several winners the first seen is the majority, so a stop may come before it is known.
            if stop.is_some() && (winner.is_some() || self.winners.len() < 2) {
                break;
            }
        }
        let majority = match self.winners[..] {
            [only] => Some(only as usize),
            _ => winner,
        };
        (stop.unwrap_or(order.len() as u32), tally.leader() == majority)
    }
}

/// Integers, so that the order of adding does not matter.
#[derive(Default)]
struct Sums {
    samples: u128,
    squares: u128,
    agreeing: u64,
    early: u64,
}

impl Sums {
    fn add(&mut self, samples: u32, agrees: bool, early: bool) {
        self.samples += u128::from(samples);
        self.squares += u128::from(samples) * u128::from(samples);
        self.agreeing += u64::from(agrees);
        self.early += u64::from(early);
    }

    fn merge(self, other: Self) -> Self {
        Self {
            samples: self.samples + other.samples,
            squares: self.squares + other.squares,
            agreeing: self.agreeing + other.agreeing,
            early: self.early + other.early,
        }
    }

    fn outcomes(&self, orders: usize) -> StopOutcomes {
        let count = orders as f64;
        let mean = self.samples as f64 / count;
        // n Σx² − (Σx)² is exact in integers, so equal numbers have no variance at all.
        let spread = (orders as u128 * self.squares - self.samples * self.samples) as f64;
        StopOutcomes {
            mean_samples: mean,
            samples_error: if orders < 2 {
                0.0
            } else {
                (spread / count / (count - 1.0) / count).sqrt()
            },
            agreement: self.agreeing as f64 / count,
            stopped_early: self.early as f64 / count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::RULES;
    use super::*;

    const BETA: StopRule = StopRule::Beta { threshold: 0.95 };

    #[test]
    fn a_unanimous_pool_stops_where_the_rule_does() {
        let run = |rule| stop_outcomes(&rule, &[0, 32], 0, 50, 3).unwrap();
        let samples = RULES[..4].iter().map(|&rule| run(rule).mean_samples);
        assert_eq!(samples.collect::<Vec<_>>(), [4.0, 4.0, 3.0, 4.0]);
        for rule in RULES {
            let outcomes = run(rule);
            assert_eq!((outcomes.agreement, outcomes.stopped_early), (1.0, 1.0));
            assert_eq!(outcomes.samples_error, 0.0);
        }
    }

    #[test]
    fn a_pool_without_votes_is_used_up_and_agrees() {
        for rule in RULES {
            let outcomes = stop_outcomes(&rule, &[0, 0], 9, 20, 3).unwrap();
            assert_eq!((outcomes.mean_samples, outcomes.agreement), (9.0, 1.0));
            assert_eq!(outcomes.stopped_early, 0.0);
        }
    }

    #[test]
    fn agrees_with_all_orders_of_a_small_pool() {
        // a a a a b: with 4 of 5 the rule stops at 4–0, once in five orders, and agrees always.
        let outcomes = stop_outcomes(&BETA, &[4, 1], 0, 40_000, 7).unwrap();
        assert!((outcomes.mean_samples - 4.8).abs() < 0.01);
        assert_eq!(outcomes.agreement, 1.0);
        // A tie of 4–4 goes to the first seen, which is what a run of four shows.
        assert_eq!(stop_outcomes(&BETA, &[4, 4], 0, 5_000, 7).unwrap().agreement, 1.0);
        // 5–4 stops at 0–4 in 1 of C(9, 4) = 126 orders; later stops of the four need six votes and do not exist.
        let outcomes = stop_outcomes(&BETA, &[5, 4], 0, 200_000, 7).unwrap();
        assert!(
            (outcomes.agreement - 125.0 / 126.0).abs() < 0.001,
            "{}",
            outcomes.agreement
        );
    }

    #[test]
    fn does_not_depend_on_the_number_of_threads() {
        let run = |threads, seed| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| stop_outcomes(&BETA, &[9, 6, 2], 3, 3_000, seed).unwrap())
        };
        assert_eq!(run(1, 3), run(4, 3));
        assert_ne!(run(1, 3), run(1, 4));
    }

    #[test]
    fn bad_parameters_are_named() {
        let refused =
            |rule, votes: &[u32], orders| stop_outcomes(&rule, votes, 0, orders, 1).unwrap_err().code();
        assert_eq!(refused(BETA, &[3], 0), "ORDERS_OUT_OF_RANGE");
        assert_eq!(refused(BETA, &[0], 5), "MOST_OUT_OF_RANGE");
        assert_eq!(
            refused(StopRule::Window { size: 0 }, &[3], 5),
            "WINDOW_OUT_OF_RANGE"
        );
        assert_eq!(
            refused(StopRule::Certified { epsilon: 0.1 }, &[5000], 5),
            "MOST_OUT_OF_RANGE"
        );
    }
}
