#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Deadlines, stops, pauses, drops and the engine's end.

mod support;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use support::*;
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::{CallEvent, CallOptions, Finish, RowRequest};

const SOON: Duration = Duration::from_millis(300);

#[test]
fn at_the_deadline_rows_end_with_the_tokens_that_they_have() {
    let engine = open_with("random-llama", |options| {
        options.context_length = 4096;
        options.cells = 16_384;
        options.parallel = 2;
    });
    let branch = prefix(&engine, noise(50, 1));
    let rows = fork(&engine, branch, 6)
        .into_iter()
        .map(|fork| kept(fork, 4000))
        .collect::<Vec<_>>();
    let ids: Vec<_> = rows.iter().map(|row| row.branch).collect();
    let began = Instant::now();
    let (drawn, _) = start(&engine, rows, Some(began + SOON), 16).finish().unwrap();
    assert!(
        (SOON..SOON * 10).contains(&began.elapsed()),
        "{:?}",
        began.elapsed()
    );
    for (row, drawn) in drawn.iter().enumerate() {
        // Two draw; the others wait for a place and never begin, so that they have no entry.
        assert_eq!(drawn.finish, (row < 2).then_some(Finish::Budget));
        assert_eq!(drawn.tokens.is_empty(), row >= 2);
        let again = draw(&engine, vec![row_of(ids[row])]).remove(0);
        let mut tokens = noise(50, 1);
        tokens.extend(&drawn.tokens);
        assert_eq!(
            again.tokens,
            greedily(&engine, prefix(&engine, tokens), 3).tokens,
            "row {row}"
        );
    }
    let past = Instant::now() - Duration::from_millis(1);
    let (drawn, steps) = start(&engine, vec![row(fork(&engine, branch, 1)[0], 5)], Some(past), 16)
        .finish()
        .unwrap();
    assert!(steps.is_empty() && drawn[0].tokens.is_empty());
}

fn row_of(branch: u64) -> RowRequest {
    row(branch, 3)
}

#[test]
fn a_deadline_ends_rows_that_wait_for_their_branch_or_their_reader() {
    let engine = open_with("random-llama", |options| options.context_length = 4096);
    let branch = prefix(&engine, noise(50, 1));
    let first = start(&engine, vec![kept(branch, 4000)], None, 16);
    first.step().unwrap();
    let second = start(&engine, vec![kept(branch, 5)], Some(Instant::now() + SOON), 16);
    assert!(second.finish().unwrap().1.is_empty());
    // Nothing but the deadline wakes an engine whose only call is paused.
    engine.stop(first.id);
    let third = start(&engine, vec![row(branch, 4000)], Some(Instant::now() + SOON), 16);
    third.step().unwrap();
    engine.pause(third.id, true);
    assert_eq!(third.finish().unwrap().0[0].finish, Some(Finish::Budget));
    assert_eq!(statistics(&engine).branches, 0);
}

#[test]
fn a_stopped_call_hears_its_end_and_leaves_its_branches_as_published() {
    let engine = open_with("random-llama", |options| options.context_length = 4096);
    let parent = prefix(&engine, noise(50, 2));
    let forks = fork(&engine, parent, 3);
    let rows = vec![
        kept(forks[0], 4000),
        row(forks[1], 4000),
        kept(forks[0], 10),
        row(forks[0], 10),
    ];
    let call = start(&engine, rows, None, 16);
    let mut tokens = noise(50, 2);
    for _ in 0..5 {
        let step = call.step().unwrap();
        tokens.extend(
            step.rows
                .iter()
                .zip(&step.tokens)
                .filter(|(row, _)| **row == 0)
                .map(|(_, token)| *token),
        );
    }
    engine.stop(call.id);
    let (drawn, _) = call.finish().unwrap();
    tokens.extend(&drawn[0].tokens);
    assert!(drawn.iter().all(|drawn| drawn.finish.is_none()));
    // The last row wanted the first fork gone, the second's row did too; the third was in no row.
    let gone = |branch| wait(|reply| engine.fork(branch, 1, reply)) == Err(LlamaError::BranchGone(branch));
    assert_eq!(
        [gone(parent), gone(forks[0]), gone(forks[1]), gone(forks[2])],
        [false, true, true, false]
    );
    assert_eq!(greedily(&engine, forks[2], 5).tokens, tokens[50..55]);
    let call = start(&engine, vec![kept(forks[2], 4000)], None, 16);
    let first = call.step().unwrap();
    engine.stop(call.id);
    let (drawn, _) = call.finish().unwrap();
    let drawn = [first.tokens, drawn[0].tokens.clone()].concat();
    let expected = greedily(&engine, parent, drawn.len() as u32 + 4).tokens;
    assert_eq!(greedily(&engine, forks[2], 4).tokens, expected[drawn.len()..]);
    engine.stop(12_345);
}

