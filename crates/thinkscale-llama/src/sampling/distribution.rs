use crate::model::Token;

/// Tokens whose mean log-probability is the confidence of a position (DeepConf, Fu et al. 2025, arXiv 2508.15260).
pub const CONFIDENCE_TOKENS: usize = 20;

const LANES: usize = 16;
const BLOCK: usize = 1024;

/// The most probable tokens of a position, most probable first; equal logits in order of the vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub struct TopTokens {
    /// Tokens.
    pub tokens: Vec<Token>,
    /// Their logits.
    pub logits: Vec<f32>,
}

/// The model's own distribution over the next token, at temperature 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Logarithm of the sum of the exponentials of all logits.
    pub log_normaliser: f32,
    /// The most probable tokens.
    pub top: TopTokens,
}

impl Distribution {
    /// Reads `logits`, one for each token of the vocabulary, keeping the `keep` most probable tokens.
    #[must_use]
    pub fn new(logits: &[f32], keep: usize) -> Self {
        let top = top_tokens(logits, keep.max(1));
        let greatest = top.logits.first().copied().unwrap_or(0.0);
        Self {
            log_normaliser: greatest + sum_of_exponentials(logits, greatest).ln() as f32,
            top,
        }
    }

    /// Natural log-probability of a token with this logit, at most 0.
    #[must_use]
    pub fn log_probability(&self, logit: f32) -> f32 {
        (logit - self.log_normaliser).min(0.0)
    }

    /// Minus the mean log-probability of the most probable tokens, at least 0; greater where the model is surer.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        let top = &self.top.logits[..self.top.logits.len().min(CONFIDENCE_TOKENS)];
        let sum: f32 = top.iter().map(|&logit| self.log_probability(logit)).sum();
        -sum / top.len().max(1) as f32
    }

    /// The `count` most probable tokens with their log-probabilities, most probable first; fewer where fewer were kept.
    #[must_use]
    pub fn listed(&self, count: usize) -> Vec<(Token, f32)> {
        let listed = self.top.tokens.iter().zip(&self.top.logits).take(count);
        listed
            .map(|(&token, &logit)| (token, self.log_probability(logit)))
            .collect()
    }

    /// Shannon entropy in nats: `ln Z - E[logit]`.
    #[must_use]
    pub fn entropy(&self, logits: &[f32]) -> f64 {
        let normaliser = f64::from(self.log_normaliser);
        let entropy: f64 = logits
            .iter()
            .map(|&logit| normaliser - f64::from(logit))
            .map(|surprise| {
                if surprise.is_finite() {
                    surprise * (-surprise).exp()
                } else {
                    0.0
                }
            })
            .sum();
        entropy.max(0.0)
    }
}

/// The `keep` greatest logits, sorted.
fn top_tokens(logits: &[f32], keep: usize) -> TopTokens {
    let mut best: Vec<(f32, Token)> = Vec::with_capacity(keep + 1);
    let mut bar = f32::NEG_INFINITY;
    for (block, values) in logits.chunks(LANES).enumerate() {
        // Few blocks hold a token that is among the best, and the greatest of a block comes without a branch.
        if best.len() == keep && greatest(values) <= bar {
            continue;
        }
        for (offset, &logit) in values.iter().enumerate() {
            if best.len() == keep && logit <= bar {
                continue;
            }
            let at = best.partition_point(|&(other, _)| other >= logit);
            best.insert(at, (logit, (block * LANES + offset) as Token));
            best.truncate(keep);
            bar = best.last().map_or(bar, |&(logit, _)| logit);
        }
    }
    TopTokens {
        tokens: best.iter().map(|&(_, token)| token).collect(),
        logits: best.iter().map(|&(logit, _)| logit).collect(),
    }
}

fn greatest(values: &[f32]) -> f32 {
    match <&[f32; LANES]>::try_from(values) {
        Ok(block) => {
            let mut half: [f32; LANES / 2] =
                std::array::from_fn(|lane| block[lane].max(block[lane + LANES / 2]));
            let mut width = LANES / 4;
            while width > 0 {
                for lane in 0..width {
                    half[lane] = half[lane].max(half[lane + width]);
                }
                width /= 2;
            }
            half[0]
        }
        Err(_) => values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
    }
}

