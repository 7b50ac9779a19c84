#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Log-probabilities of given tokens.

mod support;

use support::*;
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::Engine;
use thinkscale_llama::model::{Streams, Token};

fn open() -> Engine {
    open_with("random-llama", |options| {
        options.context_length = 1024;
        options.cells = 8192;
    })
}

/// Continuations of several lengths, some of which begin alike.
fn continuations(count: usize, longest: usize) -> Vec<Vec<Token>> {
    (0..count)
        .map(|at| noise(at * 7 % (longest + 1), at % 5))
        .collect()
}

#[test]
fn several_continuations_at_once_equal_each_alone() {
    for (name, streams) in [
        ("random-llama", Streams::Unified),
        ("random-llama", Streams::Split),
        ("random-gemma3", Streams::Unified),
        ("random-mamba", Streams::Unified),
    ] {
        let engine = open_with(name, |options| options.streams = streams);
        let branch = prefix(&engine, noise(120, 1));
        // The few make batches of fewer than 64 tokens, the many do not.
        for (all, tolerance) in [
            (continuations(6, 9), SAME_SHAPE),
            (continuations(40, 60), OTHER_SHAPE),
        ] {
            let together = score(&engine, branch, all.clone());
            for (continuation, scores) in all.iter().zip(&together) {
                let alone = score(&engine, branch, vec![continuation.clone()]).remove(0);
                assert_eq!(scores.len(), continuation.len());
                assert_close(scores, &alone, tolerance);
            }
        }
    }
}

#[test]
fn scores_equal_the_log_probabilities_of_drawing_the_tokens() {
    for name in ["random-llama", "random-gemma3", "random-mamba"] {
        let engine = open_with(name, |options| options.context_length = 1024);
        let branch = prefix(&engine, noise(200, 2));
        let rows = (0..6).map(|seed| {
            let mut row = row(fork(&engine, branch, 1)[0], 50);
            row.sampling = sampling(1.0, seed);
            row
        });
        // The rows have left their memory behind, which begins like the continuations: it must not be taken for scores.
        let drawn = draw(&engine, rows.collect());
        let scores = score(
            &engine,
            branch,
            drawn.iter().map(|drawn| drawn.tokens.clone()).collect(),
        );
        for (drawn, scores) in drawn.iter().zip(scores) {
            assert_eq!(scores.len(), 50);
            assert_close(&scores, &drawn.log_probabilities, OTHER_SHAPE);
        }
    }
}

#[test]
fn one_token_continuations_equal_the_next_token_s_distribution() {
    let engine = open();
    let branch = prefix(&engine, noise(90, 3));
    let vocabulary = engine.model().vocabulary() as Token;
    let all = distribution(&engine, branch);
    let scores = score(
        &engine,
        branch,
        (0..vocabulary).map(|token| vec![token]).collect(),
    );
    assert_eq!(scores.concat(), all);
    let total: f64 = all.iter().map(|&value| f64::from(value).exp()).sum();
    assert!((total - 1.0).abs() < 1e-5, "{total}");

    let next = next(&engine, branch, vec![7, -1, vocabulary]);
    assert_eq!(
        next.log_probabilities,
        [all[7], f32::NEG_INFINITY, f32::NEG_INFINITY]
    );
    let mut order: Vec<Token> = (0..vocabulary).collect();
    order.sort_by(|&a, &b| all[b as usize].total_cmp(&all[a as usize]));
    assert_eq!(next.top_tokens, order[..20]);
    assert_eq!(
        next.top_log_probabilities,
        order[..20]
            .iter()
            .map(|&token| all[token as usize])
            .collect::<Vec<_>>()
    );
    let entropy: f64 = all
        .iter()
        .map(|&value| -f64::from(value) * f64::from(value).exp())
        .sum();
    assert!(
        (next.entropy - entropy).abs() < 1e-4,
        "{} is not {entropy}",
        next.entropy
    );
}

#[test]
fn scoring_leaves_the_branch_and_the_memory_as_they_were() {
    let engine = open();
    let branch = prefix(&engine, noise(100, 4));
    let (before, all) = (statistics(&engine), distribution(&engine, branch));
    score(&engine, branch, continuations(30, 40));
    let after = statistics(&engine);
    assert_eq!(
        (after.used_cells, after.branches),
        (before.used_cells, before.branches)
    );
    assert_eq!(distribution(&engine, branch), all);
}

