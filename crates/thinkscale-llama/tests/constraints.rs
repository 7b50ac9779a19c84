#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Grammars and JSON schemas: what is drawn keeps to them.

mod support;

use serde_json::Value;
use support::*;
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::{ConstraintSource, Engine, Finish, RowRequest, ThinkingRequest};
use thinkscale_llama::sampling::SamplingOptions;
use thinkscale_llama::thinking::{Format, FormatKind, Plan};

fn grammar(text: &str) -> Option<ConstraintSource> {
    Some(ConstraintSource::Grammar(text.to_owned()))
}

fn schema(schema: &Value) -> Option<ConstraintSource> {
    Some(ConstraintSource::Schema(schema.to_string()))
}

/// Draws under a constraint with many seeds, at temperatures at which the model alone writes no sense.
fn drawn(engine: &Engine, constraint: &Option<ConstraintSource>, seeds: u32) -> Vec<Drawn> {
    let branch = prefix(engine, noise(30, 1));
    let rows = fork(engine, branch, seeds as usize)
        .into_iter()
        .zip(0..)
        .map(|(fork, seed)| RowRequest {
            constraint: constraint.clone(),
            sampling: SamplingOptions {
                top_k: [0, 3, 40][seed as usize % 3],
                ..sampling(0.3 * (seed % 6) as f32, seed)
            },
            ..row(fork, 300)
        });
    let drawn = draw(engine, rows.collect());
    engine.drop_branches(vec![branch]);
    drawn
}

#[test]
fn a_grammar_s_texts_always_match_it() {
    let engine = open("random-llama");
    let sums = r#"root ::= number (" + " number){0,3} " = " number
number ::= "-"? [1-9] [0-9]{0,4}"#;
    let mut texts = std::collections::HashSet::new();
    for drawn in drawn(&engine, &grammar(sums), 60) {
        assert_eq!(drawn.finish, Some(Finish::End), "{}", drawn.text);
        let (left, right) = drawn.text.split_once(" = ").unwrap();
        let numbers: Vec<&str> = left.split(" + ").chain([right]).collect();
        assert!((2..=5).contains(&numbers.len()), "{}", drawn.text);
        for number in numbers {
            let digits = number.strip_prefix('-').unwrap_or(number);
            assert!(
                digits.len() <= 5
                    && !digits.starts_with('0')
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
            );
        }
        assert!(drawn.log_probabilities.iter().all(|value| value.is_finite()));
        texts.insert(drawn.text);
    }
    assert!(texts.len() > 20, "{texts:?}");
}

#[test]
fn a_grammar_with_characters_of_several_bytes_holds_over_byte_tokens() {
    let engine = open("random-llama");
    for drawn in drawn(&engine, &grammar(r#"root ::= ("é" | "🙂" | "日"){3} "!""#), 20) {
        assert_eq!(drawn.finish, Some(Finish::End));
        let characters: Vec<char> = drawn.text.chars().collect();
        assert!(characters.len() == 4 && characters[3] == '!', "{}", drawn.text);
        assert!(
            characters[..3].iter().all(|it| "é🙂日".contains(*it)),
            "{}",
            drawn.text
        );
    }
    // Of free text too the bytes are characters, and no special token stands in it.
    for drawn in drawn(&engine, &grammar(r#"root ::= "(" [^()]{1,6} ")""#), 60) {
        let characters = drawn.text.chars().count();
        assert!(
            (3..=8).contains(&characters) && !drawn.text.contains('\u{fffd}'),
            "{:?}",
            drawn.text
        );
        assert_eq!(drawn.finish, Some(Finish::End));
    }
}

#[test]
fn a_schema_s_texts_always_parse_and_fit() {
    let engine = open("random-llama");
    let person = serde_json::json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "maxLength": 12 },
            "age": { "type": "integer", "minimum": 0, "maximum": 150 },
            "kind": { "enum": ["cat", "dog", "fish"] },
            "tags": { "type": "array", "items": { "type": "boolean" }, "maxItems": 3 },
        },
        "required": ["name", "age", "kind", "tags"],
        "additionalProperties": false,
    });
    for drawn in drawn(&engine, &schema(&person), 60) {
        assert_eq!(drawn.finish, Some(Finish::End), "{}", drawn.text);
        let value: Value = serde_json::from_str(&drawn.text).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 4);
        assert!(value["name"].as_str().unwrap().chars().count() <= 12);
        assert!(value["age"].as_u64().unwrap() <= 150);
        assert!(["cat", "dog", "fish"].contains(&value["kind"].as_str().unwrap()));
        assert!(value["tags"].as_array().unwrap().iter().all(Value::is_boolean));
    }
}

#[test]
fn constraints_of_rows_in_one_batch_do_not_mix() {
    let engine = open("random-llama");
    let branch = prefix(&engine, noise(30, 1));
    let words = ["one", "three", "seventeen", "forty"];
    let rows = fork(&engine, branch, 40)
        .into_iter()
        .zip(0..)
        .map(|(fork, at)| RowRequest {
            constraint: if at % 2 == 0 {
                grammar(&format!("root ::= \"{}\"", words[at / 2 % 4]))
            } else {
                schema(&serde_json::json!({ "const": words[at / 2 % 4] }))
            },
            ..row(fork, 30)
        });
    for (at, drawn) in draw(&engine, rows.collect()).iter().enumerate() {
        let word = words[at / 2 % 4];
        assert_eq!(
            drawn.text,
            if at % 2 == 0 {
                word.to_owned()
            } else {
                format!("\"{word}\"")
            }
        );
    }
}

