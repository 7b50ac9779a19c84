#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Thinking and its budget inside the decode loop, on models that say what was planted.

mod support;

use support::*;
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::{Engine, Finish, RowRequest, ThinkingRequest};
use thinkscale_llama::thinking::{Format, FormatKind, Plan};

const THOUGHT: &str = "Sum both digits. Carry none.";
const ANSWER: &str = "The answer is 7.";
const OPENED: &str = "<|im_start|>assistant\n<think>\n";
const CHATML: &str = "<|im_start|>assistant\n";

fn request(branch: u64, format: Format, plan: Plan, max_tokens: u32) -> RowRequest {
    RowRequest {
        thinking: Some(ThinkingRequest { format, plan }),
        ..kept(branch, max_tokens)
    }
}

/// Draws one thinking row and checks what holds for every one.
fn think(engine: &Engine, text: &str, format: Format, plan: Plan, max_tokens: u32) -> Drawn {
    let parent = prompt(engine, text);
    let branch = fork(engine, parent, 1)[0];
    let drawn = draw(engine, vec![request(branch, format, plan, max_tokens)]).remove(0);
    assert!(
        drawn.tokens.len() <= max_tokens as usize,
        "{} of {max_tokens} tokens",
        drawn.tokens.len()
    );
    // Drawn and forced tokens alike have the log-probability that scoring gives them.
    assert!(
        drawn
            .log_probabilities
            .iter()
            .all(|value| value.is_finite() && *value <= 0.0)
    );
    let scores = score(engine, parent, vec![drawn.tokens.clone()]).remove(0);
    assert_close(&scores, &drawn.log_probabilities, OTHER_SHAPE);
    // Thinking comes first, with its delimiters; what is shown of either is in no token of the other.
    assert!(
        drawn.thinking.is_sorted_by(|left, right| left >= right),
        "{drawn:?}"
    );
    assert_eq!(drawn.thinking.len(), drawn.tokens.len());
    let forced = drawn.forced.iter().zip(&drawn.thinking);
    assert!(forced.clone().all(|(forced, thinking)| forced <= thinking));
    // The branch is the prompt and what was published, neither more nor less.
    let mut tokens = engine.model().tokenize(text, true);
    tokens.extend(&drawn.tokens);
    let (left, right) = (
        distribution(engine, branch),
        distribution(engine, prefix(engine, tokens)),
    );
    assert_close(&left, &right, OTHER_SHAPE);
    for tag in [
        "<think>",
        "</think>",
        "<|channel|>",
        "Final answer",
        "Let me think",
    ] {
        assert!(
            !drawn.text.contains(tag) && !drawn.thought.contains(tag),
            "{drawn:?}"
        );
    }
    drawn
}

/// What the tokens write that count as thinking, and those that do not, special tokens spelled out.
fn spelled(engine: &Engine, drawn: &Drawn) -> (String, String) {
    let thinking = drawn.thinking.iter().filter(|&&it| it == 1).count();
    let (thought, answer) = drawn.tokens.split_at(thinking);
    let spell = |tokens| engine.model().detokenize(tokens, true);
    (spell(thought), spell(answer))
}

/// The text that was forced.
fn forced(engine: &Engine, drawn: &Drawn) -> String {
    let tokens = drawn
        .tokens
        .iter()
        .zip(&drawn.forced)
        .filter(|(_, forced)| **forced == 1)
        .map(|(token, _)| *token);
    engine.model().detokenize(&tokens.collect::<Vec<_>>(), true)
}

#[test]
fn planted_thoughts_and_answers_come_apart_in_every_format() {
    for (name, text, kind, end) in [
        ("successor-think", OPENED, FormatKind::ThinkTags, ""),
        // The newline before the tag is the thinking's own.
        ("think-tags", CHATML, FormatKind::ThinkTags, "\n"),
        ("channels", "<|start|>assistant", FormatKind::Channels, ""),
    ] {
        let engine = open(name);
        let format = Format::new(kind);
        let drawn = think(&engine, text, format.clone(), Plan::default(), 200);
        let (thought, answer) = spelled(&engine, &drawn);
        assert!(
            thought.ends_with(&format!("{THOUGHT}{end}{}", format.close())),
            "{thought}"
        );
        assert_eq!(
            thought.contains(format.open()),
            name != "successor-think",
            "{thought}"
        );
        assert!(answer.trim_start().starts_with(ANSWER), "{name}: {answer}");
        assert_eq!(
            (drawn.thought, drawn.text.as_str()),
            (format!("{THOUGHT}{end}"), ANSWER),
            "{name}"
        );
        assert_eq!(drawn.finish, Some(Finish::End), "{name}");
        assert!(drawn.forced.iter().all(|&forced| forced == 0), "{name}");
    }
}

