//! The counts behind the logistic law: their checks, their sums over problems and what they cannot carry.

use super::LawError;
use super::law::{NEEDED_POINTS, NEEDED_PROBLEMS, NEEDED_SOLVED, NOISE_ERRORS, Refusal};
use super::logistic_likelihood::Likelihood;
use super::refit::{check_problems, mean_and_error};
use crate::stats::{StatsError, check_finite};

/// Row-major problems × levels counts.
pub struct Counts<'a> {
    pub samples: &'a [u32],
    pub successes: &'a [u32],
    /// ln(1 + t) of each level.
    pub xs: Vec<f64>,
}

impl<'a> Counts<'a> {
    pub fn new(samples: &'a [u32], successes: &'a [u32], tokens: &[f64]) -> Result<Self, LawError> {
        if tokens.is_empty() {
            return Err(StatsError::Empty { name: "tokens" }.into());
        }
        check_tokens("tokens", tokens)?;
        if let Some(at) = tokens.windows(2).position(|pair| pair[1] <= pair[0]) {
            return Err(LawError::BadTokens {
                name: "tokens",
                index: at + 1,
                got: tokens[at + 1],
            });
        }
        check_problems(samples.len())?;
        let levels = tokens.len();
        let length = |name, expected, got| LawError::from(StatsError::LengthMismatch { name, expected, got });
        if !samples.len().is_multiple_of(levels) {
            let expected = samples.len().next_multiple_of(levels);
            return Err(length("samples", expected, samples.len()));
        }
        if successes.len() != samples.len() {
            return Err(length("successes", samples.len(), successes.len()));
        }
        if let Some(cell) = (0..samples.len()).find(|&cell| successes[cell] > samples[cell]) {
            return Err(StatsError::TooManySuccesses {
                successes: successes[cell],
                samples: samples[cell],
                problem: cell / levels,
            }
            .into());
        }
        if let Some(problem) = samples
            .chunks_exact(levels)
            .position(|row| row.iter().all(|&n| n == 0))
        {
            return Err(LawError::NoSamples { problem });
        }
        let counts = Self {
            samples,
            successes,
            xs: tokens.iter().map(|t| t.ln_1p()).collect(),
        };
        let totals = counts.likelihood(&vec![1; counts.problems()]).totals;
        match totals.iter().position(|&total| total == 0.0) {
            Some(level) => Err(LawError::EmptyLevel { level }),
            None => Ok(counts),
        }
    }

    pub fn problems(&self) -> usize {
        self.samples.len() / self.xs.len()
    }

    /// The likelihood in which problem i counts `multiplicity[i]` times.
    pub fn likelihood(&self, multiplicity: &[u32]) -> Likelihood<'_> {
        let sums = |counts: &[u32]| {
            let mut sums = vec![0.0; self.xs.len()];
            for (row, &times) in counts.chunks_exact(self.xs.len()).zip(multiplicity) {
                for (sum, &count) in sums.iter_mut().zip(row) {
                    *sum += f64::from(times) * f64::from(count);
                }
            }
            sums
        };
        Likelihood {
            xs: &self.xs,
            successes: sums(self.successes),
            totals: sums(self.samples),
        }
    }

    pub fn refusal(&self, free: usize) -> Option<Refusal> {
        let levels = self.xs.len();
        let needed = NEEDED_POINTS.max(free + 1);
        if levels < needed {
            return Some(Refusal::TooFewLevels { levels, needed });
        }
        // (rate at the first level, rate at the last) of the problems that were tried at both.
        let rate = |cell: usize| f64::from(self.successes[cell]) / f64::from(self.samples[cell]);
        let ends: Vec<(f64, f64)> = (0..self.problems())
            .map(|problem| (problem * levels, (problem + 1) * levels - 1))
            .filter(|&(first, last)| self.samples[first] > 0 && self.samples[last] > 0)
            .map(|(first, last)| (rate(first), rate(last)))
            .collect();
        if ends.len() < NEEDED_PROBLEMS {
            return Some(Refusal::TooFewProblems {
                got: ends.len(),
                needed: NEEDED_PROBLEMS,
            });
        }
        let rows = self.successes.chunks_exact(levels);
        let solved = rows.filter(|row| row.iter().any(|&c| c > 0)).count();
        if solved < NEEDED_SOLVED {
            return Some(Refusal::AtFloor {
                solved,
                needed: NEEDED_SOLVED,
            });
        }
        let changes: Vec<f64> = ends.iter().map(|(first, last)| last - first).collect();
        let (change, error) = mean_and_error(&changes);
        let noise = NOISE_ERRORS * error;
        (change <= noise).then_some(Refusal::NoRise { change, noise })
    }
}

/// Checks token counts, of which 0 is one.
pub fn check_tokens(name: &'static str, tokens: &[f64]) -> Result<(), LawError> {
    check_finite(name, tokens)?;
    match tokens.iter().position(|&t| t < 0.0) {
        Some(index) => Err(LawError::BadTokens {
            name,
            index,
            got: tokens[index],
        }),
        None => Ok(()),
    }
}