#[test]
fn a_paused_call_draws_nothing_while_others_go_on() {
    let engine = open_with("random-llama", |options| {
        options.context_length = 1024;
        options.cells = 1024;
        options.parallel = 1;
    });
    let parent = prefix(&engine, noise(50, 3));
    let expected = greedily(&engine, parent, 900).tokens;
    let paused = start(&engine, vec![row(fork(&engine, parent, 1)[0], 900)], None, 16);
    let mut drawn = Vec::new();
    while drawn.len() < 100 {
        drawn.extend(paused.step().unwrap().tokens);
    }
    engine.pause(paused.id, true);
    statistics(&engine);
    while let Some(CallEvent::Step(step)) = paused.event(Duration::ZERO) {
        drawn.extend(step.tokens);
    }
    // The only place and too much of the memory are the paused call's.
    let other = draw(&engine, vec![row(prefix(&engine, noise(80, 4)), 900)]).remove(0);
    assert_eq!((other.tokens.len(), other.finish), (900, Some(Finish::Length)));
    assert!(paused.event(SOON).is_none());
    assert_eq!(statistics(&engine).pauses, 1);
    engine.pause(paused.id, false);
    let (rest, steps) = paused.finish().unwrap();
    drawn.extend(&rest[0].tokens);
    assert_eq!(drawn, expected);
    let recomputed: u64 = steps.iter().map(|step| u64::from(step.recomputed_tokens)).sum();
    assert_eq!(recomputed, statistics(&engine).recomputed_tokens);
}

#[test]
fn dropped_branches_are_gone_for_whatever_was_asked_of_them() {
    let engine = open_with("random-llama", |options| options.context_length = 4096);
    let parent = prefix(&engine, noise(50, 4));
    let drawing = fork(&engine, parent, 1)[0];
    let call = start(&engine, vec![row(drawing, 4000), row(parent, 4)], None, 16);
    call.step().unwrap();
    // These wait for the branch's turn.
    let (answer, answers) = channel();
    let reply = || {
        let answer = answer.clone();
        move |error: LlamaError| answer.send(error).unwrap()
    };
    let next = reply();
    engine.next(drawing, vec![], Box::new(move |result| next(result.unwrap_err())));
    let appended = reply();
    engine.append(
        drawing,
        noise(4, 1),
        Box::new(move |result| appended(result.unwrap_err())),
    );
    let trimmed = reply();
    engine.trim(drawing, 4, Box::new(move |result| trimmed(result.unwrap_err())));
    let scored = reply();
    engine.score(
        drawing,
        vec![noise(4, 1)],
        Box::new(move |result| scored(result.unwrap_err())),
    );
    let forked = reply();
    engine.fork(drawing, 2, Box::new(move |result| forked(result.unwrap_err())));
    let queued = start(&engine, vec![row(drawing, 10)], None, 16);
    engine.drop_branches(vec![drawing, 987]);
    for _ in 0..5 {
        assert_eq!(
            answers.recv_timeout(PATIENCE),
            Ok(LlamaError::BranchGone(drawing))
        );
    }
    // A row without its branch ends without an entry; the others of its call go on.
    assert!(queued.finish().unwrap().1.is_empty());
    let (drawn, _) = call.finish().unwrap();
    assert_eq!([drawn[0].finish, drawn[1].finish], [None, Some(Finish::Length)]);
    assert_eq!(
        start(&engine, vec![row(drawing, 1)], None, 16)
            .finish()
            .unwrap_err(),
        LlamaError::BranchGone(drawing)
    );
    assert_eq!(statistics(&engine).branches, 0);
}

#[test]
fn a_branch_dropped_while_it_is_evaluated_or_scored_answers_too() {
    let engine = open_with("random-llama", |options| options.context_length = 4096);
    let parent = prefix(&engine, noise(50, 5));
    let (answer, answers) = channel();
    append(&engine, parent, noise(3000, 6));
    let next = answer.clone();
    engine.next(
        parent,
        vec![],
        Box::new(move |result| next.send(result.unwrap_err()).unwrap()),
    );
    engine.drop_branches(vec![parent]);
    assert_eq!(answers.recv_timeout(PATIENCE), Ok(LlamaError::BranchGone(parent)));
    let parent = prefix(&engine, noise(50, 5));
    let continuations = (0..50).map(|salt| noise(300, salt)).collect();
    engine.score(
        parent,
        continuations,
        Box::new(move |result| answer.send(result.unwrap_err()).unwrap()),
    );
    statistics(&engine);
    engine.drop_branches(vec![parent]);
    assert_eq!(answers.recv_timeout(PATIENCE), Ok(LlamaError::BranchGone(parent)));
    assert_eq!(statistics(&engine).branches, 0);
}

