//! Each rule of the state machine on hand-made token streams.

use super::{Action, Format, FormatKind, Phase, Plan, Thinking, Verdict};

const NO_LIMIT: u32 = u32::MAX;

fn tags(plan: Plan) -> Thinking {
    Thinking::new(Format::new(FormatKind::ThinkTags), plan, NO_LIMIT, 3, true)
}

fn plain(plan: Plan) -> Thinking {
    Thinking::new(Format::new(FormatKind::Plain), plan, NO_LIMIT, 4, false)
}

fn verdict(thinking: &str, answer: &str, action: Action) -> Verdict {
    Verdict {
        thinking: thinking.to_owned(),
        answer: answer.to_owned(),
        action,
    }
}

fn force(text: &str) -> Action {
    Action::Force(text.to_owned())
}

fn replace(drop_tokens: usize, text: &str) -> Action {
    Action::Replace {
        drop_tokens,
        text: text.to_owned(),
    }
}

/// Pushes tokens that must all be answered by `Continue`; returns the channels.
fn feed(row: &mut Thinking, tokens: &[&str]) -> (String, String) {
    tokens.iter().fold(
        Default::default(),
        |(thinking, answer): (String, String), token| {
            let verdict = row.push(token, false);
            assert_eq!(verdict.action, Action::Continue, "after {token:?}");
            (thinking + &verdict.thinking, answer + &verdict.answer)
        },
    )
}

fn channels(thinking: &str, answer: &str) -> (String, String) {
    (thinking.to_owned(), answer.to_owned())
}

#[test]
fn think_tags_open_and_close_inside_tokens() {
    let mut row = Thinking::new(
        Format::new(FormatKind::ThinkTags),
        Plan::default(),
        NO_LIMIT,
        3,
        false,
    );
    assert_eq!((row.phase(), row.opening()), (Phase::Before, None));
    assert_eq!(
        feed(&mut row, &["\n", "<th", "ink>\n", "\nI add", " <b", ">.</th"]),
        channels("I add <b>.", "")
    );
    assert_eq!((row.phase(), row.thinking_tokens()), (Phase::Thinking, 3));
    assert_eq!(
        feed(&mut row, &["ink>", "\n\n", "It is", " </think> 5"]),
        channels("", "It is </think> 5")
    );
    assert_eq!((row.phase(), row.thinking_tokens()), (Phase::Answer, 4));
    assert_eq!(row.push("<|im_end|>", true), verdict("", "", Action::Finish));
}

#[test]
fn a_whole_row_in_one_token() {
    let mut row = Thinking::new(
        Format::new(FormatKind::ThinkTags),
        Plan::default(),
        NO_LIMIT,
        3,
        false,
    );
    assert_eq!(feed(&mut row, &["<think>a</think>b"]), channels("a", "b"));
}

#[test]
fn text_that_is_not_the_open_text_is_answer_for_good() {
    let mut row = Thinking::new(
        Format::new(FormatKind::ThinkTags),
        Plan::default(),
        NO_LIMIT,
        3,
        false,
    );
    assert_eq!(
        feed(&mut row, &[" <th", "at> <think>", "a</think>"]),
        channels("", " <that> <think>a</think>")
    );
    assert_eq!((row.phase(), row.thinking_tokens()), (Phase::Answer, 0));
}

#[test]
fn an_end_token_before_thinking_ends_the_row_with_what_was_held() {
    let mut row = Thinking::new(
        Format::new(FormatKind::ThinkTags),
        Plan::default(),
        NO_LIMIT,
        3,
        false,
    );
    assert_eq!(feed(&mut row, &["<"]), channels("", ""));
    assert_eq!(row.push("", true), verdict("", "<", Action::Finish));
}

#[test]
fn channels_open_by_the_model_or_are_skipped() {
    let new = || {
        Thinking::new(
            Format::new(FormatKind::Channels),
            Plan::default(),
            NO_LIMIT,
            8,
            false,
        )
    };
    let thought = [
        "<|channel|>",
        "analysis",
        "<|message|>",
        "Sum.",
        "<|end|>",
        "<|start|>",
        "assistant",
    ];
    let answer = ["<|channel|>", "final", "<|message|>", "5"];
    let mut row = new();
    assert_eq!(feed(&mut row, &thought), channels("Sum.", ""));
    assert_eq!(feed(&mut row, &answer), channels("", "5"));
    let mut direct = new();
    assert_eq!(feed(&mut direct, &answer), channels("", "5"));
    assert_eq!(direct.thinking_tokens(), 0);
}

