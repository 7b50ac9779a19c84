//! Which of several laws: all that read the same inputs are fitted on one objective and one scale, each also with the
//! parameters that it usually holds (a ceiling, a floor, an offset), and compared.
//!
//! - Independent rows are compared by AICc ([`likelihood`](super::likelihood)). A law must gain more than 2 over one with fewer
//!   parameters; within 2 the simpler one is chosen (Burnham and Anderson 2002, section 2.6).
//! - Rows that share groups, as those of a pool of samples do, are compared by cross-validation over groups: each fold of
//!   groups is predicted by a fit to the others. The simplest law is chosen whose mean cost a group is within one standard
//!   error (of the paired difference) of the best (Breiman et al. 1984, section 3.4.3). The same serves where rows are too
//!   few for AICc of any law.

use rayon::prelude::*;

use super::cautions::NEEDED_GAIN;
use super::cross_validation::{folds, held_out_costs, paired_error};
use super::form::Form;
use super::freeing::{Own, check_names, subsets};
use super::likelihood::independent;
use super::objective::{Objective, Scale};
use super::run::fit;
use super::setup::Setup;
use super::solve::Solution;
use super::table::{Data, Response};
use super::{Fit, FitError, FitOptions, Holdout};

/// Costs this close, as a share, differ by rounding.
const ROUNDING: f64 = 1e-9;

/// What laws were compared by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Criterion {
    /// The corrected criterion of Akaike, on independent rows.
    Aicc,
    /// The cost of groups that a fit has not seen, over folds.
    CrossValidation {
        /// How many.
        folds: usize,
    },
}

impl Criterion {
    /// In kebab case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aicc => "aicc",
            Self::CrossValidation { .. } => "cross-validation",
        }
    }
}

/// A law that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// [`About::name`](super::About::name).
    pub law: &'static str,
    /// Parameters that the law usually holds and that were fitted.
    pub freed: Vec<&'static str>,
    /// Fitted parameters, without the scale of residuals.
    pub parameters: usize,
    /// The criterion: AICc, or the mean held-out cost a group. Lower is better.
    pub score: f64,
    /// How far it is above the best.
    pub difference: f64,
    /// The standard error of that difference, over groups; `None` with AICc.
    pub difference_error: Option<f64>,
    /// Log-likelihood on all rows.
    pub log_likelihood: f64,
    /// BIC, on independent rows.
    pub bic: Option<f64>,
    /// Whether the fit to all rows converged.
    pub converged: bool,
}

/// A law that could not be tried.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// [`About::name`](super::About::name).
    pub law: &'static str,
    /// As in [`Candidate`].
    pub freed: Vec<&'static str>,
    /// Why.
    pub reason: String,
}

/// The chosen law and what it was chosen from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Selection {
    /// The chosen law, fitted with all options.
    pub fit: Fit,
    /// Its place among the forms that were passed.
    pub form: usize,
    /// Its place in `ranking`.
    pub chosen: usize,
    /// What decided.
    pub criterion: Criterion,
    /// A sentence with the numbers.
    pub reason: String,
    /// All laws that were tried, the best score first.
    pub ranking: Vec<Candidate>,
    /// The others.
    pub left_out: Vec<LeftOut>,
}

struct Tried<'a> {
    form: usize,
    freed: Vec<&'static str>,
    setup: Setup<'a>,
    solution: Solution,
    log_likelihood: f64,
    aicc: Option<f64>,
    bic: Option<f64>,
}

