//! Exact maj@k: the expectation that the majority answer of a uniformly random k-subset, in random order, is right.
//!
//! Counting instead of sampling. Let the answers have m_1, m_2, … supporters among the n samples. A subset is decided
//! by its numbers of votes, which follow the multivariate hypergeometric law. For each possible winning number of
//! votes j, every answer takes at most j of its supporters, t ≥ 1 answers take exactly j, and abstentions are free:
//!
//! maj@k = Σ_j Σ_t (1/t) · E[right answers among the t tied ones; winning number j, t tied] / C(n, k)
//!
//! The inner sums are coefficients of Π_h (Σ_{i<j} C(m_h, i) x^i + y C(m_h, j) x^j), built answer by answer. Answers
//! with fewer than j supporters cannot reach j and join the abstentions in one factor (1 + x)^rest (Vandermonde).
//!
//! A vote breaks ties by first appearance. In random order each of t tied answers, having j samples each, comes first
//! with chance 1/t by symmetry, so the closed form is exact for that rule and not an approximation of it. At k = 1 it
//! is the share of right samples; at k = n it is the vote of the whole pool, with ties shared, and is read off.
//!
//! C(n, k) overflows a double near n = 1030. Every factor is therefore weighted by a binomial probability
//! C(m, i) θ^i (1 − θ)^(m−i) in place of C(m, i); the powers of θ cancel in the final ratio. One θ serves all ks whose
//! binomial probability under it stays far above the smallest double; a wide range of ks in a large pool takes several.

use rayon::prelude::*;

use super::ties::Ties;
use super::{ABSTAIN, VotesError, check_answers, check_flags, check_ks, check_length, group, problems};
use crate::stats::log_gamma::ln_binomial;

/// The least log-probability at which a k may share a θ: e^-400 ≈ 10^-174 leaves half of the exponent range below.
const LEAST_LOG_PROBABILITY: f64 = -400.0;
/// Ids are usually numbered from 0, so that a table of counts is small; beyond this many entries a sample it is not.
const ENTRIES_A_SAMPLE: usize = 16;

/// maj@k of every problem at every k.
///
/// `answers` and `correct` (0 or 1 a sample) are flat, `offsets` cuts them into problems (see [the folder](super)).
/// Samples with the same answer must carry the same flag; several answers may be right; the flags of abstentions are
/// ignored. A subset without a vote is wrong. The result is row-major problems × `ks.len()`; k from 1 to n.
///
/// # Errors
/// [`VotesError::BadOffsets`], [`VotesError::LengthMismatch`], [`VotesError::BadAnswer`], [`VotesError::BadFlag`],
/// [`VotesError::InconsistentFlags`], [`VotesError::KOutOfRange`].
///
/// # Example
/// ```
/// // Two of three samples are right: every pair holds a right one and either agrees or ties.
/// let values = thinkscale_core::votes::majority_at_k(&[4, 4, 9], &[1, 1, 0], &[0, 3], &[1, 2, 3])?;
/// for (value, expected) in values.iter().zip([2.0 / 3.0, 2.0 / 3.0, 1.0]) {
///     assert!((value - expected).abs() < 1e-12);
/// }
/// # Ok::<(), thinkscale_core::votes::VotesError>(())
/// ```
pub fn majority_at_k(
    answers: &[i32],
    correct: &[u8],
    offsets: &[u32],
    ks: &[u32],
) -> Result<Vec<f64>, VotesError> {
    let ranges = problems(offsets, answers.len())?;
    check_length("correct", answers.len(), correct.len())?;
    check_answers(answers)?;
    check_flags(correct)?;
    check_ks(ks, &ranges)?;
    let rows = ranges
        .into_par_iter()
        .enumerate()
        .with_min_len(8)
        .map_init(Vec::new, |tally, (problem, range)| {
            let (answers, flags) = (&answers[range.clone()], &correct[range]);
            let counted = count(answers, flags, tally);
            let mut values = vec![0.0; ks.len()];
            let batches = batches(answers.len(), ks);
            if counted && batches.is_empty() {
                values.fill(of_the_whole(tally.iter().copied().map(Supporters::of)));
                return Ok(values);
            }
            let mut supporters: Vec<Supporters> = if counted {
                tally
                    .iter()
                    .copied()
                    .map(Supporters::of)
                    .filter(|answer| answer.number > 0)
                    .collect()
            } else {
                let (groups, _) = group(problem, answers, |_| 1.0, |i| flags[i] == 1)?;
                groups
                    .iter()
                    .map(|group| Supporters {
                        number: group.votes as usize,
                        right: group.correct,
                    })
                    .collect()
            };
            supporters.sort_unstable_by_key(|answer| std::cmp::Reverse(answer.number));
            for (value, &k) in values.iter_mut().zip(ks) {
                if k as usize == answers.len() {
                    *value = of_the_whole(supporters.iter().copied());
                }
            }
            for batch in batches {
                batch.solve(answers.len(), &supporters, ks, &mut values);
            }
            Ok(values)
        })
        .collect::<Result<Vec<_>, VotesError>>()?;
    Ok(rows.concat())
}

