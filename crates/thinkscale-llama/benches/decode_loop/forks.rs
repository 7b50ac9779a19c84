//! Forks of a prompt: how long they take and whether the prompt's cells are shared.

use std::time::Instant;

use serde_json::json;
use thinkscale_llama::decode::Engine;
use thinkscale_llama::load::Library;

use crate::arguments::Arguments;
use crate::bare::Bare;
use crate::pairs::{median, quantile};
use crate::prompts::story;
use crate::report;
use crate::support::{fork, prefix, statistics};

const FORKS: usize = 15;
const REPEATS: usize = 50;

pub fn measure(library: &'static Library, arguments: &Arguments) {
    let length = arguments.prompt;
    // Enough cells for a dropped prompt to stay.
    let options = arguments.options(library, FORKS + 1, length + 64, 8 * length);
    let engine = Engine::open(library, options).unwrap();
    let mut bare = Bare::open(engine.model(), engine.options());
    let prompt = story(engine.model(), length, 1);
    bare.prompt(&prompt);
    let (mut engine_seconds, mut bare_seconds) = (Vec::new(), Vec::new());
    let mut cells = (0, 0);
    for _ in 0..REPEATS {
        // A prompt whose branches were all dropped is found in memory, and all other sequences are free again: a fork
        // that finds none free would cost nothing.
        let branch = prefix(&engine, prompt.clone());
        let before = statistics(&engine);
        let start = Instant::now();
        let mut branches = fork(&engine, branch, FORKS);
        engine_seconds.push(start.elapsed().as_secs_f64());
        let after = statistics(&engine);
        assert_eq!(
            after.evaluated_tokens, length as u64,
            "the prompt is evaluated once"
        );
        cells = (before.used_cells, after.used_cells);
        branches.push(branch);
        engine.drop_branches(branches);

        let start = Instant::now();
        bare.fork(FORKS, length);
        bare_seconds.push(start.elapsed().as_secs_f64());
        bare.shrink(FORKS, length);
    }
    report(&json!({
        "kind": "forks", "forks": FORKS, "prompt": length, "repeats": REPEATS,
        "cellsBefore": cells.0, "cellsAfter": cells.1,
        "medianMilliseconds": median(&engine_seconds) * 1000.0,
        "p95Milliseconds": quantile(&engine_seconds, 0.95) * 1000.0,
        "bareMedianMilliseconds": median(&bare_seconds) * 1000.0,
        "bareP95Milliseconds": quantile(&bare_seconds, 0.95) * 1000.0,
    }));
}
