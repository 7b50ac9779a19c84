//! Independent random streams, one a unit of work, so that a result depends on the seed and never on which thread
//! did the work or in which order.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator of one unit of work (a resample, a subset, a fold): xoshiro256++ (Blackman and Vigna 2021).
///
/// `path` says which unit, from the outermost count to the innermost. Each part goes through the bijective SplitMix64
/// finaliser, so neighbouring seeds and indices give unrelated streams.
pub fn stream(seed: u64, path: &[u64]) -> Xoshiro256PlusPlus {
    let mixed = path
        .iter()
        .fold(mix(seed), |state, &part| mix(state.rotate_left(25) ^ mix(part)));
    Xoshiro256PlusPlus::seed_from_u64(mixed)
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A uniform index from 0 to `bound` − 1, without modulo bias (Lemire 2019, "Fast Random Integer Generation in an
/// Interval"). `bound` must be at least 1.
pub fn below(rng: &mut impl Rng, bound: usize) -> usize {
    let range = bound as u64;
    let mut wide = u128::from(rng.next_u64()) * u128::from(range);
    if (wide as u64) < range {
        let threshold = range.wrapping_neg() % range;
        while (wide as u64) < threshold {
            wide = u128::from(rng.next_u64()) * u128::from(range);
        }
    }
    (wide >> 64) as usize
}

/// How often each of `counts.len()` items was drawn in that many draws with replacement.
pub fn resample_counts(rng: &mut impl Rng, counts: &mut [u32]) {
    counts.fill(0);
    for _ in 0..counts.len() {
        counts[below(rng, counts.len())] += 1;
    }
}

/// Moves a uniformly random permutation into place (Fisher and Yates).
pub fn shuffle(rng: &mut impl Rng, items: &mut [u32]) {
    for i in 0..items.len() {
        let j = i + below(rng, items.len() - i);
        items.swap(i, j);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, path: &[u64]| stream(seed, path).next_u64();
        assert_eq!(draw(7, &[3, 1]), draw(7, &[3, 1]));
        let mut seen: Vec<u64> = (0..50)
            .flat_map(|s| (0..50).map(move |i| draw(s, &[i])))
            .collect();
        seen.push(draw(1, &[]));
        seen.push(draw(1, &[0, 1]));
        seen.push(draw(1, &[1, 0]));
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }

    #[test]
    fn below_is_uniform() {
        let mut rng = stream(1, &[]);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[below(&mut rng, 6)] += 1;
        }
        // Chi-squared with 5 degrees of freedom exceeds 20.5 once in a thousand.
        let chi: f64 = counts
            .iter()
            .map(|&c| (f64::from(c) - 10_000.0).powi(2) / 10_000.0)
            .sum();
        assert!(chi < 20.5, "chi-squared {chi}");
    }

    #[test]
    fn every_permutation_is_equally_likely() {
        let mut rng = stream(2, &[]);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..60_000 {
            let mut items = [0, 1, 2];
            shuffle(&mut rng, &mut items);
            *counts.entry(items).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 6);
        let chi: f64 = counts
            .values()
            .map(|&c| (f64::from(c) - 10_000.0).powi(2) / 10_000.0)
            .sum();
        assert!(chi < 20.5, "chi-squared {chi}");
    }
}
