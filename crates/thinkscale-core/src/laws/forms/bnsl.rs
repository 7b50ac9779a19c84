//! A broken neural scaling law with one break (Caballero et al. 2022, "Broken Neural Scaling Laws", equation 1 with
//! n = 1).
//!
//! y = a + b·x^−c0 · (1 + (x/d)^(1/f))^(−c1·f)
//!
//! On log-log axes the part above a is a line of slope −c0 before the break at d and −(c0 + c1) after it; f says over
//! how many factors of e the one turns into the other. A break that the data do not reach is not known from them.

use super::lines::{plane, range};
use super::parameters::{above_zero, between, positive, real};
use crate::calibration::sigmoid;
use crate::fit::form::{About, Form};
use crate::fit::objective::{Objective, Scale};
use crate::fit::table::Table;

/// The form, without state.
pub struct Bnsl;

static ABOUT: About = About {
    name: "bnsl",
    summary: "A power law whose exponent changes once, smoothly, at a break.",
    equation: "y = a + b * x^-c0 * (1 + (x/d)^(1/f))^(-c1*f)",
    source: "Caballero et al. 2022 (arXiv 2210.14891), equation 1 with one break",
    inputs: &[above_zero("x", "the quantity that is scaled, in any unit")],
    output: "a quantity of at least 0 such as an error, in its own unit",
    features: 1,
    parameters: &[
        between("a", "what remains at any x, in units of y", 0.0, f64::INFINITY),
        positive("b", "y - a at x = 1 if the first slope held there, in units of y"),
        real("c0", "exponent of the fall before the break"),
        real("c1", "what the break adds to it"),
        positive("d", "where the break is, in units of x"),
        positive("f", "its width in ln x; small is sharp"),
    ],
    scale: Scale::LogPlusOne,
    objective: Objective::Gaussian,
    probability: false,
};

/// ln(1 + e^u) without overflow.
fn softplus(u: f64) -> f64 {
    u.max(0.0) + (-u.abs()).exp().ln_1p()
}

impl Form for Bnsl {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn features(&self, inputs: &[f64], out: &mut [f64]) {
        out[0] = inputs[0].ln();
    }

    fn value(&self, features: &[f64], theta: &[f64], gradient: &mut [f64]) -> f64 {
        let x = features[0];
        let (c0, c1, width) = (theta[2], theta[3], theta[5].exp());
        let u = (x - theta[4]) / width;
        let bend = width * softplus(u);
        let past = sigmoid(u);
        let term = (theta[1] - c0 * x - c1 * bend).exp();
        gradient[0] = 1.0;
        gradient[1] = term;
        gradient[2] = -term * x;
        gradient[3] = -term * bend;
        gradient[4] = term * c1 * past;
        gradient[5] = -term * c1 * (bend - width * past * u);
        theta[0] + term
    }

    fn starts(&self, table: &Table) -> Vec<Vec<f64>> {
        let (first, last) = range(table, Some(0));
        let least = range(table, None).0.max(0.0);
        let mut starts = Vec::new();
        for share in [0.0, 0.5, 0.9, 0.99] {
            let floor = share * least;
            for place in 1..=11 {
                let at = first + (last - first) * f64::from(place) / 12.0;
                for width in [0.05, 0.2, 0.7, 2.0] {
                    // Above the floor and with the break given, the law is a plane in ln x and in the bend.
                    let points = table.used().map(|row| {
                        let (x, above) = (table.row(row)[0], table.y[row] - floor);
                        (
                            [1.0, x, width * softplus((x - at) / width)],
                            above.ln(),
                            table.weights[row],
                        )
                    });
                    if let Some([level, slope, bend]) = plane(points) {
                        starts.push(vec![floor, level, -slope, -bend, at, f64::ln(width)]);
                    }
                }
            }
        }
        if starts.is_empty() {
            starts.push(vec![0.0, 0.0, 0.0, 0.0, 0.5 * (first + last), 0.0]);
        }
        starts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_on_both_sides_of_the_break() {
        // a = 0, b = 2, c0 = 0.3, c1 = 0.5, d = 100, f = 0.1; far from the break only one slope is left.
        let theta = [0.0, f64::ln(2.0), 0.3, 0.5, f64::ln(100.0), f64::ln(0.1)];
        let mut gradient = [0.0; 6];
        let mut at = |x: f64| Bnsl.value(&[x.ln()], &theta, &mut gradient);
        assert!((at(1.0) - 2.0).abs() < 1e-12);
        assert!((at(10.0) / at(1.0) - 10.0_f64.powf(-0.3)).abs() < 1e-9);
        assert!((at(1e5) / at(1e4) - 10.0_f64.powf(-0.8)).abs() < 1e-9);
        // At the break itself the factor is 2^(-c1 f).
        assert!((at(100.0) - 2.0 * 100.0_f64.powf(-0.3) * 2.0_f64.powf(-0.05)).abs() < 1e-12);
    }
}