#[test]
fn a_constraint_holds_for_the_answer_and_leaves_thinking_free() {
    let yes = grammar(r#"root ::= "yes" | "no""#);
    let thinking = |kind| {
        let plan = Plan {
            max_tokens: 20,
            answer_reserve: 10,
            ..Plan::default()
        };
        Some(ThinkingRequest {
            format: Format::new(kind),
            plan,
        })
    };
    for (name, kind, text) in [
        ("random-llama", FormatKind::ThinkTags, "<|im_start|>assistant\n"),
        (
            "random-llama",
            FormatKind::ThinkTags,
            "<|im_start|>assistant\n<think>\n",
        ),
        ("random-llama", FormatKind::Plain, "<|im_start|>assistant\n"),
        (
            "successor-think",
            FormatKind::ThinkTags,
            "<|im_start|>assistant\n<think>\n",
        ),
        ("think-tags", FormatKind::ThinkTags, "<|im_start|>assistant\n"),
        ("channels", FormatKind::Channels, "<|start|>assistant"),
    ] {
        let engine = open(name);
        let branch = prompt(&engine, text);
        for (fork, seed) in fork(&engine, branch, 6).into_iter().zip(0..) {
            let request = RowRequest {
                sampling: sampling(1.0, seed),
                constraint: yes.clone(),
                thinking: thinking(kind),
                ..row(fork, 120)
            };
            let drawn = draw(&engine, vec![request]).remove(0);
            assert!(
                ["yes", "no"].contains(&drawn.text.as_str()),
                "{name} {kind:?}: {drawn:?}"
            );
            assert_eq!(drawn.finish, Some(Finish::End));
            assert!(!drawn.thought.is_empty(), "{name} {kind:?}");
        }
    }
}

#[test]
fn an_answer_that_begins_in_the_token_that_closes_thinking_keeps_to_the_constraint() {
    // In this vocabulary "assistant" is one token, whose first half closes thinking here.
    let engine = open("random-llama");
    let assistant = engine.model().tokenize("assistant", false);
    assert_eq!(assistant.len(), 1);
    let request = RowRequest {
        sampling: SamplingOptions {
            logit_bias: vec![(assistant[0], 1000.0)],
            ..greedy()
        },
        constraint: grammar(r#"root ::= "[" [0-9] "]""#),
        thinking: Some(ThinkingRequest {
            format: Format::plain("Think: ", "assi"),
            plan: Plan::default(),
        }),
        ..row(prefix(&engine, noise(30, 1)), 60)
    };
    let drawn = draw(&engine, vec![request]).remove(0);
    assert!(
        drawn.text.starts_with('[') && drawn.text.ends_with(']') && drawn.text.len() == 3,
        "{drawn:?}"
    );
    assert_eq!((drawn.thought.as_str(), drawn.finish), ("", Some(Finish::End)));
}

#[test]
fn bad_constraints_are_refused_by_name_and_break_nothing() {
    let engine = open("random-llama");
    let branch = prefix(&engine, noise(30, 1));
    let long = start(&engine, vec![row(fork(&engine, branch, 1)[0], 200)], None, 16);
    let text = |text: &str| Some(ConstraintSource::Schema(text.to_owned()));
    for (field, constraint) in [
        ("grammar", grammar("")),
        ("grammar", grammar("no-root ::= \"a\"")),
        ("grammar", grammar("root ::= \"a\" missing")),
        ("grammar", grammar("root ::= root \"a\"")),
        ("grammar", grammar("root ::= \"a\0\"")),
        ("jsonSchema", text("{")),
        ("jsonSchema", text("[]")),
        ("jsonSchema", text(r#"{ "type": "no-such-type" }"#)),
        ("jsonSchema", text(r##"{ "$ref": "#/nowhere" }"##)),
        (
            "jsonSchema",
            text(r#"{ "type": "object", "unevaluatedProperties": false, "dependentSchemas": {} }"#),
        ),
    ] {
        let request = RowRequest {
            constraint: constraint.clone(),
            ..row(branch, 5)
        };
        let refused = start(&engine, vec![kept(branch, 5), request], None, 16)
            .finish()
            .expect_err(&format!("{constraint:?}"));
        let named = matches!(&refused, LlamaError::Constraint { field: named, detail } if *named == field && !detail.is_empty());
        assert!(named, "{constraint:?}: {refused}");
    }
    // A grammar that no allowed token continues.
    let mut request = RowRequest {
        constraint: grammar("root ::= \"a\""),
        ..row(fork(&engine, branch, 1)[0], 5)
    };
    let vocabulary = engine.model().vocabulary() as i32;
    request.sampling.logit_bias = (0..vocabulary)
        .filter(|&it| engine.model().detokenize(&[it], true).starts_with('a'))
        .map(|it| (it, f32::NEG_INFINITY))
        .collect();
    let refused = start(&engine, vec![request], None, 16).finish().unwrap_err();
    assert!(
        matches!(refused, LlamaError::Constraint { field: "grammar", .. }),
        "{refused}"
    );
    assert_eq!(long.finish().unwrap().0[0].tokens.len(), 200);
    assert_eq!(statistics(&engine).branches, 1);
}
