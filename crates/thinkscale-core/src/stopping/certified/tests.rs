//! The promise, computed exactly where the states can be counted and over random orders elsewhere.

use super::*;
use crate::stopping::{StopRule, stop_outcomes};

const EPSILONS: [f64; 3] = [0.01, 0.05, 0.1];

/// The exact chance that the answer at the stop is not the majority of all, by the chance of every vector of counts.
fn disagreement(rule: &Certified, votes: &[usize], abstentions: usize) -> f64 {
    let mut sizes = votes.to_vec();
    sizes.push(abstentions);
    let most: usize = sizes.iter().sum();
    let top = votes.iter().copied().max().unwrap_or(0);
    let wins = |answer: usize| answer < votes.len() && votes[answer] == top;
    // Beside the counts a state knows which winner was seen first; 0 is none yet.
    let seen = votes.len() + 1;
    let strides: Vec<usize> = sizes
        .iter()
        .scan(seen, |stride, size| {
            let own = *stride;
            *stride *= size + 1;
            Some(own)
        })
        .collect();
    let states = sizes.iter().map(|size| size + 1).product::<usize>();
    let mut mass = vec![0.0; states * seen];
    mass[0] = 1.0;
    let mut wrong = 0.0;
    let mut counts = vec![0; sizes.len()];
    for state in 0..states {
        for (place, count) in counts.iter_mut().enumerate() {
            *count = state * seen / strides[place] % (sizes[place] + 1);
        }
        let drawn: usize = counts.iter().sum();
        let leader = (0..votes.len()).max_by_key(|&answer| counts[answer]).unwrap_or(0);
        let runner_up = (0..votes.len())
            .filter(|&answer| answer != leader)
            .map(|answer| counts[answer]);
        let runner_up = runner_up.max().unwrap_or(0);
        let stops = drawn > 0 && rule.stops(drawn as u32, counts[leader] as u32, runner_up as u32);
        for first in 0..seen {
            let chance = mass[state * seen + first];
            if chance == 0.0 {
                continue;
            }
            if stops {
                // A winner that was not seen yet cannot lead.
                wrong += if first == leader + 1 { 0.0 } else { chance };
                continue;
            }
            for (place, &size) in sizes.iter().enumerate() {
                if counts[place] < size {
                    let next = if first == 0 && wins(place) {
                        place + 1
                    } else {
                        first
                    };
                    mass[state * seen + strides[place] + next] +=
                        chance * (size - counts[place]) as f64 / (most - drawn) as f64;
                }
            }
        }
    }
    wrong
}

/// Every way to split `votes` into answers with at most `largest` votes, the largest first.
fn partitions(votes: usize, largest: usize) -> Vec<Vec<usize>> {
    if votes == 0 {
        return vec![vec![]];
    }
    (1..=votes.min(largest))
        .flat_map(|first| {
            partitions(votes - first, first).into_iter().map(move |mut rest| {
                rest.insert(0, first);
                rest
            })
        })
        .collect()
}

fn assert_promise(rule: &Certified, votes: &[usize], abstentions: usize) {
    let wrong = disagreement(rule, votes, abstentions);
    assert!(
        wrong <= rule.epsilon(),
        "{votes:?} and {abstentions} abstentions: {wrong} for {}",
        rule.epsilon()
    );
}

#[test]
fn the_exact_chance_is_that_of_a_count_by_hand() {
    // Stops where the leader cannot be caught only, so never wrong.
    let safe = Certified::new(6, 1e-9).unwrap();
    assert_eq!(disagreement(&safe, &[3, 2, 1], 0), 0.0);
    let rule = Certified::new(16, 0.1).unwrap();
    let exact = disagreement(&rule, &[7, 6, 2], 1);
    let outcomes = stop_outcomes(&StopRule::Certified { epsilon: 0.1 }, &[7, 6, 2], 1, 200_000, 3).unwrap();
    assert!((exact - (1.0 - outcomes.agreement)).abs() < 4.0 * (exact / 200_000.0).sqrt());
    assert!(exact > 0.01, "{exact}");
}

#[test]
fn holds_exactly_for_every_pool_of_up_to_twelve_samples() {
    for most in 1..=12_usize {
        for epsilon in [0.01, 0.05, 0.1, 0.3, 0.5] {
            for shape in [Shape::ByDrawn, Shape::ByPair] {
                let rule = Certified::calibrated(most as u32, epsilon, shape).unwrap();
                for votes in 1..=most {
                    for pool in partitions(votes, votes) {
                        assert_promise(&rule, &pool, most - votes);
                    }
                }
            }
        }
    }
}

#[test]
fn holds_exactly_for_every_pair_and_abstentions() {
    for most in [16_usize, 32, 64] {
        for epsilon in EPSILONS {
            let rule = Certified::new(most as u32, epsilon).unwrap();
            let mut largest = 0.0_f64;
            for majority in 1..most {
                for rival in 1..=majority.min(most - majority) {
                    let wrong = disagreement(&rule, &[majority, rival], most - majority - rival);
                    largest = largest.max(wrong);
                }
            }
            assert!(largest <= epsilon, "{largest} for {epsilon} and {most}");
            // A promise that is never used up saves less than it could.
            assert!(largest > 0.2 * epsilon, "{largest} for {epsilon} and {most}");
        }
    }
}

