//! Coverage by the Beta-Binomial law.
//!
//! Problem i is solved by one sample with probability p_i, and p_i ~ Beta(α, β) over problems; of n_i samples
//! c_i ~ Binomial(n_i, p_i) succeed. Then
//!
//! coverage(k) = E[1 − (1 − p)^k] = 1 − B(α, β + k) / B(α, β)
//!
//! and 1 − coverage(k) falls like k^−α (Levi 2024, "A Simple Model of Inference Scaling Laws"; Schaeffer et al. 2025,
//! "How Do Large Language Monkeys Get Their Power (Laws)?", with scale 1). α and β maximise the likelihood of the
//! counts, which uses every sample once, unlike a curve drawn through correlated pass@k points. A problem with c = 0
//! counts as "p below about 3/n", not as p = 0.
//!
//! n may differ between problems, and may depend on the samples so far: whatever rule ended a pool, its c successes and
//! n − c failures have the likelihood p^c (1 − p)^(n − c) times the number of orders in which the rule can meet them,
//! C(n, c) where n was fixed and C(n − 1, c − 1) where the pool ended at its c-th success. That number holds no
//! parameter, so α and β are those of the stopping-time likelihood too, and only the constant in the log-likelihood is
//! that of a fixed n. Shares c/n of such pools are biased upwards, and pass@k beyond n is not defined for them; neither
//! enters the fit.

use rayon::prelude::*;

use super::LawError;
use super::beta_binomial_likelihood::{Data, Likelihood, Optimum, PARAMETER_RANGE};
use super::law::{
    Estimate, FitOptions, NEEDED_FACTOR, NEEDED_POINTS, NEEDED_PROBLEMS, NEEDED_SOLVED, NOISE_ERRORS,
    Outcome, Prediction, Refits, Refusal,
};
use super::refit::{Draws, check_options, check_problems, mean_and_error};
use crate::stats::StatsError;
use crate::stats::log_gamma::{ln_binomial, ln_gamma_cross};

/// Beyond this value of the smaller parameter the problems differ by less than 3 % in p, which no affordable number
/// of samples tells from no difference, and the likelihood is flat.
pub const LARGEST_SPREAD_PARAMETER: f64 = 1e3;
/// A start counts as agreeing with the best if its log-likelihood is within this share of it.
const AGREEMENT: f64 = 1e-6;

/// A fitted Beta-Binomial law.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BetaBinomialFit {
    /// First shape; also the exponent with which 1 − coverage falls.
    pub alpha: Estimate,
    /// Second shape.
    pub beta: Estimate,
    /// α/(α + β), the expected pass@1.
    pub mean: Estimate,
    /// Log-likelihood of the counts, binomial coefficients included.
    pub log_likelihood: f64,
    /// Whether the gradient vanished.
    pub converged: bool,
    /// Largest entry of the gradient in (ln α, ln β), divided by the number of problems.
    pub gradient_norm: f64,
    /// Newton iterations from the best start.
    pub iterations: usize,
    /// Share of the starts that reached the best log-likelihood.
    pub agreeing_starts: f64,
    /// Problems in the data.
    pub problems: usize,
    /// Coverage at the requested ks.
    pub predictions: Vec<Prediction>,
    /// The refits behind the intervals; a draw is (α, β).
    pub refits: Refits,
}

/// coverage(k) = 1 − B(α, β + k)/B(α, β) for real k ≥ 0 and positive shapes.
pub fn coverage(alpha: f64, beta: f64, k: f64) -> f64 {
    -ln_gamma_cross(beta, alpha, k).exp_m1()
}

