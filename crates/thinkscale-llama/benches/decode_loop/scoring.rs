//! Log-probabilities of given tokens against plain evaluation of the same tokens.

use std::time::Instant;

use serde_json::json;
use thinkscale_llama::decode::Engine;
use thinkscale_llama::load::Library;

use crate::arguments::Arguments;
use crate::bare::Bare;
use crate::pairs::Comparison;
use crate::prompts::story;
use crate::support::{prefix, wait};

const SCORED: usize = 200;

pub fn measure(library: &'static Library, arguments: &Arguments) {
    let length = arguments.prompt;
    let options = arguments.options(library, 1, length + SCORED + 1, length + 2 * SCORED);
    let engine = Engine::open(library, options).unwrap();
    let mut bare = Bare::open(engine.model(), engine.options());
    let text = story(engine.model(), length + SCORED, 1);
    let (prompt, scored) = text.split_at(length);
    let branch = prefix(&engine, prompt.to_vec());
    bare.prompt(prompt);
    let score = |_| {
        let start = Instant::now();
        let scores = wait(|reply| engine.score(branch, vec![scored.to_vec()], reply)).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(scores[0].len(), SCORED);
        assert!(scores[0].iter().all(|&score| score <= 0.0 && score.is_finite()));
        seconds
    };
    let mut evaluate = |_| {
        let start = Instant::now();
        bare.evaluate(scored, length, true);
        let seconds = start.elapsed().as_secs_f64();
        bare.shrink(0, length);
        seconds
    };
    score(0);
    evaluate(0);
    let comparison = Comparison {
        kind: "scoring",
        about: json!({ "tokens": SCORED }),
        sides: ["plain", "scoring"],
        rounds: arguments.rounds,
    };
    comparison.run(arguments, evaluate, score);
}