#[test]
fn the_prefix_is_evaluated_once_for_two_hundred_continuations() {
    let engine = open();
    let branch = prefix(&engine, noise(400, 5));
    let before = statistics(&engine).evaluated_tokens;
    let all: Vec<Vec<Token>> = (0..200).map(|at| noise(1 + at % 9, at)).collect();
    let scores = score(&engine, branch, all.clone());
    let expected: usize = all.iter().map(|tokens| tokens.len() - 1).sum();
    assert_eq!(statistics(&engine).evaluated_tokens - before, expected as u64);
    assert_close(
        &scores[117],
        &score(&engine, branch, vec![all[117].clone()])[0],
        OTHER_SHAPE,
    );
    assert!(
        scores
            .iter()
            .zip(&all)
            .all(|(scores, tokens)| scores.len() == tokens.len())
    );
}

#[test]
fn nothing_an_empty_continuation_and_one_longer_than_a_batch() {
    let engine = open_with("random-llama", |options| {
        options.context_length = 4096;
        options.cells = 4096;
    });
    let branch = prefix(&engine, noise(100, 6));
    assert_eq!(score(&engine, branch, Vec::new()), Vec::<Vec<f32>>::new());
    assert_eq!(score(&engine, branch, vec![Vec::new()]), [Vec::<f32>::new()]);
    let long = noise(2600, 7);
    let scores = score(
        &engine,
        branch,
        vec![long.clone(), Vec::new(), long[..5].to_vec()],
    );
    assert_eq!([scores[0].len(), scores[1].len(), scores[2].len()], [2600, 0, 5]);
    assert_close(&scores[0][..5], &scores[2], OTHER_SHAPE);
    append(&engine, branch, long[..2500].to_vec());
    assert_close(
        &scores[0][2500..2501],
        &[distribution(&engine, branch)[long[2500] as usize]],
        OTHER_SHAPE,
    );
}

#[test]
fn a_continuation_that_does_not_fit_is_refused_and_the_branch_stays() {
    let engine = open();
    let branch = prefix(&engine, noise(1000, 8));
    let refused = wait(|reply| engine.score(branch, vec![noise(3, 1), noise(24, 1)], reply)).unwrap_err();
    assert!(
        matches!(refused, LlamaError::Input { field: "tokens", .. }),
        "{refused}"
    );
    let refused = wait(|reply| engine.append(branch, noise(24, 1), reply)).unwrap_err();
    assert!(
        matches!(refused, LlamaError::Input { field: "tokens", .. }),
        "{refused}"
    );
    assert_eq!(score(&engine, branch, vec![noise(23, 1)])[0].len(), 23);
    assert_eq!(greedily(&engine, branch, 100).tokens.len(), 24);
}

#[test]
fn two_branches_that_do_not_fit_together_are_scored_one_after_the_other() {
    let engine = open_with("random-llama", |options| {
        options.context_length = 512;
        options.cells = 512;
    });
    let roomy = open();
    let jobs = [11, 12].map(|salt| (prefix(&engine, noise(400, salt)), salt));
    let (answer, answers) = std::sync::mpsc::channel();
    for (branch, salt) in jobs {
        let answer = answer.clone();
        let reply = move |scores: Result<_, LlamaError>| answer.send((salt, scores.unwrap())).unwrap();
        engine.score(branch, continuations(20, 30), Box::new(reply));
    }
    for _ in jobs {
        let (salt, scores): (usize, Vec<Vec<f32>>) = answers.recv_timeout(PATIENCE).unwrap();
        let expected = score(&roomy, prefix(&roomy, noise(400, salt)), continuations(20, 30));
        for (scores, expected) in scores.iter().zip(expected) {
            assert_close(scores, &expected, OTHER_SHAPE);
        }
    }
    // Each prefix was lost to the other a few times, not once for each continuation.
    assert!(
        statistics(&engine).recomputed_tokens < 3000,
        "{:?}",
        statistics(&engine)
    );
}
