#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Equal requests draw alike whatever ran before them, and prompts that begin alike are evaluated once.

mod support;

use support::*;
use thinkscale_llama::decode::{Engine, EngineOptions};
use thinkscale_llama::model::{Streams, Token};

fn roomy(options: &mut EngineOptions) {
    options.context_length = 2048;
    options.cells = 8192;
}

/// A request as a caller makes it: prompt, forks, rows, nothing kept.
fn request(engine: &Engine, prompt: Vec<Token>, rows: u32) -> Vec<Drawn> {
    let branch = prefix(engine, prompt);
    let forks = fork(engine, branch, rows as usize);
    let rows = forks.iter().zip(0..).map(|(&fork, seed)| {
        let mut row = row(fork, 20);
        row.sampling = sampling(0.9, seed);
        row
    });
    let drawn = draw(engine, rows.collect());
    engine.drop_branches(vec![branch]);
    drawn
}

#[test]
fn an_idle_engine_draws_the_same_request_alike_whatever_ran_before() {
    for (name, full_window, streams) in [
        ("random-llama", true, Streams::Unified),
        ("random-llama", true, Streams::Split),
        ("random-gemma3", true, Streams::Unified),
        ("random-gemma3", false, Streams::Unified),
        ("random-mamba", true, Streams::Unified),
    ] {
        let engine = open_with(name, |options| {
            roomy(options);
            options.full_window = full_window;
            options.streams = streams;
        });
        for (length, rows) in [(60, 1), (300, 5), (700, 3)] {
            let first = request(&engine, noise(length, 1), rows);
            assert_eq!(
                request(&engine, noise(length, 1), rows),
                first,
                "{name} {streams:?}, {length} tokens"
            );
            for (other, salt) in [(40, 1), (length + 130, 1), (length - 7, 1), (500, 2), (1100, 1)] {
                request(&engine, noise(other, salt), 4);
            }
            assert_eq!(
                request(&engine, noise(length, 1), rows),
                first,
                "{name} {streams:?}, {length} tokens"
            );
        }
    }
}

/// A prompt of `length` tokens of which `shared` are those of the prompt before.
fn shares(shared: usize, length: usize, threads: u32) {
    let prompt = |salt| {
        let mut tokens = noise(shared, 1);
        tokens.extend(noise(length - shared, salt));
        tokens
    };
    let open = || {
        open_with("random-llama", |options| {
            roomy(options);
            options.threads = threads;
        })
    };
    let expected = request(&open(), prompt(3), 2);
    let engine = open();
    request(&engine, prompt(2), 2);
    let before = statistics(&engine);
    assert_eq!(
        request(&engine, prompt(3), 2),
        expected,
        "{shared} of {length} tokens"
    );
    let after = statistics(&engine);
    let reused = after.reused_tokens - before.reused_tokens;
    assert!(
        reused as usize >= shared.saturating_sub(128),
        "{reused} of {shared}"
    );
    // The rest of the prompt, and what two rows of 20 tokens evaluate.
    assert_eq!(
        after.evaluated_tokens - before.evaluated_tokens,
        length as u64 - reused + 2 * 19
    );
    assert_eq!(after.recomputed_tokens, 0);
}

#[test]
fn a_prompt_that_begins_like_the_one_before_evaluates_the_rest_with_the_same_result() {
    // Rests of fewer than 64 tokens, of more, and beyond the piece of 512 in which prompts are computed.
    for (shared, length) in [
        (130, 140),
        (256, 300),
        (300, 301),
        (400, 520),
        (512, 530),
        (600, 1100),
        (640, 650),
    ] {
        shares(shared, length, 1);
    }
    shares(256, 300, 2);
}

#[test]
fn the_same_prompt_again_evaluates_nothing() {
    let engine = open_with("random-llama", roomy);
    let first = distribution(&engine, prefix(&engine, noise(500, 1)));
    engine.drop_branches(vec![1]);
    let before = statistics(&engine);
    let branch = prefix(&engine, noise(500, 1));
    assert_eq!(distribution(&engine, branch), first);
    let after = statistics(&engine);
    assert_eq!(after.evaluated_tokens, before.evaluated_tokens);
    assert_eq!(after.reused_tokens - before.reused_tokens, 500);
}

#[test]
fn without_reproducibility_several_prompts_stay_and_the_least_used_goes_first() {
    let engine = open_with("random-llama", |options| {
        roomy(options);
        options.reproducible = false;
    });
    let reused = |salt: usize| {
        let mut tokens = noise(600, salt);
        tokens.extend(noise(20, salt + 50));
        let before = statistics(&engine).reused_tokens;
        let branch = prefix(&engine, tokens);
        let expected = distribution(&engine, branch);
        engine.drop_branches(vec![branch]);
        (statistics(&engine).reused_tokens - before, expected)
    };
    let first: Vec<_> = (1..=3).map(reused).collect();
    assert!(first.iter().all(|(reused, _)| *reused < 10));
    let again: Vec<_> = (1..=3).map(reused).collect();
    for ((reused, again), (_, first)) in again.iter().zip(&first) {
        assert_eq!(*reused, 620);
        assert_close(again, first, OTHER_SHAPE);
    }
    // A quarter of the cells, 2,048, is kept: three prompts, so that a fourth pushes one out, and that is not the one
    // that was used meanwhile.
    assert_eq!(reused(1).0, 620);
    reused(4);
    assert_eq!(reused(1).0, 620);
    assert!(reused(2).0 < 10);
}

#[test]
fn requests_that_begin_alike_at_the_same_time_evaluate_their_start_once() {
    let engine = open_with("random-llama", roomy);
    let (answer, answers) = std::sync::mpsc::channel();
    for salt in 0..8 {
        let mut tokens = noise(1000, 1);
        tokens.extend(noise(30, salt + 2));
        let answer = answer.clone();
        engine.prefix(
            tokens,
            Box::new(move |branch| answer.send(branch.unwrap()).unwrap()),
        );
    }
    let branches: Vec<_> = (0..8).map(|_| answers.recv_timeout(PATIENCE).unwrap()).collect();
    assert_eq!(branches.len(), 8);
    let evaluated = statistics(&engine).evaluated_tokens;
    assert!(evaluated <= 1030 + 7 * 40, "{evaluated}");
}
