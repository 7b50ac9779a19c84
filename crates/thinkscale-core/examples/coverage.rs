//! How often 95 % intervals hold the truth, for each law, on planted data with a stated noise model.
//!
//! `cargo run --release --example coverage -- [--sets 1000] [--law NAME] [--resamples 1000] [--seed 1]` prints a line a
//! figure: the law, the figure, its coverage, the binomial standard error of that, and what the intervals were.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::panic
)]

use rand_core::Rng;
use rayon::prelude::*;
use thinkscale_core::fit::{Data, DrawKind, Fit, FitOptions, Form, Response, fit};
use thinkscale_core::laws::{self, forms};
use thinkscale_core::stats::Interval;
use thinkscale_core::stats::interval::normal_quantile;
use thinkscale_core::stats::random::stream;

#[derive(Clone, Copy)]
enum Noise {
    /// y · e^(sd · normal).
    Log(f64),
    /// y · e^(sd · Student's t with 3 degrees of freedom).
    HeavyLog(f64),
    /// y + sd · normal.
    Raw(f64),
    /// Binomial counts of that many tries.
    Counts(u32),
}

impl Noise {
    fn describe(self) -> String {
        match self {
            Self::Log(sd) => format!("normal, {sd} on ln y"),
            Self::HeavyLog(sd) => format!("t3, {sd} on ln y"),
            Self::Raw(sd) => format!("normal, {sd} on y"),
            Self::Counts(tries) => format!("binomial, {tries} tries a row"),
        }
    }
}

struct Plan {
    law: &'static str,
    design: &'static str,
    truth: Vec<f64>,
    inputs: Vec<f64>,
    noise: Noise,
    asked: Vec<f64>,
}

fn geometric(low: f64, high: f64, count: usize) -> Vec<f64> {
    (0..count)
        .map(|i| low * (high / low).powf(i as f64 / (count - 1) as f64))
        .collect()
}

fn pairs(first: &[f64], second: &[f64]) -> Vec<f64> {
    first
        .iter()
        .flat_map(|&a| second.iter().flat_map(move |&b| [a, b]))
        .collect()
}

