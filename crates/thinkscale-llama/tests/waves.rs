#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! More branches than places, and rows of several calls in one batch.

mod support;

use support::*;
use thinkscale_llama::decode::{Finish, RowRequest};
use thinkscale_llama::model::Streams;

fn seeded(branch: u64, seed: u32, max_tokens: u32) -> RowRequest {
    RowRequest {
        sampling: sampling(1.0, seed),
        ..row(branch, max_tokens)
    }
}

#[test]
fn more_branches_than_parallel_run_in_waves() {
    for (name, streams) in [
        ("random-llama", Streams::Unified),
        ("random-llama", Streams::Split),
        ("random-gemma3", Streams::Unified),
        ("random-mamba", Streams::Unified),
    ] {
        let engine = open_with(name, |options| {
            options.parallel = 4;
            options.streams = streams;
        });
        let prompt = prefix(&engine, noise(100, 1));
        let forks = fork(&engine, prompt, 15);
        let rows = forks
            .iter()
            .zip(0..)
            .map(|(&fork, seed)| seeded(fork, seed % 5, 12))
            .collect();
        let (drawn, steps) = start(&engine, rows, None, 16).finish().unwrap();
        assert!(
            drawn.iter().all(|drawn| drawn.finish == Some(Finish::Length)),
            "{name}"
        );
        // Log-probabilities differ by rounding only, so equal seeds draw alike.
        for (at, drawn_at) in drawn.iter().enumerate() {
            assert_eq!(
                drawn_at.tokens,
                drawn[at % 5].tokens,
                "{name} {streams:?}, row {at}"
            );
            assert_close(
                &drawn_at.log_probabilities,
                &drawn[at % 5].log_probabilities,
                OTHER_SHAPE,
            );
        }
        for step in &steps {
            let rows: std::collections::HashSet<_> = step.rows.iter().collect();
            assert!(rows.len() <= 4, "{name}: {rows:?}");
        }
        assert_eq!(statistics(&engine).branches, 1);
    }
}

#[test]
fn three_hundred_rows_on_256_places_and_more_branches_than_sequences() {
    let engine = open_with("random-llama", |options| {
        options.parallel = 256;
        options.cells = 16_384;
    });
    let prompt = prefix(&engine, noise(60, 2));
    let forks = fork(&engine, prompt, 300);
    assert_eq!(statistics(&engine).branches, 301);
    forks
        .iter()
        .zip(0..)
        .for_each(|(&fork, at)| append(&engine, fork, vec![at % 7]));
    let drawn = draw(&engine, forks.iter().map(|&fork| kept(fork, 6)).collect());
    for (at, drawn_at) in drawn.iter().enumerate() {
        assert_eq!(drawn_at.tokens, drawn[at % 7].tokens, "row {at}");
    }
    // Those that lost their place go on all the same.
    assert_eq!(statistics(&engine).branches, 301);
    for at in [0, 130, 299] {
        let mut tokens = noise(60, 2);
        tokens.push((at % 7) as i32);
        tokens.extend(&drawn[at].tokens);
        let expected = greedily(&engine, prefix(&engine, tokens), 8);
        let went_on = greedily(&engine, forks[at], 8);
        assert_eq!(went_on.tokens, expected.tokens);
        assert_close(
            &went_on.log_probabilities,
            &expected.log_probabilities,
            OTHER_SHAPE,
        );
    }
    engine.drop_branches(forks);
    assert!(statistics(&engine).branches < 10);
}

#[test]
fn rows_of_several_calls_join_and_leave_one_batch() {
    let engine = open_with("random-llama", |options| {
        options.context_length = 4096;
        options.cells = 12_288;
    });
    let prompt = prefix(&engine, noise(80, 3));
    let forks = fork(&engine, prompt, 6);
    let expected = greedily(&engine, prompt, 60);
    let long = start(&engine, vec![row(forks[0], 4000), row(forks[1], 4000)], None, 16);
    long.step().unwrap();
    let short = |at: usize| start(&engine, vec![row(forks[at], at as u32 + 3)], None, 16);
    for (call, length) in (2..5).map(short).collect::<Vec<_>>().into_iter().zip(5..8) {
        let (drawn, steps) = call.finish().unwrap();
        assert_eq!(drawn[0].tokens, expected.tokens[..length]);
        // The first token comes from what is known of the prompt, the others from a batch with the long call's rows.
        assert!(steps[1..].iter().all(|step| step.batch_tokens >= 3));
    }
    let batches = statistics(&engine).batches;
    while statistics(&engine).batches < batches + 40 {}
    engine.stop(long.id);
    let (drawn, steps) = long.finish().unwrap();
    assert_eq!(drawn[0].tokens[..40], expected.tokens[1..41]);
    assert_eq!(drawn[1].tokens[..40], expected.tokens[1..41]);
    assert_eq!(steps.last().unwrap().batch_tokens, 2);
    assert!(steps.iter().any(|step| step.batch_tokens > 2));
    assert!(steps.iter().all(|step| step.seconds > 0.0));
}

#[test]
fn a_long_prompt_does_not_stop_rows_that_draw() {
    let engine = open_with("random-llama", |options| {
        options.context_length = 4096;
        options.cells = 8192;
    });
    let rows = start(&engine, vec![row(prefix(&engine, noise(10, 4)), 4000)], None, 16);
    rows.step().unwrap();
    prefix(&engine, noise(1500, 5));
    engine.stop(rows.id);
    let (_, steps) = rows.finish().unwrap();
    let beside = steps.iter().filter(|step| step.batch_tokens > 1);
    assert_eq!(beside.count(), 1500_usize.div_ceil(128));
}

#[test]
fn split_streams_take_unrelated_prompts_at_once() {
    let open = |streams| {
        open_with("random-llama", |options| {
            options.streams = streams;
            options.parallel = 8;
            options.cells = 8192;
        })
    };
    let (split, unified) = (open(Streams::Split), open(Streams::Unified));
    let draw_all = |engine| {
        let branches = (0..8).map(|salt| prefix(engine, noise(30 + salt * 20, salt)));
        let branches: Vec<_> = branches.collect();
        let before = statistics(engine).batches;
        let drawn = draw(engine, branches.iter().map(|&branch| row(branch, 30)).collect());
        assert_eq!(statistics(engine).batches - before, 29);
        drawn
    };
    for (split, unified) in draw_all(&split).iter().zip(draw_all(&unified)) {
        assert_eq!(split.tokens, unified.tokens);
        assert_close(&split.log_probabilities, &unified.log_probabilities, OTHER_SHAPE);
    }
}
