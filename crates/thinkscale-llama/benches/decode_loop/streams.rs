//! Unrelated prompts with one pool of cells and with a pool for each sequence.

use std::sync::mpsc::channel;
use std::time::Instant;

use serde_json::json;
use thinkscale_llama::decode::{BranchId, Engine, EngineOptions};
use thinkscale_llama::load::Library;
use thinkscale_llama::model::Streams;

use crate::arguments::Arguments;
use crate::decoding::{draw, forbid_ends};
use crate::pairs::Comparison;
use crate::prompts::story;
use crate::support::{prefix, statistics};

const PROMPTS: usize = 16;
const LENGTH: usize = 1000;
/// A round takes minutes on two cores.
const MOST_ROUNDS: usize = 5;

pub fn measure(library: &'static Library, arguments: &Arguments) {
    let tokens = arguments.tokens;
    let run = |streams: Streams, round: usize| {
        let cells = PROMPTS * (LENGTH + tokens + 32);
        let options = arguments.options(library, PROMPTS, LENGTH + tokens + 32, cells);
        let engine = Engine::open(library, EngineOptions { streams, ..options }).unwrap();
        unrelated(&engine, round, tokens)
    };
    let comparison = Comparison {
        kind: "streams",
        about: json!({ "prompts": PROMPTS, "length": LENGTH }),
        sides: ["unified", "split"],
        rounds: arguments.rounds.min(MOST_ROUNDS),
    };
    comparison.run(
        arguments,
        |round| run(Streams::Unified, round),
        |round| run(Streams::Split, round),
    );
}

/// Seconds from an empty engine to the last token of one sample of each prompt.
fn unrelated(engine: &Engine, round: usize, tokens: usize) -> f64 {
    // The first decoding pays for memory that is touched for the first time.
    let warm = prefix(engine, story(engine.model(), 16, 0));
    let ends = forbid_ends(engine.model());
    draw(engine, &[warm], &ends, 2);
    let before = statistics(engine);
    let prompts: Vec<_> = (0..PROMPTS)
        .map(|at| story(engine.model(), LENGTH, 1 + round * PROMPTS + at))
        .collect();
    let start = Instant::now();
    let (answer, answers) = channel();
    for prompt in prompts {
        let answer = answer.clone();
        engine.prefix(
            prompt,
            Box::new(move |result| {
                let _ = answer.send(result);
            }),
        );
    }
    let branches: Vec<BranchId> = answers.iter().take(PROMPTS).map(Result::unwrap).collect();
    draw(engine, &branches, &ends, tokens);
    let seconds = start.elapsed().as_secs_f64();
    let after = statistics(engine);
    let evaluated = (PROMPTS * (LENGTH + tokens - 1)) as u64;
    assert_eq!(
        after.evaluated_tokens - before.evaluated_tokens,
        evaluated,
        "nothing was reused or computed twice"
    );
    seconds
}
