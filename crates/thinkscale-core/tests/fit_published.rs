//! Published measurements, fitted to published or certified values (data/README.md has the sources).
#![allow(clippy::unwrap_used, clippy::panic)]

mod fit_support;

use fit_support::{Csv, counts, form, kinds, rows, value, values};
use thinkscale_core::fit::{Caution, Fit, FitOptions, chain, fit};

const GADRE: &str = include_str!("data/gadre.csv");
const OLMO: &str = include_str!("data/olmo_ladder.csv");
const S1: &str = include_str!("data/s1_budget_forcing.csv");

fn near(name: &str, got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance,
        "{name}: expected {expected}, got {got}"
    );
}

struct Gadre {
    loss: Fit,
    error: Fit,
    all: Csv,
}

fn gadre(dataset: &str) -> Gadre {
    let all = Csv::new(GADRE).filter(|at| at("dataset") == dataset);
    let small = |at: &dyn Fn(&str) -> String| {
        let step = at("cc_mult");
        at("model").starts_with("d=") && (step == "1.0" || step == "16.0")
    };
    let five = all.filter(|at| small(at));
    let inputs = rows(&[&five.numbers("N"), &five.numbers("M")]);
    let losses = five.numbers("loss_c4_val");
    assert_eq!(losses.len(), 5);
    let loss = fit(
        form("gadre-loss"),
        &values(&inputs, &losses),
        &FitOptions::default(),
    )
    .unwrap();
    let six = all.filter(|at| small(at) || at("model") == "open_lm_1b" && at("cc_mult") == "1.0");
    let (losses, errors) = (six.numbers("loss_c4_val"), six.numbers("err_avg_subset"));
    assert_eq!(losses.len(), 6);
    let error = fit(
        form("gadre-error"),
        &values(&losses, &errors),
        &FitOptions::default(),
    )
    .unwrap();
    Gadre { loss, error, all }
}

#[test]
fn gadre_predicts_over_trained_and_large_models() {
    let Gadre { loss, error, all } = gadre("rpj");
    assert!(loss.converged && error.converged);
    for (name, expected, digit) in [
        ("a", 166.2, 0.05),
        ("b", 366.7, 0.05),
        ("eta", -0.272_85, 5e-6),
        ("E", 1.836_65, 5e-6),
    ] {
        near(name, value(&loss, name), expected, digit);
    }
    for (name, expected) in [("k", 2.2065), ("gamma", 0.7146), ("eps", 0.857)] {
        near(name, value(&error, name), expected, 5e-5);
    }
    for (model, step, loss_error, task_error) in [
        ("open_lm_1b", "32.0", 0.7103, 3.6365),
        ("open_lm_7b", "1.0", 0.732, 0.0464),
    ] {
        let target = all.filter(|at| at("model") == model && at("cc_mult") == step);
        let row = [target.numbers("N")[0], target.numbers("M")[0]];
        let relative = |got: f64, column: &str| 100.0 * (got / target.numbers(column)[0] - 1.0).abs();
        let options = FitOptions {
            predict: &row,
            ..FitOptions::default()
        };
        let again = {
            let five = all.filter(|at| {
                at("model").starts_with("d=") && (at("cc_mult") == "1.0" || at("cc_mult") == "16.0")
            });
            let inputs = rows(&[&five.numbers("N"), &five.numbers("M")]);
            fit(
                form("gadre-loss"),
                &values(&inputs, &five.numbers("loss_c4_val")),
                &options,
            )
            .unwrap()
        };
        near(
            model,
            relative(again.predictions[0].value, "loss_c4_val"),
            loss_error,
            2e-4,
        );
        assert!(again.predictions[0].decades_beyond > 1.0);
        let chained = chain(
            (form("gadre-loss"), &loss),
            (form("gadre-error"), &error),
            &row,
            0.95,
        )
        .unwrap();
        near(
            model,
            relative(chained[0].value, "err_avg_subset"),
            task_error,
            2e-4,
        );
        assert_eq!(chained[0].decades_beyond, again.predictions[0].decades_beyond);
    }
    // Four parameters through five points: fitted, and said.
    assert!(kinds(&loss).contains(&"few-rows"), "{:?}", loss.cautions);
}