#[test]
fn a_plain_format_is_opened_by_force_unless_the_prompt_did() {
    let mut row = plain(Plan::default());
    assert_eq!(
        (row.opening(), row.phase()),
        (Some("Let me think step by step.\n"), Phase::Thinking)
    );
    let tokens = ["\n2+3", "\n", "Fin", "d 5\n", "\n", "Final answer", ": 5"];
    assert_eq!(feed(&mut row, &tokens), channels("2+3\nFind 5\n", "5"));
    let opened = Thinking::new(Format::new(FormatKind::Plain), Plan::default(), NO_LIMIT, 4, true);
    assert_eq!((opened.opening(), opened.phase()), (None, Phase::Thinking));
}

#[test]
fn an_early_close_is_replaced_while_waits_are_left() {
    let mut row = tags(Plan {
        min_tokens: 3,
        waits: 1,
        ..Plan::default()
    });
    assert_eq!(feed(&mut row, &["One", ".</", "thi"]), channels("One.", ""));
    assert_eq!(row.held_tokens(), 2);
    assert_eq!(row.push("nk>5", false), verdict("Wait", "", replace(3, ".Wait")));
    assert_eq!(
        (row.waits_used(), row.phase(), row.held_tokens()),
        (1, Phase::Thinking, 0)
    );
    assert_eq!(feed(&mut row, &[", no", "</think>", "6"]), channels(", no", "6"));
}

#[test]
fn the_minimum_counts_only_tokens_that_stay() {
    let plan = Plan {
        min_tokens: 3,
        waits: 9,
        ..Plan::default()
    };
    let mut short = tags(plan.clone());
    feed(&mut short, &["a"]);
    assert_eq!(short.push("</think>", false).action, replace(1, "Wait"));
    feed(&mut short, &["b"]);
    assert_eq!(short.push("</think>", false).action, replace(1, "Wait"));
    assert_eq!(feed(&mut short, &["c", "</think>"]), channels("c", ""));
    assert_eq!((short.waits_used(), short.thinking_tokens()), (2, 6));
    let mut enough = tags(plan);
    feed(&mut enough, &["a", "b", "c", "</think>"]);
    assert_eq!(enough.waits_used(), 0);
}

#[test]
fn a_dropped_token_takes_the_first_bytes_of_its_character_with_it() {
    let mut row = tags(Plan {
        min_tokens: 9,
        waits: 1,
        ..Plan::default()
    });
    feed(&mut row, &["a", ""]);
    assert_eq!(row.held_tokens(), 1);
    assert_eq!(
        row.push("é</think>", false),
        verdict("éWait", "", replace(2, "éWait"))
    );
}

#[test]
fn an_empty_thought_that_the_model_opened_is_replaced_with_its_open_text() {
    let plan = Plan {
        max_tokens: 1,
        min_tokens: 1,
        waits: 1,
        ..Plan::default()
    };
    let mut row = Thinking::new(Format::new(FormatKind::ThinkTags), plan, NO_LIMIT, 3, false);
    feed(&mut row, &["\n", ""]);
    assert_eq!(row.held_tokens(), 1);
    let text = "\u{3000}<think>\n</think>";
    assert_eq!(
        row.push(text, false),
        verdict("Wait", "", replace(2, "\u{3000}<think>\nWait"))
    );
}

#[test]
fn an_end_token_while_thinking_becomes_a_wait_or_the_close_text() {
    let mut row = tags(Plan {
        min_tokens: 9,
        waits: 1,
        ..Plan::default()
    });
    feed(&mut row, &["a"]);
    assert_eq!(row.push("", true), verdict("Wait", "", replace(1, "Wait")));
    assert_eq!(row.push("", true), verdict("", "", replace(1, "</think>")));
    assert_eq!(feed(&mut row, &["\n5"]), channels("", "5"));
    assert_eq!(row.push("", true).action, Action::Finish);
}

#[test]
fn an_end_token_after_the_start_of_a_close_text() {
    let waiting = Plan {
        min_tokens: 2,
        waits: 1,
        ..Plan::default()
    };
    let mut dropped = tags(waiting.clone());
    feed(&mut dropped, &["a</", "think"]);
    assert_eq!(dropped.push("", true), verdict("Wait", "", replace(3, "aWait")));
    let mut completed = tags(Plan::default());
    feed(&mut completed, &["a</", "think"]);
    assert_eq!(completed.push("", true), verdict("", "", replace(1, ">")));
    let mut shown = plain(waiting);
    feed(&mut shown, &["a\n"]);
    assert_eq!(shown.push("", true), verdict("\nWait", "", replace(1, "Wait")));
}

#[test]
fn the_hard_close_forces_what_is_missing_of_the_close_text() {
    let plan = Plan {
        max_tokens: 2,
        ..Plan::default()
    };
    let mut row = tags(plan.clone());
    feed(&mut row, &["a"]);
    assert_eq!(row.push(" b", false), verdict(" b", "", force("</think>")));
    assert_eq!((row.phase(), row.thinking_tokens()), (Phase::Answer, 2));
    assert_eq!(feed(&mut row, &["\n", "5"]), channels("", "5"));
    let mut partial = tags(plan.clone());
    feed(&mut partial, &["a"]);
    assert_eq!(partial.push("b</th", false), verdict("b", "", force("ink>")));
    let mut line = plain(plan);
    feed(&mut line, &["a"]);
    assert_eq!(line.push("b\n", false), verdict("b", "", force("Final answer:")));
}

