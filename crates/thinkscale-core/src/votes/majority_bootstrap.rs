//! The curve of maj@k with its uncertainty: the mean over problems, resampled over problems.
//!
//! The samples of a problem stand for that problem, so problems are resampled whole (Efron and Tibshirani 1993, chapter
//! 8) and the same resamples serve every k. What a problem contributes at each k is the exact expectation of
//! [`majority_at_k`](super::majority_at_k), ties shared, which no resample changes.
//!
//! Problems that contribute the same at every k cannot be told apart by a mean. How often each kind is drawn is
//! multinomial, so a resample of few kinds (at k = n a problem is won, lost or tied) needs a draw a kind instead of one a
//! problem, from the same distribution: the number of the first kind is binomial, that of the next binomial among the
//! rest, and so on.

use std::collections::HashMap;

use rand_core::Rng;
use rayon::prelude::*;

use super::{VotesError, majority_at_k};
use crate::stats::bootstrap::{summarise, weighted_means};
use crate::stats::random::{resample_counts, stream};
use crate::stats::{BootstrapMean, StatsError, check_resampling};

/// One binomial draw takes about as long as this many draws of a problem.
const BINOMIAL_COST: usize = 32;

/// Means over problems of maj@k, one entry a k, with standard errors and intervals over `resamples` resamples of
/// problems.
///
/// Inputs as in [`majority_at_k`](super::majority_at_k); `level` lies in (0, 1), for instance 0.95. Resample b draws from
/// stream b of `seed`, so the result does not depend on the threads.
///
/// # Errors
/// Those of [`majority_at_k`](super::majority_at_k), and [`VotesError::Resampling`] without problems or ks, for
/// `resamples` outside 2 to 1,000,000 and for a `level` outside (0, 1).
///
/// # Example
/// ```
/// // Two problems are won and one is lost.
/// let answers = [4, 4, 9, 1, 1, 0, 5, 5, 5];
/// let correct = [1, 1, 0, 0, 0, 1, 1, 1, 1];
/// let curve = thinkscale_core::votes::majority_bootstrap(&answers, &correct, &[0, 3, 6, 9], &[3], 1000, 1, 0.95)?;
/// assert!((curve.means[0] - 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), thinkscale_core::votes::VotesError>(())
/// ```
pub fn majority_bootstrap(
    answers: &[i32],
    correct: &[u8],
    offsets: &[u32],
    ks: &[u32],
    resamples: usize,
    seed: u64,
    level: f64,
) -> Result<BootstrapMean, VotesError> {
    check_resampling(resamples, level)?;
    if ks.is_empty() {
        return Err(StatsError::Empty { name: "ks" }.into());
    }
    let values = majority_at_k(answers, correct, offsets, ks)?;
    if values.is_empty() {
        return Err(StatsError::Empty { name: "offsets" }.into());
    }
    let kinds = kinds(&values, ks.len());
    let draws = if kinds.len() * BINOMIAL_COST <= values.len() / ks.len() {
        draws_of_kinds(&kinds, ks.len(), resamples, seed)
    } else {
        draws_of_rows(&values, ks.len(), resamples, seed)
    };
    Ok(summarise(&values, ks.len(), &draws, level))
}

/// Equal rows: their values and how many there are.
struct Kind<'a> {
    row: &'a [f64],
    number: usize,
}

/// The distinct rows, the most frequent first; among equally frequent ones the first seen.
fn kinds(values: &[f64], columns: usize) -> Vec<Kind<'_>> {
    let mut kinds: Vec<Kind> = Vec::new();
    let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
    for row in values.chunks_exact(columns) {
        // Few kinds are the rule where this pays, and a comparison costs less than a hash.
        let known = kinds.iter().take(4).position(|kind| kind.row == row);
        let known = known.unwrap_or_else(|| {
            *seen
                .entry(row.iter().map(|value| value.to_bits()).collect())
                .or_insert_with(|| {
                    kinds.push(Kind { row, number: 0 });
                    kinds.len() - 1
                })
        });
        kinds[known].number += 1;
    }
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.number));
    kinds
}

fn draws_of_rows(values: &[f64], columns: usize, resamples: usize, seed: u64) -> Vec<Vec<f64>> {
    (0..resamples)
        .into_par_iter()
        .with_min_len(16)
        .map_init(
            || vec![0_u32; values.len() / columns],
            |counts, resample| {
                resample_counts(&mut stream(seed, &[resample as u64]), counts);
                weighted_means(values, columns, counts)
            },
        )
        .collect()
}