#[test]
fn an_instruct_model_thinks_between_forced_delimiters() {
    let engine = open("plain");
    let planted = "Fine café, 12 seats 🙂.";
    let drawn = think(
        &engine,
        CHATML,
        Format::new(FormatKind::Plain),
        Plan::default(),
        200,
    );
    assert_eq!((drawn.thought.as_str(), drawn.text.as_str()), (planted, planted));
    assert_eq!(
        forced(&engine, &drawn),
        "Let me think step by step.\n\nFinal answer:"
    );
    assert_eq!(drawn.finish, Some(Finish::End));
    // A prompt that has opened thinking gets no second opening.
    let opened = format!("{CHATML}Let me think step by step.\n");
    let drawn = think(
        &engine,
        &opened,
        Format::new(FormatKind::Plain),
        Plan::default(),
        200,
    );
    assert_eq!(forced(&engine, &drawn), "\nFinal answer:");
}

#[test]
fn thinking_that_never_closes_is_closed_at_its_maximum() {
    let engine = open("never-closes");
    for max_tokens in [0, 1, 7, 30] {
        let plan = Plan {
            max_tokens,
            ..Plan::default()
        };
        let drawn = think(&engine, OPENED, Format::new(FormatKind::ThinkTags), plan, 80);
        let thought: String = "one by two. ".chars().cycle().take(max_tokens as usize).collect();
        assert_eq!(drawn.thought, thought);
        assert_eq!(forced(&engine, &drawn), "</think>");
        // Every token is a byte here, and one closes.
        let answer: String = "YES NO, "
            .chars()
            .cycle()
            .take(79 - max_tokens as usize)
            .collect();
        assert_eq!(
            (drawn.text, drawn.tokens.len(), drawn.finish),
            (answer, 80, Some(Finish::Length))
        );
    }
}

#[test]
fn a_soft_close_waits_for_the_end_of_a_sentence() {
    let engine = open("never-closes");
    for (max_tokens, soft_close, thought) in [
        (20, 12, "one by two."),
        (30, 12, "one by two. one by two."),
        (20, 3, "one by two. one by t"),
        (30, 0, "one by two. one by two. one by"),
    ] {
        let plan = Plan {
            max_tokens,
            soft_close,
            ..Plan::default()
        };
        let drawn = think(&engine, OPENED, Format::new(FormatKind::ThinkTags), plan, 90);
        assert_eq!(drawn.thought, thought, "{max_tokens} {soft_close}");
        assert!(drawn.text.starts_with("YES NO, YES"));
    }
}

#[test]
fn the_answer_has_its_reserve_whatever_bounds_the_row() {
    let engine = open_with("never-closes", |options| options.context_length = 128);
    let plan = Plan {
        answer_reserve: 16,
        ..Plan::default()
    };
    let drawn = think(
        &engine,
        OPENED,
        Format::new(FormatKind::ThinkTags),
        plan.clone(),
        50,
    );
    assert_eq!(
        (drawn.text.as_str(), drawn.finish),
        ("YES NO, YES NO, ", Some(Finish::Length))
    );
    // The context bounds the row before its own maximum does.
    let parent = prompt(&engine, OPENED);
    let branch = fork(&engine, parent, 1)[0];
    let drawn = draw(
        &engine,
        vec![request(branch, Format::new(FormatKind::ThinkTags), plan, 5000)],
    )
    .remove(0);
    assert_eq!(
        (drawn.text.as_str(), drawn.finish),
        ("YES NO, YES NO, ", Some(Finish::Context))
    );
}

#[test]
fn delimiters_never_exceed_the_row_s_maximum() {
    let engine = open("plain");
    let length = engine
        .model()
        .tokenize("Let me think step by step.\n\nFinal answer:", false)
        .len() as u32;
    for max_tokens in [1, 2, 20, length - 1, length, length + 1, length + 3] {
        let drawn = think(
            &engine,
            CHATML,
            Format::new(FormatKind::Plain),
            Plan::default(),
            max_tokens,
        );
        assert_eq!(
            (drawn.tokens.len(), drawn.finish),
            (max_tokens as usize, Some(Finish::Length))
        );
        assert_eq!(
            drawn.forced.iter().filter(|forced| **forced == 1).count() as u32,
            max_tokens.min(length)
        );
    }
    let branch = prompt(&engine, CHATML);
    let nothing = start(
        &engine,
        vec![request(
            branch,
            Format::new(FormatKind::Plain),
            Plan::default(),
            0,
        )],
        None,
        16,
    );
    let (drawn, _) = nothing.finish().unwrap();
    assert_eq!(
        (drawn[0].tokens.len(), drawn[0].finish),
        (0, Some(Finish::Length))
    );
    assert_eq!(greedily(&engine, branch, 64).text, "Fine café, 12 seats 🙂.");
}