#[test]
fn holds_exactly_for_several_rivals() {
    for (most, pools) in [
        (
            16,
            vec![
                vec![6, 5, 5],
                vec![5, 5, 5],
                vec![4, 4, 4, 4],
                vec![6, 4, 3, 3],
                vec![7, 7, 1, 1],
            ],
        ),
        (
            32,
            vec![
                vec![11, 11, 10],
                vec![8, 8, 8, 8],
                vec![12, 10, 10],
                vec![14, 13, 3],
                vec![15, 15, 2],
            ],
        ),
        (
            64,
            vec![
                vec![22, 21, 21],
                vec![21, 21, 21],
                vec![31, 31, 1],
                vec![29, 29, 5],
                vec![24, 20, 20],
            ],
        ),
    ] {
        for epsilon in EPSILONS {
            let rule = Certified::new(most, epsilon).unwrap();
            for votes in &pools {
                assert_promise(&rule, votes, most as usize - votes.iter().sum::<usize>());
            }
        }
    }
}

#[test]
fn holds_over_random_orders_for_many_answers() {
    let orders = 20_000;
    for most in [16_u32, 32, 64] {
        for epsilon in EPSILONS {
            for answers in [4, 8, 16] {
                let each = most / answers;
                check(most, epsilon, &vec![each; answers as usize], orders);
                let mut ahead = vec![each - 1; answers as usize];
                ahead[0] = most - (each - 1) * (answers - 1);
                check(most, epsilon, &ahead, orders);
            }
            let mut tail = vec![most / 4 + 1, most / 4];
            tail.extend(vec![1; most as usize / 4]);
            check(most, epsilon, &tail, orders);
        }
    }

    fn check(most: u32, epsilon: f64, votes: &[u32], orders: usize) {
        let abstentions = most - votes.iter().sum::<u32>();
        let outcomes =
            stop_outcomes(&StopRule::Certified { epsilon }, votes, abstentions, orders, 5).unwrap();
        // Four standard errors: one false alarm in 30 000 if a pool used all of ε.
        let allowed = epsilon + 4.0 * (epsilon * (1.0 - epsilon) / orders as f64).sqrt();
        assert!(
            1.0 - outcomes.agreement <= allowed,
            "{votes:?} of {most}: {} for {epsilon}",
            1.0 - outcomes.agreement
        );
    }
}

#[test]
fn large_pools_keep_the_promise_too() {
    for (votes, most_used) in [([351, 349], 690.0), ([400, 300], 500.0)] {
        let rule = StopRule::Certified { epsilon: 0.05 };
        let outcomes = stop_outcomes(&rule, &votes, 0, 2_000, 5).unwrap();
        assert!(1.0 - outcomes.agreement <= 0.07, "{}", outcomes.agreement);
        assert!(outcomes.mean_samples < most_used, "{}", outcomes.mean_samples);
    }
    assert!(Certified::new(MOST_SAMPLES, 0.05).unwrap().stops(60, 60, 0));
}

#[test]
fn never_stops_behind_or_later_than_it_must() {
    for most in [1, 2, 3, 8, 33, 600] {
        for epsilon in [1e-12, 0.05, 0.5] {
            let rule = Certified::new(most, epsilon).unwrap();
            for drawn in 1..=most.min(80) {
                for leading in 0..=drawn {
                    assert!(!rule.stops(drawn, leading, leading));
                    for runner_up in 0..leading.min(drawn - leading + 1) {
                        let settled = leading - runner_up > most - drawn;
                        assert!(!settled || rule.stops(drawn, leading, runner_up));
                    }
                }
            }
        }
    }
    assert!(!Certified::new(2, 0.05).unwrap().stops(1, 1, 0));
    assert!(Certified::new(1, 0.05).unwrap().stops(1, 1, 0));
}

#[test]
fn a_looser_promise_stops_no_later() {
    let rules = [0.005, 0.02, 0.05, 0.2, 0.5].map(|epsilon| Certified::new(48, epsilon).unwrap());
    for pair in rules.windows(2) {
        for drawn in 1..=48 {
            for leading in 1..=drawn {
                for runner_up in 0..leading.min(drawn - leading + 1) {
                    let tight = pair[0].stops(drawn, leading, runner_up);
                    assert!(!tight || pair[1].stops(drawn, leading, runner_up));
                }
            }
        }
    }
}

#[test]
fn a_shared_rule_is_calibrated_once() {
    let first = Certified::shared(40, 0.07).unwrap();
    assert!(Arc::ptr_eq(&first, &Certified::shared(40, 0.07).unwrap()));
    assert_eq!(*first, Certified::new(40, 0.07).unwrap());
    assert!(Certified::shared(0, 0.07).is_err());
}
