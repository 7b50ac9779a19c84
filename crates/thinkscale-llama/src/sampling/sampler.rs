use std::sync::Arc;

use crate::error::LlamaError;
use crate::model::{Model, Token};

use super::chain::{Candidate, Chain};
use super::constraint::Constraint;
use super::distribution::{CONFIDENCE_TOKENS, Distribution};

/// Truncating to at most this many tokens is done while the logits are read; more go through llama.cpp's own sort.
const LARGEST_QUICK_TOP_K: usize = 128;

/// How one branch draws.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingOptions {
    /// 0 takes the most probable token.
    pub temperature: f32,
    /// Keep the k most probable tokens; 0 keeps all.
    pub top_k: usize,
    /// Keep the smallest set whose probability reaches this, above 0 and at most 1.
    pub top_p: f32,
    /// Drop tokens below this share of the most probable one's probability, from 0 to 1.
    pub min_p: f32,
    /// Equal seeds draw equal tokens from equal logits.
    pub seed: u32,
    /// Divides (or multiplies, below 0) the logits of tokens in the window; 1 is off.
    pub repeat_penalty: f32,
    /// Taken off a logit for each time its token is in the window; 0 is off.
    pub frequency_penalty: f32,
    /// Taken off the logit of a token that is in the window; 0 is off.
    pub presence_penalty: f32,
    /// Drawn tokens that are penalised, the last ones.
    pub penalty_window: usize,
    /// Added to the logits of these tokens.
    pub logit_bias: Vec<(Token, f32)>,
}

impl SamplingOptions {
    pub(super) fn penalises(&self) -> bool {
        let off = self.repeat_penalty == 1.0 && self.frequency_penalty == 0.0 && self.presence_penalty == 0.0;
        !off && self.penalty_window > 0
    }

    /// # Errors
    /// [`LlamaError::Input`] for a number out of its range: llama.cpp checks none and would draw nonsense.
    fn check(&self) -> Result<(), LlamaError> {
        let off = |field, expected: &str, got: f32| {
            Err(LlamaError::Input {
                field,
                expected: expected.to_owned(),
                got: got.to_string(),
            })
        };
        if !self.temperature.is_finite() || self.temperature < 0.0 {
            return off("temperature", "a finite number from 0", self.temperature);
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return off("topP", "above 0 and at most 1", self.top_p);
        }
        if !(0.0..=1.0).contains(&self.min_p) {
            return off("minP", "from 0 to 1", self.min_p);
        }
        if !self.repeat_penalty.is_finite() || self.repeat_penalty <= 0.0 {
            return off("repeatPenalty", "a finite number above 0", self.repeat_penalty);
        }
        if !self.frequency_penalty.is_finite() {
            return off("frequencyPenalty", "finite", self.frequency_penalty);
        }
        if !self.presence_penalty.is_finite() {
            return off("presencePenalty", "finite", self.presence_penalty);
        }
        match self
            .logit_bias
            .iter()
            .find(|(_, bias)| bias.is_nan() || *bias == f32::INFINITY)
        {
            Some(&(_, bias)) => off("logitBias", "below infinity", bias),
            None => Ok(()),
        }
    }

    fn reorders(&self) -> bool {
        self.penalises() || !self.logit_bias.is_empty()
    }
}

/// A drawn token, under the model's own distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The token.
    pub token: Token,
    /// Its natural log-probability at temperature 1, before penalties and constraints; at most 0.
    pub log_probability: f32,
    /// Minus the mean log-probability of the 20 most probable tokens.
    pub confidence: f32,
    /// The most probable tokens with their log-probabilities, as many as were asked for.
    pub top: Vec<(Token, f32)>,
}

/// Draws the tokens of one branch.
pub struct Sampler {
    options: SamplingOptions,
    penalties: Option<Chain>,
    draw: Chain,
    constraint: Option<Constraint>,
    candidates: Vec<Candidate>,
}

impl Sampler {
    /// # Errors
    /// [`LlamaError::Input`] for options out of their ranges, [`LlamaError::Missing`] if llama.cpp can't make its samplers.
    pub fn new(
        model: &Arc<Model>,
        options: SamplingOptions,
        constraint: Option<Constraint>,
    ) -> Result<Self, LlamaError> {
        options.check()?;
        let penalties = if options.reorders() {
            Some(Chain::penalties(model, &options)?)
        } else {
            None
        };
        let draw = Chain::draw(model, &options)?;
        Ok(Self {
            options,
            penalties,
            draw,
            constraint,
            candidates: Vec::new(),
        })
    }

