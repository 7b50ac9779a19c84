//! Isotonic calibration: the best probabilities that never fall as the score rises.
//!
//! minimise Σ w_i (y_i − g(s_i))² over all non-decreasing g
//!
//! by pooling adjacent violators (Ayer et al. 1955, "An Empirical Distribution Function for Sampling with Incomplete
//! Information"; for calibration Zadrozny and Elkan 2002, "Transforming Classifier Scores into Accurate Multiclass
//! Probability Estimates"). Equal scores are merged first, because a function gives them one value.
//!
//! Between the scores that were seen the model interpolates linearly: a step would put jumps at scores that happened
//! to be in the calibration set. Outside it stays at the probability of the nearest end. With few samples the ends
//! are often exactly 0 and 1, and a log loss on new samples infinite; [`platt`](super::platt) is the better choice
//! below about 1000 samples (Niculescu-Mizil and Caruana 2005, "Predicting Good Probabilities with Supervised
//! Learning").

use super::{CalibrationError, calibration_set, check_probabilities};
use crate::stats::{StatsError, check_finite};
use crate::votes::check_length;

/// A fitted isotonic model: knots between which it is linear.
#[derive(Clone, Debug, PartialEq)]
pub struct Isotonic {
    scores: Vec<f64>,
    probabilities: Vec<f64>,
}

impl Isotonic {
    /// A model from knots, as [`scores`](Self::scores) and [`probabilities`](Self::probabilities) give them.
    ///
    /// # Errors
    /// [`CalibrationError::Stats`] without knots or if a score is not finite, [`CalibrationError::Votes`] if the
    /// lengths differ, [`CalibrationError::NotAProbability`], [`CalibrationError::BadKnots`] if scores do not rise or
    /// probabilities fall.
    pub fn new(scores: Vec<f64>, probabilities: Vec<f64>) -> Result<Self, CalibrationError> {
        if scores.is_empty() {
            return Err(StatsError::Empty { name: "scores" }.into());
        }
        check_finite("scores", &scores)?;
        check_length("probabilities", scores.len(), probabilities.len())?;
        check_probabilities("probabilities", &probabilities)?;
        let bad = |name, values: &[f64], at: usize| CalibrationError::BadKnots {
            name,
            index: at + 1,
            got: values[at + 1],
        };
        if let Some(at) = scores.windows(2).position(|pair| pair[1] <= pair[0]) {
            return Err(bad("scores", &scores, at));
        }
        if let Some(at) = probabilities.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(bad("probabilities", &probabilities, at));
        }
        Ok(Self {
            scores,
            probabilities,
        })
    }

    /// Fits a model; without `weights` (finite, ≥ 0) every sample counts once.
    ///
    /// # Errors
    /// [`CalibrationError::TooFewSamples`], [`CalibrationError::OneClass`], and for the shapes and values of the
    /// inputs [`CalibrationError::Votes`] and [`CalibrationError::Stats`].
    pub fn fit(scores: &[f64], correct: &[u8], weights: Option<&[f64]>) -> Result<Self, CalibrationError> {
        let mut samples = calibration_set(scores, correct, weights)?;
        samples.sort_by(|a, b| a.score.total_cmp(&b.score));
        // == joins −0 and 0, which total_cmp separates.
        let points: Vec<(f64, f64, f64)> = samples
            .chunk_by(|a, b| a.score == b.score)
            .map(|ties| {
                let weight: f64 = ties.iter().map(|sample| sample.weight).sum();
                let right: f64 = ties.iter().map(|s| s.weight * f64::from(u8::from(s.right))).sum();
                (ties[0].score, right / weight, weight)
            })
            .collect();
        let values: Vec<f64> = points.iter().map(|point| point.1).collect();
        let weights: Vec<f64> = points.iter().map(|point| point.2).collect();
        let mut model = Self {
            scores: Vec::new(),
            probabilities: Vec::new(),
        };
        for block in pool_adjacent_violators(&values, &weights) {
            // Both ends of a block are knots, so that the model is flat inside; a block of one score has one end.
            let probability = block.value.clamp(0.0, 1.0);
            for end in [block.first, block.last] {
                if model.scores.last() != Some(&points[end].0) {
                    model.scores.push(points[end].0);
                    model.probabilities.push(probability);
                }
            }
        }
        Ok(model)
    }

    /// Scores of the knots, rising.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Probabilities at the knots, not falling.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// The probability of every score.
    ///
    /// # Errors
    /// [`CalibrationError::Stats`] if a score is not finite.
    pub fn apply(&self, scores: &[f64]) -> Result<Vec<f64>, CalibrationError> {
        check_finite("scores", scores)?;
        Ok(scores.iter().map(|&score| self.probability(score)).collect())
    }

    fn probability(&self, score: f64) -> f64 {
        let above = self.scores.partition_point(|&knot| knot <= score);
        if above == 0 {
            return self.probabilities[0];
        }
        let below = above - 1;
        if above == self.scores.len() {
            return self.probabilities[below];
        }
        let share = (score - self.scores[below]) / (self.scores[above] - self.scores[below]);
        let (low, high) = (self.probabilities[below], self.probabilities[above]);
        // Convex combinations can leave their interval by rounding.
        (low + share * (high - low)).clamp(low, high)
    }
}

/// A run of points that share one fitted value.
struct Block {
    value: f64,
    weight: f64,
    first: usize,
    last: usize,
}

