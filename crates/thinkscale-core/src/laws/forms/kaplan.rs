//! What the three laws of one quantity in Kaplan et al. 2020 share: L(x) = (s/x)^α with a scale s at which the loss is
//! 1, fitted as ln s and ln α.

use super::lines::line;
use crate::fit::table::Table;

/// (s/x)^α from ln x, and its derivatives.
pub(super) fn value(log: f64, theta: &[f64], gradient: &mut [f64]) -> f64 {
    let alpha = theta[1].exp();
    let exponent = alpha * (theta[0] - log);
    let loss = exponent.exp();
    gradient[0] = loss * alpha;
    gradient[1] = loss * exponent;
    loss
}

/// From the line through the logarithms, which is the law itself, and two of other slopes through its middle.
pub(super) fn starts(table: &Table) -> Vec<Vec<f64>> {
    let logs = table
        .used()
        .map(|row| (table.row(row)[0], table.y[row].ln(), table.weights[row]));
    let (x, y, alpha) = line(logs).map_or((0.0, 0.0, 0.1), |it| {
        (it.mean_x, it.mean_y, (-it.slope).max(1e-3))
    });
    [1.0, 0.5, 2.0]
        .map(|factor| vec![x + y / (factor * alpha), f64::ln(factor * alpha)])
        .into()
}