#[test]
fn an_early_end_is_replaced_until_the_minimum_is_reached() {
    let engine = open("successor-think");
    let format = || Format::new(FormatKind::ThinkTags);
    for (min_tokens, waits, closes) in [(28, 3, 0), (29, 3, 1), (50, 1, 1), (500, 3, 3)] {
        let plan = Plan {
            min_tokens,
            waits,
            ..Plan::default()
        };
        let before = statistics(&engine).recomputed_tokens;
        let drawn = think(&engine, OPENED, format(), plan, 300);
        assert_eq!(forced(&engine, &drawn), "Wait".repeat(closes), "{min_tokens}");
        // After the "it" of "Wait" the model goes on as after that of "digits".
        let thought = format!("{THOUGHT}{}", "Waits. Carry none.".repeat(closes));
        assert_eq!(
            (drawn.thought.as_str(), drawn.text.as_str()),
            (thought.as_str(), ANSWER),
            "{min_tokens}"
        );
        assert_eq!(drawn.finish, Some(Finish::End));
        assert!(!drawn.tokens.is_empty() && statistics(&engine).recomputed_tokens >= before);
    }
    // The wait text counts, and the maximum wins.
    let plan = Plan {
        min_tokens: 500,
        waits: 9,
        max_tokens: 40,
        answer_reserve: 16,
        ..Plan::default()
    };
    let drawn = think(&engine, OPENED, format(), plan, 100);
    assert!(
        drawn.thought.starts_with(&format!("{THOUGHT}Wait")) && drawn.tokens.len() <= 100,
        "{drawn:?}"
    );
    assert_eq!(drawn.text, ANSWER);
}

#[test]
fn thinking_rows_that_lose_their_memory_say_the_same() {
    let plan = Plan {
        min_tokens: 60,
        waits: 4,
        ..Plan::default()
    };
    let open = |cells| {
        open_with("successor-think", |options| {
            options.context_length = 256;
            options.cells = cells;
        })
    };
    let alone = think(
        &open(4096),
        OPENED,
        Format::new(FormatKind::ThinkTags),
        plan.clone(),
        200,
    );
    let engine = open(256);
    let rows = fork(&engine, prompt(&engine, OPENED), 8).into_iter();
    let rows = rows.map(|fork| request(fork, Format::new(FormatKind::ThinkTags), plan.clone(), 200));
    let (drawn, steps) = start(&engine, rows.collect(), None, 16).finish().unwrap();
    for drawn in drawn {
        assert_eq!((&drawn.tokens, &drawn.forced), (&alone.tokens, &alone.forced));
        assert_eq!((&drawn.thought, &drawn.text), (&alone.thought, &alone.text));
        assert_close(&drawn.log_probabilities, &alone.log_probabilities, OTHER_SHAPE);
    }
    let after = statistics(&engine);
    let recomputed: u64 = steps.iter().map(|step| u64::from(step.recomputed_tokens)).sum();
    assert!(after.pauses > 0, "{after:?}");
    assert_eq!(recomputed, after.recomputed_tokens);
}

#[test]
fn a_minimum_needs_memory_that_can_go_back() {
    let plan = Plan {
        min_tokens: 5,
        waits: 1,
        ..Plan::default()
    };
    for (name, full_window, refuses) in [
        ("random-mamba", true, true),
        ("random-gemma3", false, true),
        ("random-gemma3", true, false),
    ] {
        let engine = open_with(name, |options| options.full_window = full_window);
        let branch = prompt(&engine, OPENED);
        let request = request(branch, Format::new(FormatKind::ThinkTags), plan.clone(), 20);
        let ended = start(&engine, vec![request], None, 16).finish();
        let refused = matches!(ended, Err(LlamaError::Missing(what)) if what.contains("exact trim"));
        assert_eq!(refused, refuses, "{name} {full_window}");
    }
}

#[test]
fn forced_tokens_are_published_in_every_wave_and_left_out_of_window_confidences() {
    let engine = open_with("plain", |options| options.parallel = 3);
    let parent = prompt(&engine, CHATML);
    let alone = think(
        &engine,
        CHATML,
        Format::new(FormatKind::Plain),
        Plan::default(),
        200,
    );
    let rows = fork(&engine, parent, 40).into_iter();
    let rows = rows.map(|fork| request(fork, Format::new(FormatKind::Plain), Plan::default(), 200));
    for drawn in draw(&engine, rows.collect()) {
        assert_eq!((&drawn.tokens, &drawn.forced), (&alone.tokens, &alone.forced));
        let mut window = Vec::new();
        for at in 0..drawn.tokens.len() {
            if drawn.forced[at] == 0 {
                window.push(drawn.confidences[at]);
            }
            let last = &window[window.len().saturating_sub(16)..];
            let mean = last.iter().sum::<f32>() / last.len() as f32;
            let got = drawn.window_confidences[at];
            assert!(
                if last.is_empty() {
                    got.is_nan()
                } else {
                    (got - mean).abs() < 1e-3
                },
                "{got} is not {mean}"
            );
        }
    }
}