fn plans() -> Vec<Plan> {
    let plan = |law, design, truth: &[f64], inputs: Vec<f64>, noise, asked: &[f64]| Plan {
        law,
        design,
        truth: truth.to_vec(),
        inputs,
        noise,
        asked: asked.to_vec(),
    };
    let sizes = geometric(1e7, 1e10, 15);
    let tokens = geometric(1e9, 1e12, 16);
    let odd: Vec<f64> = (0..100).map(|i| f64::from(2 * i + 1)).collect();
    let calls: Vec<f64> = (1..=40).map(f64::from).collect();
    vec![
        plan(
            "power-law",
            "120 rows",
            &[5.0, -0.2, 0.0],
            geometric(1.0, 1e4, 120),
            Noise::Log(0.05),
            &[1e5],
        ),
        plan(
            "power-law",
            "8 rows",
            &[5.0, -0.2, 0.0],
            geometric(1.0, 1e4, 8),
            Noise::Log(0.05),
            &[1e5],
        ),
        plan(
            "inverse-power-law",
            "120 rows",
            &[5.0, 0.2, 0.0],
            geometric(1.0, 1e4, 120),
            Noise::Log(0.05),
            &[1e5],
        ),
        plan(
            "bnsl",
            "200 rows",
            &[0.3, 2.0, 0.1, 0.4, 100.0, 0.5],
            geometric(1.0, 1e5, 200),
            Noise::Log(0.01),
            &[1e6],
        ),
        plan(
            "kaplan-n",
            "120 rows",
            &[8.8e13, 0.076],
            geometric(1e6, 1e9, 120),
            Noise::HeavyLog(0.005),
            &[1e10],
        ),
        plan(
            "kaplan-d",
            "120 rows",
            &[5.4e13, 0.095],
            geometric(1e8, 1e11, 120),
            Noise::HeavyLog(0.005),
            &[1e12],
        ),
        plan(
            "kaplan-c",
            "120 rows",
            &[3.1e8, 0.05],
            geometric(1e-6, 1.0, 120),
            Noise::HeavyLog(0.005),
            &[10.0],
        ),
        plan(
            "kaplan-joint",
            "144 rows",
            &[6.4e13, 1.8e13, 0.076, 0.103],
            pairs(&geometric(1e6, 1e9, 12), &geometric(1e8, 1e11, 12)),
            Noise::HeavyLog(0.005),
            &[1e10, 1e12],
        ),
        plan(
            "chinchilla",
            "240 rows",
            &[400.0, 410.0, 1.7, 0.34, 0.28],
            pairs(&sizes, &tokens),
            Noise::HeavyLog(0.003),
            &[3e10, 3e12],
        ),
        plan(
            "ladder-loss",
            "144 rows",
            &[50.0, 60.0, 0.6, 0.25, 0.22],
            pairs(&geometric(1e8, 1e9, 12), &geometric(1e9, 1e11, 12)),
            Noise::HeavyLog(0.003),
            &[3e9, 1e12],
        ),
        plan(
            "ladder-accuracy",
            "150 rows",
            &[-0.65, 1.0, 5.0, 0.95],
            geometric(0.4, 2.2, 150),
            Noise::Raw(0.01),
            &[0.3],
        ),
        plan(
            "gadre-loss",
            "120 rows",
            &[160.0, 360.0, -0.27, 1.8],
            pairs(&geometric(1e7, 1e9, 10), &geometric(5.0, 640.0, 12)),
            Noise::Raw(0.01),
            &[7e9, 20.0],
        ),
        plan(
            "gadre-error",
            "120 rows",
            &[2.2, 0.71, 0.86],
            geometric(2.3, 5.5, 120),
            Noise::Raw(0.005),
            &[2.1],
        ),
        plan(
            "exponentiated-power-law",
            "120 rows",
            &[-2.5, -0.3],
            geometric(1.0, 1e4, 120),
            Noise::Raw(0.01),
            &[1e5],
        ),
        plan(
            "logistic",
            "100 rows",
            &[-3.0, 0.9, 0.0, 1.0],
            geometric(1.0, 500.0, 100),
            Noise::Counts(60),
            &[2000.0],
        ),
        plan(
            "logistic",
            "6 rows",
            &[-3.0, 0.9, 0.0, 1.0],
            geometric(1.0, 500.0, 6),
            Noise::Counts(60),
            &[2000.0],
        ),
        plan(
            "saturating-power-law",
            "120 rows",
            &[0.9, 0.7, 0.4],
            geometric(1.0, 1e4, 120),
            Noise::Raw(0.01),
            &[1e5],
        ),
        plan(
            "voting-mixture",
            "100 rows",
            &[0.4, 0.9, 0.45],
            odd,
            Noise::Counts(20_000),
            &[301.0],
        ),
        plan(
            "two-axes",
            "144 rows",
            &[0.9, 0.5, 0.3, 0.5, 0.6],
            pairs(&geometric(1.0, 256.0, 12), &geometric(1.0, 128.0, 12)),
            Noise::Raw(0.01),
            &[1000.0, 500.0],
        ),
        plan(
            "chained-calls",
            "40 rows",
            &[0.93],
            calls,
            Noise::Counts(50),
            &[60.0],
        ),
    ]
}

fn uniform(rng: &mut impl Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) * 2.0_f64.powi(-53)
}

fn normal(rng: &mut impl Rng) -> f64 {
    normal_quantile(uniform(rng))
}

