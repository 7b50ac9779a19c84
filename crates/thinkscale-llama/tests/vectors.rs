#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
//! Embeddings and ranking heads.

mod support;

use support::*;
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::Engine;

fn embed(engine: &Engine, texts: &[&str]) -> Result<Vec<Vec<f32>>, LlamaError> {
    let texts = texts.iter().map(ToString::to_string).collect();
    wait(|reply| engine.embed(texts, reply))
}

fn rank(engine: &Engine, query: &str, documents: &[&str]) -> Result<Vec<f32>, LlamaError> {
    let documents = documents.iter().map(ToString::to_string).collect();
    wait(|reply| engine.rank(query.to_owned(), documents, reply))
}

#[test]
fn embeddings_have_length_one_and_depend_on_the_text_alone() {
    let engine = open("embedder");
    let texts = ["a cat", "two dogs, one fish", "a cat", "", "zebra"];
    let vectors = embed(&engine, &texts).unwrap();
    for vector in &vectors {
        assert_eq!(vector.len(), 32);
        let length: f64 = vector.iter().map(|&value| f64::from(value).powi(2)).sum();
        assert!((length - 1.0).abs() < 1e-6, "{length}");
    }
    assert_eq!(vectors[0], vectors[2]);
    for (left, right) in [(0, 1), (0, 4), (1, 4), (0, 3)] {
        let cosine: f32 = vectors[left]
            .iter()
            .zip(&vectors[right])
            .map(|(a, b)| a * b)
            .sum();
        assert!(cosine < 0.999, "{left} {right}: {cosine}");
    }
    assert_eq!(embed(&engine, &["zebra"]).unwrap()[0], vectors[4]);
    assert_eq!(embed(&open("embedder"), &texts).unwrap(), vectors);
    assert!(embed(&engine, &[]).unwrap().is_empty());
}

#[test]
fn a_ranking_head_scores_each_document_for_the_query() {
    let engine = open("ranker");
    let documents = ["the cat sat", "dogs run", "cats and dogs", "the cat sat", ""];
    let scores = rank(&engine, "where is the cat?", &documents).unwrap();
    assert_eq!(scores.len(), 5);
    assert!(scores.iter().all(|score| score.is_finite()));
    assert_eq!(scores[0], scores[3]);
    for (left, right) in [(0, 1), (0, 2), (1, 2), (0, 4)] {
        assert!((scores[left] - scores[right]).abs() > 1e-4, "{scores:?}");
    }
    assert_eq!(rank(&engine, "where is the cat?", &documents).unwrap(), scores);
    assert_ne!(rank(&engine, "who barks?", &documents).unwrap(), scores);
}

#[test]
fn a_text_longer_than_the_context_is_refused_and_the_next_is_served() {
    let (embedder, ranker) = (open("embedder"), open("ranker"));
    let long = "word ".repeat(400);
    for refused in [
        embed(&embedder, &[&long]).map(drop),
        rank(&ranker, "who?", &["short", &long]).map(drop),
    ] {
        assert!(
            matches!(refused, Err(LlamaError::Input { field: "text", .. })),
            "{refused:?}"
        );
    }
    assert_eq!(embed(&embedder, &["short"]).unwrap().len(), 1);
    assert_eq!(rank(&ranker, "who?", &["short"]).unwrap().len(), 1);
}

#[test]
fn what_a_model_lacks_is_said() {
    for name in ["ranker", "embedder"] {
        let engine = open(name);
        assert!(!engine.generates() && !engine.model().generates());
        let refused = wait(|reply| engine.prefix(vec![5, 6, 7], reply)).unwrap_err();
        assert!(
            matches!(refused, LlamaError::Missing(what) if what.contains("decoder")),
            "{refused}"
        );
        let refused = start(&engine, vec![row(1, 5)], None, 16).finish().unwrap_err();
        assert_eq!(refused, LlamaError::BranchGone(1));
    }
    let (generator, ranker, embedder) = (open("random-llama"), open("ranker"), open("embedder"));
    assert!(generator.generates());
    for engine in [&generator, &ranker] {
        assert_eq!(
            embed(engine, &["a"]),
            Err(LlamaError::Missing("pooling for embeddings"))
        );
    }
    for engine in [&generator, &embedder] {
        assert_eq!(
            rank(engine, "a", &["b"]),
            Err(LlamaError::Missing("ranking head"))
        );
    }
    assert_eq!(
        greedily(&generator, prefix(&generator, noise(9, 1)), 3)
            .tokens
            .len(),
        3
    );
}
