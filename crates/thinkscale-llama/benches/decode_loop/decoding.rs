//! The whole loop with sampling against bare decoding.

use std::sync::mpsc::channel;
use std::time::Instant;

use serde_json::json;
use thinkscale_llama::decode::{BranchId, CallEvent, Engine, RowRequest};
use thinkscale_llama::load::Library;
use thinkscale_llama::model::{Model, Token};
use thinkscale_llama::sampling::SamplingOptions;

use crate::arguments::Arguments;
use crate::bare::Bare;
use crate::pairs::Pairs;
use crate::prompts::story;
use crate::support::{fork, prefix, row, sampling, statistics};

pub fn measure(library: &'static Library, arguments: &Arguments) {
    for &rows in &arguments.samples {
        let length = arguments.prompt + arguments.tokens;
        let cells = arguments.prompt + rows * arguments.tokens;
        let engine = Engine::open(
            library,
            arguments.options(library, rows, length, cells + rows * 32),
        )
        .unwrap();
        let mut bare = Bare::open(engine.model(), engine.options());
        let mut number = 0;
        let mut prompt = || {
            number += 1;
            story(engine.model(), arguments.prompt, number)
        };
        let ends = forbid_ends(engine.model());
        bare.draw(&prompt(), rows, 2);
        let mut pairs = Pairs::default();
        for round in 0..arguments.rounds {
            if arguments.is_over() {
                break;
            }
            let (one, other) = (prompt(), prompt());
            let before = (bare.batches, statistics(&engine).batches);
            pairs.measure(
                round,
                &mut || bare.draw(&one, rows, arguments.tokens),
                &mut || whole(&engine, other.clone(), &ends, rows, arguments.tokens),
            );
            let batches = bare.batches - before.0;
            assert_eq!(
                batches,
                statistics(&engine).batches - before.1,
                "both sides make the same calls"
            );
            let (bare, full) = pairs.last();
            println!(
                "{}",
                json!({
                    "kind": "loop", "samples": rows, "round": round, "batches": batches, "bare": bare, "full": full,
                })
            );
        }
        println!(
            "{}",
            json!({ "kind": "loop-summary", "samples": rows, "full/bare": pairs.summary() })
        );
    }
}

/// Seconds from an empty engine to the last token of `rows` samples of one prompt.
fn whole(engine: &Engine, prompt: Vec<Token>, ends: &[(Token, f32)], rows: usize, tokens: usize) -> f64 {
    let length = prompt.len();
    let before = statistics(engine);
    let start = Instant::now();
    let branch = prefix(engine, prompt);
    let mut branches = fork(engine, branch, rows - 1);
    branches.push(branch);
    draw(engine, &branches, ends, tokens);
    let seconds = start.elapsed().as_secs_f64();
    let after = statistics(engine);
    let evaluated = (length + rows * (tokens - 1)) as u64;
    assert_eq!(
        after.evaluated_tokens - before.evaluated_tokens,
        evaluated,
        "nothing was reused or computed twice"
    );
    seconds
}

/// The bias that keeps all end tokens away, so that every row reaches its maximum.
pub fn forbid_ends(model: &Model) -> Vec<(Token, f32)> {
    let tokens = 0..model.vocabulary() as Token;
    tokens
        .filter(|&token| model.is_end(token))
        .map(|token| (token, f32::NEG_INFINITY))
        .collect()
}

/// Draws `tokens` tokens on each branch and drops the branches.
pub fn draw(engine: &Engine, branches: &[BranchId], ends: &[(Token, f32)], tokens: usize) {
    let rows: Vec<RowRequest> = branches
        .iter()
        .enumerate()
        .map(|(seed, &branch)| {
            let sampling = SamplingOptions {
                logit_bias: ends.to_vec(),
                ..sampling(0.7, seed as u32)
            };
            RowRequest {
                sampling,
                ..row(branch, tokens as u32)
            }
        })
        .collect();
    let wanted = rows.len() * tokens;
    let (event, events) = channel();
    engine.generate(
        1,
        rows,
        None,
        2048,
        Box::new(move |step| {
            let _ = event.send(step);
        }),
    );
    let mut drawn = 0;
    loop {
        match events.recv().unwrap() {
            CallEvent::Step(step) => drawn += step.tokens.len(),
            CallEvent::Ended(result) => break result.unwrap(),
        }
    }
    assert_eq!(drawn, wanted, "every row has all its tokens");
}
