#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]
//! What the decode loop costs beside bare calls of `llama_decode` with the same shapes on the same library. What is
//! compared takes turns, so a machine that drifts hits both sides. One JSON object a line goes to the output.
//!
//! ```text
//! cargo bench -p thinkscale-llama --bench decode_loop -- --model PATH [--rounds 15] [--samples 1,4,16,64]
//!     [--tokens 64] [--prompt 550] [--only loop,forks,scoring,streams] [--minutes 60] [--threads N] [--platform NAME]
//! ```
//!
//! `--minutes` bounds the whole run: no measurement starts after that. `--platform` names another package of
//! node-llama-cpp's libraries than the CPU one, such as `linux-x64-cuda`.

mod arguments;
mod bare;
mod decoding;
mod forks;
mod pairs;
mod prompts;
mod scoring;
mod streams;
#[path = "../../tests/support/mod.rs"]
mod support;

use arguments::{Arguments, Part};
use serde_json::{Value, json};

fn main() {
    let Some(arguments) = Arguments::read() else {
        return;
    };
    let library = arguments.library();
    report(&json!({
        "kind": "setting", "build": library.build(), "backend": library.backend().as_str(),
        "threads": arguments.threads, "prompt": arguments.prompt, "tokens": arguments.tokens,
    }));
    for part in &arguments.parts {
        match part {
            Part::Loop => decoding::measure(library, &arguments),
            Part::Forks => forks::measure(library, &arguments),
            Part::Scoring => scoring::measure(library, &arguments),
            Part::Streams => streams::measure(library, &arguments),
        }
    }
}

fn report(line: &Value) {
    println!("{line}");
}
