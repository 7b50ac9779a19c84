//! Accuracy over the tokens that a model may think.
//!
//! p(t) = floor + (ceiling − floor) · σ(slope · (ln(1 + t) − midpoint))
//!
//! A logistic curve in the logarithm of the length, between the accuracy without thought and the one that more thought
//! does not exceed: the shape that accuracies over budgets of reasoning tokens show (Muennighoff et al. 2025, "s1:
//! Simple test-time scaling", figure 1; OpenAI 2024, "Learning to reason with LLMs"). The 1 makes t = 0 a length like
//! any other. Every level has samples of its own, so counts are binomial given the curve and the parameters maximise
//! that likelihood ([`logistic_likelihood`](super)): a level with 0 of 30 right needs no correction, unlike in a
//! regression on log-odds.
//!
//! Problems differ in difficulty and share theirs between levels, which the sums over problems do not know. Their mean
//! is still the curve's (a quasi-likelihood), and intervals come from resampling problems whole. A problem weighs as
//! much as it has samples.
//!
//! A floor, a ceiling, a slope and a midpoint are much to ask of few levels: fix the floor at the chance of a guess
//! and the ceiling at 1 unless the data show both ends.

use super::LawError;
use super::law::{Estimate, FitOptions, Outcome, Prediction, Refits, Refusal};
use super::logistic_data::{Counts, check_tokens};
use super::logistic_likelihood::{Bounds, LEAST_GAP, Likelihood, Optimum, SLOPE_RANGE, Theta, chances};
use super::refit::Draws;
use crate::stats::check_resampling;
use crate::stats::log_gamma::ln_binomial;

/// How far beyond the measured levels the midpoint is searched, in widths of their range in ln(1 + t), at least 1.
const MIDPOINT_REACH: f64 = 3.0;
/// A start counts as agreeing with the best if its log-likelihood is within this share of it.
const AGREEMENT: f64 = 1e-6;

/// What ends of the curve are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// The accuracy without thought, or `None` to fit it.
    pub floor: Option<f64>,
    /// The accuracy that no length exceeds, or `None` to fit it; 1 is usual.
    pub ceiling: Option<f64>,
}

/// A fitted logistic law.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LogisticFit {
    /// Change of the log-odds (between the ends) for each factor of e in 1 + t.
    pub slope: Estimate,
    /// ln(1 + t) halfway between the ends.
    pub midpoint: Estimate,
    /// The same in tokens, e^midpoint − 1.
    pub midpoint_tokens: Estimate,
    /// Accuracy at the low end; a given one is its own interval.
    pub floor: Estimate,
    /// Accuracy at the high end; a given one is its own interval.
    pub ceiling: Estimate,
    /// Whether the midpoint lies within the measured levels. Outside, the fit extends one side of the curve.
    pub midpoint_inside: bool,
    /// Log-likelihood of the sums over problems, binomial coefficients included.
    pub log_likelihood: f64,
    /// Twice what a free accuracy at each level would gain. Far above the degrees of freedom the form is wrong;
    /// problems of different difficulty push it below.
    pub deviance: f64,
    /// Levels less fitted parameters.
    pub degrees_of_freedom: usize,
    /// Whether the gradient vanished.
    pub converged: bool,
    /// Largest entry of the gradient, in standard errors of its parameter.
    pub gradient_norm: f64,
    /// Iterations of the best start.
    pub iterations: usize,
    /// Share of the starts that reached the best log-likelihood.
    pub agreeing_starts: f64,
    /// Problems in the data.
    pub problems: usize,
    /// Accuracy at the requested tokens; `k` of a prediction is t, and decades count in 1 + t.
    pub predictions: Vec<Prediction>,
    /// The refits behind the intervals; a draw is (slope, midpoint, floor, ceiling).
    pub refits: Refits,
}

/// p(t) for t ≥ 0.
pub fn accuracy(slope: f64, midpoint: f64, floor: f64, ceiling: f64, tokens: f64) -> f64 {
    chances(&[slope.ln(), midpoint, floor, ceiling], tokens.ln_1p()).0
}

