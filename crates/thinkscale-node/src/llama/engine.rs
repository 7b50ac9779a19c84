//! The engine as a JavaScript class.

use std::time::{Duration, Instant};

use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Float32Array, Function, Int32Array, Object, Uint8Array};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use thinkscale_llama::LlamaError;
use thinkscale_llama::decode::{CallOptions, ConfidenceWatch, Engine, Reply};
use thinkscale_llama::load::{Backend, Candidate, Library};
use thinkscale_llama::model::{Token, Vector};
use thinkscale_llama::thinking::{Format, FormatKind, detect};

use super::answer::promise;
use super::options::{LlamaCandidate, LlamaLimits, LlamaOptions, LlamaRow};
use super::step::{LlamaDescription, LlamaEvent, LlamaNext, LlamaStatistics};
use crate::compute::{Compute, compute};
use crate::error::{BorderError, Result};

/// A model with its decode thread.
#[napi]
pub struct LlamaEngine {
    engine: Option<Engine>,
    backend: Backend,
    build: String,
    template: Option<String>,
}

/// Opens the first candidate whose device is found, after proof that it is the build that the bindings are for, and
/// loads the model.
#[napi(ts_return_type = "Promise<LlamaEngine>")]
pub fn open_llama(candidates: Vec<LlamaCandidate>, options: LlamaOptions) -> AsyncTask<Compute<LlamaEngine>> {
    compute(move || {
        let candidates: Vec<Candidate> = candidates
            .into_iter()
            .map(LlamaCandidate::into_core)
            .collect::<std::result::Result<_, _>>()?;
        let library = Library::open(&candidates)?;
        let backend = library.backend();
        let engine = Engine::open(library, options.into_core(backend != Backend::Cpu))?;
        let template = engine.model().chat_template();
        Ok(LlamaEngine {
            engine: Some(engine),
            backend,
            build: library.build().to_owned(),
            template,
        })
    })
}

/// How a chat template marks thinking; null if it does not speak of any.
#[napi(ts_return_type = "'think-tags' | 'channels' | null")]
pub fn thinking_format(template: String) -> Option<String> {
    let kind = detect(&template);
    (kind != FormatKind::Plain).then(|| Format::new(kind).name().to_owned())
}

#[napi]
impl LlamaEngine {
    /// What the engine is.
    #[napi]
    pub fn describe(&self) -> Result<LlamaDescription> {
        let engine = self.engine()?;
        let (model, options) = (engine.model(), engine.options());
        let spell = |token: Option<Token>| {
            token
                .map(|token| model.detokenize(&[token], true))
                .unwrap_or_default()
        };
        Ok(LlamaDescription {
            backend: self.backend.as_str().to_owned(),
            build: self.build.clone(),
            context_length: options.context_length,
            cells: options.cells,
            exact_trim: engine.exact_trim(),
            generates: model.generates(),
            embeds: model.vector() == Vector::Embedding,
            ranks: model.vector() == Vector::Rank,
            chat_template: self.template.clone(),
            vocabulary: u32::try_from(model.vocabulary()).unwrap_or(u32::MAX),
            start_token: model.start_token(),
            start_text: spell(model.start_token()),
            end_text: spell(model.end_token()),
        })
    }

    /// The tokens of a text; `special` reads spellings of special tokens as these.
    #[napi]
    pub fn tokenize(&self, text: String, special: bool) -> Result<Int32Array> {
        Ok(self.engine()?.model().tokenize(&text, special).into())
    }

    /// The tokens of plain text that continues other text.
    #[napi]
    pub fn tokenize_continuation(&self, text: String) -> Result<Int32Array> {
        Ok(self.engine()?.model().tokenize_continuation(&text, false).into())
    }

    /// The bytes that each token writes; none of a control token.
    #[napi]
    pub fn token_bytes(&self, tokens: Int32Array) -> Result<Vec<Uint8Array>> {
        let bytes = self.engine()?.token_bytes(&tokens).map_err(BorderError::from)?;
        Ok(bytes.into_iter().map(Uint8Array::from).collect())
    }

