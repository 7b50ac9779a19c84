use std::sync::Arc;
use std::time::Instant;

use thinkscale_llama::decode::EngineOptions;
use thinkscale_llama::model::{Batch, Context, ContextOptions, Decoded, Model, Pooling, Sequence, Token};

/// Most tokens of a prompt in one batch, as in the decode loop.
const PIECE: usize = 512;

/// Calls of `llama_decode` for samples of one prompt: its pieces, then one for each token but the last. The first token
/// comes from the prompt's logits, and the last one is never evaluated.
pub fn batches(prompt: usize, tokens: usize) -> usize {
    prompt.div_ceil(PIECE) + tokens - 1
}

/// A context of the same size as an engine's, on the same weights, without the engine.
pub struct Bare {
    context: Context,
    batch: Batch,
    vocabulary: usize,
    /// Calls of `llama_decode` so far.
    calls: usize,
}

impl Bare {
    pub fn open(model: &Arc<Model>, options: &EngineOptions) -> Self {
        let sequences = (options.parallel + options.parallel.clamp(2, 16)).min(256);
        let sizes = ContextOptions {
            cells: options.cells.max(options.context_length),
            sequences,
            batch: 2048,
            chunk: PIECE as u32,
            threads: options.threads as i32,
            streams: options.streams,
            full_window: options.full_window,
            pooling: Pooling::None,
        };
        let context = Context::new(model, &sizes).unwrap();
        Self {
            context,
            batch: Batch::default(),
            vocabulary: model.vocabulary(),
            calls: 0,
        }
    }

    /// Seconds of a prompt, its forks, and every following batch of `rows` tokens with logits for each.
    pub fn draw(&mut self, prompt: &[Token], rows: usize, tokens: usize) -> f64 {
        let before = self.calls;
        let start = Instant::now();
        self.context.clear();
        self.prompt(prompt);
        self.fork(rows - 1, prompt.len());
        for step in 0..tokens - 1 {
            self.batch.clear();
            for row in 0..rows {
                let token = (step * 31 + row * 7) % self.vocabulary;
                self.batch
                    .push(token as Token, prompt.len() + step, row as Sequence, true);
            }
            self.decode();
        }
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(self.calls - before, batches(prompt.len(), tokens));
        seconds
    }

    /// Evaluates a prompt as sequence 0, with the logits of its last token.
    pub fn prompt(&mut self, prompt: &[Token]) {
        for (piece, tokens) in prompt.chunks(PIECE).enumerate() {
            self.evaluate(
                tokens,
                piece * PIECE,
                piece * PIECE + tokens.len() == prompt.len(),
            );
        }
    }

    /// Makes sequences 1 to `count` continue sequence 0, which has `length` tokens.
    pub fn fork(&mut self, count: usize, length: usize) {
        for sequence in 1..=count {
            assert!(self.context.copy(0, sequence as Sequence, length, length));
        }
    }

    /// Takes the forks back, and what sequence 0 has from `length` on.
    pub fn shrink(&mut self, forks: usize, length: usize) {
        for sequence in 1..=forks {
            assert!(self.context.forget(sequence as Sequence, 0));
        }
        assert!(self.context.forget(0, length));
    }

    /// Evaluates tokens of sequence 0 from position `start` on in one batch; logits of the last one if `output`.
    pub fn evaluate(&mut self, tokens: &[Token], start: usize, output: bool) {
        self.batch.clear();
        for (offset, &token) in tokens.iter().enumerate() {
            self.batch
                .push(token, start + offset, 0, output && offset + 1 == tokens.len());
        }
        self.decode();
    }

    fn decode(&mut self) {
        assert_eq!(self.context.decode(&mut self.batch).unwrap(), Decoded::Done);
        self.calls += 1;
        // Waits for a GPU, as the loop has to before it can draw; on a CPU there is nothing to wait for.
        let _ = self.context.logits(self.batch.len() - 1);
    }
}
