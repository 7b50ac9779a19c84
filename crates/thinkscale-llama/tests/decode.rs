#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Rows and their text: whole characters, cut at stop texts.

mod support;

use support::*;
use thinkscale_llama::decode::{Engine, Finish, RowRequest, Step};

const PLANTED: &str = "Fine café, 12 seats 🙂.";
const PROMPT: &str = "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n";

fn drawn(engine: &Engine, max_tokens: u32, stops: &[&str]) -> (Drawn, Vec<Step>) {
    let stops = stops.iter().map(ToString::to_string).collect();
    let request = RowRequest {
        stops,
        ..row(prompt(engine, PROMPT), max_tokens)
    };
    let (mut drawn, steps) = start(engine, vec![request], None, 16).finish().unwrap();
    (drawn.remove(0), steps)
}

#[test]
fn a_planted_text_comes_out_whole_and_no_step_has_half_a_character() {
    let engine = open("plain");
    let (whole, steps) = drawn(&engine, 64, &[]);
    assert_eq!((whole.text.as_str(), whole.finish), (PLANTED, Some(Finish::End)));
    assert!(
        whole
            .log_probabilities
            .iter()
            .all(|&value| (-1e-3..=0.0).contains(&value)),
        "{whole:?}"
    );
    // The model has a token for each byte: the end token is the only other one.
    assert_eq!(whole.tokens.len(), PLANTED.len() + 1);
    let texts: Vec<&str> = steps
        .iter()
        .flat_map(|step| &step.texts)
        .map(String::as_str)
        .collect();
    assert_eq!(texts.concat(), PLANTED);
    assert!(texts.iter().all(|text| !text.contains('\u{fffd}')), "{texts:?}");
    assert_eq!(
        texts.iter().filter(|text| text.is_empty()).count(),
        1 + 3 + 1,
        "{texts:?}"
    );
}

#[test]
fn a_row_cut_inside_a_character_marks_it() {
    let engine = open("plain");
    for (bytes, text) in [(8, "Fine caf"), (9, "Fine caf\u{fffd}"), (10, "Fine café")] {
        let (cut, _) = drawn(&engine, bytes, &[]);
        assert_eq!(
            (cut.text.as_str(), cut.finish, cut.tokens.len()),
            (text, Some(Finish::Length), bytes as usize)
        );
    }
}

#[test]
fn stop_texts_end_a_row_across_tokens_and_inside_characters() {
    let engine = open("plain");
    for (stops, text) in [
        (&["café"][..], "Fine "),
        (&["é, 1"], "Fine caf"),
        (&["🙂"], "Fine café, 12 seats "),
        (&["seats 🙂.", "12 "], "Fine café, "),
        (&["F"], ""),
        (&["12 seat!", "x"], PLANTED),
        (&["."], "Fine café, 12 seats 🙂"),
    ] {
        let (stopped, steps) = drawn(&engine, 64, stops);
        assert_eq!(stopped.text, text, "{stops:?}");
        assert_eq!(
            stopped.finish,
            Some(if text == PLANTED {
                Finish::End
            } else {
                Finish::Stop
            }),
            "{stops:?}"
        );
        // Nothing that belongs to a stop text was in any step.
        let mut so_far = String::new();
        for part in steps.iter().flat_map(|step| &step.texts) {
            so_far += part;
            assert!(text.starts_with(&so_far), "{stops:?}: {so_far:?}");
        }
    }
}

#[test]
fn a_stopped_row_s_branch_holds_its_tokens_with_the_stop_text() {
    let engine = open("plain");
    let branch = prompt(&engine, PROMPT);
    let request = RowRequest {
        stops: vec!["caf".to_owned()],
        ..kept(branch, 64)
    };
    let first = draw(&engine, vec![request]).remove(0);
    assert_eq!((first.text.as_str(), first.tokens.len()), ("Fine ", 8));
    assert_eq!(draw(&engine, vec![row(branch, 64)])[0].text, "é, 12 seats 🙂.");
}

#[test]
fn text_held_back_for_a_stop_text_appears_when_the_row_ends_otherwise() {
    let engine = open("plain");
    assert_eq!(drawn(&engine, 7, &["cafe"]).0.text, "Fine ca");
    assert_eq!(drawn(&engine, 64, &["🙂.!"]).0.text, PLANTED);
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