    /// Evaluates tokens as a new branch, which can be dropped before it is there.
    #[napi(ts_return_type = "{ branch: number, evaluated: Promise<number> }")]
    pub fn prefix<'env>(&self, env: &'env Env, tokens: Int32Array) -> napi::Result<Object<'env>> {
        let (reply, promise) = promise(env, |branch: u64| branch as i64)?;
        let mut branch = 0;
        self.with(reply, |engine, reply| {
            branch = engine.prefix(tokens.to_vec(), reply);
        });
        let mut begun = Object::new(env)?;
        begun.set("branch", branch as i64)?;
        begun.set("evaluated", promise)?;
        Ok(begun)
    }

    /// Branches that continue another.
    #[napi(ts_return_type = "Promise<Array<number>>")]
    pub fn fork<'env>(&self, env: &'env Env, branch: i64, count: u32) -> napi::Result<Object<'env>> {
        let convert = |branches: Vec<u64>| {
            branches
                .into_iter()
                .map(|branch| branch as i64)
                .collect::<Vec<i64>>()
        };
        let (reply, promise) = promise(env, convert)?;
        self.with(reply, |engine, reply| {
            engine.fork(branch.unsigned_abs(), count as usize, reply)
        });
        Ok(promise)
    }

    /// Adds tokens to a branch.
    #[napi(ts_return_type = "Promise<null>")]
    pub fn append<'env>(
        &self,
        env: &'env Env,
        branch: i64,
        tokens: Int32Array,
    ) -> napi::Result<Object<'env>> {
        let (reply, promise) = promise(env, |(): ()| napi::bindgen_prelude::Null)?;
        self.with(reply, |engine, reply| {
            engine.append(branch.unsigned_abs(), tokens.to_vec(), reply)
        });
        Ok(promise)
    }

    /// Keeps the first tokens of a branch.
    #[napi(ts_return_type = "Promise<null>")]
    pub fn trim<'env>(&self, env: &'env Env, branch: i64, length: u32) -> napi::Result<Object<'env>> {
        let (reply, promise) = promise(env, |(): ()| napi::bindgen_prelude::Null)?;
        self.with(reply, |engine, reply| {
            engine.trim(branch.unsigned_abs(), length as usize, reply)
        });
        Ok(promise)
    }

    /// Frees branches; those already gone are ignored.
    #[napi]
    pub fn drop_branches(&self, branches: Vec<i64>) {
        if let Some(engine) = &self.engine {
            engine.drop_branches(branches.into_iter().map(i64::unsigned_abs).collect());
        }
    }

    /// Log-probabilities of continuations.
    #[napi(ts_return_type = "Promise<Array<Float32Array>>")]
    pub fn score<'env>(
        &self,
        env: &'env Env,
        branch: i64,
        continuations: Vec<Int32Array>,
    ) -> napi::Result<Object<'env>> {
        let (reply, promise) = promise(env, to_arrays)?;
        let continuations = continuations.iter().map(|tokens| tokens.to_vec()).collect();
        self.with(reply, |engine, reply| {
            engine.score(branch.unsigned_abs(), continuations, reply)
        });
        Ok(promise)
    }

    /// The distribution of the next token.
    #[napi(ts_return_type = "Promise<LlamaNext>")]
    pub fn next<'env>(&self, env: &'env Env, branch: i64, tokens: Int32Array) -> napi::Result<Object<'env>> {
        let (reply, promise) = promise(env, LlamaNext::from)?;
        self.with(reply, |engine, reply| {
            engine.next(branch.unsigned_abs(), tokens.to_vec(), reply)
        });
        Ok(promise)
    }

    /// Draws rows together. `listener` hears of every step, and last of the end.
    #[napi]
    pub fn generate(
        &self,
        call: i64,
        rows: Vec<LlamaRow>,
        limits: LlamaLimits,
        #[napi(ts_arg_type = "(event: LlamaEvent) => void")] listener: Function<'_, LlamaEvent, ()>,
    ) -> Result<()> {
        let engine = self.engine()?;
        let template = self.template.as_deref().unwrap_or_default();
        let rows = rows
            .into_iter()
            .map(|row| row.into_core(template))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let deadline = Duration::try_from_secs_f64(limits.seconds)
            .ok()
            .and_then(|rest| Instant::now().checked_add(rest));
        let listener = listener
            .build_threadsafe_function::<LlamaEvent>()
            .callee_handled::<false>()
            .build()
            .map_err(|error| napi::Error::new("PANIC", error.reason.clone()))?;
        let sink = move |event| {
            listener.call(LlamaEvent::from(event), ThreadsafeFunctionCallMode::NonBlocking);
        };
        engine.generate(
            call.unsigned_abs(),
            rows,
            CallOptions {
                deadline,
                confidence: ConfidenceWatch {
                    window: limits.confidence_window as usize,
                    floor: limits.confidence_floor.map(|floor| floor as f32),
                },
                top_tokens: limits.top_log_probabilities as usize,
            },
            Box::new(sink),
        );
        Ok(())
    }

    /// Ends a call before its next step.
    #[napi]
    pub fn stop(&self, call: i64) {
        if let Some(engine) = &self.engine {
            engine.stop(call.unsigned_abs());
        }
    }

    /// Stops drawing for a call, or goes on.
    #[napi]
    pub fn pause(&self, call: i64, paused: bool) {
        if let Some(engine) = &self.engine {
            engine.pause(call.unsigned_abs(), paused);
        }
    }

    /// One vector of length 1 a text.
    #[napi(ts_return_type = "Promise<Array<Float32Array>>")]
    pub fn embed<'env>(&self, env: &'env Env, texts: Vec<String>) -> napi::Result<Object<'env>> {
        let (reply, promise) = promise(env, to_arrays)?;
        self.with(reply, |engine, reply| engine.embed(texts, reply));
        Ok(promise)
    }

    /// The ranking head's score a document.
    #[napi(ts_return_type = "Promise<Float32Array>")]
    pub fn rank<'env>(
        &self,
        env: &'env Env,
        query: String,
        documents: Vec<String>,
    ) -> napi::Result<Object<'env>> {
        let (reply, promise) = promise(env, |scores: Vec<f32>| Float32Array::from(scores))?;
        self.with(reply, |engine, reply| engine.rank(query, documents, reply));
        Ok(promise)
    }

    /// What the engine did and holds.
    #[napi(ts_return_type = "Promise<LlamaStatistics>")]
    pub fn statistics<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (reply, promise) = promise(env, LlamaStatistics::from)?;
        self.with(reply, Engine::statistics);
        Ok(promise)
    }

    /// Ends the thread and frees the model; what still waits fails.
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn close(&mut self) -> AsyncTask<Compute<bool>> {
        let engine = self.engine.take();
        compute(move || {
            drop(engine);
            Ok(true)
        })
    }

    fn engine(&self) -> Result<&Engine> {
        self.engine
            .as_ref()
            .ok_or_else(|| BorderError::from(LlamaError::Closed).into())
    }

    fn with<T>(&self, reply: Reply<T>, call: impl FnOnce(&Engine, Reply<T>)) {
        match &self.engine {
            Some(engine) => call(engine, reply),
            None => reply(Err(LlamaError::Closed)),
        }
    }
}

fn to_arrays(vectors: Vec<Vec<f32>>) -> Vec<Float32Array> {
    vectors.into_iter().map(Float32Array::from).collect()
}
