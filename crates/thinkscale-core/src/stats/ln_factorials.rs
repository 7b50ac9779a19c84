//! ln n! for many n at once, so that differences of several keep their digits.
//!
//! ln C(n − c, k)/C(n, k) is a second difference of ln n!, which near n = 10^4 is some 10^5 and in a double known to
//! 10^-11 only. Here ln n! is summed in whole numbers of 2^-80 from the increments ln(1 + 1/m), so that nothing is lost
//! on the way: a second difference is exactly minus the sum of the increments in between, each of which is right to the
//! last digit of a double. It is kept as a coarse part, in whole numbers of 2^-24, whose differences are exact, and the
//! rest, which is below 2^-24.

use std::sync::OnceLock;

/// The largest n of a table; 16 bytes each.
pub const MOST: u32 = (1 << 16) - 1;

/// One table for each power of two, made when it is first asked for.
static TABLES: [OnceLock<Vec<LnFactorial>>; 17] = [const { OnceLock::new() }; 17];

/// ln n! = coarse + fine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LnFactorial {
    coarse: f64,
    fine: f64,
}

/// ln n! by n, up to `most` (at most [`MOST`]) or beyond.
pub fn ln_factorials(most: u32) -> &'static [LnFactorial] {
    let bits = (u32::BITS - most.min(MOST).leading_zeros()) as usize;
    TABLES[bits].get_or_init(|| table(1 << bits))
}

fn table(entries: usize) -> Vec<LnFactorial> {
    let (mut ln, mut ln_factorial) = (0_i128, 0_i128);
    let mut table = vec![LnFactorial::default(); entries];
    for (n, entry) in table.iter_mut().enumerate().skip(2) {
        ln += ((1.0 / (n - 1) as f64).ln_1p() * 2.0_f64.powi(80)) as i128;
        ln_factorial += ln;
        entry.coarse = (ln_factorial >> 56) as f64 * 2.0_f64.powi(-24);
        entry.fine = (ln_factorial & ((1 << 56) - 1)) as f64 * 2.0_f64.powi(-80);
    }
    table
}

impl LnFactorial {
    /// The difference of two; at most as exact as its parts.
    pub fn minus(self, other: Self) -> Self {
        Self {
            coarse: self.coarse - other.coarse,
            fine: self.fine - other.fine,
        }
    }

    /// The sum as one number.
    pub fn plus(self, other: Self) -> f64 {
        (self.coarse + other.coarse) + (self.fine + other.fine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::log_gamma::{ln_binomial, ln_gamma_cross};

    #[test]
    fn small_factorials() {
        let table = ln_factorials(20);
        for (n, factorial) in [
            (0, 1.0),
            (1, 1.0),
            (2, 2.0),
            (5, 120.0),
            (20, 2_432_902_008_176_640_000.0_f64),
        ] {
            let got = table[n].plus(LnFactorial::default());
            assert!((got - factorial.ln()).abs() <= 1e-15 * got, "{n}! = e^{got}");
        }
    }

    #[test]
    fn second_differences_keep_their_digits() {
        let table = ln_factorials(MOST);
        assert_eq!(table.len(), MOST as usize + 1);
        for (n, c, k) in [
            (65_535, 1, 2),
            (65_535, 3, 1),
            (50_000, 7, 900),
            (9000, 4000, 30),
            (100, 20, 50),
        ] {
            let (n, c, k): (usize, usize, usize) = (n, c, k);
            let got = table[n - c]
                .minus(table[n])
                .plus(table[n - k].minus(table[n - c - k]));
            let expected = ln_gamma_cross((n - c - k + 1) as f64, c as f64, k as f64);
            assert!(
                (got / expected - 1.0).abs() < 1e-13,
                "n {n}, c {c}, k {k}: {got} and {expected}"
            );
        }
    }

    #[test]
    fn binomials_agree_with_log_gamma() {
        let table = ln_factorials(3000);
        for (n, k) in [(3000_usize, 1_usize), (3000, 1500), (77, 30)] {
            let got = table[n]
                .minus(table[k])
                .plus(LnFactorial::default().minus(table[n - k]));
            assert!((got / ln_binomial(n as f64, k as f64) - 1.0).abs() < 1e-13);
        }
    }
}
