//! The chance that a majority of K calls is right, for real K: the regularised incomplete beta function I_p(h, h) with
//! h = (K + 1)/2, which for odd K is P(Bin(K, p) > K/2).
//!
//! With s = 1 − 2p and z = 4p(1 − p) = 1 − s², both directions in which a series or a continued fraction converges
//! quickly follow from I_p(h, h) = ½ I_z(h, ½) for p ≤ ½ (DLMF 8.17.6) at any h:
//!
//! - near ½: I_p = ½ − ½ D s z^h Σ_j (h + ½)_j / (3/2)_j s^(2j) (8.17.8 of the other side), D = 2 / B(½, h);
//! - far from it: ¼ D z^h |s| / h · G(z), with G the continued fraction of 8.17.22.
//!
//! Subtracting logarithms of gamma functions, as for two different shapes, would lose half of the digits at K = 10⁶.

use crate::stats::log_gamma::ln_rising;

/// Up to this h·s² the series is used; beyond, what it leaves of ½ would lose digits.
const NEAR: f64 = 3.0;
const MAX_TERMS: usize = 2000;

/// h and D of K calls.
pub(super) fn prepare(calls: f64) -> [f64; 2] {
    let half = 0.5 * (calls + 1.0);
    [
        half,
        2.0 * (ln_rising(half, 0.5) - 0.5 * std::f64::consts::PI.ln()).exp(),
    ]
}

/// I_p(h, h) and its derivative by p, the density of the beta distribution.
pub(super) fn majority([half, constant]: [f64; 2], p: f64) -> (f64, f64) {
    let s = 1.0 - 2.0 * p;
    let square = s * s;
    // z^(h-1): a power of the rounded z would lose digits where h is large.
    let power = if half == 1.0 {
        1.0
    } else {
        ((half - 1.0) * (-square).ln_1p()).exp()
    };
    let density = constant * power;
    let weight = density * (1.0 - square);
    if square <= 0.5 && half * square <= NEAR {
        return (0.5 - 0.5 * weight * s * series(half, square), density);
    }
    let tail = 0.25 * weight * s.abs() / half * fraction(half, 1.0 - square);
    (if s > 0.0 { tail } else { 1.0 - tail }, density)
}

/// Σ_j (h + ½)_j / (3/2)_j x^j.
fn series(half: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for j in 0..MAX_TERMS {
        let j = j as f64;
        term *= (half + 0.5 + j) / (1.5 + j) * x;
        sum += term;
        if term <= 1e-17 * sum {
            break;
        }
    }
    sum
}

/// 1/(1 + d1/(1 + d2/(1 + …))) of I_z(h, ½), by Lentz's method.
fn fraction(half: f64, z: f64) -> f64 {
    let tiny = 1e-300;
    let guarded = |value: f64| if value.abs() < tiny { tiny } else { value };
    let (mut product, mut numerator, mut denominator) = (1.0, 1.0, 0.0);
    for j in 1..=MAX_TERMS {
        let m = (j / 2) as f64;
        let base = half + 2.0 * m;
        let coefficient = if j % 2 == 1 {
            -(half + m) * (half + 0.5 + m) * z / (base * (base + 1.0))
        } else {
            m * (0.5 - m) * z / ((base - 1.0) * base)
        };
        denominator = 1.0 / guarded(1.0 + coefficient * denominator);
        numerator = guarded(1.0 + coefficient / numerator);
        let change = numerator * denominator;
        product *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    1.0 / product
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P(Bin(K, p) > K/2) for odd K, two calls at a time: with h = (K + 1)/2 they add (2p − 1) C(K, h) (p (1 − p))^h,
    /// the chance that a majority of one vote turns.
    fn by_steps(calls: u32, p: f64) -> f64 {
        let both = p * (1.0 - p);
        let (mut chance, mut turns) = (p, both);
        for half in (1..=calls / 2).map(f64::from) {
            chance += (2.0 * p - 1.0) * turns;
            turns *= both * 2.0 * (2.0 * half + 1.0) / (half + 1.0);
        }
        chance
    }

    #[test]
    fn odd_numbers_of_calls_are_binomial_sums() {
        for calls in [1_u32, 3, 5, 11, 31, 101, 1001, 10_001] {
            for p in [
                0.001, 0.1, 0.3, 0.45, 0.49, 0.499, 0.5, 0.501, 0.52, 0.6, 0.8, 0.97, 0.9999,
            ] {
                let (got, expected) = (majority(prepare(f64::from(calls)), p).0, by_steps(calls, p));
                assert!((got - expected).abs() < 1e-12, "{calls} {p}: {got} {expected}");
            }
        }
    }

    /// K, p and the sum of C(K, j) p^j (1 − p)^(K − j) over j > K/2, in exact fractions.
    const SUMS: [(f64, f64, f64); 5] = [
        (11.0, 0.01, 4.425434338348e-10),
        (101.0, 0.2, 8.42241543525907e-12),
        (1001.0, 0.3, 3.6306810193365926e-40),
        (101.0, 0.45, 0.15624460036219415),
        (9.0, 0.4, 0.26656768),
    ];

    #[test]
    fn small_tails_keep_their_digits() {
        for (calls, p, expected) in SUMS {
            let got = majority(prepare(calls), p).0;
            assert!(
                (got / expected - 1.0).abs() < 1e-12,
                "{calls} {p}: {got} {expected}"
            );
        }
    }

    #[test]
    fn one_call_is_p_itself_and_the_ends_are_exact() {
        for p in [0.0, 0.2, 0.5, 0.7, 1.0] {
            let (value, density) = majority(prepare(1.0), p);
            assert!(
                (value - p).abs() < 1e-15 && (density - 1.0).abs() < 1e-14,
                "{p} {value} {density}"
            );
        }
        assert_eq!(majority(prepare(1e6), 0.0).0, 0.0);
        assert_eq!(majority(prepare(1e6), 1.0).0, 1.0);
        assert!((majority(prepare(1e6), 0.5).0 - 0.5).abs() < 1e-15);
    }

    #[test]
    fn a_million_calls_are_almost_normal() {
        // Half a million and a half expected at p = 1/2 + delta; delta = z / (2 sqrt(K)).
        for z in [-3.0, -1.0, 0.3, 2.0] {
            let p = 0.5 + z / 2.0 / 1e3;
            let (value, _) = majority(prepare(1e6), p);
            assert!(
                (value - crate::stats::interval::normal_cdf(z)).abs() < 1e-5,
                "{z} {value}"
            );
        }
    }

    #[test]
    fn sides_mirror_and_the_density_is_the_slope() {
        for calls in [1.0, 2.0, 3.7, 12.0, 101.0, 5e4, 1e6] {
            let prepared = prepare(calls);
            for p in [0.2, 0.42, 0.4999, 0.5, 0.5003, 0.61] {
                let (value, density) = majority(prepared, p);
                assert!((value + majority(prepared, 1.0 - p).0 - 1.0).abs() < 1e-12);
                let step = 1e-6 / calls.sqrt();
                let slope = (majority(prepared, p + step).0 - majority(prepared, p - step).0) / (2.0 * step);
                assert!(
                    (slope - density).abs() <= 1e-6 * density.max(1.0) * calls.sqrt(),
                    "{calls} {p}"
                );
            }
        }
    }
}
