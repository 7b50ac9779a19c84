//! Rows with equal features as one row, for objectives of which a mean says all: a pool has one row for each problem
//! and k, but the law has only one value for each k.
//!
//! With weights w, squared residuals about a value f of the law are Σ w (s(f) − s(y))² = W (s(f) − s̄)² + constant, and a
//! binomial likelihood reads only Σ w c and Σ w n. So the minimum is the same, and a refit costs as much as there are
//! different rows.

use super::objective::{Objective, Problem, Scale};
use super::table::Table;

/// Which rows become one.
pub struct Merge {
    /// For every row its place among the merged ones.
    places: Vec<usize>,
    /// For every merged row the first row that it stands for.
    firsts: Vec<usize>,
}

impl Merge {
    /// From the first row with the same features for every row; `None` where the objective needs every row, or merging
    /// saves less than half.
    pub fn new(problem: &Problem, distinct: &[usize]) -> Option<Self> {
        if !matches!(problem.objective, Objective::Gaussian | Objective::Binomial) {
            return None;
        }
        let (mut places, mut firsts) = (Vec::with_capacity(distinct.len()), Vec::new());
        for (row, &first) in distinct.iter().enumerate() {
            if first == row {
                firsts.push(row);
            }
            places.push(if first == row {
                firsts.len() - 1
            } else {
                places[first]
            });
        }
        (2 * firsts.len() <= places.len()).then_some(Self { places, firsts })
    }

    /// The merged rows under `weights`.
    pub fn table(&self, table: &Table, scale: Scale, weights: &[f64]) -> Table {
        let rows = self.firsts.len();
        let (mut weight, mut sum, mut tries) = (vec![0.0; rows], vec![0.0; rows], vec![0.0; rows]);
        for (row, (&place, &w)) in self.places.iter().zip(weights).enumerate() {
            if w > 0.0 {
                let total = table.totals.as_ref().map_or(1.0, |totals| totals[row]);
                weight[place] += w;
                tries[place] += w * total;
                // Shares of counts add up by their tries, values on the scale of residuals.
                sum[place] += match table.totals {
                    Some(_) => w * total * table.y[row],
                    None => w * scale.of(table.y[row]),
                };
            }
        }
        let counted = table.totals.is_some();
        let y = |place: usize| match (weight[place] > 0.0, counted) {
            (false, _) => table.y[self.firsts[place]],
            (true, true) => sum[place] / tries[place],
            (true, false) => scale.back(sum[place] / weight[place]),
        };
        Table {
            rows,
            features: self
                .firsts
                .iter()
                .flat_map(|&row| table.row(row))
                .copied()
                .collect(),
            width: table.width,
            y: (0..rows).map(y).collect(),
            // A merged row of counts has weight 1 and all its tries; one of values has all their weight.
            weights: if counted {
                weight.iter().map(|&w| f64::from(u8::from(w > 0.0))).collect()
            } else {
                weight
            },
            totals: counted.then(|| tries.iter().map(|&tries| tries.max(1.0)).collect()),
            groups: (0..rows as u32).collect(),
            group_count: rows,
            budgets: self.firsts.iter().map(|&row| table.budgets[row]).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::resample::distinct_rows;
    use crate::fit::table::{Data, Response};
    use crate::laws::forms::find;

    const XS: [f64; 8] = [1.0, 2.0, 4.0, 1.0, 2.0, 4.0, 1.0, 4.0];
    const WEIGHTS: [f64; 8] = [1.0, 0.0, 3.0, 2.0, 1.0, 1.0, 1.0, 0.0];

    /// How the merged objective differs from the whole one at two places, and the largest difference of derivatives.
    fn differences(response: Response, objective: Objective, scale: Scale) -> (f64, f64) {
        let form = find("logistic").unwrap();
        let data = Data {
            inputs: &XS,
            response,
            weights: None,
            groups: None,
        };
        let table = Table::new(form, &data).unwrap();
        let whole = Problem::new(form, &table, objective, scale);
        let merged = Merge::new(&whole, &distinct_rows(&whole))
            .unwrap()
            .table(&table, scale, &WEIGHTS);
        assert_eq!(merged.rows, 3);
        let merged = Problem::new(form, &merged, objective, scale);
        let (mut offsets, mut slope) = (Vec::new(), 0.0_f64);
        for theta in [[-0.5, 0.8, 0.1, 0.9], [0.7, -0.3, 0.2, 0.95]] {
            let (mut a, mut b) = ([0.0; 4], [0.0; 4]);
            let one = whole.evaluate_weighted(&theta, &WEIGHTS, &mut a);
            let other = merged.evaluate(&theta, &mut b);
            offsets.push(one - other);
            slope = a
                .iter()
                .zip(b)
                .fold(slope, |most, (a, b)| most.max((a - b).abs()));
        }
        ((offsets[0] - offsets[1]).abs(), slope)
    }

    #[test]
    fn the_objective_changes_by_a_constant() {
        let values = [0.2, 0.5, 0.9, 0.4, 0.6, 0.7, 0.3, 0.8];
        for scale in [Scale::Raw, Scale::Log, Scale::LogPlusOne] {
            let (offset, slope) = differences(Response::Values(&values), Objective::Gaussian, scale);
            assert!(offset < 1e-12 && slope < 1e-12, "{scale:?}: {offset} {slope}");
        }
        let (successes, totals) = (
            [0.0, 3.0, 9.0, 2.0, 4.0, 10.0, 1.0, 5.0],
            [5.0, 6.0, 10.0, 4.0, 4.0, 11.0, 2.0, 9.0],
        );
        let response = Response::Counts {
            successes: &successes,
            totals: &totals,
        };
        let (offset, slope) = differences(response, Objective::Binomial, Scale::Raw);
        assert!(offset < 1e-11 && slope < 1e-11, "{offset} {slope}");
    }

    #[test]
    fn rows_are_kept_where_each_counts() {
        let form = find("logistic").unwrap();
        let data = Data {
            inputs: &XS,
            response: Response::Values(&[0.5; 8]),
            weights: None,
            groups: None,
        };
        let table = Table::new(form, &data).unwrap();
        for objective in [Objective::Lad, Objective::Huber { delta: 0.1 }] {
            let problem = Problem::new(form, &table, objective, Scale::Raw);
            assert!(Merge::new(&problem, &distinct_rows(&problem)).is_none());
        }
    }
}
