//! How often a region can be wrong at worst; the proof stands in [`certified`](super).

use super::region::{Region, Shape};

/// The most that rounding can add to the sum of the chances, many times over.
const ROUNDING: f64 = 1e-10;

/// Whether the bound on the chance of a wrong stop is at most `epsilon` for every pool of N samples.
pub fn holds(region: &Region, epsilon: f64) -> bool {
    match region.shape() {
        Shape::ByDrawn => holds_by_drawn(region, epsilon - ROUNDING),
        Shape::ByPair => holds_by_pair(region, epsilon - ROUNDING),
    }
}

fn holds_by_drawn(region: &Region, epsilon: f64) -> bool {
    let most = region.most();
    let paths = Paths::of(region);
    (1..most).all(|majority| {
        let chances: Vec<f64> = (0..=majority.min(most - majority))
            .map(|rival| paths.entered(rival, majority))
            .collect();
        worst_sum(&chances, most - majority) <= epsilon
    })
}

/// By votes a of a rival (rows) and m of the majority: the chance that no prefix of the samples was in the region on the
/// rival's side. Each row has a zero before m = 0, which stands for m − 1 there.
struct Paths {
    columns: usize,
    clear: Vec<f64>,
}

impl Paths {
    /// One dynamic program over k, for a ≤ N / 2 and a + m ≤ N. Of the first k samples in random order the last was one
    /// of the a with chance a/k, one of the m with m/k, and another with the rest.
    fn of(region: &Region) -> Self {
        let most = region.most();
        let (rows, columns) = (most / 2 + 1, most + 2);
        let numbers: Vec<f64> = (0..=most).map(|number| number as f64).collect();
        let mut clear = vec![0.0; rows * columns];
        let mut next = clear.clone();
        clear[1] = 1.0;
        for k in 1..=most {
            let bars = region.row(k);
            for a in 0..rows.min(k + 1) {
                let others = k - a;
                let same = &clear[a * columns..][..others + 2];
                // Row −1 does not exist and is multiplied by 0.
                let fewer = &clear[a.saturating_sub(1) * columns + 1..][..=others];
                let row = &mut next[a * columns + 1..][..=others];
                let (a_share, share, others_number) =
                    (numbers[a] / numbers[k], 1.0 / numbers[k], numbers[others]);
                for (((value, &m), both), &fewer) in
                    row.iter_mut().zip(&numbers).zip(same.windows(2)).zip(fewer)
                {
                    *value = a_share * fewer + share * (m * both[0] + (others_number - m) * both[1]);
                }
                row[..usize::from(bars[a]).min(others + 1)].fill(0.0);
            }
            std::mem::swap(&mut clear, &mut next);
        }
        Self { columns, clear }
    }

    /// The chance that a rival with `rival` votes enters the region against a majority with `majority`.
    fn entered(&self, rival: usize, majority: usize) -> f64 {
        1.0 - self.clear[rival * self.columns + majority + 1]
    }
}

/// The largest sum of `chances[A_i]` over rivals with Σ A_i ≤ `votes`: an unbounded knapsack.
fn worst_sum(chances: &[f64], votes: usize) -> f64 {
    let mut best = vec![0.0_f64; votes + 1];
    for total in 1..=votes {
        best[total] = chances
            .iter()
            .enumerate()
            .take(total + 1)
            .skip(1)
            .map(|(a, chance)| best[total - a] + chance)
            .fold(0.0, f64::max);
    }
    best[votes]
}

/// The same for a region that knows the two counts only, and with a linear price in place of the knapsack: a rival with
/// A of the N − M votes that are not the majority's may use the share A / (N − M) of ε.
fn holds_by_pair(region: &Region, epsilon: f64) -> bool {
    let most = region.most();
    // The row of one rival vote less: no rival vote at all never enters.
    let mut clear = vec![1.0; most + 1];
    for (a, &bar) in region.row(most).iter().enumerate().take(most / 2 + 1).skip(1) {
        let mut left = 0.0;
        for (m, value) in clear.iter_mut().enumerate().take(most - a + 1) {
            *value = if m < usize::from(bar) {
                0.0
            } else {
                (a as f64 * *value + m as f64 * left) / (a + m) as f64
            };
            left = *value;
            if m >= a && 1.0 - left > epsilon * a as f64 / (most - m) as f64 {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::region::Family;
    use super::*;

    /// Over every order of A a-votes, M m-votes and others: how often some prefix lies in the region on the a-side.
    fn by_enumeration(region: &Region, a: usize, m: usize) -> f64 {
        fn visit(region: &Region, left: [usize; 3], taken: [usize; 3], entered: bool, tally: &mut [f64; 2]) {
            let drawn: usize = taken.iter().sum();
            let entered = entered || (taken[0] > taken[1] && region.contains(drawn, taken[0], taken[1]));
            if left == [0; 3] {
                tally[0] += f64::from(u8::from(entered));
                tally[1] += 1.0;
            }
            for kind in 0..3 {
                if left[kind] > 0 {
                    let (mut left, mut taken) = (left, taken);
                    left[kind] -= 1;
                    taken[kind] += 1;
                    visit(region, left, taken, entered, tally);
                }
            }
        }
        let mut tally = [0.0; 2];
        visit(region, [a, m, region.most() - a - m], [0; 3], false, &mut tally);
        tally[0] / tally[1]
    }

    #[test]
    fn the_program_gives_the_share_of_orders() {
        let most = 9;
        for bound in [0.02, 0.1, 0.3] {
            let region = Family::new(most, Shape::ByDrawn).region(bound);
            let paths = Paths::of(&region);
            for m in 1..most {
                for a in 1..=m.min(most - m) {
                    let got = paths.entered(a, m);
                    assert!((got - by_enumeration(&region, a, m)).abs() < 1e-12, "{a}-{m}");
                }
            }
        }
    }

    #[test]
    fn both_programs_refuse_what_every_order_refuses() {
        for shape in [Shape::ByDrawn, Shape::ByPair] {
            let region = Family::new(8, shape).region(0.2);
            // Nobody else votes, so the pair uses all samples and both programs are exact for it alone.
            let chance = by_enumeration(&region, 4, 4);
            assert!(chance > 0.0);
            assert!(!holds(&region, 0.9 * chance));
        }
        assert!(holds(&Family::new(8, Shape::ByDrawn).region(0.0), 1e-9));
    }

    #[test]
    fn the_knapsack_takes_the_best_rivals() {
        assert_eq!(worst_sum(&[0.0, 0.1, 0.5, 0.55], 5), 1.1);
        assert_eq!(worst_sum(&[0.0, 0.25], 4), 1.0);
        assert_eq!(worst_sum(&[0.0], 4), 0.0);
    }
}
