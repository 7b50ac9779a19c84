//! Loss over model size and data (Kaplan et al. 2020, "Scaling Laws for Neural Language Models", equation 1.5).
//!
//! L(N, D) = [(N_c/N)^(α_N/α_D) + D_c/D]^α_D
//!
//! Its constants are its own: those of [`kaplan_n`](super::kaplan_n) and [`kaplan_d`](super::kaplan_d) were fitted to
//! other runs, and losses come out wrong with them. Unlike [`chinchilla`](super::chinchilla) it has no loss that
//! remains.

use super::lines::range;
use super::parameters::{above_zero, positive};
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::starts::{geometric, grid, linear_starts};
use crate::fit::table::Table;

/// The form, without state.
pub struct KaplanJoint;

/// N_c, D_c, α_N and α_D of the paper's table 2, in parameters without embeddings, tokens and nats a token.
pub const PUBLISHED: [f64; 4] = [6.4e13, 1.8e13, 0.076, 0.103];

static ABOUT: About = About {
    name: "kaplan-joint",
    summary: "Loss over parameters and tokens, without a loss that remains.",
    equation: "loss = ((N_c / n)^(alpha_N / alpha_D) + D_c / d)^alpha_D",
    source: "Kaplan et al. 2020 (arXiv 2001.08361), equation 1.5",
    inputs: &[
        above_zero("n", "parameters of the model without embeddings"),
        above_zero("d", "training tokens"),
    ],
    output: "loss in nats a token",
    features: 2,
    parameters: &[
        positive("N_c", "scale of the size, in parameters without embeddings"),
        positive("D_c", "scale of the data, in tokens"),
        positive("alpha_N", "exponent of the size where data are ample"),
        positive("alpha_D", "exponent of the data where the model is large"),
    ],
    scale: Scale::Log,
    objective: Objective::Huber { delta: 1e-3 },
    probability: false,
};

impl Form for KaplanJoint {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
        out[1] = inputs[1].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let (alpha_n, alpha_d) = (theta[2].exp(), theta[3].exp());
        let size = alpha_n / alpha_d * (theta[0] - features[0]);
        let data = theta[1] - features[1];
        // The logarithm of the sum of e^size and e^data.
        let sum = size.max(data) + (-(size - data).abs()).exp().ln_1p();
        let loss = (alpha_d * sum).exp();
        let (of_size, of_data) = ((size - sum).exp(), (data - sum).exp());
        gradient[0] = loss * alpha_n * of_size;
        gradient[1] = loss * alpha_d * of_data;
        gradient[2] = loss * alpha_d * of_size * size;
        gradient[3] = loss * alpha_d * (sum - of_size * size);
        loss
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let middle = [0, 1].map(|feature| {
            let (low, high) = range(table, Some(feature));
            0.5 * (low + high)
        });
        let ratios = grid(&geometric(0.2, 4.0, 8), 1);
        let mut starts = Vec::new();
        for alpha_d in geometric(0.03, 1.0, 9) {
            // L^(1/alpha_D) is linear in two terms; least squares on its logarithm are those on ln L.
            let straightened = Table {
                y: table.y.iter().map(|y| y.powf(1.0 / alpha_d)).collect(),
                ..table.clone()
            };
            let found = linear_starts(
                &straightened,
                Scale::Log,
                &ratios,
                2,
                &|features, exponents, terms| {
                    terms[0] = (-exponents[0] * (features[0] - middle[0])).exp();
                    terms[1] = (middle[1] - features[1]).exp();
                },
            );
            starts.extend(found.into_iter().map(|it| {
                let ratio = it.exponents[0];
                vec![
                    middle[0] + it.coefficients[0].ln() / ratio,
                    middle[1] + it.coefficients[1].ln(),
                    f64::ln(ratio * alpha_d),
                    alpha_d.ln(),
                ]
            }));
        }
        if starts.is_empty() {
            starts.push(vec![middle[0], middle[1], f64::ln(0.1), f64::ln(0.1)]);
        }
        starts
    }

    fn budget(&self, inputs: &[f64]) -> f64 {
        6.0 * inputs[0] * inputs[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(parameters: [f64; 4], n: f64, d: f64) -> f64 {
        KaplanJoint.value(&[n.ln(), d.ln()], &parameters.map(f64::ln), &mut [0.0; 4])
    }

    #[test]
    fn each_end_is_a_law_of_one_quantity() {
        let [n_c, d_c, alpha_n, alpha_d] = PUBLISHED;
        assert!((loss(PUBLISHED, 1e9, 1e40) - (n_c / 1e9).powf(alpha_n)).abs() < 1e-9);
        assert!((loss(PUBLISHED, 1e60, 1e10) - (d_c / 1e10).powf(alpha_d)).abs() < 1e-9);
    }

    #[test]
    fn the_published_law_by_hand() {
        // (6.4e4^(0.076/0.103) + 1.8e3)^0.103 at n = 1e9, d = 1e10.
        let inside = 6.4e4_f64.powf(0.076 / 0.103) + 1.8e3;
        assert!((loss(PUBLISHED, 1e9, 1e10) - inside.powf(0.103)).abs() < 1e-12);
        assert!((inside.powf(0.103) - 2.419_651_8).abs() < 1e-6);
    }

    #[test]
    fn constants_of_other_laws_do_not_fit_in() {
        let mixed = [
            super::super::kaplan_n::PUBLISHED[0],
            super::super::kaplan_d::PUBLISHED[0],
            super::super::kaplan_n::PUBLISHED[1],
            super::super::kaplan_d::PUBLISHED[1],
        ];
        assert!((loss(mixed, 1e9, 1e10) - loss(PUBLISHED, 1e9, 1e10)).abs() > 0.05);
    }
}