/// Fits α and β to n (`samples`) and c (`successes`) of each problem.
///
/// Refused with fewer than 20 problems; a median n below 8 (k from 1 to n is the range of the data); fewer than 5
/// problems with a success; a mean pass@1 within two standard errors of 1; no convergence; more than a tenth of the
/// refits failed; min(α, β) ≥ 1000 (no difference between problems to be seen) or either at 10^-4 (every problem all
/// or nothing).
///
/// # Errors
/// [`LawError::Stats`] for bad options or c > n, [`LawError::NoSamples`] if an n is 0, [`LawError::BadKs`].
pub fn fit_beta_binomial(
    samples: &[u32],
    successes: &[u32],
    options: &FitOptions,
) -> Result<Outcome<BetaBinomialFit>, LawError> {
    check_options(options)?;
    check_counts(samples, successes)?;
    let before = refusal_before_fit(samples, successes);
    let data = Data::new(samples, successes);
    let ones = vec![1; samples.len()];
    let likelihood = data.likelihood(&ones);
    let overdispersion_is_visible = samples.len() > 1 && samples.iter().any(|&n| n > 1);
    if let (Some(refusal), true) = (&before, !likelihood.is_proper() || !overdispersion_is_visible) {
        return Ok(Outcome::Refused {
            refusal: refusal.clone(),
            fit: None,
        });
    }

    let optima: Vec<Optimum> = starts(samples, successes)
        .into_par_iter()
        .map(|start| likelihood.maximise(start))
        .collect();
    let best = best_of(&optima);
    let draws = Draws::new(samples.len(), options, |multiplicity| {
        refit(&data.likelihood(multiplicity), &best)
    });
    let parameters = best.logs.map(f64::exp);
    let refusal = before
        .or_else(|| {
            (!best.converged).then_some(Refusal::NotConverged {
                gradient_norm: best.gradient_norm,
                iterations: best.iterations,
            })
        })
        .or_else(|| bound(parameters))
        .or_else(|| draws.refusal());
    let coefficients: f64 = samples
        .iter()
        .zip(successes)
        .map(|(&n, &c)| ln_binomial(f64::from(n), f64::from(c)))
        .sum();
    let largest = samples.iter().copied().max().unwrap_or(1);
    let agreeing = optima
        .iter()
        .filter(|optimum| best.value - optimum.value <= AGREEMENT * best.value.abs())
        .count();
    let fit = BetaBinomialFit {
        alpha: draws.estimate(parameters[0], |draw| draw[0]),
        beta: draws.estimate(parameters[1], |draw| draw[1]),
        mean: draws.estimate(mean(&parameters), mean),
        log_likelihood: best.value + coefficients,
        converged: best.converged,
        gradient_norm: best.gradient_norm,
        iterations: best.iterations,
        agreeing_starts: agreeing as f64 / optima.len() as f64,
        problems: samples.len(),
        predictions: draws.predictions(
            options.predict_at,
            (1.0, f64::from(largest)),
            &parameters,
            |&[alpha, beta], k| coverage(alpha, beta, k),
        ),
        refits: draws.into_refits(),
    };
    Ok(Outcome::new(refusal, fit))
}

fn mean(parameters: &[f64; 2]) -> f64 {
    parameters[0] / (parameters[0] + parameters[1])
}

fn check_counts(samples: &[u32], successes: &[u32]) -> Result<(), LawError> {
    check_problems(samples.len())?;
    if samples.len() != successes.len() {
        let (expected, got) = (samples.len(), successes.len());
        return Err(StatsError::LengthMismatch {
            name: "successes",
            expected,
            got,
        }
        .into());
    }
    for (problem, (&n, &c)) in samples.iter().zip(successes).enumerate() {
        if n == 0 {
            return Err(LawError::NoSamples { problem });
        }
        if c > n {
            return Err(StatsError::TooManySuccesses {
                successes: c,
                samples: n,
                problem,
            }
            .into());
        }
    }
    Ok(())
}

