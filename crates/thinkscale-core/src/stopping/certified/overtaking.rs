//! The chance that the runner-up still draws level.
//!
//! The leader has x votes, the runner-up y ≤ x, and r more votes fall on these two. With a uniform prior on the leader's
//! share, s of the r go to the leader with the Beta-binomial probability C(r, s) B(x + 1 + s, y + 1 + r − s) /
//! B(x + 1, y + 1), and the runner-up draws level if s ≤ (r − (x − y)) / 2. That sum is a tail of a hypergeometric law
//! (the Beta-binomial with whole parameters is the negative hypergeometric): of a population of x + y + r + 1, of which
//! x + y + 1 are marked, ⌊(x + y + r) / 2⌋ + 1 are drawn, and more than x of them are marked.

/// ln 0!, ln 1!, … up to the size of a pool.
pub struct Overtaking {
    ln_factorials: Vec<f64>,
}

impl Overtaking {
    /// For pools of up to `most` samples.
    pub fn new(most: usize) -> Self {
        let mut ln_factorials = vec![0.0];
        let mut sum = 0.0;
        for j in 1..=most + 1 {
            sum += (j as f64).ln();
            ln_factorials.push(sum);
        }
        Self { ln_factorials }
    }

    /// The chance, for x > y and x + y + r ≤ `most`; 0 where r votes are too few.
    pub fn chance(&self, x: usize, y: usize, r: usize) -> f64 {
        let marked = x + y + 1;
        let drawn = (x + y + r) / 2 + 1;
        if drawn <= x {
            return 0.0;
        }
        let mut hits = x + 1;
        let mut term = (self.ln_choose(marked, hits) + self.ln_choose(r, drawn - hits)
            - self.ln_choose(marked + r, drawn))
        .exp();
        let mut sum = term;
        // The terms fall from here on, because the leader's x + 1 is above the mean.
        while hits < marked.min(drawn) && term > sum * f64::EPSILON / 8.0 {
            term *= ((marked - hits) * (drawn - hits)) as f64 / ((hits + 1) * (r + hits + 1 - drawn)) as f64;
            sum += term;
            hits += 1;
        }
        sum
    }

    fn ln_choose(&self, n: usize, k: usize) -> f64 {
        self.ln_factorials[n] - self.ln_factorials[k] - self.ln_factorials[n - k]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::beta::ln_beta;
    use statrs::function::factorial::ln_binomial;

    #[test]
    fn is_the_beta_binomial_sum() {
        let overtaking = Overtaking::new(300);
        for (x, y, r) in [
            (1, 0, 1),
            (1, 0, 2),
            (3, 1, 9),
            (5, 4, 30),
            (20, 3, 40),
            (70, 60, 170),
        ] {
            let expected: f64 = (0..=r)
                .filter(|s| x + s <= y + r - s)
                .map(|s| {
                    let (to, other) = ((x + 1 + s) as f64, (y + 1 + r - s) as f64);
                    (ln_binomial(r as u64, s as u64) + ln_beta(to, other)
                        - ln_beta(x as f64 + 1.0, y as f64 + 1.0))
                    .exp()
                })
                .sum();
            let got = overtaking.chance(x, y, r);
            assert!(
                (got / expected - 1.0).abs() < 1e-10,
                "{x}-{y}, {r}: {got}, expected {expected}"
            );
        }
    }

    #[test]
    fn too_few_votes_leave_no_chance() {
        let overtaking = Overtaking::new(20);
        assert_eq!(overtaking.chance(5, 2, 2), 0.0);
        assert!(overtaking.chance(5, 2, 3) > 0.0);
        assert_eq!(overtaking.chance(1, 0, 0), 0.0);
    }

    #[test]
    fn rises_with_the_runner_up_and_falls_with_the_leader() {
        let overtaking = Overtaking::new(80);
        for r in [1, 2, 9, 30] {
            for x in 2..20 {
                for y in 1..x {
                    let chance = overtaking.chance(x, y, r);
                    assert!(chance >= overtaking.chance(x, y - 1, r));
                    assert!(chance >= overtaking.chance(x + 1, y, r));
                }
            }
        }
    }
}
