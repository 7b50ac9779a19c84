//! AUROC of samples that belong to problems, with bootstrap intervals.
//!
//! Two areas answer two questions. *Pooled* compares all samples with each other, so a score that only knows which
//! problems are hard already does well. *Within* compares samples of the same problem only, Σ_p ordered_p / Σ_p pairs_p:
//! this is what choosing among the samples of one problem can use. Problems whose samples are all right or all wrong
//! say nothing about the second.
//!
//! Problems are resampled whole, because the samples of one problem are not independent; the interval of DeLong,
//! DeLong and Clarke-Pearson 1988 would take them for such and come out too narrow.

use rayon::prelude::*;

use super::CalibrationError;
use super::auroc::{Pairs, Sorted, check_scores};
use crate::stats::check_resampling;
use crate::stats::interval::{Interval, percentile};
use crate::stats::random::{resample_counts, stream};
use crate::votes::problems;

/// An area and its percentile interval.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Area {
    /// The area on all problems.
    pub value: f64,
    /// Its interval over the resamples that have an area.
    pub interval: Interval,
    /// Resamples without a pair to compare, which are left out.
    pub undefined: usize,
}

/// Both areas; `None` where no pair of a right and a wrong sample can be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct AurocOverProblems {
    /// All samples against each other.
    pub pooled: Option<Area>,
    /// Samples against others of their own problem, each pair with the same weight.
    pub within: Option<Area>,
    /// Problems with both right and wrong samples.
    pub mixed_problems: usize,
}