fn draws_of_kinds(kinds: &[Kind], columns: usize, resamples: usize, seed: u64) -> Vec<Vec<f64>> {
    let rows: usize = kinds.iter().map(|kind| kind.number).sum();
    let ln_factorials: Vec<f64> = (0..=rows)
        .scan(0.0, |sum, i| {
            *sum += (i.max(1) as f64).ln();
            Some(*sum)
        })
        .collect();
    (0..resamples)
        .into_par_iter()
        .with_min_len(64)
        .map(|resample| {
            let mut rng = stream(seed, &[resample as u64]);
            let mut sums = vec![0.0; columns];
            let (mut draws, mut others) = (rows, rows);
            for kind in kinds {
                let share = kind.number as f64 / others as f64;
                let drawn = binomial(&mut rng, draws, share, &ln_factorials);
                sums.iter_mut()
                    .zip(kind.row)
                    .for_each(|(sum, value)| *sum += drawn as f64 * value);
                draws -= drawn;
                others -= kind.number;
            }
            sums.iter_mut().for_each(|sum| *sum /= rows as f64);
            sums
        })
        .collect()
}

/// A binomial number of `n` tries with chance `p` above 0, by inversion outwards from the mode: some σ steps.
fn binomial(rng: &mut impl Rng, n: usize, p: f64, ln_factorials: &[f64]) -> usize {
    if n == 0 || p >= 1.0 {
        return n;
    }
    let mode = (((n + 1) as f64 * p) as usize).min(n);
    let odds = p / (1.0 - p);
    let ways = ln_factorials[n] - ln_factorials[mode] - ln_factorials[n - mode];
    let at_mode = (ways + mode as f64 * p.ln() + (n - mode) as f64 * (-p).ln_1p()).exp();
    let mut left = (rng.next_u64() >> 11) as f64 * 2.0_f64.powi(-53) - at_mode;
    let (mut up, mut down) = ((mode, at_mode), (mode, at_mode));
    while left >= 0.0 {
        // What rounding leaves of the sum of all chances has no number of its own.
        if up.0 == n && down.0 == 0 {
            return mode;
        }
        if up.0 < n {
            up.1 *= odds * (n - up.0) as f64 / (up.0 + 1) as f64;
            up.0 += 1;
            left -= up.1;
            if left < 0.0 {
                return up.0;
            }
        }
        if down.0 > 0 {
            down.1 *= down.0 as f64 / (odds * (n - down.0 + 1) as f64);
            down.0 -= 1;
            left -= down.1;
            if left < 0.0 {
                return down.0;
            }
        }
    }
    mode
}

#[cfg(test)]
mod tests {
    use super::super::ABSTAIN;
    use super::*;
    use crate::stats::bootstrap_mean;
    use crate::stats::random::below;

