#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! A forked or trimmed branch is the branch that would have been computed from scratch.

mod support;

use support::*;
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::{BranchId, Engine};
use thinkscale_llama::model::{Streams, Token};

const PROMPT: usize = 150;

/// Name, whether sliding-window layers keep all cells, where the cells are.
const KINDS: [(&str, bool, Streams); 6] = [
    ("random-llama", true, Streams::Unified),
    ("random-llama", true, Streams::Split),
    ("random-gemma3", true, Streams::Unified),
    ("random-gemma3", false, Streams::Unified),
    ("random-gemma3", false, Streams::Split),
    ("random-mamba", true, Streams::Unified),
];

fn each_kind(test: impl Fn(&dyn Fn() -> Engine)) {
    for (name, full_window, streams) in KINDS {
        test(&|| {
            open_with(name, |options| {
                options.full_window = full_window;
                options.streams = streams;
            })
        });
    }
}

/// What the branch draws, with nothing else in the context but the branches that `make` leaves.
fn alone(open: &dyn Fn() -> Engine, make: impl Fn(&Engine) -> BranchId) -> Drawn {
    let engine = open();
    let branch = make(&engine);
    draw(&engine, vec![row(branch, 24)]).remove(0)
}

#[test]
fn a_forked_branch_equals_one_computed_from_scratch_bit_for_bit() {
    each_kind(|open| {
        let scratch = alone(open, |engine| prefix(engine, noise(PROMPT, 1)));
        assert_eq!(scratch.tokens.len(), 24);
        let child = alone(open, |engine| {
            fork(engine, prefix(engine, noise(PROMPT, 1)), 3)[2]
        });
        assert_eq!(child, scratch);
        let grandchild = alone(open, |engine| {
            let children = fork(engine, prefix(engine, noise(PROMPT, 1)), 2);
            fork(engine, children[0], 2)[1]
        });
        assert_eq!(grandchild, scratch);
    });
}

#[test]
fn a_parent_stays_as_it_was_while_its_children_draw() {
    each_kind(|open| {
        let engine = open();
        let parent = prefix(&engine, noise(PROMPT, 2));
        let before = distribution(&engine, parent);
        let children = fork(&engine, parent, 4);
        draw(&engine, children.iter().map(|&child| row(child, 20)).collect());
        assert_eq!(distribution(&engine, parent), before);
        let scratch = alone(open, |engine| prefix(engine, noise(PROMPT, 2)));
        assert_eq!(
            draw(&engine, vec![row(parent, 24)]).remove(0).tokens,
            scratch.tokens
        );
    });
}

#[test]
fn forks_of_a_branch_with_pending_tokens_share_their_evaluation() {
    each_kind(|open| {
        let extra: Vec<Token> = noise(70, 9);
        let scratch = alone(open, |engine| {
            let branch = prefix(engine, noise(PROMPT, 3));
            append(engine, branch, extra.clone());
            branch
        });
        let engine = open();
        let parent = prefix(&engine, noise(PROMPT, 3));
        append(&engine, parent, extra.clone());
        let children = fork(&engine, parent, 4);
        assert_eq!(statistics(&engine).evaluated_tokens, 220);
        let drawn = draw(&engine, vec![row(children[3], 24)]).remove(0);
        assert_eq!(drawn, scratch);
        // One prompt of the same tokens rounds differently, since it is computed in other pieces.
        let mut whole = noise(PROMPT, 3);
        whole.extend(extra);
        let whole = alone(open, |engine| prefix(engine, whole.clone()));
        assert_eq!(whole.tokens, drawn.tokens);
        assert_close(&whole.log_probabilities, &drawn.log_probabilities, OTHER_SHAPE);
    });
}

#[test]
fn a_kept_row_can_be_forked_and_goes_on_where_it_ended() {
    each_kind(|open| {
        let whole = alone(open, |engine| prefix(engine, noise(PROMPT, 4)));
        let engine = open();
        let branch = prefix(&engine, noise(PROMPT, 4));
        let first = draw(&engine, vec![kept(branch, 10)]).remove(0);
        let forks = fork(&engine, branch, 3);
        let rest = draw(&engine, forks.iter().map(|&fork| row(fork, 14)).collect());
        for rest in rest {
            assert_eq!([first.tokens.clone(), rest.tokens].concat(), whole.tokens);
            assert_close(
                &[first.log_probabilities.clone(), rest.log_probabilities].concat(),
                &whole.log_probabilities,
                OTHER_SHAPE,
            );
        }
    });
}

#[test]
fn a_trimmed_branch_equals_one_computed_from_scratch() {
    for (name, full_window, streams) in KINDS.into_iter().take(3) {
        let open = || {
            open_with(name, |options| {
                options.full_window = full_window;
                options.streams = streams;
            })
        };
        for length in [1, 40, 65, 149] {
            let scratch = alone(&open, |engine| prefix(engine, noise(length, 5)));
            let engine = open();
            assert!(engine.exact_trim());
            let branch = prefix(&engine, noise(PROMPT, 5));
            draw(&engine, vec![kept(branch, 30)]);
            trim(&engine, branch, length);
            let trimmed = draw(&engine, vec![row(branch, 24)]).remove(0);
            assert_eq!(trimmed.tokens, scratch.tokens, "{name} cut to {length}");
            assert_close(
                &trimmed.log_probabilities,
                &scratch.log_probabilities,
                OTHER_SHAPE,
            );
        }
    }
}

#[test]
fn a_trim_is_exact_after_the_cells_behind_a_sliding_window_were_used_again() {
    let open = || open_with("random-gemma3", |options| options.cells = 512);
    let engine = open();
    let (first, second) = (prefix(&engine, noise(200, 6)), prefix(&engine, noise(150, 7)));
    // The hole before the second branch is too small for what the first one draws next: llama.cpp goes on into cells
    // that the second branch does not see any more.
    trim(&engine, first, 190);
    draw(&engine, vec![kept(first, 60)]);
    for (branch, salt, length) in [(second, 7, 40), (first, 6, 100)] {
        let scratch = alone(&open, |engine| prefix(engine, noise(length, salt)));
        trim(&engine, branch, length);
        let trimmed = draw(&engine, vec![row(branch, 24)]).remove(0);
        assert_eq!(trimmed.tokens, scratch.tokens, "salt {salt}");
        assert_close(
            &trimmed.log_probabilities,
            &scratch.log_probabilities,
            OTHER_SHAPE,
        );
    }
}

#[test]
fn memory_that_can_not_go_back_says_so() {
    for (name, full_window) in [("random-mamba", true), ("random-gemma3", false)] {
        let engine = open_with(name, |options| options.full_window = full_window);
        assert!(!engine.exact_trim());
        let branch = prefix(&engine, noise(30, 1));
        let refused = wait(|reply| engine.trim(branch, 10, reply));
        assert_eq!(refused, Err(LlamaError::Missing("memory that can be trimmed")));
        assert_eq!(greedily(&engine, branch, 3).tokens.len(), 3);
    }
}