fn measure(noise: Noise, truth: f64, rng: &mut impl Rng) -> f64 {
    match noise {
        Noise::Log(sd) => truth * (sd * normal(rng)).exp(),
        Noise::HeavyLog(sd) => {
            let squares: f64 = (0..3).map(|_| normal(rng).powi(2)).sum();
            truth * (sd * normal(rng) / (squares / 3.0).sqrt()).exp()
        }
        Noise::Raw(sd) => truth + sd * normal(rng),
        Noise::Counts(tries) => (0..tries)
            .map(|_| f64::from(u8::from(uniform(rng) < truth)))
            .sum(),
    }
}

fn law(form: &dyn Form, theta: &[f64], inputs: &[f64]) -> f64 {
    let mut features = vec![0.0; form.about().features];
    form.features(inputs, &mut features);
    form.value(&features, theta, &mut vec![0.0; theta.len()])
}

struct Options {
    sets: u64,
    resamples: usize,
    seed: u64,
    law: Option<String>,
}

fn options() -> Options {
    let mut options = Options {
        sets: 1000,
        resamples: 1000,
        seed: 1,
        law: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        match word.as_str() {
            "--sets" => options.sets = value.parse().unwrap(),
            "--resamples" => options.resamples = value.parse().unwrap(),
            "--seed" => options.seed = value.parse().unwrap(),
            "--law" => options.law = Some(value),
            other => panic!("expected --sets, --resamples, --seed or --law, got {other}"),
        }
    }
    options
}

fn simulate(plan: &Plan, form: &dyn Form, fitted: &[f64], options: &Options, set: u64) -> Fit {
    let mut rng = stream(options.seed, &[set]);
    let y: Vec<f64> = fitted
        .iter()
        .map(|&truth| measure(plan.noise, truth, &mut rng))
        .collect();
    let totals = match plan.noise {
        Noise::Counts(tries) => vec![f64::from(tries); y.len()],
        _ => Vec::new(),
    };
    let probability = form.about().probability;
    let clamped: Vec<f64> = y
        .iter()
        .map(|&y| if probability { y.clamp(0.0, 1.0) } else { y })
        .collect();
    let response = if totals.is_empty() {
        Response::Values(&clamped)
    } else {
        Response::Counts {
            successes: &y,
            totals: &totals,
        }
    };
    let data = Data {
        inputs: &plan.inputs,
        response,
        weights: None,
        groups: None,
    };
    let request = FitOptions {
        resamples: options.resamples,
        seed: options.seed ^ set,
        predict: &plan.asked,
        ..FitOptions::default()
    };
    fit(form, &data, &request).unwrap()
}

/// A line of the output: how many of the intervals that there are hold the truth.
fn line(name: &str, what: &str, hits: Vec<Option<bool>>) {
    let known: Vec<bool> = hits.into_iter().flatten().collect();
    if known.is_empty() {
        return;
    }
    let share = known.iter().filter(|&&hit| hit).count() as f64 / known.len() as f64;
    let error = (share * (1.0 - share) / known.len() as f64).sqrt();
    println!(
        "  {name:<12} {what:<10} {:5.1} % ± {:.1}",
        100.0 * share,
        100.0 * error
    );
}

