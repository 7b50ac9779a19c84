use crate::error::LlamaError;
use crate::model::{Batch, Context, ContextOptions, Decoded, Pooling, Streams, Token, Vector};

use super::scheduler::Scheduler;

/// A context of its own for whole texts: their vector is pooled over all tokens, and nothing is kept between them.
pub(super) struct Embedder {
    context: Context,
    length: u32,
}

impl Scheduler {
    /// One vector of length 1 for each text.
    pub(super) fn embed(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>, LlamaError> {
        if self.model.vector() != Vector::Embedding {
            return Err(LlamaError::Missing("pooling for embeddings"));
        }
        texts
            .iter()
            .map(|text| self.pooled(&self.model.tokenize_document(text)).map(normalise))
            .collect()
    }

    /// The ranking head's first score for each document.
    pub(super) fn rank(&mut self, query: &str, documents: &[String]) -> Result<Vec<f32>, LlamaError> {
        if self.model.vector() != Vector::Rank {
            return Err(LlamaError::Missing("ranking head"));
        }
        documents
            .iter()
            .map(|document| {
                let scores = self.pooled(&self.model.tokenize_pair(query, document))?;
                scores.first().copied().ok_or(LlamaError::Missing("ranking head"))
            })
            .collect()
    }

    fn pooled(&mut self, tokens: &[Token]) -> Result<Vec<f32>, LlamaError> {
        let embedder = match self.embedder.take() {
            Some(embedder) => embedder,
            None => self.open_embedder()?,
        };
        self.embedder.insert(embedder).pooled(tokens)
    }

    fn open_embedder(&self) -> Result<Embedder, LlamaError> {
        let length = self.options.context_length;
        let context = Context::new(
            &self.model,
            &ContextOptions {
                cells: length,
                sequences: 1,
                batch: length,
                // Without a causal mask every token sees all others, so a text is computed at once.
                chunk: length,
                threads: i32::try_from(self.options.threads).unwrap_or(1),
                streams: Streams::Unified,
                full_window: true,
                pooling: Pooling::Model,
            },
        )?;
        Ok(Embedder { context, length })
    }
}

impl Embedder {
    fn pooled(&mut self, tokens: &[Token]) -> Result<Vec<f32>, LlamaError> {
        if tokens.is_empty() || tokens.len() > self.length as usize {
            return Err(LlamaError::Input {
                field: "text",
                expected: format!("from 1 to {} tokens", self.length),
                got: tokens.len().to_string(),
            });
        }
        self.context.clear();
        let mut batch = Batch::default();
        for (position, &token) in tokens.iter().enumerate() {
            batch.push(token, position, 0, true);
        }
        let pooled = match self.context.decode(&mut batch)? {
            Decoded::Done => self.context.pooled(0),
            Decoded::NoRoom => None,
        };
        pooled
            .map(<[f32]>::to_vec)
            .ok_or(LlamaError::Missing("pooled output"))
    }
}

fn normalise(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector
        .iter()
        .map(|&value| f64::from(value).powi(2))
        .sum::<f64>()
        .sqrt();
    if length > 0.0 {
        for value in &mut vector {
            *value = (f64::from(*value) / length) as f32;
        }
    }
    vector
}