/// Sum of `exp(logit - greatest)`, in double precision over blocks of single precision.
fn sum_of_exponentials(logits: &[f32], greatest: f32) -> f64 {
    let mut sum = 0.0;
    for block in logits.chunks(BLOCK) {
        let mut lanes = [0.0_f32; LANES];
        let (whole, rest) = block.as_chunks::<LANES>();
        for values in whole {
            for lane in 0..LANES {
                lanes[lane] += exponential(values[lane] - greatest);
            }
        }
        for (lane, &value) in rest.iter().enumerate() {
            lanes[lane] += exponential(value - greatest);
        }
        sum += lanes.iter().map(|&lane| f64::from(lane)).sum::<f64>();
    }
    sum
}

/// `exp(x)` for x of at most 0, relative error below 2e-7, written so that a loop over it becomes vector code, which the
/// library function does not: `exp(x) = 2^n · exp(r)` with n the nearest whole number to x / ln 2 and a polynomial for
/// exp(r). ln 2 is split in two, so that n times its first part is exact (Cody and Waite 1980).
#[inline]
fn exponential(x: f32) -> f32 {
    const TO_WHOLE: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -0.000_212_194_44;
    let shifted = (x * std::f32::consts::LOG2_E).max(-126.0) + TO_WHOLE;
    let whole = shifted - TO_WHOLE;
    let rest = x - whole * LN_2_HIGH - whole * LN_2_LOW;
    // Taylor coefficients 1 / k!, enough for |rest| of at most ln(2) / 2.
    let fifth = 1.0 / 120.0 + rest * (1.0 / 720.0 + rest * (1.0 / 5040.0));
    let fraction =
        1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest * fifth))));
    let exponent = (whole as i32 + 127) << 23;
    let scale = f32::from_bits(exponent as u32);
    // Below the smallest normal number nothing is left of the sum's precision.
    if x < -87.0 { 0.0 } else { fraction * scale }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reference(logits: &[f32]) -> f64 {
        let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits
            .iter()
            .map(|&logit| f64::from(logit - greatest).exp())
            .sum();
        f64::from(greatest) + sum.ln()
    }

    #[test]
    fn the_exponential_is_exact_to_single_precision() {
        for step in 0..870_000 {
            let x = -(step as f32) * 1e-4;
            let exact = f64::from(x).exp();
            let error = (f64::from(exponential(x)) - exact).abs() / exact;
            assert!(error < 2e-7, "exp({x}) is off by {error}");
        }
        assert_eq!(exponential(f32::NEG_INFINITY), 0.0);
        assert_eq!(exponential(0.0), 1.0);
    }

    #[test]
    fn equal_logits_are_uniform() {
        let logits = vec![3.5; 1000];
        let distribution = Distribution::new(&logits, 20);
        assert!((distribution.log_probability(3.5) + 1000_f32.ln()).abs() < 1e-5);
        assert!((distribution.confidence() - 1000_f32.ln()).abs() < 1e-5);
        assert!((distribution.entropy(&logits) - 1000_f64.ln()).abs() < 1e-5);
        assert_eq!(distribution.top.tokens, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn forbidden_tokens_have_no_probability() {
        let mut logits = vec![f32::NEG_INFINITY; 500];
        logits[77] = -2.0;
        let distribution = Distribution::new(&logits, 20);
        assert_eq!(distribution.top.tokens[0], 77);
        assert!(distribution.log_probability(-2.0).abs() < 1e-6);
        assert!(distribution.entropy(&logits).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn agrees_with_double_precision(logits in prop::collection::vec(-60.0_f32..40.0, 1..4000), keep in 1_usize..64) {
            let distribution = Distribution::new(&logits, keep);
            prop_assert!((f64::from(distribution.log_normaliser) - reference(&logits)).abs() < 1e-5 * reference(&logits).abs().max(1.0));
            let mut order: Vec<usize> = (0..logits.len()).collect();
            order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]).then(a.cmp(&b)));
            order.truncate(keep);
            let tokens: Vec<Token> = order.iter().map(|&token| token as Token).collect();
            prop_assert_eq!(distribution.top.tokens, tokens);
        }
    }
}