fn report(plan: &Plan, options: &Options) {
    let form = forms::find(plan.law).unwrap();
    let about = form.about();
    let theta: Vec<f64> = about
        .parameters
        .iter()
        .zip(&plan.truth)
        .map(|(it, &value)| it.internal(value))
        .collect();
    let fitted: Vec<f64> = plan
        .inputs
        .chunks_exact(about.inputs.len())
        .map(|row| law(form, &theta, row))
        .collect();
    let asked = law(form, &theta, &plan.asked);
    let started = std::time::Instant::now();
    let fits: Vec<Fit> = (0..options.sets)
        .into_par_iter()
        .map(|set| simulate(plan, form, &fitted, options, set))
        .collect();
    let seconds = started.elapsed().as_secs_f64();
    let failed: usize = fits.iter().map(|fit| fit.draws.failed).sum();
    let unsettled = fits.iter().filter(|fit| !fit.converged).count();
    println!(
        "{} ({}; {}): {} sets in {seconds:.1} s, {failed} failed refits, {unsettled} fits not converged",
        plan.law,
        plan.design,
        plan.noise.describe(),
        options.sets
    );
    let holds = |interval: Option<Interval>, truth: f64| interval.map(|interval| interval.contains(truth));
    let drawn = match fits[0].draws.kind {
        DrawKind::Groups => "percentile",
        DrawKind::Simulated => "simulated",
    };
    for (i, parameter) in about.parameters.iter().enumerate() {
        let truth = plan.truth[i];
        let of = |interval: &dyn Fn(&Fit) -> Option<Interval>| {
            fits.iter()
                .map(|fit| holds(interval(fit), truth))
                .collect::<Vec<_>>()
        };
        let profiled = fits[0].parameters[i].profile.is_some();
        line(
            parameter.name,
            if profiled { "profile" } else { drawn },
            of(&|fit| fit.parameters[i].interval),
        );
        line(parameter.name, "bca", of(&|fit| fit.parameters[i].bca));
        line(
            parameter.name,
            "normal",
            of(&|fit| {
                let (value, error) = (fit.parameters[i].value, fit.parameters[i].standard_error?);
                Some(Interval {
                    low: value - 1.96 * error,
                    high: value + 1.96 * error,
                })
            }),
        );
    }
    line(
        "asked",
        drawn,
        fits.iter()
            .map(|fit| holds(fit.predictions[0].interval, asked))
            .collect(),
    );
}

/// Marsaglia and Tsang 2000; shapes below 1 by their boost.
fn gamma(rng: &mut impl Rng, shape: f64) -> f64 {
    if shape < 1.0 {
        return gamma(rng, shape + 1.0) * uniform(rng).powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && uniform(rng).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// The coverage law, whose rows are problems: each has its own chance of success, from a Beta distribution.
fn beta_binomial(options: &Options) {
    let (alpha, beta, tries, problems) = (0.5, 2.0, 64_u32, 600);
    let asked = [1.0, 640.0];
    let started = std::time::Instant::now();
    let hits: Vec<[bool; 5]> = (0..options.sets)
        .into_par_iter()
        .map(|set| {
            let mut rng = stream(options.seed, &[set]);
            let successes: Vec<u32> = (0..problems)
                .map(|_| {
                    let (x, y) = (gamma(&mut rng, alpha), gamma(&mut rng, beta));
                    let chance = x / (x + y);
                    (0..tries).map(|_| u32::from(uniform(&mut rng) < chance)).sum()
                })
                .collect();
            let request = laws::FitOptions {
                predict_at: &asked,
                resamples: options.resamples,
                seed: set,
                level: 0.95,
            };
            let outcome = laws::fit_beta_binomial(&vec![tries; problems], &successes, &request).unwrap();
            let fit = outcome.fit().unwrap();
            let band = |i: usize| {
                let truth = laws::beta_binomial::coverage(alpha, beta, asked[i]);
                fit.predictions[i].estimate.interval.contains(truth)
            };
            [
                fit.alpha.interval.contains(alpha),
                fit.beta.interval.contains(beta),
                fit.mean.interval.contains(alpha / (alpha + beta)),
                band(0),
                band(1),
            ]
        })
        .collect();
    println!(
        "beta-binomial ({problems} problems; {tries} tries each): {} sets in {:.1} s",
        options.sets,
        started.elapsed().as_secs_f64()
    );
    for (at, name) in ["alpha", "beta", "mean", "pass@1", "pass@640"].iter().enumerate() {
        line(name, "percentile", hits.iter().map(|hit| Some(hit[at])).collect());
    }
}

fn main() {
    let options = options();
    for plan in plans() {
        if options.law.as_ref().is_none_or(|law| law == plan.law) {
            report(&plan, &options);
        }
    }
    if options.law.as_ref().is_none_or(|law| law == "beta-binomial") {
        beta_binomial(&options);
    }
}