/// AUROC of the samples that `offsets` cuts into problems; `resamples`, `seed` and `level` as in
/// [`bootstrap_mean`](crate::stats::bootstrap_mean).
///
/// # Errors
/// [`CalibrationError::Stats`] for scores that are not finite and bad options, [`CalibrationError::Votes`] for
/// lengths, flags and offsets.
pub fn auroc_over_problems(
    scores: &[f64],
    correct: &[u8],
    offsets: &[u32],
    resamples: usize,
    seed: u64,
    level: f64,
) -> Result<AurocOverProblems, CalibrationError> {
    check_scores(scores, correct)?;
    check_resampling(resamples, level)?;
    let ranges = problems(offsets, scores.len())?;
    let pooled = Sorted::new(scores, correct);
    let inside: Vec<Pairs> = ranges
        .iter()
        .map(|range| Sorted::new(&scores[range.clone()], &correct[range.clone()]).pairs(|_| 1.0))
        .collect();
    let mut problem_of = Vec::with_capacity(scores.len());
    for (problem, range) in ranges.iter().enumerate() {
        problem_of.extend(std::iter::repeat_n(problem, range.len()));
    }
    let areas = |counts: &[u32]| {
        let within = inside
            .iter()
            .zip(counts)
            .fold(Pairs::default(), |sum, (pairs, &count)| Pairs {
                all: sum.all + f64::from(count) * pairs.all,
                ordered: sum.ordered + f64::from(count) * pairs.ordered,
            });
        let pooled = pooled.pairs(|sample| f64::from(counts[problem_of[sample]]));
        [pooled.area(), within.area()]
    };
    let [all_pooled, all_within] = areas(&vec![1; ranges.len()]);
    // Without an area on all problems no resample has one.
    let draws: Vec<[Option<f64>; 2]> = (0..if all_pooled.is_some() { resamples } else { 0 })
        .into_par_iter()
        .with_min_len(16)
        .map_init(
            || vec![0_u32; ranges.len()],
            |counts, resample| {
                resample_counts(&mut stream(seed, &[resample as u64]), counts);
                areas(counts)
            },
        )
        .collect();
    let area = |value: Option<f64>, which: usize| {
        let mut sorted: Vec<f64> = draws.iter().filter_map(|draw| draw[which]).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        value.map(|value| Area {
            value,
            interval: if sorted.is_empty() {
                Interval {
                    low: f64::NAN,
                    high: f64::NAN,
                }
            } else {
                percentile(&sorted, level)
            },
            undefined: resamples - sorted.len(),
        })
    };
    Ok(AurocOverProblems {
        pooled: area(all_pooled, 0),
        within: area(all_within, 1),
        mixed_problems: inside.iter().filter(|pairs| pairs.all > 0.0).count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::interval::{normal_cdf, normal_quantile};
    use rand_core::Rng;

    /// Problems of 6 samples, half of them right, whose scores are N(hardness, 1) and shifted by `shift` if right.
    fn planted(set: u64, problems: usize, spread: f64, shift: f64) -> (Vec<f64>, Vec<u8>, Vec<u32>) {
        let mut rng = stream(set, &[]);
        let mut normal = move || normal_quantile(((rng.next_u64() >> 11) as f64 + 0.5) * 2.0_f64.powi(-53));
        let (mut scores, mut correct) = (Vec::new(), Vec::new());
        for _ in 0..problems {
            let hardness = spread * normal();
            for sample in 0..6 {
                correct.push(u8::from(sample % 2 == 0));
                scores.push(hardness + normal() + if sample % 2 == 0 { shift } else { 0.0 });
            }
        }
        (scores, correct, (0..=problems as u32).map(|p| 6 * p).collect())
    }

    #[test]
    fn intervals_cover_the_planted_areas() {
        let truth_within = normal_cdf(1.0 / 2.0_f64.sqrt());
        let truth_pooled = normal_cdf(1.0 / 10.0_f64.sqrt());
        let sets = 200;
        let hits: Vec<[bool; 2]> = (0..sets)
            .into_par_iter()
            .map(|set| {
                let (scores, correct, offsets) = planted(set, 60, 2.0, 1.0);
                let result = auroc_over_problems(&scores, &correct, &offsets, 300, set, 0.95).unwrap();
                let (pooled, within) = (result.pooled.unwrap(), result.within.unwrap());
                assert_eq!(
                    (result.mixed_problems, pooled.undefined, within.undefined),
                    (60, 0, 0)
                );
                [
                    pooled.interval.contains(truth_pooled),
                    within.interval.contains(truth_within),
                ]
            })
            .collect();
        for (which, name) in ["pooled", "within"].iter().enumerate() {
            let share = hits.iter().filter(|hit| hit[which]).count() as f64 / sets as f64;
            assert!((0.89..=0.99).contains(&share), "{name} covers {share}");
        }
    }

    #[test]
    fn a_score_that_only_knows_the_problem_is_worth_nothing_within() {
        let scores = [0.1, 0.1, 0.1, 0.9, 0.9, 0.9];
        let correct = [0, 0, 1, 0, 1, 1];
        let result = auroc_over_problems(&scores, &correct, &[0, 3, 6], 50, 1, 0.9).unwrap();
        assert_eq!(result.within.unwrap().value, 0.5);
        assert!(result.pooled.unwrap().value > 0.6);
    }

    #[test]
    fn what_cannot_be_compared_has_no_area() {
        let none = auroc_over_problems(&[1.0, 2.0], &[1, 1], &[0, 1, 2], 10, 1, 0.9).unwrap();
        assert_eq!((none.pooled, none.within), (None, None));
        let across = auroc_over_problems(&[1.0, 2.0], &[0, 1], &[0, 1, 2], 200, 1, 0.9).unwrap();
        let pooled = across.pooled.unwrap();
        assert_eq!(
            (pooled.value, across.within, across.mixed_problems),
            (1.0, None, 0)
        );
        // Half of the resamples hold one problem twice.
        assert!((60..140).contains(&pooled.undefined), "{}", pooled.undefined);
        let error = auroc_over_problems(&[1.0], &[1], &[0, 2], 10, 1, 0.9).unwrap_err();
        assert_eq!(error.code(), "BAD_OFFSETS");
        let error = auroc_over_problems(&[1.0], &[1], &[0, 1], 1, 1, 0.9).unwrap_err();
        assert_eq!(error.code(), "RESAMPLES_OUT_OF_RANGE");
    }

    #[test]
    fn does_not_depend_on_the_number_of_threads() {
        let (scores, correct, offsets) = planted(3, 30, 1.0, 0.5);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| auroc_over_problems(&scores, &correct, &offsets, 100, 4, 0.9).unwrap())
        };
        assert_eq!(run(1), run(4));
    }
}
