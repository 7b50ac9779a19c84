//! At which votes a certified rule stops.

use super::overtaking::Overtaking;

/// A set of states (k samples drawn, leader with x votes, runner-up with y < x) as a table of bars: a state is in it if
/// y is below the bar of its row and x. Bars never fall as x rises, so that a state stays inside when the leader's votes
/// rise or the runner-up's fall at the same k; the proof in [`certified`](super) leans on both.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    most: usize,
    shape: Shape,
    bars: Vec<u16>,
}

/// What the rows of a region are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// One a number of samples drawn: a vote for a third answer, or none, is one less that the two can still get.
    ByDrawn,
    /// A single one: the region knows the two answers' votes only.
    ByPair,
}

/// Builds the regions of one N.
pub struct Family {
    most: usize,
    shape: Shape,
    overtaking: Overtaking,
}

impl Family {
    pub fn new(most: usize, shape: Shape) -> Self {
        Self {
            most,
            shape,
            overtaking: Overtaking::new(most),
        }
    }

    /// The states whose score is at most `bound`, for a bound ≥ 0. Regions grow with the bound; that of 0 holds the
    /// states in which the leader cannot be caught.
    pub fn region(&self, bound: f64) -> Region {
        let mut bars = Vec::new();
        match self.shape {
            Shape::ByDrawn => {
                for drawn in 0..=self.most {
                    self.add_row(&mut bars, drawn, |_, _| drawn, bound);
                }
            }
            Shape::ByPair => self.add_row(&mut bars, self.most, |x, y| x + y, bound),
        }
        Region {
            most: self.most,
            shape: self.shape,
            bars,
        }
    }

    /// Adds the bars of leaders with 0 to `largest` votes; `drawn` tells how many samples two counts stand for.
    fn add_row(
        &self,
        bars: &mut Vec<u16>,
        largest: usize,
        drawn: impl Fn(usize, usize) -> usize,
        bound: f64,
    ) {
        let mut bar = 0;
        for x in 0..=largest {
            while bar < x && x + bar <= largest && self.score(drawn(x, bar), x, bar) <= bound {
                bar += 1;
            }
            bars.push(bar as u16);
        }
    }

    fn score(&self, drawn: usize, x: usize, y: usize) -> f64 {
        self.overtaking.chance(x, y, self.most - drawn)
    }
}

impl Region {
    pub fn most(&self) -> usize {
        self.most
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The bars after `drawn` samples, by votes of the leader from 0 to at least `drawn`.
    pub fn row(&self, drawn: usize) -> &[u16] {
        match self.shape {
            Shape::ByDrawn => &self.bars[drawn * (drawn + 1) / 2..][..=drawn],
            Shape::ByPair => &self.bars,
        }
    }

    /// Whether the state is in the region, for x + y ≤ `drawn` ≤ N.
    pub fn contains(&self, drawn: usize, x: usize, y: usize) -> bool {
        y < usize::from(self.row(drawn)[x])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: [Shape; 2] = [Shape::ByDrawn, Shape::ByPair];

    #[test]
    fn grows_with_the_bound_and_never_shrinks_with_the_leader() {
        for shape in SHAPES {
            let family = Family::new(40, shape);
            let regions = [0.0, 1e-3, 0.05, 0.4].map(|bound| family.region(bound));
            for pair in regions.windows(2) {
                assert!(
                    pair[0]
                        .bars
                        .iter()
                        .zip(&pair[1].bars)
                        .all(|(small, large)| small <= large)
                );
            }
            for region in regions {
                for drawn in 0..=40 {
                    assert!(region.row(drawn).is_sorted());
                    assert!((0..=drawn).all(|x| usize::from(region.row(drawn)[x]) <= x));
                }
            }
        }
    }

    #[test]
    fn without_a_bound_stops_where_nothing_can_change() {
        let region = Family::new(12, Shape::ByDrawn).region(0.0);
        for drawn in 1..=12 {
            for x in 1..=drawn {
                for y in 0..x.min(drawn - x + 1) {
                    assert_eq!(
                        region.contains(drawn, x, y),
                        x - y > 12 - drawn,
                        "{x}-{y} of {drawn}"
                    );
                }
            }
        }
    }
}