/// Fits every form whose inputs have the names `inputs`, in this order, and chooses one.
///
/// The objective and the scale are those of `options`; without, binomial with counts, else those that all forms share, else
/// least squares and raw residuals.
///
/// # Errors
/// [`FitError::NothingToSelect`] if no form reads the inputs; the error of the first form if none can be fitted.
pub fn select(
    forms: &[&dyn Form],
    inputs: &[&str],
    data: &Data,
    options: &FitOptions,
) -> Result<Selection, FitError> {
    let matching: Vec<usize> = (0..forms.len())
        .filter(|&i| {
            forms[i]
                .about()
                .inputs
                .iter()
                .map(|input| input.name)
                .eq(inputs.iter().copied())
        })
        .filter(|&i| forms[i].about().probability || !matches!(data.response, Response::Counts { .. }))
        .collect();
    if matching.is_empty() {
        return Err(FitError::NothingToSelect {
            inputs: inputs.join(", "),
        });
    }
    check_names(forms, &matching, options)?;
    let (objective, scale) = shared(forms, &matching, data, options);
    let plain = FitOptions {
        objective: Some(objective),
        scale: Some(scale),
        resamples: 0,
        holdout: Holdout::None,
        predict: &[],
        ..options.clone()
    };
    let plans: Vec<(usize, Vec<&'static str>)> = matching
        .iter()
        .flat_map(|&i| {
            subsets(forms[i], options)
                .into_iter()
                .map(move |freed| (i, freed))
        })
        .collect();
    let outcomes: Vec<Result<Tried, FitError>> = plans
        .par_iter()
        .map(|(i, freed)| attempt(forms[*i], *i, freed, data, &plain))
        .collect();
    let (mut tried, mut left_out, mut first_error) = (Vec::new(), Vec::new(), None);
    for (outcome, (i, freed)) in outcomes.into_iter().zip(plans) {
        match outcome {
            Ok(candidate) => tried.push(candidate),
            Err(error) => {
                left_out.push(LeftOut {
                    law: forms[i].about().name,
                    freed,
                    reason: error.to_string(),
                });
                first_error.get_or_insert(error);
            }
        }
    }
    let (criterion, scored) = compare(&mut tried, &mut left_out, forms, options);
    if scored.is_empty() {
        return Err(first_error.unwrap_or(FitError::NothingToSelect {
            inputs: inputs.join(", "),
        }));
    }
    let chosen = choose(&scored);
    let reason = reason(criterion, &scored, chosen);
    let (form, freed) = (scored[chosen].form, scored[chosen].candidate.freed.clone());
    let own = Own::of(forms[form], options, &freed);
    let full = FitOptions {
        objective: Some(objective),
        scale: Some(scale),
        ..own.options(options)
    };
    Ok(Selection {
        fit: fit(forms[form], data, &full)?,
        form,
        chosen,
        criterion,
        reason,
        ranking: scored.into_iter().map(|scored| scored.candidate).collect(),
        left_out,
    })
}

/// One objective and one scale for all.
fn shared(forms: &[&dyn Form], matching: &[usize], data: &Data, options: &FitOptions) -> (Objective, Scale) {
    let abouts = || matching.iter().map(|&i| forms[i].about());
    let first = abouts().next();
    let objective = first
        .map(|it| it.objective)
        .filter(|&it| abouts().all(|other| other.objective == it));
    let scale = first
        .map(|it| it.scale)
        .filter(|&it| abouts().all(|other| other.scale == it));
    let counts = matches!(data.response, Response::Counts { .. });
    let usual = if counts {
        Objective::Binomial
    } else {
        objective.unwrap_or(Objective::Gaussian)
    };
    (
        options.objective.unwrap_or(usual),
        options.scale.or(scale).unwrap_or(Scale::Raw),
    )
}

fn attempt<'a>(
    form: &'a dyn Form,
    place: usize,
    freed: &[&'static str],
    data: &Data,
    plain: &FitOptions,
) -> Result<Tried<'a>, FitError> {
    let own = Own::of(form, plain, freed);
    let setup = Setup::new(form, data, &own.options(plain))?;
    let (solution, criteria) = {
        let problem = setup.problem();
        let solution = setup.solve(&problem)?;
        let criteria = setup.criteria(&problem, &solution);
        (solution, criteria)
    };
    let (log_likelihood, aicc, bic) = criteria;
    Ok(Tried {
        form: place,
        freed: freed.to_vec(),
        setup,
        solution,
        log_likelihood,
        aicc,
        bic,
    })
}

struct Scored {
    candidate: Candidate,
    form: usize,
    /// Held-out cost of each group, with cross-validation.
    costs: Vec<f64>,
}

fn compare(
    tried: &mut Vec<Tried>,
    left_out: &mut Vec<LeftOut>,
    forms: &[&dyn Form],
    options: &FitOptions,
) -> (Criterion, Vec<Scored>) {
    let by_aicc = tried
        .iter()
        .any(|it| it.aicc.is_some() || it.log_likelihood == f64::INFINITY)
        && tried.iter().all(|it| independent(&it.setup.table));
    let folds = tried
        .first()
        .map_or(Vec::new(), |it| folds(&it.setup, options.seed));
    let criterion = if by_aicc {
        Criterion::Aicc
    } else {
        Criterion::CrossValidation {
            folds: folds.iter().max().map_or(0, |&last| last + 1),
        }
    };
    let mut scored: Vec<Scored> = Vec::new();
    for it in tried.drain(..) {
        // A law that meets every row to rounding has no worse rival.
        let exact = it.log_likelihood == f64::INFINITY;
        let costs = if by_aicc {
            Ok(Vec::new())
        } else {
            held_out_costs(&it.setup, &it.solution, &folds)
                .ok_or("a fold cannot be fitted without its groups")
        };
        let score = match (&costs, by_aicc) {
            (Ok(_), true) if exact => Ok(f64::NEG_INFINITY),
            (Ok(_), true) => it.aicc.ok_or("too few rows for AICc"),
            (Ok(costs), false) => Ok(costs.iter().sum::<f64>() / costs.len() as f64),
            (Err(reason), _) => Err(*reason),
        };
        let law = forms[it.form].about().name;
        match (score, costs) {
            (Ok(score), Ok(costs)) if !score.is_nan() => scored.push(Scored {
                form: it.form,
                costs,
                candidate: Candidate {
                    law,
                    freed: it.freed,
                    parameters: it.setup.fitted(),
                    score,
                    difference: 0.0,
                    difference_error: None,
                    log_likelihood: it.log_likelihood,
                    bic: it.bic,
                    converged: it.solution.converged,
                },
            }),
            (Err(reason), _) | (_, Err(reason)) => {
                left_out.push(LeftOut {
                    law,
                    freed: it.freed,
                    reason: reason.to_owned(),
                });
            }
            _ => left_out.push(LeftOut {
                law,
                freed: it.freed,
                reason: "its score is not a number".to_owned(),
            }),
        }
    }
    scored.sort_by(|a, b| {
        let (left, right) = (&a.candidate, &b.candidate);
        left.score
            .total_cmp(&right.score)
            .then(left.parameters.cmp(&right.parameters))
    });
    if let Some((best, best_costs)) = scored.first().map(|it| (it.candidate.score, it.costs.clone())) {
        for it in &mut scored {
            let equal = it.candidate.score == best;
            it.candidate.difference = if equal { 0.0 } else { it.candidate.score - best };
            it.candidate.difference_error = (!by_aicc).then(|| paired_error(&it.costs, &best_costs));
        }
    }
    (criterion, scored)
}

