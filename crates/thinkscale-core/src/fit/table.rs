//! The rows of a fit, checked and prepared once.

use super::FitError;
use super::form::Form;

/// What was measured at each row.
#[derive(Clone, Copy, Debug)]
pub enum Response<'a> {
    /// A value a row.
    Values(&'a [f64]),
    /// Independent tries and how many of them succeeded, a row; totals of at least 1.
    Counts {
        /// From 0 to the total.
        successes: &'a [f64],
        /// At least 1.
        totals: &'a [f64],
    },
}

/// Rows × inputs with what was measured.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// Row-major, as many columns as the form has inputs.
    pub inputs: &'a [f64],
    /// As many entries as rows.
    pub response: Response<'a>,
    /// How much a row counts, at least 0; `None` is 1 for all.
    pub weights: Option<&'a [f64]>,
    /// The run or problem that a row belongs to, resampled whole; `None` makes every row its own.
    pub groups: Option<&'a [u32]>,
}

/// The rows as a fit reads them.
#[derive(Clone, Debug)]
pub struct Table {
    /// Rows.
    pub rows: usize,
    /// Row-major, from [`Form::features`].
    pub features: Vec<f64>,
    /// Numbers a row in `features`.
    pub width: usize,
    /// Values, or shares of successes.
    pub y: Vec<f64>,
    /// Tries a row, with counts.
    pub totals: Option<Vec<f64>>,
    /// From the data or 1.
    pub weights: Vec<f64>,
    /// From 0, without gaps; a row its own group if none were given.
    pub groups: Vec<u32>,
    /// One more than the largest group.
    pub group_count: usize,
    /// [`Form::budget`] of each row.
    pub budgets: Vec<f64>,
}

impl Table {
    /// Checks and prepares.
    ///
    /// # Errors
    /// [`FitError`] names the row, the column and what was expected.
    pub fn new(form: &dyn Form, data: &Data) -> Result<Self, FitError> {
        let about = form.about();
        let columns = about.inputs.len();
        let rows = match data.response {
            Response::Values(values) => values.len(),
            Response::Counts { totals, .. } => totals.len(),
        };
        let expect = |name: &'static str, expected: usize, got: usize| {
            (expected == got)
                .then_some(())
                .ok_or(FitError::LengthMismatch { name, expected, got })
        };
        expect("inputs", rows * columns, data.inputs.len())?;
        for (row, inputs) in data.inputs.chunks_exact(columns).enumerate() {
            for (input, &got) in about.inputs.iter().zip(inputs) {
                let inside = got.is_finite() && (got > input.low || input.closed && got == input.low);
                if !inside {
                    return Err(FitError::BadInput {
                        name: input.name,
                        row,
                        got,
                        low: input.low,
                        closed: input.closed,
                    });
                }
            }
        }
        let (y, totals) = match data.response {
            Response::Values(values) => {
                let range = if about.probability {
                    (0.0, 1.0)
                } else {
                    (f64::MIN, f64::MAX)
                };
                for (row, &got) in values.iter().enumerate() {
                    if !(range.0..=range.1).contains(&got) {
                        return Err(FitError::BadValue {
                            row,
                            got,
                            probability: about.probability,
                        });
                    }
                }
                (values.to_vec(), None)
            }
            Response::Counts { successes, totals } => {
                if !about.probability {
                    return Err(FitError::CountsWithoutProbability { law: about.name });
                }
                expect("successes", rows, successes.len())?;
                for (row, (&successes, &total)) in successes.iter().zip(totals).enumerate() {
                    if !(total >= 1.0 && total.is_finite() && (0.0..=total).contains(&successes)) {
                        return Err(FitError::BadCounts {
                            row,
                            successes,
                            total,
                        });
                    }
                }
                let rates = successes.iter().zip(totals).map(|(c, n)| c / n).collect();
                (rates, Some(totals.to_vec()))
            }
        };
        let weights = match data.weights {
            None => vec![1.0; rows],
            Some(weights) => {
                expect("weights", rows, weights.len())?;
                if let Some(row) = weights.iter().position(|&w| !(w.is_finite() && w >= 0.0)) {
                    return Err(FitError::BadWeight {
                        row,
                        got: weights[row],
                    });
                }
                weights.to_vec()
            }
        };
        let groups = match data.groups {
            None => (0..rows as u32).collect(),
            Some(groups) => {
                expect("groups", rows, groups.len())?;
                without_gaps(groups)
            }
        };
        let mut features = vec![0.0; rows * about.features];
        let mut budgets = Vec::with_capacity(rows);
        for (row, inputs) in data.inputs.chunks_exact(columns).enumerate() {
            form.features(
                inputs,
                &mut features[row * about.features..(row + 1) * about.features],
            );
            budgets.push(form.budget(inputs));
        }
        Ok(Self {
            rows,
            features,
            width: about.features,
            y,
            totals,
            weights,
            group_count: groups.iter().max().map_or(0, |&last| last as usize + 1),
            groups,
            budgets,
        })
    }

    /// The features of a row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.features[row * self.width..(row + 1) * self.width]
    }

    /// Rows that count.
    pub fn used(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.rows).filter(|&row| self.weights[row] > 0.0)
    }

    /// The same rows with other weights.
    pub fn weighted(&self, weights: Vec<f64>) -> Self {
        Self {
            weights,
            ..self.clone()
        }
    }
}

/// Groups numbered from 0 in the order in which they appear.
fn without_gaps(groups: &[u32]) -> Vec<u32> {
    let mut seen = std::collections::HashMap::new();
    groups
        .iter()
        .map(|group| {
            let next = seen.len() as u32;
            *seen.entry(*group).or_insert(next)
        })
        .collect()
}