#[test]
fn the_maximum_wins_over_the_minimum() {
    let mut row = tags(Plan {
        max_tokens: 2,
        min_tokens: 9,
        waits: 9,
        ..Plan::default()
    });
    assert_eq!(row.push("</think>", false).action, replace(1, "Wait"));
    assert_eq!(row.held_tokens(), 0);
    assert_eq!(feed(&mut row, &["</think>5"]), channels("", "5"));
}

#[test]
fn the_answer_reserve_shortens_the_thinking() {
    let plan = Plan {
        max_tokens: 50,
        answer_reserve: 4,
        ..Plan::default()
    };
    let mut row = Thinking::new(Format::new(FormatKind::ThinkTags), plan, 9, 3, true);
    feed(&mut row, &["a"]);
    assert_eq!(row.push("b", false).action, force("</think>"));
}

#[test]
fn no_thinking_allowed_closes_at_once() {
    let none = Plan {
        max_tokens: 0,
        min_tokens: 3,
        waits: 1,
        ..Plan::default()
    };
    let opened = tags(none.clone());
    assert_eq!(
        (opened.opening(), opened.phase()),
        (Some("</think>"), Phase::Answer)
    );
    assert_eq!(
        plain(none.clone()).opening(),
        Some("Let me think step by step.\n\nFinal answer:")
    );
    let mut row = Thinking::new(Format::new(FormatKind::ThinkTags), none, NO_LIMIT, 3, false);
    feed(&mut row, &["<think"]);
    assert_eq!(row.push(">", false), verdict("", "", force("</think>")));
    assert_eq!((row.phase(), row.thinking_tokens()), (Phase::Answer, 0));
}

#[test]
fn the_soft_close_waits_for_a_sentence_end_in_its_window() {
    let plan = Plan {
        max_tokens: 9,
        soft_close: 5,
        ..Plan::default()
    };
    for last in [" e.", "!", "?", "\n", " f.\") "] {
        let mut row = tags(plan.clone());
        assert_eq!(
            feed(&mut row, &["A.", " b.", " c", " d", "<4"]),
            channels("A. b. c d<4", "")
        );
        assert_eq!(row.push(last, false), verdict(last, "", force("</think>")));
    }
    let mut unfinished = tags(plan);
    feed(
        &mut unfinished,
        &["A", " b", " c", " d", " e,", " f)", " g", " h;"],
    );
    assert_eq!(unfinished.push(" i", false).action, force("</think>"));
}

#[test]
fn the_soft_close_sees_a_sentence_end_before_its_window_and_through_closing_marks() {
    let plan = Plan {
        max_tokens: 9,
        soft_close: 5,
        ..Plan::default()
    };
    let mut row = tags(plan.clone());
    feed(&mut row, &["\"So", " it is", "."]);
    assert_eq!(row.push("\" ", false), verdict("\" ", "", force("</think>")));
    let mut line = plain(plan);
    feed(&mut line, &["So", " it", " is"]);
    assert_eq!(line.push("\n", false), verdict("", "", force("Final answer:")));
}

#[test]
fn the_soft_close_keeps_to_the_minimum_and_to_a_thought_that_began() {
    let mut row = tags(Plan {
        max_tokens: 4,
        min_tokens: 3,
        soft_close: 4,
        ..Plan::default()
    });
    assert_eq!(feed(&mut row, &["\n", "A."]), channels("A.", ""));
    assert_eq!(row.push(" B.", false).action, force("</think>"));
    let mut line = plain(Plan {
        max_tokens: 4,
        soft_close: 4,
        ..Plan::default()
    });
    assert_eq!(feed(&mut line, &["\n", "A"]), channels("A", ""));
}

#[test]
fn finish_drops_the_start_of_a_tag_and_shows_ordinary_text() {
    let mut before = Thinking::new(
        Format::new(FormatKind::ThinkTags),
        Plan::default(),
        NO_LIMIT,
        3,
        false,
    );
    feed(&mut before, &["\n<thi"]);
    assert_eq!(before.finish(), channels("", ""));
    let mut thinking = tags(Plan::default());
    assert_eq!(feed(&mut thinking, &["a</thi"]), channels("a", ""));
    assert_eq!(thinking.finish(), channels("", ""));
    let mut line = plain(Plan::default());
    assert_eq!(feed(&mut line, &["a\nFinal"]), channels("a", ""));
    assert_eq!(line.finish(), channels("\nFinal", ""));
    assert_eq!(line.finish(), channels("", ""));
}