#[test]
fn gadre_fits_of_the_other_data_sets() {
    for (dataset, a, b, eta, e) in [
        ("c4_original", 113.7, 189.5, -0.242_47, 1.508_26),
        ("rw_original", 125.1, 246.2, -0.254_39, 1.734_46),
    ] {
        let loss = gadre(dataset).loss;
        near("a", value(&loss, "a"), a, 0.05);
        near("b", value(&loss, "b"), b, 0.05);
        near("eta", value(&loss, "eta"), eta, 5e-6);
        near("E", value(&loss, "E"), e, 5e-6);
    }
}

/// The mean of the last five of each run.
fn last_five(values: &[f64]) -> f64 {
    values[values.len() - 5..].iter().sum::<f64>() / 5.0
}

/// The mean of each value and up to four before it.
fn moving_average(values: &[f64]) -> Vec<f64> {
    (0..values.len())
        .map(|end| {
            let window = &values[end.saturating_sub(4)..=end];
            window.iter().sum::<f64>() / window.len() as f64
        })
        .collect()
}

struct Ladder {
    runs: Vec<Csv>,
    target: Csv,
}

impl Ladder {
    fn new() -> Self {
        let all = Csv::new(OLMO);
        let train = all.filter(|at| at("mode") == "train");
        let mut names = train.texts("run");
        names.dedup();
        assert_eq!(names.len(), 16);
        Self {
            runs: names
                .iter()
                .map(|name| train.filter(|at| at("run") == *name))
                .collect(),
            target: all.filter(|at| at("run") == "peteish13_eval_final"),
        }
    }

    fn last(csv: &Csv, column: &str) -> f64 {
        *csv.numbers(column).last().unwrap()
    }

    /// Step 1: loss over N and D, asked at the target.
    fn loss(&self, column: &str) -> Fit {
        let inputs: Vec<f64> = self
            .runs
            .iter()
            .flat_map(|run| [Self::last(run, "N"), Self::last(run, "D")])
            .collect();
        let losses: Vec<f64> = self
            .runs
            .iter()
            .map(|run| last_five(&run.numbers(column)))
            .collect();
        let options = FitOptions {
            predict: &self.target_row(),
            ..FitOptions::default()
        };
        fit(form("ladder-loss"), &values(&inputs, &losses), &options).unwrap()
    }

    fn target_row(&self) -> [f64; 2] {
        [Self::last(&self.target, "N"), Self::last(&self.target, "D")]
    }

    /// Step 2: accuracy over the loss on the task.
    fn accuracy(&self, task: &str) -> Fit {
        let (mut losses, mut accuracies) = (Vec::new(), Vec::new());
        for run in &self.runs {
            let late = |column: &str| {
                let all = run.numbers(&format!("{task}_{column}"));
                moving_average(&all[all.len().div_ceil(10)..])
            };
            losses.extend(late("bpb"));
            accuracies.extend(late("acc"));
        }
        losses.push(0.0);
        accuracies.push(1.0);
        let target = moving_average(&self.target.numbers(&format!("{task}_bpb")));
        let options = FitOptions {
            predict: &target[target.len() - 1..],
            ..FitOptions::default()
        };
        fit(form("ladder-accuracy"), &values(&losses, &accuracies), &options).unwrap()
    }
}

#[test]
fn the_ladder_predicts_the_loss_of_the_large_model() {
    let ladder = Ladder::new();
    for (column, expected) in [("mmlu_avg_test_bpb", 0.750_16), ("openbookqa_test_bpb", 1.275_01)] {
        near(column, ladder.loss(column).predictions[0].value, expected, 5e-6);
    }
    let c4 = ladder.loss("c4_loss");
    near("c4_loss", c4.predictions[0].value, 2.344_387, 5e-7);
    near(
        "measured c4_loss",
        last_five(&ladder.target.numbers("c4_loss")),
        2.437_876,
        5e-7,
    );
}