/// The simplest law that is as good as the best: within [`NEEDED_GAIN`] of AICc, or one standard error.
fn choose(scored: &[Scored]) -> usize {
    let as_good = |it: &Candidate| match it.difference_error {
        None => it.difference <= NEEDED_GAIN,
        Some(error) => it.difference <= error + ROUNDING * it.score.abs(),
    };
    // Ranked by score already, so the first of equally simple ones is the best of them.
    (0..scored.len())
        .filter(|&i| as_good(&scored[i].candidate))
        .min_by_key(|&i| scored[i].candidate.parameters)
        .unwrap_or(0)
}

fn name(candidate: &Candidate) -> String {
    match candidate.freed.as_slice() {
        [] => candidate.law.to_owned(),
        freed => format!("{} with {} fitted", candidate.law, freed.join(" and ")),
    }
}

fn reason(criterion: Criterion, scored: &[Scored], chosen: usize) -> String {
    let candidate = &scored[chosen].candidate;
    let by = match criterion {
        Criterion::Aicc => "AICc".to_owned(),
        Criterion::CrossValidation { folds } => format!("cost of groups left out ({folds} folds)"),
    };
    let this = name(candidate);
    if chosen > 0 {
        let best = &scored[0].candidate;
        let within = match candidate.difference_error {
            None => format!(
                "a gain of {:.2} does not exceed {NEEDED_GAIN}",
                candidate.difference
            ),
            Some(error) => format!(
                "a gain of {:.3e} is within one standard error ({error:.3e})",
                candidate.difference
            ),
        };
        return format!(
            "{this} ({} parameters): {} ({}) has the lowest {by}, but {within} for more parameters.",
            candidate.parameters,
            name(best),
            best.parameters
        );
    }
    match scored.get(1) {
        None => format!("{this} is the only law that could be fitted."),
        Some(next) if candidate.score == f64::NEG_INFINITY => {
            format!(
                "{this} meets every row to rounding; the next is {}.",
                name(&next.candidate)
            )
        }
        Some(next) => format!(
            "{this} has the lowest {by}, {} below {}.",
            difference(criterion, next.candidate.difference),
            name(&next.candidate)
        ),
    }
}

fn difference(criterion: Criterion, value: f64) -> String {
    match criterion {
        Criterion::Aicc => format!("{value:.2}"),
        Criterion::CrossValidation { .. } => format!("{value:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(parameters: usize, difference: f64, difference_error: Option<f64>) -> Scored {
        Scored {
            form: 0,
            costs: vec![],
            candidate: Candidate {
                law: "law",
                freed: vec![],
                parameters,
                score: difference,
                difference,
                difference_error,
                log_likelihood: 0.0,
                bic: None,
                converged: true,
            },
        }
    }

    #[test]
    fn a_gain_must_exceed_two() {
        assert_eq!(choose(&[scored(3, 0.0, None), scored(2, 2.0, None)]), 1);
        assert_eq!(choose(&[scored(3, 0.0, None), scored(2, 2.01, None)]), 0);
        assert_eq!(choose(&[scored(3, 0.0, None), scored(3, 0.5, None)]), 0);
        assert_eq!(
            choose(&[scored(4, 0.0, None), scored(3, 1.0, None), scored(2, 1.9, None)]),
            2
        );
    }

    #[test]
    fn or_one_standard_error() {
        assert_eq!(choose(&[scored(3, 0.0, Some(0.0)), scored(2, 0.1, Some(0.2))]), 1);
        assert_eq!(choose(&[scored(3, 0.0, Some(0.0)), scored(2, 0.3, Some(0.2))]), 0);
    }
}
