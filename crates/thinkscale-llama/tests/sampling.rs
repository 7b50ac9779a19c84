#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Drawing from the model's distribution, and the text that comes of it.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::*;
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::{BranchId, Engine, Finish, RowRequest};
use thinkscale_llama::model::Token;
use thinkscale_llama::sampling::{Sampler, SamplingOptions};

fn plain(temperature: f32, seed: u32) -> SamplingOptions {
    SamplingOptions {
        top_k: 0,
        ..sampling(temperature, seed)
    }
}

/// First tokens that forks of a branch draw, by how often; no batch is needed for them.
fn firsts(
    engine: &Engine,
    branch: BranchId,
    seeds: std::ops::Range<u32>,
    options: &SamplingOptions,
) -> BTreeMap<Token, u32> {
    let mut counts = BTreeMap::new();
    for seeds in seeds.collect::<Vec<_>>().chunks(500) {
        let rows = fork(engine, branch, seeds.len())
            .into_iter()
            .zip(seeds)
            .map(|(fork, &seed)| RowRequest {
                sampling: SamplingOptions {
                    seed,
                    ..options.clone()
                },
                ..row(fork, 1)
            });
        draw(engine, rows.collect())
            .iter()
            .for_each(|drawn| *counts.entry(drawn.tokens[0]).or_default() += 1);
    }
    counts
}

fn probabilities(engine: &Engine, branch: BranchId, temperature: f64) -> Vec<f64> {
    let scaled: Vec<f64> = distribution(engine, branch)
        .iter()
        .map(|&it| (f64::from(it) / temperature).exp())
        .collect();
    let total: f64 = scaled.iter().sum();
    scaled.iter().map(|it| it / total).collect()
}

/// Pearson's statistic against `expected` shares, tokens that are expected less than 5 times together, in standard
/// deviations above what it should be.
fn surprise(counts: &BTreeMap<Token, u32>, expected: &[f64]) -> f64 {
    let draws = f64::from(counts.values().sum::<u32>());
    let (mut statistic, mut cells, mut rare) = (0.0_f64, -1.0_f64, (0.0_f64, 0.0_f64));
    for (token, share) in expected.iter().enumerate() {
        let got = f64::from(counts.get(&(token as Token)).copied().unwrap_or(0));
        if share * draws < 5.0 {
            rare = (rare.0 + share * draws, rare.1 + got);
        } else {
            statistic += (got - share * draws).powi(2) / (share * draws);
            cells += 1.0;
        }
    }
    if rare.0 >= 5.0 {
        statistic += (rare.1 - rare.0).powi(2) / rare.0;
        cells += 1.0;
    }
    (statistic - cells) / (2.0_f64 * cells).sqrt()
}

/// What makes good options bad.
type Change<'a> = &'a dyn Fn(&mut SamplingOptions);

#[test]
fn draws_follow_the_distribution_at_any_temperature() {
    let engine = open("random-llama");
    let branch = prefix(&engine, noise(60, 1));
    for temperature in [0.5, 1.0, 2.0] {
        let counts = firsts(&engine, branch, 0..5000, &plain(temperature, 0));
        let off = surprise(&counts, &probabilities(&engine, branch, f64::from(temperature)));
        assert!(off < 5.0, "temperature {temperature}: {off}");
    }
}

#[test]
fn truncation_keeps_the_right_tokens_and_their_shares() {
    let engine = open("random-llama");
    let branch = prefix(&engine, noise(60, 2));
    let all = probabilities(&engine, branch, 1.0);
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| all[b].total_cmp(&all[a]));
    let top_p = |p: f64| {
        let mut sum = 0.0;
        1 + order
            .iter()
            .take_while(|&&token| {
                sum += all[token];
                sum < p
            })
            .count()
    };
    let min_p = |p: f64| {
        order
            .iter()
            .take_while(|&&token| all[token] >= p * all[order[0]])
            .count()
    };
    let with = |change: &dyn Fn(&mut SamplingOptions)| {
        let mut options = plain(1.0, 0);
        change(&mut options);
        options
    };
    for (options, kept) in [
        (with(&|it| it.top_k = 5), 5),
        (with(&|it| it.top_k = 200), 200),
        (with(&|it| it.top_p = 0.8), top_p(0.8)),
        (with(&|it| it.min_p = 0.02), min_p(0.02)),
        (
            with(&|it| {
                it.top_k = 12;
                it.min_p = 0.02;
                it.top_p = 0.95
            }),
            min_p(0.02).min(12),
        ),
    ] {
        let counts = firsts(&engine, branch, 0..3000, &options);
        let allowed: BTreeSet<Token> = order[..kept].iter().map(|&token| token as Token).collect();
        let drawn: BTreeSet<Token> = counts.keys().copied().collect();
        assert!(drawn.is_subset(&allowed), "{options:?}: {drawn:?} of {allowed:?}");
        let share: f64 = order[..kept].iter().map(|&token| all[token]).sum();
        if options.top_p == 1.0 || options.top_k == 0 {
            assert!(
                kept > 30 || drawn == allowed,
                "{options:?}: {drawn:?} of {allowed:?}"
            );
            let expected: Vec<f64> = (0..all.len())
                .map(|token| {
                    if allowed.contains(&(token as Token)) {
                        all[token] / share
                    } else {
                        0.0
                    }
                })
                .collect();
            let off = surprise(&counts, &expected);
            assert!(off < 5.0, "{options:?}: {off}");
        }
    }
}

