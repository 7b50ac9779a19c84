//! The area under the ROC curve: the chance that a right sample scores above a wrong one, ties counted half.
//!
//! AUROC = [#(right above wrong) + ½ #(equal)] / (N₊ N₋)
//!
//! which is the Mann–Whitney statistic over its largest value (Hanley and McNeil 1982, "The Meaning and Use of the
//! Area under a Receiver Operating Characteristic (ROC) Curve"). 0.5 is a score that says nothing.

use super::CalibrationError;
use crate::stats::check_finite;
use crate::votes::{check_flags, check_length};

/// AUROC of finite `scores`; `None` if there is no right or no wrong sample.
///
/// # Errors
/// [`CalibrationError::Stats`] if a score is not finite, [`CalibrationError::Votes`] for lengths and flags.
///
/// # Example
/// ```
/// let area = thinkscale_core::calibration::auroc(&[0.1, 0.4, 0.35, 0.8], &[0, 0, 1, 1])?;
/// assert_eq!(area, Some(0.75));
/// # Ok::<(), thinkscale_core::calibration::CalibrationError>(())
/// ```
pub fn auroc(scores: &[f64], correct: &[u8]) -> Result<Option<f64>, CalibrationError> {
    check_scores(scores, correct)?;
    Ok(Sorted::new(scores, correct).pairs(|_| 1.0).area())
}

pub(crate) fn check_scores(scores: &[f64], correct: &[u8]) -> Result<(), CalibrationError> {
    check_finite("scores", scores)?;
    check_length("correct", scores.len(), correct.len())?;
    Ok(check_flags(correct)?)
}

/// Pairs of a right and a wrong sample, and how many of them stand the right way round.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Pairs {
    pub all: f64,
    pub ordered: f64,
}

impl Pairs {
    pub fn area(self) -> Option<f64> {
        (self.all > 0.0).then(|| self.ordered / self.all)
    }
}

/// Samples in the order of their scores, with the places where equal scores end.
pub(crate) struct Sorted {
    samples: Vec<(usize, bool)>,
    ends: Vec<usize>,
}

impl Sorted {
    pub fn new(scores: &[f64], correct: &[u8]) -> Self {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        let ends = order
            .chunk_by(|&a, &b| scores[a] == scores[b])
            .scan(0, |end, ties| {
                *end += ties.len();
                Some(*end)
            })
            .collect();
        let samples = order
            .into_iter()
            .map(|index| (index, correct[index] == 1))
            .collect();
        Self { samples, ends }
    }

    /// Pairs if a sample counts as often as `weight` of its index says.
    pub fn pairs(&self, weight: impl Fn(usize) -> f64) -> Pairs {
        let (mut below, mut all_right, mut ordered, mut start) = (0.0, 0.0, 0.0, 0);
        for &end in &self.ends {
            let (mut right, mut wrong) = (0.0, 0.0);
            for &(index, is_right) in &self.samples[start..end] {
                *(if is_right { &mut right } else { &mut wrong }) += weight(index);
            }
            ordered += right * (below + 0.5 * wrong);
            below += wrong;
            all_right += right;
            start = end;
        }
        Pairs {
            all: all_right * below,
            ordered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_count_half_and_one_class_has_no_area() {
        assert_eq!(auroc(&[1.0, 1.0], &[0, 1]).unwrap(), Some(0.5));
        assert_eq!(auroc(&[0.0, -0.0, 1.0], &[0, 1, 1]).unwrap(), Some(0.75));
        assert_eq!(auroc(&[1.0, 2.0], &[1, 1]).unwrap(), None);
        assert_eq!(auroc(&[], &[]).unwrap(), None);
        assert_eq!(auroc(&[f64::NAN], &[1]).unwrap_err().code(), "NOT_FINITE");
        assert_eq!(auroc(&[1.0], &[]).unwrap_err().code(), "LENGTH_MISMATCH");
        assert_eq!(auroc(&[1.0], &[2]).unwrap_err().code(), "BAD_FLAG");
    }

    #[test]
    fn the_ratings_of_hanley_and_mcneil() {
        // Table I: 109 computed-tomography images rated 1 to 5; the trapezoidal area is 0.893.
        let (normal, abnormal) = ([33, 6, 6, 11, 2], [3, 2, 2, 11, 33]);
        let (mut scores, mut correct) = (Vec::new(), Vec::new());
        for (flag, counts) in [(0, normal), (1, abnormal)] {
            for (rating, count) in counts.into_iter().enumerate() {
                scores.extend(std::iter::repeat_n(rating as f64, count));
                correct.extend(std::iter::repeat_n(flag, count));
            }
        }
        let area = auroc(&scores, &correct).unwrap().unwrap();
        assert!((area - 0.893).abs() < 5e-4, "{area}");
    }

    proptest! {
        #[test]
        fn equals_the_count_of_pairs(samples in prop::collection::vec((-5_i8..5, any::<bool>()), 0..40)) {
            let scores: Vec<f64> = samples.iter().map(|s| f64::from(s.0)).collect();
            let correct: Vec<u8> = samples.iter().map(|s| u8::from(s.1)).collect();
            let (mut all, mut ordered) = (0.0, 0.0);
            for right in samples.iter().filter(|s| s.1) {
                for wrong in samples.iter().filter(|s| !s.1) {
                    all += 1.0;
                    ordered += match right.0.cmp(&wrong.0) {
                        std::cmp::Ordering::Greater => 1.0,
                        std::cmp::Ordering::Equal => 0.5,
                        std::cmp::Ordering::Less => 0.0,
                    };
                }
            }
            let expected = (all > 0.0).then(|| ordered / all);
            prop_assert_eq!(auroc(&scores, &correct).unwrap(), expected);
            // The other class looked at with mirrored scores has the same area, up to the order of the sums.
            let flipped: Vec<u8> = correct.iter().map(|flag| 1 - flag).collect();
            let mirrored: Vec<f64> = scores.iter().map(|score| -score).collect();
            prop_assert_eq!(auroc(&mirrored, &flipped).unwrap(), expected);
        }
    }
}