/// Fits row-major problems × `tokens.len()` counts: `samples` drawn and `successes` among them at each level of
/// thinking `tokens`, which rise from 0 or more. A cell may have no samples, a level or a problem must have some.
/// `options.predict_at` holds tokens, 0 allowed.
///
/// Refused with fewer than 4 levels, or no more than fitted parameters; fewer than 20 problems tried at both the first
/// and the last level; fewer than 5 problems with a success; a rise from the first to the last level within two
/// standard errors of 0 (paired by problem) or none; no convergence; a slope at 0.02 or 50, or a midpoint far outside
/// the levels; a midpoint beyond the levels on the side whose end is fitted (the data show no such end); more than a
/// tenth of the refits failed.
///
/// # Errors
/// [`LawError::Stats`] for bad options, shapes or c > n, [`LawError::BadTokens`], [`LawError::NoSamples`],
/// [`LawError::EmptyLevel`], [`LawError::BadEnds`].
pub fn fit_logistic(
    samples: &[u32],
    successes: &[u32],
    tokens: &[f64],
    ends: Ends,
    options: &FitOptions,
) -> Result<Outcome<LogisticFit>, LawError> {
    check_resampling(options.resamples, options.level)?;
    check_tokens("predict_at", options.predict_at)?;
    check_ends(ends)?;
    let counts = Counts::new(samples, successes, tokens)?;
    let bounds = bounds(&counts.xs, ends);
    let free = (0..4).filter(|&i| bounds.is_free(i)).count();
    let before = counts.refusal(free);
    let likelihood = counts.likelihood(&vec![1; counts.problems()]);
    let carries_parameters = likelihood.is_proper() && counts.problems() > 1 && counts.xs.len() >= free;
    if let (Some(refusal), false) = (&before, carries_parameters) {
        return Ok(Outcome::Refused {
            refusal: refusal.clone(),
            fit: None,
        });
    }

    let optima: Vec<Optimum> = starts(&likelihood, &bounds)
        .into_iter()
        .map(|start| likelihood.maximise(start, &bounds))
        .collect();
    let best = best_of(&optima);
    let draws = Draws::new(counts.problems(), options, |multiplicity| {
        refit(&counts.likelihood(multiplicity), &best, &bounds)
    });
    let refusal = before
        .or_else(|| {
            (!best.converged).then_some(Refusal::NotConverged {
                gradient_norm: best.gradient_norm,
                iterations: best.iterations,
            })
        })
        .or_else(|| bound(&best.theta, &bounds, &counts.xs))
        .or_else(|| draws.refusal());
    Ok(Outcome::new(
        refusal,
        report(
            &counts,
            &likelihood,
            &optima,
            &best,
            free,
            draws,
            options.predict_at,
        ),
    ))
}

fn report(
    counts: &Counts,
    likelihood: &Likelihood,
    optima: &[Optimum],
    best: &Optimum,
    free: usize,
    draws: Draws<4>,
    predict_at: &[f64],
) -> LogisticFit {
    let parameters = plain(best.theta);
    let [slope, midpoint, floor, ceiling] = parameters;
    let levels = likelihood.successes.iter().zip(&likelihood.totals);
    let coefficients: f64 = levels.map(|(&s, &n)| ln_binomial(n, s)).sum();
    let agreeing = optima
        .iter()
        .filter(|optimum| best.value - optimum.value <= AGREEMENT * best.value.abs())
        .count();
    let (first, last) = (counts.xs[0], counts.xs[counts.xs.len() - 1]);
    // The shared machinery wants positive ks: 1 + t is one.
    let shifted: Vec<f64> = predict_at.iter().map(|t| 1.0 + t).collect();
    let mut predictions = draws.predictions(
        &shifted,
        (first.exp(), last.exp()),
        &parameters,
        |&[slope, midpoint, floor, ceiling], k| accuracy(slope, midpoint, floor, ceiling, k - 1.0),
    );
    for (prediction, &tokens) in predictions.iter_mut().zip(predict_at) {
        prediction.k = tokens;
        // exp(ln(1 + t)) may miss 1 + t by rounding.
        if (first..=last).contains(&tokens.ln_1p()) {
            prediction.decades_beyond = 0.0;
        }
    }
    LogisticFit {
        slope: draws.estimate(slope, |draw| draw[0]),
        midpoint: draws.estimate(midpoint, |draw| draw[1]),
        midpoint_tokens: draws.estimate(midpoint.exp_m1(), |draw| draw[1].exp_m1()),
        floor: draws.estimate(floor, |draw| draw[2]),
        ceiling: draws.estimate(ceiling, |draw| draw[3]),
        midpoint_inside: (first..=last).contains(&midpoint),
        log_likelihood: best.value + coefficients,
        deviance: (2.0 * (likelihood.saturated() - best.value)).max(0.0),
        degrees_of_freedom: counts.xs.len().saturating_sub(free),
        converged: best.converged,
        gradient_norm: best.gradient_norm,
        iterations: best.iterations,
        agreeing_starts: agreeing as f64 / optima.len() as f64,
        problems: counts.problems(),
        predictions,
        refits: draws.into_refits(),
    }
}

/// (slope, midpoint, floor, ceiling).
fn plain([log_slope, midpoint, floor, ceiling]: Theta) -> [f64; 4] {
    [log_slope.exp(), midpoint, floor, ceiling]
}

