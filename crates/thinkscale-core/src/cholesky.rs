//! Linear equations with a symmetric positive definite matrix, by Cholesky's decomposition A = L Lᵀ.
//!
//! The matrices here are Hessians and information matrices of a handful of parameters; a linear algebra crate would
//! outweigh everything that uses it.

/// Solves A x = b; `matrix` is row-major n × n, of which only the lower triangle is read. `None` if the matrix is not
/// positive definite to rounding.
pub fn solve(matrix: &[f64], right: &[f64]) -> Option<Vec<f64>> {
    let n = right.len();
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let inner: f64 = (0..column)
                .map(|k| lower[row * n + k] * lower[column * n + k])
                .sum();
            let rest = matrix[row * n + column] - inner;
            lower[row * n + column] = if row == column {
                // Written this way round, NaN fails too.
                if !(rest > 0.0 && rest.is_finite()) {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / lower[column * n + column]
            };
        }
    }
    let mut x = right.to_vec();
    for row in 0..n {
        let inner: f64 = (0..row).map(|k| lower[row * n + k] * x[k]).sum();
        x[row] = (x[row] - inner) / lower[row * n + row];
    }
    for row in (0..n).rev() {
        let inner: f64 = (row + 1..n).map(|k| lower[k * n + row] * x[k]).sum();
        x[row] = (x[row] - inner) / lower[row * n + row];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_system_solved_by_hand() {
        // 4x + 2y = 10, 2x + 3y = 9.
        let x = solve(&[4.0, 2.0, 2.0, 3.0], &[10.0, 9.0]).unwrap();
        assert!((x[0] - 1.5).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
    }

    #[test]
    fn matrices_that_are_not_positive_definite_have_no_solution() {
        assert!(solve(&[1.0, 1.0, 1.0, 1.0], &[1.0, 1.0]).is_none());
        assert!(solve(&[-1.0], &[1.0]).is_none());
        assert!(solve(&[f64::NAN], &[1.0]).is_none());
        assert!(solve(&[], &[]).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn the_solution_solves(factor in prop::collection::vec(-2.0_f64..2.0, 16), truth in prop::collection::vec(-3.0_f64..3.0, 4)) {
            // F Fᵀ + I is positive definite and well conditioned.
            let entry = |i: usize, j: usize| {
                (0..4).map(|k| factor[i * 4 + k] * factor[j * 4 + k]).sum::<f64>() + f64::from(u8::from(i == j))
            };
            let matrix: Vec<f64> = (0..16).map(|place| entry(place / 4, place % 4)).collect();
            let right: Vec<f64> = (0..4).map(|i| (0..4).map(|j| matrix[i * 4 + j] * truth[j]).sum()).collect();
            for (found, truth) in solve(&matrix, &right).unwrap().iter().zip(&truth) {
                prop_assert!((found - truth).abs() < 1e-9);
            }
        }
    }
}
