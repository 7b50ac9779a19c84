#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! The decode loop on real models.

mod support;

use support::*;
use thinkscale_llama::decode::Finish;

const PLAIN: &str = "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n";

#[test]
fn a_planted_text_comes_out_whole_with_characters_that_span_tokens() {
    let engine = open("plain");
    let branch = prompt(&engine, PLAIN);
    let drawn = draw(&engine, vec![row(branch, 64)]).remove(0);
    assert_eq!(drawn.text, "Fine café, 12 seats 🙂.");
    assert_eq!(drawn.finish, Some(Finish::End));
    assert!(drawn.log_probabilities.iter().all(|&value| (-1e-3..=0.0).contains(&value)), "{drawn:?}");
}

#[test]
fn forks_share_the_cells_of_their_prompt() {
    let engine = open_with("random-llama", |options| options.context_length = 1024);
    let tokens = (0..550).map(|at| at * 7 % 250).collect();
    let branch = prefix(&engine, tokens);
    assert_eq!(statistics(&engine).used_cells, 550);
    let forks = fork(&engine, branch, 15);
    assert_eq!(statistics(&engine).used_cells, 550);
    let drawn = draw(&engine, forks.iter().map(|&branch| row(branch, 4)).collect());
    assert!(drawn.iter().all(|other| other.tokens == drawn[0].tokens));
}