fn check_ends(ends: Ends) -> Result<(), LawError> {
    let (floor, ceiling) = (ends.floor.unwrap_or(0.0), ends.ceiling.unwrap_or(1.0));
    if floor >= 0.0 && ceiling <= 1.0 && ceiling - floor >= LEAST_GAP {
        Ok(())
    } else {
        Err(LawError::BadEnds { floor, ceiling })
    }
}

fn bounds(xs: &[f64], ends: Ends) -> Bounds {
    let (first, last) = (xs[0], xs[xs.len() - 1]);
    let reach = MIDPOINT_REACH * (last - first).max(1.0);
    let (low, high) = (SLOPE_RANGE.0.ln(), SLOPE_RANGE.1.ln());
    let floor = ends
        .floor
        .map_or((0.0, ends.ceiling.unwrap_or(1.0) - LEAST_GAP), |floor| {
            (floor, floor)
        });
    let ceiling = ends
        .ceiling
        .map_or((ends.floor.unwrap_or(0.0) + LEAST_GAP, 1.0), |ceiling| {
            (ceiling, ceiling)
        });
    Bounds {
        low: [low, first - reach, floor.0, ceiling.0],
        high: [high, last + reach, floor.1, ceiling.1],
    }
}

fn bound(theta: &Theta, bounds: &Bounds, xs: &[f64]) -> Option<Refusal> {
    let [slope, midpoint, floor, ceiling] = plain(*theta);
    let (first, last) = (xs[0], xs[xs.len() - 1]);
    let at = |name, value, bound| Some(Refusal::ParameterAtBound { name, value, bound });
    let ends_are_fitted = (bounds.is_free(2), bounds.is_free(3));
    if slope <= SLOPE_RANGE.0 * 1.001 {
        at("slope", slope, SLOPE_RANGE.0)
    } else if slope >= SLOPE_RANGE.1 / 1.001 {
        at("slope", slope, SLOPE_RANGE.1)
    } else if (ends_are_fitted.0 || ends_are_fitted.1) && ceiling - floor <= LEAST_GAP * 1.001 {
        at("ceiling", ceiling, floor + LEAST_GAP)
    } else if (ends_are_fitted.0 && midpoint < first) || (ends_are_fitted.1 && midpoint > last) {
        Some(Refusal::OutsideData {
            name: "midpoint",
            value: midpoint,
            low: first,
            high: last,
        })
    } else if midpoint <= bounds.low[1] + 1e-6 {
        at("midpoint", midpoint, bounds.low[1])
    } else if midpoint >= bounds.high[1] - 1e-6 {
        at("midpoint", midpoint, bounds.high[1])
    } else {
        None
    }
}

/// A grid of slopes and midpoints, with the ends just outside the observed rates.
fn starts(likelihood: &Likelihood, bounds: &Bounds) -> Vec<Theta> {
    let rates = || {
        likelihood
            .successes
            .iter()
            .zip(&likelihood.totals)
            .map(|(s, n)| s / n)
    };
    let floor = (0.9 * rates().fold(1.0, f64::min)).clamp(bounds.low[2], bounds.high[2]);
    let ceiling = 1.0 - 0.9 * (1.0 - rates().fold(0.0, f64::max));
    let ceiling = ceiling.max(floor + 0.1).clamp(bounds.low[3], bounds.high[3]);
    let floor = floor.min(ceiling - LEAST_GAP);
    let (first, last) = (likelihood.xs[0], likelihood.xs[likelihood.xs.len() - 1]);
    let span = (last - first).max(1e-3);
    let mut starts = Vec::new();
    for steepness in [1.0, 3.0, 9.0, 27.0] {
        for place in [-0.3, 0.2, 0.5, 0.8, 1.3] {
            starts.push([(steepness / span).ln(), first + place * span, floor, ceiling]);
        }
    }
    starts
}

fn best_of(optima: &[Optimum]) -> Optimum {
    optima[1..].iter().fold(
        optima[0],
        |best, other| if other.value > best.value { *other } else { best },
    )
}

/// Warm from the optimum of all problems, and cold from every start if that fails.
fn refit(likelihood: &Likelihood, best: &Optimum, bounds: &Bounds) -> Option<[f64; 4]> {
    if !likelihood.is_proper() {
        return None;
    }
    let warm = likelihood.maximise(best.theta, bounds);
    if warm.converged {
        return Some(plain(warm.theta));
    }
    let optima: Vec<Optimum> = starts(likelihood, bounds)
        .into_iter()
        .map(|start| likelihood.maximise(start, bounds))
        .collect();
    let cold = best_of(&optima);
    cold.converged.then(|| plain(cold.theta))
}