fn refusal_before_fit(samples: &[u32], successes: &[u32]) -> Option<Refusal> {
    let problems = samples.len();
    if problems < NEEDED_PROBLEMS {
        return Some(Refusal::TooFewProblems {
            got: problems,
            needed: NEEDED_PROBLEMS,
        });
    }
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let median = sorted[problems / 2];
    if f64::from(median) < NEEDED_FACTOR {
        return Some(Refusal::TooShortRange {
            points: median as usize,
            needed_points: NEEDED_POINTS,
            factor: f64::from(median),
            needed_factor: NEEDED_FACTOR,
        });
    }
    let solved = successes.iter().filter(|&&c| c > 0).count();
    if solved < NEEDED_SOLVED {
        return Some(Refusal::AtFloor {
            solved,
            needed: NEEDED_SOLVED,
        });
    }
    let rates: Vec<f64> = samples
        .iter()
        .zip(successes)
        .map(|(&n, &c)| f64::from(c) / f64::from(n))
        .collect();
    let (accuracy, error) = mean_and_error(&rates);
    let noise = NOISE_ERRORS * error;
    (1.0 - accuracy <= noise).then_some(Refusal::AtCeiling { accuracy, noise })
}

fn bound([alpha, beta]: [f64; 2]) -> Option<Refusal> {
    let (name, value) = if alpha <= beta {
        ("alpha", alpha)
    } else {
        ("beta", beta)
    };
    let at = |bound| Some(Refusal::ParameterAtBound { name, value, bound });
    if value >= LARGEST_SPREAD_PARAMETER {
        at(LARGEST_SPREAD_PARAMETER)
    } else if value <= PARAMETER_RANGE.0 * (1.0 + 1e-6) {
        at(PARAMETER_RANGE.0)
    } else {
        None
    }
}

/// The moment estimate and a grid of concentrations around the pooled mean.
fn starts(samples: &[u32], successes: &[u32]) -> Vec<[f64; 2]> {
    let problems = samples.len() as f64;
    let pairs = samples.iter().zip(successes);
    let rates: Vec<f64> = pairs.map(|(&n, &c)| f64::from(c) / f64::from(n)).collect();
    let total: f64 = successes.iter().map(|&c| f64::from(c)).sum();
    let all: f64 = samples.iter().map(|&n| f64::from(n)).sum();
    let pooled = (total / all).clamp(1e-6, 1.0 - 1e-6);

    // Var(c/n) = μ(1 − μ) [1/n + (1 − 1/n)/(s + 1)] gives the concentration s = α + β.
    let inverse = samples.iter().map(|&n| 1.0 / f64::from(n)).sum::<f64>() / problems;
    let average = rates.iter().sum::<f64>() / problems;
    let variance = rates.iter().map(|rate| (rate - average).powi(2)).sum::<f64>() / problems;
    let share = (variance / (average * (1.0 - average)).max(1e-12) - inverse) / (1.0 - inverse).max(1e-12);
    let moment = if share > 0.0 {
        (1.0 / share - 1.0).clamp(1e-2, 1e4)
    } else {
        1e3
    };

    let start =
        |mean: f64, concentration: f64| [(mean * concentration).ln(), ((1.0 - mean) * concentration).ln()];
    let mut starts = vec![start(average.clamp(1e-6, 1.0 - 1e-6), moment)];
    starts.extend([0.1, 1.0, 10.0, 100.0].map(|concentration| start(pooled, concentration)));
    starts
}

fn best_of(optima: &[Optimum]) -> Optimum {
    optima[1..].iter().fold(
        optima[0],
        |best, other| if other.value > best.value { *other } else { best },
    )
}

/// Warm from the optimum of all problems, and cold from α = β = 1 if that fails.
fn refit(likelihood: &Likelihood, best: &Optimum) -> Option<[f64; 2]> {
    if !likelihood.is_proper() {
        return None;
    }
    let warm = likelihood.maximise(best.logs);
    if warm.converged {
        return Some(warm.logs.map(f64::exp));
    }
    let cold = likelihood.maximise([0.0, 0.0]);
    cold.converged.then(|| cold.logs.map(f64::exp))
}
