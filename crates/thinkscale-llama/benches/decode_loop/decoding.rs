//! The whole loop with sampling against bare decoding.

use std::sync::mpsc::channel;
use std::time::Instant;

use serde_json::json;
use thinkscale_llama::decode::{BranchId, CallEvent, CallOptions, ConfidenceWatch, Engine, RowRequest};
use thinkscale_llama::load::Library;
use thinkscale_llama::model::{Model, Token};
use thinkscale_llama::sampling::SamplingOptions;

use crate::arguments::Arguments;
use crate::bare::{Bare, batches};
use crate::pairs::Comparison;
use crate::prompts::story;
use crate::support::{fork, prefix, row, sampling, statistics};

pub fn measure(library: &'static Library, arguments: &Arguments) {
    let tokens = arguments.tokens;
    for &rows in &arguments.samples {
        let cells = arguments.prompt + rows * (tokens + 32);
        let options = arguments.options(library, rows, arguments.prompt + tokens, cells);
        let engine = Engine::open(library, options).unwrap();
        let mut bare = Bare::open(engine.model(), engine.options());
        let ends = forbid_ends(engine.model());
        let prompt = |round: usize| story(engine.model(), arguments.prompt, round + 1);
        // The first decoding of each side pays for memory that is touched for the first time.
        bare.draw(&prompt(arguments.rounds), rows, 2);
        whole(&engine, prompt(arguments.rounds), &ends, rows, 2);
        let comparison = Comparison {
            kind: "loop",
            about: json!({ "samples": rows, "batches": batches(arguments.prompt, tokens) }),
            sides: ["bare", "full"],
            rounds: arguments.rounds,
        };
        comparison.run(
            arguments,
            |round| bare.draw(&prompt(round), rows, tokens),
            |round| whole(&engine, prompt(round), &ends, rows, tokens),
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
    assert_eq!(
        after.batches - before.batches,
        batches(length, tokens) as u64,
        "as many calls as the bare side"
    );
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
        CallOptions {
            deadline: None,
            confidence: ConfidenceWatch {
                window: 2048,
                floor: None,
            },
            top_tokens: 0,
        },
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