/// An answer: how many samples gave it, and whether it is right.
#[derive(Clone, Copy)]
pub(super) struct Supporters {
    pub number: usize,
    pub right: bool,
}

impl Supporters {
    /// From an entry of [`count`].
    fn of(entry: u64) -> Self {
        Self {
            number: entry as u32 as usize,
            right: entry >> 32 > 0,
        }
    }
}

/// Counts the samples of one problem into `tally`: by answer the votes in the lower half and the right ones among them
/// in the upper. False if ids are too large for a table, or if the flags of an answer differ.
fn count(answers: &[i32], correct: &[u8], tally: &mut Vec<u64>) -> bool {
    let largest = answers.iter().copied().max().unwrap_or(ABSTAIN);
    let entries = usize::try_from(largest).map_or(0, |largest| largest + 1);
    tally.clear();
    if entries > answers.len() * ENTRIES_A_SAMPLE {
        return false;
    }
    tally.resize(entries, 0);
    for (&answer, &flag) in answers.iter().zip(correct) {
        // An abstention, as the largest number there is, has no entry.
        if let Some(entry) = tally.get_mut(answer as u32 as usize) {
            *entry += 1 | (u64::from(flag) << 32);
        }
    }
    tally
        .iter()
        .all(|&entry| entry >> 32 == 0 || entry >> 32 == entry & u64::from(u32::MAX))
}

/// The vote of the whole pool, ties shared.
fn of_the_whole(answers: impl Iterator<Item = Supporters>) -> f64 {
    let (mut most, mut tied, mut right) = (0, 0, 0);
    for answer in answers {
        if answer.number > most {
            (most, tied, right) = (answer.number, 0, 0);
        }
        if answer.number == most {
            tied += 1;
            right += u32::from(answer.right);
        }
    }
    if most == 0 {
        0.0
    } else {
        f64::from(right) / f64::from(tied)
    }
}

/// Columns of `ks` that share a θ.
struct Batch {
    theta: f64,
    columns: Vec<usize>,
    largest_k: usize,
}

/// Cuts the ks below n, in rising order, into as few batches as one θ each can serve.
fn batches(n: usize, ks: &[u32]) -> Vec<Batch> {
    let mut columns: Vec<usize> = (0..ks.len())
        .filter(|&column| (ks[column] as usize) < n)
        .collect();
    columns.sort_unstable_by_key(|&column| ks[column]);
    let mut batches: Vec<Batch> = Vec::new();
    let mut smallest_k = 0;
    for column in columns {
        let k = ks[column] as usize;
        if let Some(batch) = batches.last_mut() {
            let theta = shared_theta(n, smallest_k, k);
            // The log-probability is concave in k, so the two ends bound it in between.
            let least = ln_probability(n, smallest_k, theta).min(ln_probability(n, k, theta));
            if least >= LEAST_LOG_PROBABILITY {
                batch.theta = theta;
                batch.largest_k = k;
                batch.columns.push(column);
                continue;
            }
        }
        smallest_k = k;
        batches.push(Batch {
            theta: shared_theta(n, k, k),
            columns: vec![column],
            largest_k: k,
        });
    }
    batches
}

fn shared_theta(n: usize, smallest_k: usize, largest_k: usize) -> f64 {
    let edge = 0.5 / n as f64;
    ((smallest_k + largest_k) as f64 / (2 * n) as f64).clamp(edge, 1.0 - edge)
}

fn ln_probability(n: usize, k: usize, theta: f64) -> f64 {
    ln_binomial(n as f64, k as f64) + k as f64 * theta.ln() + (n - k) as f64 * (-theta).ln_1p()
}

