#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::panic)]
//! Engines over the tiny models that set-up writes, and blocking calls.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::{
    BranchId, CallEvent, CallOptions, ConfidenceWatch, Engine, EngineOptions, Finish, NextToken, Reply,
    RowRequest, Statistics, Step,
};
use thinkscale_llama::load::{Backend, Candidate, Library};
use thinkscale_llama::model::{Streams, Token};
use thinkscale_llama::sampling::SamplingOptions;

/// Nothing here takes longer; it only ends a hang.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn library() -> &'static Library {
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "aarch64") => "mac-arm64-metal",
        ("macos", _) => "mac-x64",
        ("windows", _) => "win-x64",
        other => panic!("no platform package is known for {other:?}"),
    };
    let folder = root()
        .join("node_modules/@node-llama-cpp")
        .join(platform)
        .join("bins")
        .join(platform);
    Library::open(&[Candidate {
        backend: Backend::Cpu,
        folder,
    }])
    .unwrap()
}

pub fn tiny(name: &str) -> PathBuf {
    let path = root().join(format!(".setup/tiny-models/{name}.gguf"));
    assert!(
        path.exists(),
        "{} is missing: run `npm run setup -- --for test`",
        path.display()
    );
    path
}

pub fn options(model: PathBuf) -> EngineOptions {
    EngineOptions {
        model,
        offload: false,
        context_length: 512,
        parallel: 16,
        cells: 4096,
        threads: 1,
        streams: Streams::Unified,
        full_window: true,
        reproducible: true,
    }
}

pub fn open(name: &str) -> Engine {
    open_with(name, |_| {})
}

pub fn open_with(name: &str, change: impl FnOnce(&mut EngineOptions)) -> Engine {
    let mut options = options(tiny(name));
    change(&mut options);
    Engine::open(library(), options).unwrap()
}

/// Makes a call and waits for its answer.
pub fn wait<T: Send + 'static, R>(call: impl FnOnce(Reply<T>) -> R) -> Result<T, LlamaError> {
    let (answer, answers) = channel();
    call(Box::new(move |result| {
        let _ = answer.send(result);
    }));
    answers.recv_timeout(PATIENCE).expect("an answer")
}

pub fn prefix(engine: &Engine, tokens: Vec<Token>) -> BranchId {
    wait(|reply| engine.prefix(tokens, reply)).unwrap()
}

pub fn prompt(engine: &Engine, text: &str) -> BranchId {
    prefix(engine, engine.model().tokenize(text, true))
}

/// Tokens of a prompt without meaning: bytes only, so that every tiny model has them. Equal salts begin alike.
pub fn noise(count: usize, salt: usize) -> Vec<Token> {
    (0..count)
        .map(|at| ((at * at * 31 + at * (7 + salt * 2) + salt * 101) % 256) as Token)
        .collect()
}

pub fn append(engine: &Engine, branch: BranchId, tokens: Vec<Token>) {
    wait(|reply| engine.append(branch, tokens, reply)).unwrap();
}

pub fn trim(engine: &Engine, branch: BranchId, length: usize) {
    wait(|reply| engine.trim(branch, length, reply)).unwrap();
}

pub fn score(engine: &Engine, branch: BranchId, continuations: Vec<Vec<Token>>) -> Vec<Vec<f32>> {
    wait(|reply| engine.score(branch, continuations, reply)).unwrap()
}

pub fn next(engine: &Engine, branch: BranchId, tokens: Vec<Token>) -> NextToken {
    wait(|reply| engine.next(branch, tokens, reply)).unwrap()
}

/// The log-probabilities of the whole vocabulary after a branch.
pub fn distribution(engine: &Engine, branch: BranchId) -> Vec<f32> {
    let vocabulary = engine.model().vocabulary() as Token;
    next(engine, branch, (0..vocabulary).collect()).log_probabilities
}

pub fn fork(engine: &Engine, branch: BranchId, count: usize) -> Vec<BranchId> {
    wait(|reply| engine.fork(branch, count, reply)).unwrap()
}

pub fn statistics(engine: &Engine) -> Statistics {
    wait(|reply| engine.statistics(reply)).unwrap()
}

pub fn greedy() -> SamplingOptions {
    sampling(0.0, 0)
}

pub fn sampling(temperature: f32, seed: u32) -> SamplingOptions {
    SamplingOptions {
        temperature,
        top_k: 40,
        top_p: 1.0,
        min_p: 0.0,
        seed,
        repeat_penalty: 1.0,
        frequency_penalty: 0.0,
        presence_penalty: 0.0,
        penalty_window: 64,
        logit_bias: Vec::new(),
    }
}