#[test]
fn a_loss_that_nothing_limits_has_its_bound_flagged() {
    let csqa = Ladder::new().loss("csqa_val_bpb");
    let e = csqa.parameter("E").unwrap();
    assert!(
        e.at_bound && e.fixed && e.value == 0.0 && e.standard_error.is_none(),
        "{e:?}"
    );
    assert!(
        csqa.cautions.contains(&Caution::AtBound {
            name: "E",
            bound: 0.0
        }),
        "{:?}",
        csqa.cautions
    );
    assert!(csqa.converged);
    // What the data do allow for E is said all the same: from 0 up to something below the losses.
    let interval = e.profile.unwrap();
    assert!(
        interval.low == 0.0 && interval.high > 0.0 && interval.high < 1.5,
        "{interval:?}"
    );
}

#[test]
fn the_ladder_predicts_accuracy_from_loss_and_through_both_steps() {
    let ladder = Ladder::new();
    for (task, from_loss, chained) in [
        ("mmlu_avg_test", 0.513_76, 0.512_68),
        ("arc_challenge_test", 0.603_02, 0.526_71),
    ] {
        let (loss, accuracy) = (ladder.loss(&format!("{task}_bpb")), ladder.accuracy(task));
        near(task, accuracy.predictions[0].value, from_loss, 5e-6);
        let both = chain(
            (form("ladder-loss"), &loss),
            (form("ladder-accuracy"), &accuracy),
            &ladder.target_row(),
            0.95,
        );
        near(task, both.unwrap()[0].value, chained, 5e-6);
    }
}

fn s1(benchmark: &str, options: &FitOptions) -> Fit {
    let points = Csv::new(S1).filter(|at| at("benchmark") == benchmark);
    let thousands: Vec<f64> = points
        .numbers("avg_thinking_tokens")
        .iter()
        .map(|tokens| tokens / 1000.0)
        .collect();
    let (right, asked) = (points.numbers("implied_correct"), points.numbers("n_questions"));
    fit(form("logistic"), &counts(&thousands, &right, &asked), options).unwrap()
}

#[test]
fn s1_accuracies_by_binomial_likelihood() {
    for (benchmark, a, a_error, b, b_error) in [
        ("MATH500", 1.300_05, 0.0556, 1.002_83, 0.0781),
        ("AIME24", -2.048_68, 0.3445, 1.223_69, 0.2239),
        ("GPQA-Diamond", -0.146_49, 0.0763, 0.374_47, 0.0807),
    ] {
        let law = s1(benchmark, &FitOptions::default());
        near(benchmark, value(&law, "a"), a, 1e-5);
        near(benchmark, value(&law, "b"), b, 1e-5);
        let error = |name: &str| law.parameter(name).unwrap().standard_error.unwrap();
        near(benchmark, error("a"), a_error, 5.1e-5);
        near(benchmark, error("b"), b_error, 5.1e-5);
        // Few rows: the interval is the profile's, near the normal one but not symmetric.
        let b = law.parameter("b").unwrap();
        let interval = b.profile.unwrap();
        assert_eq!(b.interval, Some(interval));
        assert!(interval.contains(b.value));
        near(
            benchmark,
            interval.high - interval.low,
            2.0 * 1.96 * b_error,
            0.1 * b_error,
        );
        assert!(law.converged && law.gradient_norm < 1e-6, "{law:?}");
    }
}

#[test]
fn a_ceiling_is_not_found_in_a_few_levels() {
    let options = FitOptions {
        freed: &["ceiling"],
        ..FitOptions::default()
    };
    let aime = s1("AIME24", &options);
    near("ceiling", value(&aime, "ceiling"), 0.54, 0.02);
    let unidentified = aime
        .cautions
        .iter()
        .find(|caution| caution.kind() == "unidentified")
        .unwrap();
    let Caution::Unidentified {
        name: "ceiling",
        gain,
        ..
    } = unidentified
    else {
        panic!("{unidentified:?}")
    };
    assert!(*gain < 2.0 && aime.aicc.unwrap() > s1("AIME24", &FitOptions::default()).aicc.unwrap() - 2.0);
}

#[test]
fn the_deviance_of_s1_is_that_of_a_good_fit() {
    // MATH500: deviance 2.84 with 3 degrees of freedom, GPQA: 1.33 with 3.
    for benchmark in ["MATH500", "GPQA-Diamond"] {
        assert!(!kinds(&s1(benchmark, &FitOptions::default())).contains(&"overdispersed"));
    }
}
