#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Cells that run out, and books that agree with what the branches hold.

mod support;

use std::collections::HashMap;

use proptest::prelude::*;
use support::*;
use thinkscale_llama::decode::{BranchId, Engine, Finish, RowRequest};
use thinkscale_llama::model::Token;

/// The planted text's tokens again and again, so that any row can be checked by its text.
fn circle(engine: &Engine, length: usize) -> Vec<Token> {
    let text = "one by two. ".repeat(length);
    let mut tokens = engine.model().tokenize("<|im_start|>assistant\n<think>\n", true);
    tokens.extend(engine.model().tokenize(&text, false));
    tokens.truncate(length);
    tokens
}

#[test]
fn rows_that_do_not_fit_together_pause_and_end_with_their_full_length() {
    for name in ["random-llama", "random-gemma3", "never-closes"] {
        let open = |cells| {
            open_with(name, |options| {
                options.context_length = 256;
                options.cells = cells;
            })
        };
        let (tight, roomy) = (open(300), open(2048));
        assert_eq!(statistics(&tight).cells, 512);
        let draw_all = |engine: &Engine| {
            let prompt = if name == "never-closes" {
                circle(engine, 150)
            } else {
                noise(150, 1)
            };
            let branch = prefix(engine, prompt);
            let rows = fork(engine, branch, 8).into_iter().zip(0..);
            // The planted model is never in doubt, so it may draw at any temperature.
            let rows = rows.map(|(fork, seed)| RowRequest {
                sampling: sampling(0.1, seed),
                ..row(fork, 100)
            });
            start(engine, rows.collect(), None, 16).finish().unwrap()
        };
        let (drawn, steps) = draw_all(&tight);
        let after = statistics(&tight);
        let recomputed: u64 = steps.iter().map(|step| u64::from(step.recomputed_tokens)).sum();
        assert!(after.pauses > 0 && recomputed > 0, "{name}: {after:?}");
        assert_eq!(recomputed, after.recomputed_tokens, "{name}");
        assert_eq!(
            after.evaluated_tokens - recomputed,
            150 + 8 * 99,
            "{name}: {after:?}"
        );
        let (expected, _) = draw_all(&roomy);
        assert_eq!(
            (statistics(&roomy).pauses, statistics(&roomy).recomputed_tokens),
            (0, 0)
        );
        for (drawn, expected) in drawn.iter().zip(&expected) {
            assert_eq!(drawn.finish, Some(Finish::Length));
            assert_eq!(drawn.tokens.len(), 100);
            if name == "never-closes" {
                assert_eq!(drawn.text, expected.text);
            }
        }
    }
}

#[test]
fn requests_of_several_prompts_that_each_fill_the_context_all_end() {
    let engine = open_with("random-llama", |options| {
        options.context_length = 512;
        options.cells = 512;
    });
    let branches: Vec<_> = (0..5).map(|salt| prefix(&engine, noise(300, salt))).collect();
    let calls: Vec<_> = branches
        .iter()
        .map(|&branch| start(&engine, vec![kept(branch, 1000)], None, 16))
        .collect();
    for call in calls {
        let (drawn, _) = call.finish().unwrap();
        assert_eq!(
            (drawn[0].tokens.len(), drawn[0].finish),
            (212, Some(Finish::Context))
        );
    }
    // A branch that is full ends at once.
    let (full, steps) = start(&engine, vec![kept(branches[0], 5)], None, 16)
        .finish()
        .unwrap();
    assert_eq!((full[0].tokens.len(), full[0].finish), (0, Some(Finish::Context)));
    assert_eq!(steps[0].tokens, [-1]);
    let after = statistics(&engine);
    assert!(after.used_cells + after.cached_cells <= 512);
}

#[test]
fn a_sliding_window_s_smaller_memory_runs_out_without_harm() {
    // 1,024 cells for the layers with a window, all of which forks of a long prompt share.
    let open = |full_window| {
        open_with("random-gemma3", |options| {
            options.context_length = 2048;
            options.cells = 4096;
            options.full_window = full_window;
        })
    };
    let draw_all = |engine: &Engine| {
        let branch = prefix(engine, noise(1500, 1));
        draw(
            engine,
            fork(engine, branch, 4)
                .into_iter()
                .map(|fork| row(fork, 20))
                .collect(),
        )
    };
    let (drawn, expected) = (draw_all(&open(false)), draw_all(&open(true)));
    for (drawn, expected) in drawn.iter().zip(&expected) {
        assert_eq!(drawn.tokens, expected.tokens);
        assert_close(&drawn.log_probabilities, &expected.log_probabilities, OTHER_SHAPE);
    }
}

#[test]
fn batches_are_never_larger_than_a_small_context_takes() {
    let engine = open_with("random-mamba", |options| {
        options.context_length = 256;
        options.cells = 256;
    });
    let (answer, answers) = std::sync::mpsc::channel();
    for salt in 0..4 {
        let answer = answer.clone();
        engine.prefix(
            noise(200, salt),
            Box::new(move |branch| answer.send(branch.unwrap()).unwrap()),
        );
    }
    let branches: Vec<_> = (0..4).map(|_| answers.recv_timeout(PATIENCE).unwrap()).collect();
    let drawn = draw(&engine, branches.iter().map(|&branch| row(branch, 20)).collect());
    assert!(drawn.iter().all(|drawn| drawn.tokens.len() == 20));
}