#[test]
fn temperature_zero_takes_the_most_probable_token() {
    let engine = open("random-llama");
    let branch = prefix(&engine, noise(60, 3));
    let drawn = greedily(&engine, branch, 20);
    for (at, &token) in drawn.tokens.iter().enumerate() {
        let next = next(&engine, branch, vec![token]);
        assert_eq!(token, next.top_tokens[0], "token {at}");
        assert_close(
            &[drawn.log_probabilities[at]],
            &[next.top_log_probabilities[0]],
            SAME_SHAPE,
        );
        append(&engine, branch, vec![token]);
    }
}

#[test]
fn seeds_reproduce_and_differ_the_greatest_one_too() {
    let engine = open("random-llama");
    let branch = prefix(&engine, noise(60, 4));
    let once = |seed| {
        draw(
            &engine,
            vec![RowRequest {
                sampling: plain(1.0, seed),
                ..row(fork(&engine, branch, 1)[0], 12)
            }],
        )
        .remove(0)
    };
    let seeds = [0, 1, 2, 77, u32::MAX - 5, u32::MAX];
    let drawn = seeds.map(once);
    assert_eq!(seeds.map(once), drawn);
    let different: BTreeSet<_> = drawn.iter().map(|drawn| drawn.tokens.clone()).collect();
    assert_eq!(different.len(), seeds.len());
}

#[test]
fn log_probabilities_and_confidences_are_the_model_s_own() {
    let engine = open("random-llama");
    let branch = prefix(&engine, noise(60, 5));
    let mut options = sampling(3.0, 9);
    options.frequency_penalty = 0.5;
    options.logit_bias = vec![(65, 2.0)];
    let request = RowRequest {
        sampling: options,
        ..row(fork(&engine, branch, 1)[0], 30)
    };
    let drawn = start(&engine, vec![request], None, 4)
        .finish()
        .unwrap()
        .0
        .remove(0);
    let mut confidences = Vec::new();
    for (at, &token) in drawn.tokens.iter().enumerate() {
        let next = next(&engine, branch, vec![token]);
        let confidence = -next.top_log_probabilities.iter().sum::<f32>() / 20.0;
        confidences.push(confidence);
        let last = &confidences[confidences.len().saturating_sub(4)..];
        let mean = last.iter().sum::<f32>() / last.len() as f32;
        assert_close(
            &[drawn.log_probabilities[at]],
            &next.log_probabilities,
            SAME_SHAPE,
        );
        assert_close(
            &[drawn.confidences[at], drawn.window_confidences[at]],
            &[confidence, mean],
            SAME_SHAPE,
        );
        append(&engine, branch, vec![token]);
    }
}

/// Logits of a vocabulary, different at each step, of both signs.
fn logits(vocabulary: usize, step: usize) -> Vec<f32> {
    (0..vocabulary)
        .map(|token| ((token * 37 + step * 11) % 101) as f32 / 20.0 - 3.0)
        .collect()
}