/// C(m, i) θ^i (1 − θ)^(m−i) for i from 0 to m, by the ratio of neighbours outwards from the mode, so that relative
/// accuracy survives in the tails; dividing by the sum, which is 1, spares the rounding of a large logarithm.
fn binomial_probabilities(m: usize, theta: f64) -> Vec<f64> {
    let mut values = vec![0.0; m + 1];
    let mode = (((m + 1) as f64 * theta) as usize).min(m);
    values[mode] = 1.0;
    let odds = theta / (1.0 - theta);
    for i in mode..m {
        values[i + 1] = values[i] * ((m - i) as f64 / (i + 1) as f64 * odds);
    }
    for i in (0..mode).rev() {
        values[i] = values[i + 1] * ((i + 1) as f64 / (m - i) as f64 / odds);
    }
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
    values
}

impl Batch {
    fn solve(&self, n: usize, answers: &[Supporters], ks: &[u32], values: &mut [f64]) {
        let most_right = answers
            .iter()
            .filter(|answer| answer.right)
            .map(|answer| answer.number)
            .max();
        let tables: Vec<Vec<f64>> = answers
            .iter()
            .map(|answer| binomial_probabilities(answer.number, self.theta))
            .collect();
        let totals = binomial_probabilities(n, self.theta);
        for winning in 1..=most_right.unwrap_or(0).min(self.largest_k) {
            let contenders = answers.partition_point(|answer| answer.number >= winning);
            let rest = n - answers[..contenders]
                .iter()
                .map(|answer| answer.number)
                .sum::<usize>();
            let credit = Ties::new(winning, self.largest_k)
                .with_all(&answers[..contenders], &tables[..contenders])
                .credit();
            let others = binomial_probabilities(rest, self.theta);
            for &column in &self.columns {
                let k = ks[column] as usize;
                let sum: f64 = credit
                    .iter()
                    .enumerate()
                    .take(k + 1)
                    .skip(k.saturating_sub(rest))
                    .map(|(votes, share)| share * others[k - votes])
                    .sum();
                values[column] += sum / totals[k];
            }
        }
        for &column in &self.columns {
            values[column] = values[column].clamp(0.0, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::majority_vote;
    use super::*;
    use crate::stats::pass_at_k;
    use proptest::prelude::*;

    fn flags(answers: &[i32], right: &[i32]) -> Vec<u8> {
        answers
            .iter()
            .map(|answer| u8::from(right.contains(answer)))
            .collect()
    }

    fn at_k(answers: &[i32], right: &[i32], ks: &[u32]) -> Vec<f64> {
        majority_at_k(answers, &flags(answers, right), &[0, answers.len() as u32], ks).unwrap()
    }

    /// Runs the real vote on the first k samples of every order of the pool.
    fn by_enumeration(answers: &[i32], right: &[i32], k: usize) -> f64 {
        fn visit(order: &mut Vec<i32>, from: usize, k: usize, right: &[i32], tally: &mut (f64, f64)) {
            if from == k {
                let ranking = majority_vote(&order[..k], &[0, k as u32]).unwrap();
                let won = ranking
                    .answers
                    .first()
                    .is_some_and(|answer| right.contains(answer));
                tally.0 += f64::from(u8::from(won));
                tally.1 += 1.0;
                return;
            }
            for other in from..order.len() {
                order.swap(from, other);
                visit(order, from + 1, k, right, tally);
                order.swap(from, other);
            }
        }
        let mut tally = (0.0, 0.0);
        visit(&mut answers.to_vec(), 0, k, right, &mut tally);
        tally.0 / tally.1
    }

    /// Group sizes to answers: the i-th size gives that many samples with answer i.
    fn pool(sizes: &[usize], abstentions: usize) -> Vec<i32> {
        let mut answers = vec![-1; abstentions];
        for (answer, &size) in sizes.iter().enumerate() {
            answers.extend(std::iter::repeat_n(answer as i32, size));
        }
        answers
    }

    #[test]
    fn bad_parameters_are_named() {
        let run = |correct: &[u8], ks: &[u32]| majority_at_k(&[3, 3], correct, &[0, 2], ks).unwrap_err();
        assert_eq!(
            run(&[0, 1], &[1]),
            VotesError::InconsistentFlags {
                problem: 0,
                answer: 3
            }
        );
        assert!(matches!(run(&[1], &[1]), VotesError::LengthMismatch { .. }));
        assert!(matches!(
            run(&[1, 2], &[1]),
            VotesError::BadFlag { index: 1, got: 2 }
        ));
        assert_eq!(
            run(&[1, 1], &[4]).to_string(),
            "expected k from 1 to n = 2, got 4 (problem 0)"
        );
    }

    #[test]
    fn nobody_votes_and_everybody_is_right() {
        assert_eq!(at_k(&[-1, -1, -1], &[0], &[1, 3]), [0.0, 0.0]);
        let values = at_k(&pool(&[3, 2], 0), &[0, 1], &[1, 2, 5]);
        assert!(values.iter().all(|value| (value - 1.0).abs() < 1e-13));
    }

    #[test]
    fn two_equal_halves_of_a_large_pool_share_every_k() {
        for n in [256, 1024, 3000] {
            let ks = [1, 2, 3, 10, 255, 256];
            for value in at_k(&pool(&[n / 2, n / 2], 0), &[1], &ks) {
                assert!((value - 0.5).abs() < 1e-11, "n {n}: {value}");
            }
        }
    }

    #[test]
    fn one_answer_and_abstentions_are_pass_at_k_for_large_pools() {
        for (n, c) in [(1024_u32, 3_u32), (1024, 500), (5000, 40)] {
            let answers = pool(&[c as usize], (n - c) as usize);
            let ks = [1, 2, 17, 300, n / 2, n - 1, n];
            let expected = pass_at_k(&[n], &[c], &ks).unwrap();
            for (got, expected) in at_k(&answers, &[0], &ks).iter().zip(&expected) {
                assert!(
                    (got / expected - 1.0).abs() < 1e-11,
                    "n {n}: expected {expected}, got {got}"
                );
            }
        }
    }

    #[test]
    fn the_answers_of_a_large_pool_share_one_unit_of_probability() {
        let answers = pool(&[400, 250, 250, 60, 20, 20, 9, 8, 1, 1, 1, 1, 1], 2);
        assert_eq!(answers.len(), 1024);
        let ks = [1, 4, 32, 128, 512, 1000, 1024];
        let mut sums = vec![0.0; ks.len()];
        for right in 0..13 {
            for (sum, value) in sums.iter_mut().zip(at_k(&answers, &[right], &ks)) {
                *sum += value;
            }
        }
        let all: Vec<i32> = (0..13).collect();
        for (sum, value) in sums.iter().zip(at_k(&answers, &all, &ks)) {
            assert!((sum - value).abs() < 1e-11, "{sum} and {value}");
        }
        assert!((sums[6] - 1.0).abs() < 1e-11);
    }

    #[test]
    fn all_answers_distinct() {
        let answers: Vec<i32> = (0..300).collect();
        for value in at_k(&answers, &[4, 5, 6], &[1, 7, 100, 300]) {
            assert!((value - 0.01).abs() < 1e-12);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn matches_every_order_of_every_subset(
            answers in prop::collection::vec(-1_i32..4, 1..8),
            right in prop::collection::vec(0_i32..4, 0..3),
        ) {
            let ks: Vec<u32> = (1..=answers.len() as u32).collect();
            for (got, &k) in at_k(&answers, &right, &ks).iter().zip(&ks) {
                let expected = by_enumeration(&answers, &right, k as usize);
                prop_assert!((got - expected).abs() < 1e-12, "k {}: expected {}, got {}", k, expected, got);
            }
        }

        #[test]
        fn k_of_one_is_pass_at_one_and_k_of_n_is_the_vote(
            answers in prop::collection::vec(-1_i32..12, 1..120),
            right in 0_i32..12,
        ) {
            let n = answers.len() as u32;
            let values = at_k(&answers, &[right], &[n, 1]);
            let successes = answers.iter().filter(|&&answer| answer == right).count() as u32;
            let pass = pass_at_k(&[n], &[successes], &[1]).unwrap()[0];
            prop_assert!((values[1] - pass).abs() < 1e-12);

            let ranking = majority_vote(&answers, &[0, n]).unwrap();
            let top = ranking.votes.first().copied();
            let tied: Vec<i32> = (0..ranking.answers.len())
                .filter(|&i| Some(ranking.votes[i]) == top)
                .map(|i| ranking.answers[i])
                .collect();
            let share = if tied.contains(&right) { 1.0 / tied.len() as f64 } else { 0.0 };
            prop_assert!((values[0] - share).abs() < 1e-12);
        }
    }
}