pub fn row(branch: BranchId, max_tokens: u32) -> RowRequest {
    RowRequest {
        branch,
        sampling: greedy(),
        constraint: None,
        thinking: None,
        max_tokens,
        stops: Vec::new(),
        keep: false,
    }
}

pub fn kept(branch: BranchId, max_tokens: u32) -> RowRequest {
    RowRequest {
        keep: true,
        ..row(branch, max_tokens)
    }
}

#[derive(Debug, Default, Clone, PartialEq)]
pub struct Drawn {
    pub tokens: Vec<Token>,
    pub log_probabilities: Vec<f32>,
    pub confidences: Vec<f32>,
    pub window_confidences: Vec<f32>,
    pub forced: Vec<u8>,
    pub thinking: Vec<u8>,
    pub text: String,
    pub thought: String,
    pub finish: Option<Finish>,
}

pub struct Call {
    pub id: u64,
    events: Receiver<CallEvent>,
    rows: usize,
}

pub fn call_options(deadline: Option<Instant>, window: usize) -> CallOptions {
    CallOptions {
        deadline,
        confidence: ConfidenceWatch { window, floor: None },
        top_tokens: 0,
    }
}

static NEXT_CALL: AtomicU64 = AtomicU64::new(0);

pub fn start(engine: &Engine, rows: Vec<RowRequest>, deadline: Option<Instant>, window: usize) -> Call {
    let id = NEXT_CALL.fetch_add(1, Ordering::Relaxed);
    let (event, events) = channel();
    let count = rows.len();
    engine.generate(
        id,
        rows,
        call_options(deadline, window),
        Box::new(move |step| {
            let _ = event.send(step);
        }),
    );
    Call {
        id,
        events,
        rows: count,
    }
}

impl Call {
    pub fn step(&self) -> Option<Step> {
        match self.events.recv_timeout(PATIENCE).expect("a step") {
            CallEvent::Step(step) => Some(*step),
            CallEvent::Ended(result) => {
                result.unwrap();
                None
            }
        }
    }

    /// The next event, unless none comes for `patience`.
    pub fn event(&self, patience: Duration) -> Option<CallEvent> {
        self.events.recv_timeout(patience).ok()
    }

    pub fn finish(self) -> Result<(Vec<Drawn>, Vec<Step>), LlamaError> {
        let mut drawn = vec![Drawn::default(); self.rows];
        let mut steps = Vec::new();
        loop {
            match self.events.recv_timeout(PATIENCE).expect("a step") {
                CallEvent::Ended(result) => return result.map(|()| (drawn, steps)),
                CallEvent::Step(step) => {
                    collect(&mut drawn, &step);
                    steps.push(*step);
                }
            }
        }
    }
}

fn collect(drawn: &mut [Drawn], step: &Step) {
    for (at, &row) in step.rows.iter().enumerate() {
        let row = &mut drawn[row as usize];
        assert_eq!(row.finish, None, "a row that has ended draws no more");
        if step.tokens[at] >= 0 {
            row.tokens.push(step.tokens[at]);
            row.log_probabilities.push(step.log_probabilities[at]);
            row.confidences.push(step.confidences[at]);
            row.window_confidences.push(step.window_confidences[at]);
            row.forced.push(step.forced[at]);
            row.thinking.push(step.thinking[at]);
        }
        row.text += &step.texts[at];
        row.thought += &step.thoughts[at];
        row.finish = step.finishes[at];
    }
}

pub fn draw(engine: &Engine, rows: Vec<RowRequest>) -> Vec<Drawn> {
    start(engine, rows, None, 16).finish().unwrap().0
}

/// Greedy tokens after a branch, which stays.
pub fn greedily(engine: &Engine, branch: BranchId, count: u32) -> Drawn {
    draw(engine, vec![row(fork(engine, branch, 1)[0], count)]).remove(0)
}

/// How far log-probabilities lie apart where ggml computes the same tokens in batches of other shapes. On the CPU it has
/// one attention for batches of 64 tokens and more, and another for smaller ones, which rounds queries to half precision;
/// up to 0.018 was seen on these models, with weights that make attention sharp. A wrong cell is off by tenths. Where
/// both batches are on the same side of 64, values agree to [`SAME_SHAPE`].
pub const OTHER_SHAPE: f32 = 3e-2;
pub const SAME_SHAPE: f32 = 1e-4;

pub fn assert_close(left: &[f32], right: &[f32], tolerance: f32) {
    assert_eq!(left.len(), right.len());
    for (left, right) in left.iter().zip(right) {
        assert!((left - right).abs() <= tolerance, "{left} is not {right}");
    }
}