#[test]
fn penalties_and_bias_follow_their_formulas() {
    let engine = open("random-llama");
    for (repeat, frequency, presence, window) in [
        (1.4, 0.0, 0.0, 8),
        (1.0, 0.9, 0.0, 5),
        (1.0, 0.0, 2.5, 64),
        (1.2, 0.5, 0.6, 3),
        (0.8, -0.3, 0.0, 4),
        (1.3, 1.0, 1.0, 0),
    ] {
        let options = SamplingOptions {
            repeat_penalty: repeat,
            frequency_penalty: frequency,
            presence_penalty: presence,
            penalty_window: window,
            logit_bias: vec![(70, 1.5), (71, -100.0), (72, 0.5)],
            ..greedy()
        };
        let mut sampler = Sampler::new(engine.model(), options, None).unwrap();
        let mut seen: Vec<Token> = Vec::new();
        for step in 0..60 {
            // The same few tokens lead again and again, so that penalties decide.
            let logits = logits(engine.model().vocabulary(), step % 4);
            let last = &seen[seen.len().saturating_sub(window)..];
            let changed = logits.iter().zip(0..).map(|(&logit, token): (_, Token)| {
                let biased = logit
                    + match token {
                        70 => 1.5,
                        71 => -100.0,
                        72 => 0.5,
                        _ => 0.0,
                    };
                let count = last.iter().filter(|&&other| other == token).count() as f32;
                let repeated = if biased <= 0.0 {
                    biased * repeat
                } else {
                    biased / repeat
                };
                if count > 0.0 {
                    repeated - count * frequency - presence
                } else {
                    biased
                }
            });
            let changed: Vec<f32> = changed.collect();
            let drawn = sampler.draw(&logits, true, 0).unwrap();
            let greatest = changed.iter().copied().fold(f32::MIN, f32::max);
            assert!(
                changed[drawn.token as usize] >= greatest - 1e-4,
                "step {step}, {repeat} {frequency} {presence}"
            );
            let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
            let expected = f64::from(logits[drawn.token as usize]) - sum.ln();
            assert!((f64::from(drawn.log_probability) - expected).abs() < 1e-5);
            seen.push(drawn.token);
        }
        let different: BTreeSet<_> = seen.iter().collect();
        assert!(
            window == 0 || repeat < 1.0 || different.len() >= 4,
            "{different:?}"
        );
    }
}

#[test]
fn options_out_of_range_are_refused_by_name_and_leave_the_branches() {
    let engine = open("random-llama");
    let branch = prefix(&engine, noise(20, 7));
    let wrong: [(&str, Change); 9] = [
        ("temperature", &|it| it.temperature = f32::NAN),
        ("temperature", &|it| it.temperature = -0.5),
        ("topP", &|it| it.top_p = 0.0),
        ("topP", &|it| it.top_p = f32::NAN),
        ("minP", &|it| it.min_p = 1.5),
        ("repeatPenalty", &|it| it.repeat_penalty = 0.0),
        ("frequencyPenalty", &|it| it.frequency_penalty = f32::INFINITY),
        ("presencePenalty", &|it| it.presence_penalty = f32::NAN),
        ("logitBias", &|it| it.logit_bias = vec![(1, f32::NAN)]),
    ];
    for (name, change) in wrong {
        let mut request = row(branch, 5);
        change(&mut request.sampling);
        let refused = start(&engine, vec![row(branch, 3), request], None, 16)
            .finish()
            .unwrap_err();
        assert!(
            matches!(refused, LlamaError::Input { field, .. } if field == name),
            "{name}: {refused}"
        );
    }
    assert_eq!(statistics(&engine).branches, 1);
    let mut request = row(branch, 5);
    request.sampling.penalty_window = usize::MAX;
    request.sampling.presence_penalty = 1.0;
    request.sampling.logit_bias = vec![(-4, 1.0), (1_000_000, 1.0), (3, f32::NEG_INFINITY)];
    assert_eq!(draw(&engine, vec![request])[0].finish, Some(Finish::Length));
}

#[test]
fn a_bias_draws_what_logits_that_have_it_would_draw() {
    let engine = open("random-llama");
    let vocabulary = engine.model().vocabulary();
    let bias = vec![(70, 4.0), (71, -100.0), (36, -100.0), (5, 0.5)];
    for top_k in [1, 5, 40, 120, 300] {
        let plain = SamplingOptions {
            top_k,
            ..sampling(0.9, 11)
        };
        let biased = SamplingOptions {
            logit_bias: bias.clone(),
            ..plain.clone()
        };
        let mut plain = Sampler::new(engine.model(), plain, None).unwrap();
        let mut biased = Sampler::new(engine.model(), biased, None).unwrap();
        let mut drawn = BTreeSet::new();
        for step in 0..200 {
            let logits = logits(vocabulary, step);
            let mut changed = logits.clone();
            for &(token, bias) in &bias {
                changed[token as usize] += bias;
            }
            let expected = plain.draw(&changed, true, 0).unwrap().token;
            assert_eq!(
                biased.draw(&logits, true, 0).unwrap().token,
                expected,
                "top_k {top_k}, step {step}"
            );
            drawn.insert(expected);
        }
        assert!(drawn.contains(&70) && !drawn.contains(&71) && !drawn.contains(&36));
    }
}
