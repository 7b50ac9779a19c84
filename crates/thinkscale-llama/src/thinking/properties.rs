//! What holds for every stream.

use super::{Action, Format, FormatKind, Phase, Plan, Thinking};
use proptest::prelude::*;
use proptest::sample::select;

const KINDS: [FormatKind; 3] = [FormatKind::ThinkTags, FormatKind::Channels, FormatKind::Plain];

fn kinds() -> impl Strategy<Value = Format> {
    select(KINDS.to_vec()).prop_map(Format::new)
}

/// Text that comes near the delimiters without holding one, and starts with a letter.
fn prose() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        "é ",
        "1 < 2",
        ".",
        "\n",
        "</th",
        "<thin",
        "<|end|>",
        "<|channel|>final",
        "\nFinal answer",
        "🦙",
    ];
    prop::collection::vec(select(pieces), 0..12).prop_map(|pieces| format!("x{}", pieces.concat()))
}

/// Splits `text` into tokens of these sizes in characters; a size of 0 is a token that completes no text.
fn split(text: &str, sizes: &[usize]) -> Vec<String> {
    let mut rest = text.chars();
    let tokens = sizes
        .iter()
        .map(|&size| rest.by_ref().take(size).collect())
        .collect::<Vec<String>>();
    tokens.into_iter().chain([rest.collect()]).collect()
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(select(vec![0, 1, 1, 2, 3, 5, 8, 13]), 0..60)
}

/// The text that the model draws for `thought` and `answer`, and whether thinking is open before it.
fn written(format: &Format, opened: bool, thought: &str, answer: &str) -> String {
    let open = if opened || format.kind() == FormatKind::Plain {
        ""
    } else {
        format.open()
    };
    format!("{open}\n{thought}{}\n\n{answer}", format.close())
}

fn plans() -> impl Strategy<Value = Plan> {
    (0u32..30, 0u32..20, 0u32..4, 0u32..10, 0u32..8).prop_map(
        |(max_tokens, min_tokens, waits, answer_reserve, soft_close)| Plan {
            max_tokens,
            min_tokens,
            waits,
            answer_reserve,
            soft_close,
            wait: "Wait".to_owned(),
        },
    )
}

/// Tokens of a stream of any shape; the flag marks an end token.
fn streams() -> impl Strategy<Value = Vec<(String, bool)>> {
    let channel = "<|end|><|start|>assistant<|channel|>final<|message|>";
    let pieces = vec![
        "",
        "",
        "a",
        " b.",
        "\n",
        "<",
        "<think>",
        "<th",
        "ink>",
        "</think>",
        "x</think>y",
        "</",
        "think>",
        "é",
        "<|channel|>analysis<|message|>",
        "<|end|>",
        "<|start|>assistant<|channel|>",
        "final<|message|>",
        channel,
        "\nFinal answer:",
        "\nFinal",
        " answer:",
        "END",
    ];
    let token = select(pieces).prop_map(|piece| (piece.to_owned(), piece == "END"));
    prop::collection::vec(token, 0..60)
}

proptest! {
    #[test]
    fn the_channels_are_the_thought_and_the_answer_however_the_text_is_split(
        format in kinds(), opened: bool, thought in prose(), answer in prose(), sizes in sizes(),
    ) {
        let text = written(&format, opened, &thought, &answer);
        let mut row = Thinking::new(format, Plan::default(), u32::MAX, 0, opened);
        let (mut thinking, mut answered) = (String::new(), String::new());
        for token in split(&text, &sizes) {
            let verdict = row.push(&token, false);
            prop_assert_eq!(verdict.action, Action::Continue);
            thinking += &verdict.thinking;
            answered += &verdict.answer;
        }
        prop_assert_eq!(row.finish(), (String::new(), String::new()));
        prop_assert_eq!((thinking, answered), (thought, answer));
    }

    #[test]
    fn a_row_cut_anywhere_shows_a_start_of_the_thought_and_of_the_answer(
        format in kinds(), opened: bool, sizes in sizes(), cut in 0usize..120,
    ) {
        let (thought, answer) = ("So it is two.", "It is 2");
        let text = written(&format, opened, thought, answer).chars().take(cut).collect::<String>();
        let plain = format.kind() == FormatKind::Plain;
        let close = format.close().to_owned();
        let mut row = Thinking::new(format, Plan::default(), u32::MAX, 0, opened);
        let (mut thinking, mut answered) = (String::new(), String::new());
        for token in split(&text, &sizes) {
            let verdict = row.push(&token, false);
            thinking += &verdict.thinking;
            answered += &verdict.answer;
            prop_assert!(thought.starts_with(&thinking));
            prop_assert!(answer.starts_with(&answered));
        }
        let before = row.phase() == Phase::Before;
        let (rest, other) = row.finish();
        let whole = thinking + &rest;
        // What a plain row was cut in is ordinary text, so the start of its close text is shown.
        let longest = if plain { format!("{thought}{close}") } else { thought.to_owned() };
        prop_assert!(longest.starts_with(&whole));
        prop_assert!(other.is_empty() || before && other == "\n");
    }

    #[test]
    fn every_stream_keeps_to_its_plan(
        format in kinds(), plan in plans(), row_max in 0u32..60, opened: bool, stream in streams(),
    ) {
        let close_tokens = 3;
        let effective_max = plan.effective_max(row_max, close_tokens);
        let close = format.close().to_owned();
        let mut row = Thinking::new(format, plan.clone(), row_max, close_tokens, opened);
        let mut thinking = String::new();
        let mut replaced = 0;
        for (token, is_end) in stream {
            let (phase, held) = (row.phase(), row.held_tokens());
            let verdict = row.push(&token, is_end);
            thinking += &verdict.thinking;
            match verdict.action {
                Action::Continue => {}
                Action::Force(text) => {
                    prop_assert_eq!((phase != Phase::Answer, row.phase()), (true, Phase::Answer));
                    prop_assert!(close.ends_with(&text) && !text.is_empty());
                }
                Action::Replace { drop_tokens, text } => {
                    prop_assert!(drop_tokens >= 1 && drop_tokens <= held + 1);
                    if row.phase() == Phase::Thinking {
                        replaced += 1;
                        prop_assert!(text.ends_with("Wait") && verdict.thinking.ends_with("Wait"));
                    } else {
                        prop_assert!(is_end && close.ends_with(&text));
                    }
                }
                Action::Finish => {
                    prop_assert!(is_end && phase != Phase::Thinking);
                    break;
                }
            }
            prop_assert!(row.thinking_tokens() <= effective_max);
            prop_assert!(phase != Phase::Answer || verdict.thinking.is_empty());
        }
        prop_assert_eq!(row.waits_used(), replaced);
        prop_assert!(replaced <= plan.waits);
        thinking += &row.finish().0;
        prop_assert!(!thinking.contains(&close));
    }
}