    /// Draws from `logits`, one for each token of the vocabulary. `constrained` says whether the constraint holds here, `list`
    /// how many of the most probable tokens are listed, at most 20.
    ///
    /// # Errors
    /// [`LlamaError::Constraint`] if it leaves no token.
    pub fn draw(&mut self, logits: &[f32], constrained: bool, list: usize) -> Result<Drawn, LlamaError> {
        let biases = self.options.logit_bias.len();
        let quick = self.options.top_k > 0
            && self.options.top_k + biases <= LARGEST_QUICK_TOP_K
            && !self.options.penalises();
        let keep = if quick {
            // A bias can push each of its tokens out of the best, so that as many others come in.
            (self.options.top_k + biases).max(CONFIDENCE_TOKENS)
        } else {
            CONFIDENCE_TOKENS
        };
        let distribution = Distribution::new(logits, keep);
        let token = self.choose(logits, &distribution, quick);
        let refused = match (&mut self.constraint, token) {
            (Some(constraint), Some(token)) if constrained => !constraint.allows(token),
            _ => false,
        };
        let token = if refused {
            self.choose_constrained(logits)?
        } else {
            token
        };
        let token = token.ok_or(LlamaError::Missing("token that could be drawn"))?;
        if let Some(penalties) = &mut self.penalties {
            penalties.accept(token);
        }
        if let (Some(constraint), true) = (&mut self.constraint, constrained) {
            constraint.accept(token)?;
        }
        let logit = logits.get(token as usize).copied().unwrap_or(f32::NEG_INFINITY);
        Ok(Drawn {
            token,
            log_probability: distribution.log_probability(logit),
            confidence: distribution.confidence(),
            top: distribution.listed(list),
        })
    }

    fn choose(&mut self, logits: &[f32], distribution: &Distribution, quick: bool) -> Option<Token> {
        let top = &distribution.top;
        if self.penalties.is_none() && self.options.temperature <= 0.0 {
            return top.tokens.first().copied();
        }
        self.candidates.clear();
        if quick {
            let listed = top.tokens.iter().zip(&top.logits);
            self.candidates
                .extend(listed.map(|(&id, &logit)| Candidate { id, logit, p: 0.0 }));
            self.bias_listed(logits);
            self.candidates.truncate(self.options.top_k);
        } else {
            self.list(logits);
        }
        self.select(quick)
    }

    /// Adds the biases to the candidates, which are the best ones, and puts them in order again. What a bias lifts among them
    /// joins them.
    fn bias_listed(&mut self, logits: &[f32]) {
        if self.options.logit_bias.is_empty() {
            return;
        }
        for &(id, bias) in &self.options.logit_bias {
            match self.candidates.iter_mut().find(|candidate| candidate.id == id) {
                Some(candidate) => candidate.logit += bias,
                None => {
                    if let Some(&logit) = logits.get(id as usize) {
                        let logit = logit + bias;
                        self.candidates.push(Candidate { id, logit, p: 0.0 });
                    }
                }
            }
        }
        self.candidates
            .sort_by(|a, b| b.logit.total_cmp(&a.logit).then(a.id.cmp(&b.id)));
    }

    fn choose_constrained(&mut self, logits: &[f32]) -> Result<Option<Token>, LlamaError> {
        self.list(logits);
        if let Some(constraint) = &mut self.constraint {
            constraint.restrict(&mut self.candidates)?;
        }
        self.candidates
            .retain(|candidate| candidate.logit > f32::NEG_INFINITY);
        match (self.select(false), &self.constraint) {
            (None, Some(constraint)) => Err(constraint.leaves_nothing()),
            (token, _) => Ok(token),
        }
    }

    /// All tokens, with penalties.
    fn list(&mut self, logits: &[f32]) {
        self.candidates.clear();
        let all = logits.iter().enumerate();
        self.candidates.extend(all.map(|(id, &logit)| Candidate {
            id: id as Token,
            logit,
            p: 0.0,
        }));
        if let Some(penalties) = &mut self.penalties {
            penalties.apply(&mut self.candidates, false);
        }
    }

    fn select(&mut self, sorted: bool) -> Option<Token> {
        if self.candidates.is_empty() {
            return None;
        }
        let at = self.draw.apply(&mut self.candidates, sorted)?;
        self.candidates.get(at).map(|candidate| candidate.id)
    }
}