/// Blocks of the weighted least-squares fit that never falls; weights are positive.
fn pool_adjacent_violators(values: &[f64], weights: &[f64]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (index, (&value, &weight)) in values.iter().zip(weights).enumerate() {
        let mut block = Block {
            value,
            weight,
            first: index,
            last: index,
        };
        while let Some(before) = blocks.pop_if(|before| before.value >= block.value) {
            let weight = before.weight + block.weight;
            block = Block {
                value: (before.value * before.weight + block.value * block.weight) / weight,
                weight,
                first: before.first,
                last: block.last,
            };
        }
        blocks.push(block);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fitted(values: &[f64], weights: &[f64]) -> Vec<f64> {
        pool_adjacent_violators(values, weights)
            .iter()
            .flat_map(|block| vec![block.value; block.last - block.first + 1])
            .collect()
    }

    #[test]
    fn pools_as_by_hand() {
        // 3, 2 pool to 2.5; then 4, 3.5, 1 pool to 8.5/3, which does not fall below 2.5.
        let expected = [1.0, 2.5, 2.5, 8.5 / 3.0, 8.5 / 3.0, 8.5 / 3.0];
        let got = fitted(&[1.0, 3.0, 2.0, 4.0, 3.5, 1.0], &[1.0; 6]);
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-15);
        }
        // Weight 3 on the second of two violators: (2 + 3·1)/4.
        assert_eq!(fitted(&[2.0, 1.0], &[1.0, 3.0]), [1.25, 1.25]);
    }

    #[test]
    fn a_model_by_hand() {
        // Ties at 2 merge to 1/2; wrong, 1/2, then right, wrong pool to 1/2 with it; then right.
        let scores = [1.0, 2.0, 2.0, 3.0, 4.0, 6.0];
        let model = Isotonic::fit(&scores, &[0, 1, 0, 1, 0, 1], None).unwrap();
        assert_eq!(model.scores(), [1.0, 2.0, 4.0, 6.0]);
        assert_eq!(model.probabilities(), [0.0, 0.5, 0.5, 1.0]);
        let applied = model.apply(&[-5.0, 1.0, 1.5, 3.3, 5.0, 6.0, 99.0]).unwrap();
        assert_eq!(applied, [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]);
        assert_eq!(model.apply(&[f64::NAN]).unwrap_err().code(), "NOT_FINITE");
    }

    #[test]
    fn scores_that_say_nothing_give_the_base_rate() {
        let model = Isotonic::fit(&[7.0; 4], &[0, 1, 1, 1], None).unwrap();
        assert_eq!(model.apply(&[0.0, 7.0, 9.0]).unwrap(), [0.75; 3]);
        // Scores that run the wrong way are pooled into one block.
        let model = Isotonic::fit(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 0, 0], None).unwrap();
        assert_eq!(model.probabilities(), [0.5, 0.5]);
    }

    #[test]
    fn knots_are_checked() {
        let code = |scores: &[f64], probabilities: &[f64]| {
            Isotonic::new(scores.to_vec(), probabilities.to_vec())
                .unwrap_err()
                .code()
        };
        assert_eq!(code(&[], &[]), "EMPTY");
        assert_eq!(code(&[1.0], &[0.1, 0.2]), "LENGTH_MISMATCH");
        assert_eq!(code(&[1.0, 1.0], &[0.1, 0.2]), "BAD_KNOTS");
        assert_eq!(code(&[1.0, 2.0], &[0.3, 0.2]), "BAD_KNOTS");
        assert_eq!(code(&[1.0, 2.0], &[0.3, 1.2]), "NOT_A_PROBABILITY");
    }

    proptest! {
        #[test]
        fn equals_the_min_max_formula(points in prop::collection::vec((-3.0_f64..3.0, 0.1_f64..4.0), 1..14)) {
            // Robertson, Wright and Dykstra 1988, theorem 1.4.4: g_i = max over a ≤ i of min over b ≥ i of the mean of a..b.
            let (values, weights): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
            let n = values.len();
            let mean = |a: usize, b: usize| {
                let top: f64 = (a..=b).map(|j| values[j] * weights[j]).sum();
                top / weights[a..=b].iter().sum::<f64>()
            };
            for (i, got) in fitted(&values, &weights).iter().enumerate() {
                let expected = (0..=i)
                    .map(|a| (i..n).map(|b| mean(a, b)).fold(f64::INFINITY, f64::min))
                    .fold(f64::NEG_INFINITY, f64::max);
                prop_assert!((got - expected).abs() < 1e-9, "{} {}", got, expected);
            }
        }

        #[test]
        fn probabilities_never_fall_and_keep_the_base_rate(samples in prop::collection::vec((0_u8..20, any::<bool>()), 2..60)) {
            let scores: Vec<f64> = samples.iter().map(|sample| f64::from(sample.0)).collect();
            let correct: Vec<u8> = samples.iter().map(|sample| u8::from(sample.1)).collect();
            let Ok(model) = Isotonic::fit(&scores, &correct, None) else { return Ok(()); };
            let applied = model.apply(&scores).unwrap();
            prop_assert!(applied.iter().all(|p| (0.0..=1.0).contains(p)));
            let right: f64 = correct.iter().map(|&flag| f64::from(flag)).sum();
            prop_assert!((applied.iter().sum::<f64>() - right).abs() < 1e-9);
            let fine: Vec<f64> = (-10..250).map(|i| f64::from(i) / 10.0).collect();
            prop_assert!(model.apply(&fine).unwrap().windows(2).all(|pair| pair[1] >= pair[0]));
            // A fitted model passes the checks of one from outside.
            let again = Isotonic::new(model.scores().to_vec(), model.probabilities().to_vec()).unwrap();
            prop_assert_eq!(again, model);
        }
    }
}
