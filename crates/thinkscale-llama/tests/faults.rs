#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Files that are no models, requests that are given up, and many commands at once.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use support::*;
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::{Engine, RowRequest, ThinkingRequest};
use thinkscale_llama::model::Streams;
use thinkscale_llama::thinking::{Format, FormatKind, Plan};

fn refused(path: std::path::PathBuf) -> String {
    match Engine::open(library(), options(path.clone())) {
        Err(LlamaError::ModelRefused { path: named, detail }) => {
            assert_eq!(named, path);
            detail
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{} was opened", path.display()),
    }
}

/// One test, because the reasons come through the process's one log.
#[test]
fn files_that_are_no_models_are_refused_with_llama_cpp_s_reason() {
    let detail = refused(tiny("truncated"));
    assert!(detail.contains("not within the file bounds"), "{detail}");
    let detail = refused(tiny("unknown-architecture"));
    assert!(
        detail.contains("unknown model architecture: 'no-such-model'"),
        "{detail}"
    );
    let detail = refused(root().join("Cargo.toml"));
    assert!(detail.contains("invalid magic"), "{detail}");
    let detail = refused(root().join("no-such-file.gguf"));
    assert!(detail.contains("No such file"), "{detail}");
    let engine = open("plain");
    assert_eq!(greedily(&engine, prefix(&engine, noise(5, 1)), 3).tokens.len(), 3);
}

#[test]
fn options_out_of_range_are_refused() {
    let model = tiny("plain");
    for parallel in [0, 257] {
        let mut options = options(model.clone());
        options.parallel = parallel;
        let error = Engine::open(library(), options).err();
        assert!(
            matches!(
                error,
                Some(LlamaError::Input {
                    field: "parallel",
                    ..
                })
            ),
            "{error:?}"
        );
    }
    let engine = open("plain");
    for tokens in [vec![], vec![-1], vec![100_000], noise(512, 1)] {
        let error = wait(|reply| engine.prefix(tokens, reply)).unwrap_err();
        assert!(
            matches!(error, LlamaError::Input { field: "tokens", .. }),
            "{error}"
        );
    }
}

#[derive(Debug, Clone)]
enum Fired {
    Prefix(usize, usize),
    Fork(usize),
    Append(usize, usize),
    Trim(usize, usize),
    Score(usize, usize),
    Next(usize),
    Draw {
        at: usize,
        count: u32,
        thinks: bool,
        keep: bool,
        late: u64,
    },
    Stop(u64),
    Pause(u64, bool),
    Drop(usize),
}

fn fired() -> impl Strategy<Value = Vec<Fired>> {
    let at = 0_usize..24;
    let one = prop_oneof![
        (1_usize..200, 0_usize..3).prop_map(|(length, salt)| Fired::Prefix(length, salt)),
        at.clone().prop_map(Fired::Fork),
        (at.clone(), 0_usize..40).prop_map(|(at, count)| Fired::Append(at, count)),
        (at.clone(), 1_usize..200).prop_map(|(at, length)| Fired::Trim(at, length)),
        (at.clone(), 0_usize..40).prop_map(|(at, count)| Fired::Score(at, count)),
        at.clone().prop_map(Fired::Next),
        (at.clone(), 0_u32..60, any::<bool>(), any::<bool>(), 0_u64..40).prop_map(
            |(at, count, thinks, keep, late)| Fired::Draw {
                at,
                count,
                thinks,
                keep,
                late
            }
        ),
        (0_u64..20).prop_map(Fired::Stop),
        (0_u64..20, any::<bool>()).prop_map(|(call, paused)| Fired::Pause(call, paused)),
        at.prop_map(Fired::Drop),
    ];
    prop::collection::vec(one, 1..60)
}

/// Fires commands without waiting for answers, at branches that may not exist yet or any more.
fn fire(engine: &Engine, commands: Vec<Fired>) {
    let unanswered = Arc::new(AtomicUsize::new(0));
    fn heard<T>(unanswered: &Arc<AtomicUsize>) -> Box<dyn FnOnce(Result<T, LlamaError>) + Send> {
        let unanswered = Arc::clone(unanswered);
        unanswered.fetch_add(1, Ordering::SeqCst);
        Box::new(move |_| {
            unanswered.fetch_sub(1, Ordering::SeqCst);
        })
    }
    let mut calls = Vec::new();
    for command in commands {
        // Numbers count up from 1, those of continuations that are scored too.
        let id = |at: usize| at as u64 + 1;
        match command {
            Fired::Prefix(length, salt) => {
                engine.prefix(noise(length, salt), heard(&unanswered));
            }
            Fired::Fork(at) => engine.fork(id(at), 3, heard(&unanswered)),
            Fired::Append(at, count) => engine.append(id(at), noise(count, 4), heard(&unanswered)),
            Fired::Trim(at, length) => engine.trim(id(at), length, heard(&unanswered)),
            Fired::Score(at, count) => {
                engine.score(
                    id(at),
                    vec![noise(count, 5), noise(count, 6), noise(3, 7)],
                    heard(&unanswered),
                );
            }
            Fired::Next(at) => engine.next(id(at), vec![1], heard(&unanswered)),
            Fired::Draw {
                at,
                count,
                thinks,
                keep,
                late,
            } => {
                let plan = Plan {
                    min_tokens: 5,
                    waits: 1,
                    soft_close: 4,
                    answer_reserve: 2,
                    ..Plan::default()
                };
                let thinking = ThinkingRequest {
                    format: Format::new(FormatKind::Plain),
                    plan,
                };
                let row = RowRequest {
                    keep,
                    thinking: thinks.then_some(thinking),
                    ..row(id(at), count)
                };
                let late = (late > 0).then(|| Instant::now() + Duration::from_millis(late));
                calls.push(start(
                    engine,
                    vec![
                        row.clone(),
                        RowRequest {
                            branch: id(at + 1),
                            ..row
                        },
                    ],
                    late,
                    4,
                ));
            }
            Fired::Stop(call) => calls
                .get(call as usize)
                .into_iter()
                .for_each(|call| engine.stop(call.id)),
            Fired::Pause(call, paused) => {
                calls
                    .get(call as usize)
                    .into_iter()
                    .for_each(|call| engine.pause(call.id, paused));
            }
            Fired::Drop(at) => engine.drop_branches(vec![id(at)]),
        }
    }
    calls.iter().for_each(|call| engine.pause(call.id, false));
    for call in calls {
        match call.finish() {
            Ok(_) | Err(LlamaError::BranchGone(_) | LlamaError::Missing(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    let began = Instant::now();
    while unanswered.load(Ordering::SeqCst) > 0 {
        assert!(began.elapsed() < PATIENCE / 12, "a command has no answer");
        statistics(engine);
    }
    // All that was ever made, each at most once.
    engine.drop_branches((0..2000).collect());
    let after = statistics(engine);
    assert_eq!(after.branches, 0);
    assert_eq!(after.used_cells, 0);
    assert!(after.cached_cells <= after.cells);
    assert_eq!(greedily(engine, prefix(engine, noise(200, 9)), 5).tokens.len(), 5);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_command_is_answered_whatever_comes_in_between(commands in fired(), kind in 0_usize..4) {
        let (name, streams) = [
            ("random-llama", Streams::Unified),
            ("random-llama", Streams::Split),
            ("random-gemma3", Streams::Unified),
            ("random-mamba", Streams::Unified),
        ][kind];
        let engine = open_with(name, |options| {
            options.context_length = 256;
            options.cells = 256;
            options.parallel = 3;
            options.streams = streams;
        });
        fire(&engine, commands);
    }
}