    /// Problems of `samples` samples over four answers, of which answer 0 is right.
    fn pools(problems: usize, samples: usize, seed: u64) -> (Vec<i32>, Vec<u8>, Vec<u32>) {
        let mut rng = stream(seed, &[]);
        let answers: Vec<i32> = (0..problems)
            .flat_map(|_| {
                let easy = below(&mut rng, 5);
                (0..samples)
                    .map(|_| match below(&mut rng, 6) {
                        draw if draw <= easy => 0,
                        5 => ABSTAIN,
                        draw => draw as i32,
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
        let correct = answers.iter().map(|&answer| u8::from(answer == 0)).collect();
        let offsets = (0..=problems as u32)
            .map(|problem| problem * samples as u32)
            .collect();
        (answers, correct, offsets)
    }

    #[test]
    fn the_means_are_those_of_majority_at_k() {
        let (answers, correct, offsets) = pools(90, 12, 1);
        let ks = [1, 4, 12];
        let values = majority_at_k(&answers, &correct, &offsets, &ks).unwrap();
        let curve = majority_bootstrap(&answers, &correct, &offsets, &ks, 50, 1, 0.9).unwrap();
        for (column, mean) in curve.means.iter().enumerate() {
            let expected = values.iter().skip(column).step_by(3).sum::<f64>() / 90.0;
            assert!((mean - expected).abs() < 1e-13);
        }
    }

    #[test]
    fn many_kinds_draw_as_the_bootstrap_of_means_does() {
        let (answers, correct, offsets) = pools(60, 9, 2);
        let ks = [1, 3, 5, 9];
        let values = majority_at_k(&answers, &correct, &offsets, &ks).unwrap();
        let curve = majority_bootstrap(&answers, &correct, &offsets, &ks, 400, 7, 0.95).unwrap();
        assert_eq!(curve, bootstrap_mean(&values, 60, 4, 400, 7, 0.95).unwrap());
    }

    #[test]
    fn few_kinds_have_the_same_distribution_as_single_draws() {
        let (answers, correct, offsets) = pools(800, 5, 3);
        let values = majority_at_k(&answers, &correct, &offsets, &[5]).unwrap();
        let kinds = kinds(&values, 1);
        assert!((3..=25).contains(&kinds.len()), "{}", kinds.len());
        let resamples = 40_000;
        let curve = majority_bootstrap(&answers, &correct, &offsets, &[5], resamples, 5, 0.9).unwrap();
        let single = bootstrap_mean(&values, 800, 1, resamples, 6, 0.9).unwrap();
        let exact = {
            let mean = values.iter().sum::<f64>() / 800.0;
            (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 800.0 / 800.0).sqrt()
        };
        // A standard deviation of 40,000 draws is known to 0.35 %, a 5 % quantile to about 0.01 of one.
        for found in [&curve, &single] {
            assert!(
                (found.standard_errors[0] / exact - 1.0).abs() < 0.015,
                "{found:?}"
            );
        }
        for (few, many) in [
            (curve.percentile[0].low, single.percentile[0].low),
            (curve.percentile[0].high, single.percentile[0].high),
            (curve.bca[0].low, single.bca[0].low),
            (curve.bca[0].high, single.bca[0].high),
        ] {
            assert!(
                (few - many).abs() < 0.06 * exact,
                "{few} and {many}, standard error {exact}"
            );
        }
    }

    #[test]
    fn binomial_numbers_follow_their_law() {
        let ln_factorials: Vec<f64> = (0..=40)
            .map(|n| (1..=n).map(|i| f64::from(i).ln()).sum())
            .collect();
        for (n, p) in [(40_usize, 0.3), (40, 0.97), (7, 0.5), (1, 0.2), (12, 0.01)] {
            let mut rng = stream(9, &[n as u64, (p * 100.0) as u64]);
            let tries = 100_000;
            let mut counts = vec![0_u32; n + 1];
            for _ in 0..tries {
                counts[binomial(&mut rng, n, p, &ln_factorials)] += 1;
            }
            let (mut chi, mut cells) = (0.0, 0.0_f64);
            for (number, &count) in counts.iter().enumerate() {
                let ways = ln_factorials[n] - ln_factorials[number] - ln_factorials[n - number];
                let chance =
                    (ways + number as f64 * f64::ln(p) + (n - number) as f64 * f64::ln(1.0 - p)).exp();
                let expected = chance * f64::from(tries);
                if expected >= 5.0 {
                    chi += (f64::from(count) - expected).powi(2) / expected;
                    cells += 1.0;
                }
            }
            // Six standard deviations above the mean of chi-squared.
            assert!(
                chi < cells + 6.0 * (2.0 * cells).sqrt(),
                "n {n}, p {p}: chi-squared {chi} of {cells} cells"
            );
        }
        assert_eq!(binomial(&mut stream(1, &[]), 0, 0.4, &ln_factorials), 0);
        assert_eq!(binomial(&mut stream(1, &[]), 9, 1.0, &ln_factorials), 9);
    }

    #[test]
    fn does_not_depend_on_the_number_of_threads() {
        let (answers, correct, offsets) = pools(400, 6, 4);
        for ks in [&[6][..], &[1, 2, 3, 6]] {
            let run = |threads, seed| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                pool.install(|| {
                    majority_bootstrap(&answers, &correct, &offsets, ks, 300, seed, 0.95).unwrap()
                })
            };
            assert_eq!(run(1, 3), run(5, 3));
            assert_ne!(run(1, 3), run(1, 4));
        }
    }

    #[test]
    fn bad_parameters_are_named() {
        let run = |offsets: &[u32], ks: &[u32], resamples, level| {
            let samples = offsets[offsets.len() - 1] as usize;
            majority_bootstrap(
                &vec![1; samples],
                &vec![1; samples],
                offsets,
                ks,
                resamples,
                1,
                level,
            )
            .unwrap_err()
        };
        for (error, code) in [
            (run(&[0, 2], &[], 10, 0.9), "EMPTY"),
            (run(&[0], &[1], 10, 0.9), "EMPTY"),
            (run(&[0, 2], &[3], 10, 0.9), "K_OUT_OF_RANGE"),
            (run(&[0, 2], &[1], 1, 0.9), "RESAMPLES_OUT_OF_RANGE"),
            (run(&[0, 2], &[1], 10, 1.0), "LEVEL_OUT_OF_RANGE"),
        ] {
            assert_eq!(error.code(), code, "{error}");
        }
    }
}