#[test]
fn a_prompt_that_is_dropped_while_it_is_evaluated_or_waits_answers_before_the_next_batch() {
    let engine = open_with("random-llama", |options| {
        options.context_length = 4096;
        options.cells = 8192;
    });
    let (answer, answers) = channel();
    let begun: Vec<u64> = (0..8)
        .map(|salt| {
            let answer = answer.clone();
            engine.prefix(
                noise(4000, salt),
                Box::new(move |result| answer.send(result).unwrap()),
            )
        })
        .collect();
    let before = statistics(&engine);
    assert_eq!(before.branches, 8);
    engine.drop_branches(begun.clone());
    let after = statistics(&engine);
    assert_eq!((after.branches, after.used_cells), (0, 0));
    for &branch in &begun {
        assert_eq!(
            answers.recv_timeout(PATIENCE),
            Ok(Err(LlamaError::BranchGone(branch)))
        );
    }
    // The step that ran when the drop came is the last one.
    assert!(after.batches <= before.batches + 1, "{before:?}, then {after:?}");
    assert!(after.evaluated_tokens < 4000, "{after:?}");
    let branch = prefix(&engine, noise(100, 1));
    assert_eq!(greedily(&engine, branch, 5).tokens.len(), 5);
}

#[test]
fn entries_list_as_many_of_the_most_probable_tokens_as_the_call_asks_for() {
    let engine = open("random-llama");
    let parent = prefix(&engine, noise(60, 2));
    let listed = |count: usize| {
        let (event, events) = channel();
        engine.generate(
            1000 + count as u64,
            vec![RowRequest {
                sampling: sampling(1.0, 7),
                ..row(fork(&engine, parent, 1)[0], 6)
            }],
            CallOptions {
                top_tokens: count,
                ..call_options(None, 16)
            },
            Box::new(move |it| event.send(it).unwrap()),
        );
        let mut steps = Vec::new();
        loop {
            match events.recv_timeout(PATIENCE).unwrap() {
                CallEvent::Step(step) => steps.push(*step),
                CallEvent::Ended(result) => return result.map(|()| steps),
            }
        }
    };
    let mut tokens = noise(60, 2);
    for step in listed(20).unwrap() {
        assert_eq!(
            (step.top_tokens.len(), step.top_log_probabilities.len()),
            (20, 20)
        );
        let expected = next(&engine, prefix(&engine, tokens.clone()), Vec::new());
        assert_close(
            &step.top_log_probabilities,
            &expected.top_log_probabilities,
            OTHER_SHAPE,
        );
        assert!(
            step.top_log_probabilities
                .is_sorted_by(|left, right| left >= right)
        );
        if let Some(at) = step.top_tokens.iter().position(|&it| it == step.tokens[0]) {
            assert_eq!(step.top_log_probabilities[at], step.log_probabilities[0]);
        }
        tokens.extend(&step.tokens);
    }
    assert!(listed(0).unwrap().iter().all(|step| step.top_tokens.is_empty()));
    let error = listed(21).unwrap_err();
    assert!(
        matches!(
            error,
            LlamaError::Input {
                field: "topTokens",
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn closing_with_work_in_flight_ends_and_drops_its_replies() {
    let mut engine = open_with("random-llama", |options| options.context_length = 4096);
    let branch = prefix(&engine, noise(50, 6));
    let call = start(&engine, vec![kept(branch, 4000)], None, 16);
    call.step().unwrap();
    let (answer, answers) = channel();
    for _ in 0..3 {
        let answer = answer.clone();
        engine.prefix(
            noise(4000, 7),
            Box::new(move |result| answer.send(result).unwrap()),
        );
    }
    drop(answer);
    let began = Instant::now();
    engine.close();
    assert!(began.elapsed() < PATIENCE / 10);
    while let Ok(result) = answers.recv_timeout(PATIENCE) {
        result.unwrap();
    }
    assert_eq!(
        answers.recv_timeout(PATIENCE),
        Err(RecvTimeoutError::Disconnected)
    );
    engine.statistics(Box::new(|_| panic!("nobody answers any more")));
    engine.close();
}

#[test]
fn a_call_s_number_is_taken_until_it_ends() {
    let engine = open_with("random-llama", |options| options.context_length = 4096);
    let branch = prefix(&engine, noise(50, 8));
    let call = start(&engine, vec![row(branch, 400)], None, 16);
    let (event, events) = channel();
    engine.generate(
        call.id,
        Vec::new(),
        call_options(None, 1),
        Box::new(move |it| event.send(it).unwrap()),
    );
    let ended = events.recv_timeout(PATIENCE).unwrap();
    assert!(
        matches!(
            ended,
            CallEvent::Ended(Err(LlamaError::Input { field: "call", .. }))
        ),
        "{ended:?}"
    );
    assert_eq!(call.finish().unwrap().0[0].tokens.len(), 400);
    assert!(
        start(&engine, Vec::new(), None, 16)
            .finish()
            .unwrap()
            .0
            .is_empty()
    );
}
