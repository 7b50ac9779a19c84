//! The numbers of ways in which answers can tie at a winning number of votes ([`subsets`](super::subsets)).

use super::subsets::Supporters;

/// The polynomial of one winning number of votes j while answers are multiplied in.
///
/// Entry `[t][r]` belongs to t answers tied at j and t·j + r votes in all. `ways` is its weight and `right` the same
/// weight times the number of right answers among the tied.
pub(super) struct Ties {
    winning: usize,
    largest_k: usize,
    ways: Vec<Vec<f64>>,
    right: Vec<Vec<f64>>,
}

impl Ties {
    /// Before any answer: one way of nobody voting.
    pub fn new(winning: usize, largest_k: usize) -> Self {
        Self {
            winning,
            largest_k,
            ways: vec![vec![1.0]],
            right: vec![vec![0.0]],
        }
    }

    /// With these answers multiplied in.
    pub fn with_all(mut self, answers: &[Supporters], tables: &[Vec<f64>]) -> Self {
        for (done, (answer, table)) in answers.iter().zip(tables).enumerate() {
            self.multiply(done + 1, table, answer.right);
        }
        self
    }

    /// Multiplies in one answer, the `answers`-th, whose probabilities of 0..=m votes are `table`.
    fn multiply(&mut self, answers: usize, table: &[f64], is_right: bool) {
        let (below, at) = (&table[..self.winning], table[self.winning]);
        let most_tied = answers.min(self.largest_k / self.winning);
        let mut ways = Vec::with_capacity(most_tied + 1);
        let mut right = Vec::with_capacity(most_tied + 1);
        for tied in 0..=most_tied {
            let degree = ((answers - tied) * (self.winning - 1)).min(self.largest_k - tied * self.winning);
            let mut new_ways = vec![0.0; degree + 1];
            let mut new_right = vec![0.0; degree + 1];
            if let (Some(old_ways), Some(old_right)) = (self.ways.get(tied), self.right.get(tied)) {
                add_product(&mut new_ways, below, old_ways);
                // No right answer is among zero tied ones, so that row stays zero.
                if tied > 0 {
                    add_product(&mut new_right, below, old_right);
                }
            }
            if tied > 0 {
                let joining = f64::from(u8::from(is_right));
                for (index, (old_ways, old_right)) in self.ways[tied - 1]
                    .iter()
                    .zip(&self.right[tied - 1])
                    .take(degree + 1)
                    .enumerate()
                {
                    new_ways[index] += at * old_ways;
                    new_right[index] += at * (old_right + joining * old_ways);
                }
            }
            ways.push(new_ways);
            right.push(new_right);
        }
        self.ways = ways;
        self.right = right;
    }

    /// By number of votes cast, the weight with which a right answer wins.
    pub fn credit(&self) -> Vec<f64> {
        let mut credit = vec![0.0; self.largest_k + 1];
        for (tied, row) in self.right.iter().enumerate().skip(1) {
            let start = tied * self.winning;
            for (total, value) in credit[start..].iter_mut().zip(row) {
                *total += value / tied as f64;
            }
        }
        credit
    }
}

/// target += left · right as polynomials, without the degrees that target has no room for.
fn add_product(target: &mut [f64], left: &[f64], right: &[f64]) {
    let room = target.len();
    for (shift, &factor) in left.iter().enumerate().take(room) {
        for (slot, value) in target[shift..].iter_mut().zip(right) {
            *slot += factor * value;
        }
    }
}
