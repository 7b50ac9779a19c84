//! Cross-validation over groups: what a fit costs on groups that it has not seen.

use std::collections::HashSet;

use rayon::prelude::*;

use super::likelihood::row_costs;
use super::resample::Refitter;
use super::setup::Setup;
use super::solve::Solution;
use crate::stats::random::{shuffle, stream};

/// Parts that groups are divided into for cross-validation; fewer groups are left out one at a time.
pub const FOLDS: usize = 10;
/// Keeps the random stream of the folds apart from those of the resamples.
const FOLD_STREAM: u64 = 0x666f_6c64;

/// The standard error of the mean difference.
pub fn paired_error(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let mean = differences.iter().sum::<f64>() / n;
    let squares: f64 = differences
        .iter()
        .map(|difference| (difference - mean).powi(2))
        .sum();
    if a.len() < 2 {
        0.0
    } else {
        (squares / (n - 1.0) / n).sqrt()
    }
}

/// The fold of every group; groups without a row that counts have one all the same.
pub fn folds(setup: &Setup, seed: u64) -> Vec<usize> {
    let used: HashSet<u32> = setup.table.used().map(|row| setup.table.groups[row]).collect();
    let count = FOLDS.min(used.len()).max(1);
    let mut order: Vec<u32> = (0..setup.table.group_count as u32)
        .filter(|group| used.contains(group))
        .collect();
    shuffle(&mut stream(seed, &[FOLD_STREAM]), &mut order);
    let mut folds = vec![0; setup.table.group_count];
    for (at, group) in order.into_iter().enumerate() {
        folds[group as usize] = at % count;
    }
    folds
}

/// The cost of every used group under a fit without its fold; `None` if one of these fits fails.
pub fn held_out_costs(setup: &Setup, solution: &Solution, folds: &[usize]) -> Option<Vec<f64>> {
    let (problem, table) = (setup.problem(), &setup.table);
    let refitter = Refitter::new(&problem, &setup.held, solution);
    let count = folds.iter().max()? + 1;
    let fold_of = |row: usize| folds[table.groups[row] as usize];
    let parts: Option<Vec<Vec<f64>>> = (0..count)
        .into_par_iter()
        .map(|fold| {
            let weights: Vec<f64> = (0..table.rows)
                .map(|row| {
                    if fold_of(row) == fold {
                        0.0
                    } else {
                        table.weights[row]
                    }
                })
                .collect();
            refitter
                .refit(&problem, &weights)
                .map(|refit| row_costs(&problem, &refit.theta))
        })
        .collect();
    let parts = parts?;
    let mut costs = vec![None; table.group_count];
    for row in table.used() {
        let cost: &mut Option<f64> = &mut costs[table.groups[row] as usize];
        *cost = Some(cost.unwrap_or(0.0) + parts[fold_of(row)][row]);
    }
    Some(costs.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_difference_is_paired() {
        assert_eq!(paired_error(&[1.0, 5.0, 9.0], &[0.0, 4.0, 8.0]), 0.0);
        // Differences 0, 1, 2: variance 1, over 3.
        assert!((paired_error(&[1.0, 2.0, 3.0], &[1.0, 1.0, 1.0]) - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
    }
}
