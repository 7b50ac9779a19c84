use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use crate::error::LlamaError;
use crate::load::{Library, round_trip};
use crate::model::{Model, Token};

use super::BranchId;
use super::abort_on_panic::AbortOnPanic;
use super::command::{CallId, CallOptions, Command, GenerateCall, Reply, Sink};
use super::options::{EngineOptions, RowRequest};
use super::scheduler::Scheduler;
use super::score::NextToken;
use super::step::Statistics;

/// The name of the thread that decodes; the compute threads that llama.cpp starts from it inherit the name.
pub const THREAD_NAME: &str = "decode";

/// A model with its decode thread. Calls return at once; answers come from the thread.
pub struct Engine {
    model: Arc<Model>,
    options: EngineOptions,
    exact_trim: bool,
    generates: bool,
    numbers: Arc<AtomicU64>,
    commands: Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Loads the model and starts the thread.
    ///
    /// # Errors
    /// [`LlamaError::ModelRefused`], [`LlamaError::Unproven`], [`LlamaError::ContextRefused`], [`LlamaError::Input`].
    pub fn open(library: &'static Library, mut options: EngineOptions) -> Result<Self, LlamaError> {
        if !(1..=256).contains(&options.parallel) {
            let expected = "from 1 to 256".to_owned();
            return Err(LlamaError::Input {
                field: "parallel",
                expected,
                got: options.parallel.to_string(),
            });
        }
        options.threads = options.threads.max(1);
        let model = Model::load(library, Path::new(&options.model), options.offload)?;
        // SAFETY: the vocabulary belongs to the model, which is held.
        unsafe { round_trip(library, model.vocab()) }.map_err(|error| LlamaError::Unproven {
            detail: error.to_string(),
        })?;
        options.context_length = options.context_length.min(model.trained_context()).max(1);
        let scheduler = Scheduler::new(&model, options.clone())?;
        options = scheduler.options.clone();
        let exact_trim = scheduler.sequences.exact();
        let numbers = scheduler.numbers();
        let generates = model.generates() && scheduler.sequences.context.has_memory();
        let (commands, inbox) = channel();
        let thread = std::thread::Builder::new()
            .name(THREAD_NAME.to_owned())
            .spawn(move || {
                let _end = AbortOnPanic;
                run(scheduler, &inbox);
            })
            .map_err(|error| LlamaError::ContextRefused {
                cells: options.cells,
                sequences: options.parallel,
                detail: format!("no thread could be started: {error}"),
            })?;
        Ok(Self {
            model,
            options,
            exact_trim,
            generates,
            numbers,
            commands,
            thread: Some(thread),
        })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The options as they came out: the context is never longer than what the model was trained on.
    #[must_use]
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// Whether the model continues text; an encoder has vectors only.
    #[must_use]
    pub fn generates(&self) -> bool {
        self.generates
    }

    /// Whether any part of a branch can be trimmed.
    #[must_use]
    pub fn exact_trim(&self) -> bool {
        self.exact_trim
    }

    /// The bytes that each token writes; none of a control token.
    ///
    /// # Errors
    /// [`LlamaError::Input`] for a number that is no token.
    pub fn token_bytes(&self, tokens: &[Token]) -> Result<Vec<Vec<u8>>, LlamaError> {
        self.check_vocabulary(tokens)?;
        let bytes = |&token: &Token| {
            let mut bytes = Vec::new();
            self.model.piece(token, false, &mut bytes);
            bytes
        };
        Ok(tokens.iter().map(bytes).collect())
    }

    /// Evaluates tokens (at least one, fewer than the context holds) as a new branch, whose number is returned at once: a
    /// branch that is dropped before it is evaluated ends with [`LlamaError::BranchGone`]. [`LlamaError::Missing`] on an
    /// encoder.
    pub fn prefix(&self, tokens: Vec<Token>, reply: Reply<BranchId>) -> BranchId {
        let branch = self.numbers.fetch_add(1, Ordering::Relaxed);
        if !self.generates {
            reply(Err(LlamaError::Missing(
                "decoder: it makes vectors of whole texts, and continues none",
            )));
        } else if let Err(error) = self.check(&tokens, 1) {
            reply(Err(error));
        } else {
            self.send(Command::Prefix {
                branch,
                tokens,
                reply,
            });
        }
        branch
    }

    /// Branches that continue `branch`, which stays as it is. What of it was not evaluated is, once for all.
    pub fn fork(&self, branch: BranchId, count: usize, reply: Reply<Vec<BranchId>>) {
        self.send(Command::Fork { branch, count, reply });
    }

    /// Adds tokens, which are evaluated when they are needed; they leave room for one new token in the context.
    pub fn append(&self, branch: BranchId, tokens: Vec<Token>, reply: Reply<()>) {
        if let Err(error) = self.check(&tokens, 0) {
            return reply(Err(error));
        }
        self.send(Command::Append {
            branch,
            tokens,
            reply,
        });
    }

    /// Keeps the first `length` tokens, from 1 on; a length beyond the branch keeps all.
    pub fn trim(&self, branch: BranchId, length: usize, reply: Reply<()>) {
        if !self.exact_trim {
            return reply(Err(LlamaError::Missing("memory that can be trimmed")));
        }
        self.send(Command::Trim {
            branch,
            length: length.max(1),
            reply,
        });
    }

    /// Frees branches, at once: what was asked of them fails with [`LlamaError::BranchGone`], and rows that draw on them
    /// end without a further entry.
    pub fn drop_branches(&self, branches: Vec<BranchId>) {
        self.send(Command::Drop { branches });
    }

    /// Natural log-probabilities of each continuation's tokens after `branch`, which stays as it is. Each leaves room for
    /// one new token in the context.
    pub fn score(&self, branch: BranchId, continuations: Vec<Vec<Token>>, reply: Reply<Vec<Vec<f32>>>) {
        if let Some(error) = continuations
            .iter()
            .find_map(|tokens| self.check(tokens, 0).err())
        {
            return reply(Err(error));
        }
        self.send(Command::Score {
            branch,
            continuations,
            reply,
        });
    }

    /// The distribution over the token after `branch`, with the log-probabilities of `tokens`.
    pub fn next(&self, branch: BranchId, tokens: Vec<Token>, reply: Reply<NextToken>) {
        self.send(Command::Next {
            branch,
            tokens,
            reply,
        });
    }

    /// Draws rows together; `sink` hears of every step and of the end. Numbers of calls that run must differ. Nothing is
    /// drawn, and every branch stays, if a row is refused.
    pub fn generate(&self, id: CallId, rows: Vec<RowRequest>, options: CallOptions, sink: Sink) {
        self.send(Command::Generate(Box::new(GenerateCall {
            id,
            rows,
            options,
            sink,
        })));
    }

    /// Ends a call before its next step; it hears of its end.
    pub fn stop(&self, call: CallId) {
        self.send(Command::Stop { call });
    }

    /// Stops drawing for a call whose reader is behind, or goes on.
    pub fn pause(&self, call: CallId, paused: bool) {
        self.send(Command::Pause { call, paused });
    }

    /// One vector of length 1 for each text.
    pub fn embed(&self, texts: Vec<String>, reply: Reply<Vec<Vec<f32>>>) {
        self.send(Command::Embed { texts, reply });
    }

    /// The ranking head's score for each document.
    pub fn rank(&self, query: String, documents: Vec<String>, reply: Reply<Vec<f32>>) {
        self.send(Command::Rank {
            query,
            documents,
            reply,
        });
    }

    /// What the engine did and holds.
    pub fn statistics(&self, reply: Reply<Statistics>) {
        self.send(Command::Statistics { reply });
    }

    /// Ends the thread and frees the context; replies that wait are dropped.
    pub fn close(&mut self) {
        // A thread that has ended takes nothing any more.
        let _ = self.commands.send(Command::Close);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// After the thread's end a command is dropped with its reply, as all those that waited were.
    fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }

    fn check(&self, tokens: &[Token], least: usize) -> Result<(), LlamaError> {
        let most = self.options.context_length as usize - 1;
        if !(least..=most).contains(&tokens.len()) {
            let expected = format!("from {least} to {most} tokens");
            return Err(LlamaError::Input {
                field: "tokens",
                expected,
                got: tokens.len().to_string(),
            });
        }
        self.check_vocabulary(tokens)
    }

    fn check_vocabulary(&self, tokens: &[Token]) -> Result<(), LlamaError> {
        let vocabulary = self.model.vocabulary();
        match tokens
            .iter()
            .find(|&&token| usize::try_from(token).map_or(true, |token| token >= vocabulary))
        {
            None => Ok(()),
            Some(token) => Err(LlamaError::Input {
                field: "tokens",
                expected: format!("numbers from 0 to {}", vocabulary - 1),
                got: token.to_string(),
            }),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

/// Takes what has come, then makes a step; sleeps while there is nothing to do.
fn run(mut scheduler: Scheduler, inbox: &Receiver<Command>) {
    loop {
        if !scheduler.has_work() {
            let received = match scheduler.next_deadline() {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(deadline) => inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())),
            };
            scheduler.wake();
            match received {
                Ok(command) => {
                    if !scheduler.handle(command) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        loop {
            match inbox.try_recv() {
                Ok(command) => {
                    if !scheduler.handle(command) {
                        return;
                    }
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
        scheduler.step();
    }
}