#[derive(Debug, Clone)]
enum Operation {
    Prefix(usize, usize),
    Fork(usize, usize),
    Append(usize, usize),
    Trim(usize, usize),
    Draw(usize, usize),
    DrawAll(usize),
    Score(usize, usize),
    Drop(usize),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let which = 0_usize..64;
    let operation = prop_oneof![
        (1_usize..120, 0_usize..4).prop_map(|(length, salt)| Operation::Prefix(length, salt)),
        (which.clone(), 1_usize..4).prop_map(|(at, count)| Operation::Fork(at, count)),
        (which.clone(), 0_usize..30).prop_map(|(at, count)| Operation::Append(at, count)),
        (which.clone(), 1_usize..150).prop_map(|(at, length)| Operation::Trim(at, length)),
        (which.clone(), 1_usize..20).prop_map(|(at, count)| Operation::Draw(at, count)),
        (1_usize..10).prop_map(Operation::DrawAll),
        (which.clone(), 1_usize..20).prop_map(|(at, count)| Operation::Score(at, count)),
        which.prop_map(Operation::Drop),
    ];
    prop::collection::vec(operation, 1..25)
}

/// What the branches should hold, and what was drawn after which tokens.
#[derive(Default)]
struct Books {
    branches: HashMap<BranchId, Vec<Token>>,
    drawn: Vec<(Vec<Token>, Drawn)>,
}

impl Books {
    fn note(&mut self, branch: BranchId, drawn: Drawn) {
        let tokens = self.branches.get_mut(&branch).unwrap();
        let before = tokens.clone();
        tokens.extend(&drawn.tokens);
        self.drawn.push((before, drawn));
    }
}

/// Does an operation on the engine and in the books.
fn apply(engine: &Engine, books: &mut Books, operation: Operation) {
    let model = &mut books.branches;
    let mut branches: Vec<BranchId> = model.keys().copied().collect();
    branches.sort_unstable();
    let room = |tokens: &[Token], wanted: usize| wanted.min(255 - tokens.len().min(255));
    let pick = |at: usize| (!branches.is_empty()).then(|| branches[at % branches.len()]);
    match operation {
        Operation::Prefix(length, salt) => {
            model.insert(prefix(engine, noise(length, salt)), noise(length, salt));
        }
        Operation::Fork(at, count) => {
            let Some(branch) = pick(at) else { return };
            for child in fork(engine, branch, count) {
                model.insert(child, model[&branch].clone());
            }
        }
        Operation::Append(at, count) => {
            let Some(branch) = pick(at) else { return };
            let tokens = noise(room(&model[&branch], count), 9);
            append(engine, branch, tokens.clone());
            model.get_mut(&branch).unwrap().extend(tokens);
        }
        Operation::Trim(at, length) => {
            let Some(branch) = pick(at) else { return };
            trim(engine, branch, length);
            model.get_mut(&branch).unwrap().truncate(length);
        }
        Operation::Draw(at, count) => {
            let Some(branch) = pick(at) else { return };
            let drawn = draw(engine, vec![kept(branch, count as u32)]).remove(0);
            books.note(branch, drawn);
        }
        Operation::DrawAll(count) => {
            let drawn = draw(
                engine,
                branches
                    .iter()
                    .map(|&branch| kept(branch, count as u32))
                    .collect(),
            );
            for (branch, drawn) in branches.iter().zip(drawn) {
                books.note(*branch, drawn);
            }
        }
        Operation::Score(at, count) => {
            let Some(branch) = pick(at) else { return };
            let count = room(&model[&branch], count);
            let scores = score(engine, branch, vec![noise(count, 8), noise(count / 2, 8)]);
            assert_eq!([scores[0].len(), scores[1].len()], [count, count / 2]);
        }
        Operation::Drop(at) => {
            let Some(branch) = pick(at) else { return };
            engine.drop_branches(vec![branch]);
            model.remove(&branch);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn branches_hold_what_was_done_to_them(operations in operations(), kind in 0_usize..3) {
        let name = ["random-llama", "random-gemma3", "plain"][kind];
        let engine = open_with(name, |options| {
            options.context_length = 256;
            options.cells = 512;
            options.parallel = 4;
        });
        let mut books = Books::default();
        for operation in operations {
            apply(&engine, &mut books, operation);
            let now = statistics(&engine);
            prop_assert!(now.used_cells + now.cached_cells <= now.cells);
            prop_assert_eq!(now.branches, books.branches.len() as u64);
        }
        let fresh = open_with(name, |options| options.context_length = 256);
        for (&branch, tokens) in books.branches.iter().filter(|(_, tokens)| tokens.len() < 256) {
            // The less probable a token, the more rounding shifts it: those that no draw would ever take are left out.
            let likely = |values: Vec<f32>| values.into_iter().map(|value| value.max(-20.0)).collect::<Vec<_>>();
            let expected = likely(distribution(&fresh, prefix(&fresh, tokens.clone())));
            assert_close(&likely(distribution(&engine, branch)), &expected, 3.0 * OTHER_SHAPE);
        }
        for (before, drawn) in books.drawn.iter().filter(|(before, drawn)| before.len() + drawn.tokens.len() < 256) {
            let expected = score(&fresh, prefix(&fresh, before.clone()), vec![drawn.tokens.clone()]);
            assert_close(&drawn.log_probabilities, &expected[0], OTHER_SHAPE);
        }
        engine.drop_branches(books.branches.into_keys().collect());
        let now = statistics(&engine);
        prop_assert_eq!((now.branches, now.used_cells), (0, 0));
        // What dropped branches leave for prompts that begin alike is at most a quarter.
        prop_assert!(now.cached_cells <= now.cells / 4);
    }
}
