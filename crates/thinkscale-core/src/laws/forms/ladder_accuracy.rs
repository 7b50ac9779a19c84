//! Second step of a model ladder: accuracy on a task over the loss on it (Bhagia et al. 2024, "Establishing Task Scaling
//! Laws via Compute-Efficient Model Ladders", step 2).
//!
//! accuracy(x) = b + a / (1 + e^(−k·(x − x0)))
//!
//! A falling logistic curve, from b at a low loss to b + a at a high one. The paper adds the point (0, 1), a model
//! without loss, and averages neighbouring checkpoints; both are done to the rows, not here. With
//! [`ladder_loss`](super::ladder_loss) before it the law leads from size and data to accuracy.

use super::lines::range;
use super::parameters::{between, from_zero, positive};
use crate::calibration::sigmoid;
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::{geometric, linear_starts};
use crate::fit::table::Table;

/// The form, without state.
pub struct LadderAccuracy;

static ABOUT: About = About {
    name: "ladder-accuracy",
    summary: "Accuracy on a task over the loss on it.",
    equation: "accuracy = a / (1 + exp(-k * (loss - x0))) + b",
    source: "Bhagia et al. 2024 (arXiv 2412.04403), step 2",
    inputs: &[from_zero("loss", "loss on the task, in bits a byte")],
    output: "accuracy from 0 to 1",
    features: 1,
    parameters: &[
        between("a", "change of the accuracy from a low to a high loss", -1.0, 0.0),
        between("x0", "loss halfway", 0.0, f64::INFINITY),
        positive("k", "steepness, for a loss of 1"),
        between("b", "accuracy at a low loss", 0.0, 1.0),
    ],
    scale: Scale::Raw,
    objective: Objective::Gaussian,
    probability: true,
};

impl Form for LadderAccuracy {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0];
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let steepness = theta[2].exp();
        let z = steepness * (features[0] - theta[1]);
        let (above, below) = (sigmoid(z), sigmoid(-z));
        let slope = theta[0] * above * below;
        gradient[0] = above;
        gradient[1] = -slope * steepness;
        gradient[2] = slope * z;
        gradient[3] = 1.0;
        theta[0] * above + theta[3]
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let (low, high) = range(table, Some(0));
        let span = (high - low).max(1e-6 * high.max(1.0));
        let mut places = Vec::new();
        for place in 0..10 {
            let middle = low + span * (0.05 + 0.1 * f64::from(place));
            places.extend(
                geometric(1.0, 60.0, 8)
                    .into_iter()
                    .map(|size| vec![middle, size / span]),
            );
        }
        linear_starts(table, Scale::Raw, &places, 2, &|features, place, terms| {
            terms[0] = -sigmoid(place[1] * (features[0] - place[0]));
            terms[1] = 1.0;
        })
        .into_iter()
        .map(|it| {
            vec![
                -it.coefficients[0],
                it.exponents[0],
                it.exponents[1].ln(),
                it.coefficients[1],
            ]
        })
        .collect()
    }

    /// e^−loss: a lower loss stands for more compute, and a loss of 0 has a place.
    fn budget(&self, inputs: &[f64]) -> f64 {
        (-inputs[0]).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_middle() {
        // a = -0.6, x0 = 1, k = 5, b = 0.9.
        let at = |x: f64| LadderAccuracy.value(&[x], &[-0.6, 1.0, f64::ln(5.0), 0.9], &mut [0.0; 4]);
        assert!((at(1.0) - 0.6).abs() < 1e-15);
        assert!((at(-100.0) - 0.9).abs() < 1e-12 && (at(100.0) - 0.3).abs() < 1e-12);
    }
}
