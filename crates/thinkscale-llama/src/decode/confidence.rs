/// How the confidence of a row is watched.
#[derive(Debug, Clone, Copy)]
pub struct ConfidenceWatch {
    /// Tokens over which confidences are averaged, at least 1.
    pub window: usize,
    /// Mean of a full window below which the row ends; none does without it (DeepConf online, section 4.2).
    pub floor: Option<f32>,
}

/// The mean confidence of a row's last drawn tokens (group confidence of DeepConf, Fu et al. 2025, arXiv 2508.15260,
/// eq. 3).
pub(super) struct ConfidenceWindow {
    length: usize,
    values: Vec<f32>,
    /// Of the last `length` values.
    sum: f64,
}

impl ConfidenceWindow {
    pub fn new(length: usize) -> Self {
        Self {
            length: length.max(1),
            values: Vec::new(),
            sum: 0.0,
        }
    }

    /// Adds a token's confidence and returns the mean.
    pub fn push(&mut self, confidence: f32) -> f32 {
        self.values.push(confidence);
        self.sum += f64::from(confidence) - self.before_window();
        self.mean()
    }

    /// The mean; NaN of no token.
    pub fn mean(&self) -> f32 {
        (self.sum / self.values.len().min(self.length) as f64) as f32
    }

    /// Whether a full window's mean is below `floor`.
    pub fn is_below(&self, floor: f32) -> bool {
        self.values.len() >= self.length && self.mean() < floor
    }

    /// Forgets the last token.
    pub fn take_back(&mut self) {
        self.sum += self.before_window();
        self.sum -= self.values.pop().map_or(0.0, f64::from);
    }

    /// The value that the last one pushed out of the window.
    fn before_window(&self) -> f64 {
        let at = self.values.len().checked_sub(self.length + 1);
        at.and_then(|at| self.values.get(at))
            .copied()
            .map_or(0.0, f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::ConfidenceWindow;

    #[test]
    fn the_mean_is_of_the_last_tokens() {
        let mut window = ConfidenceWindow::new(3);
        assert!(window.mean().is_nan());
        let means = [3.0, 5.0, 1.0, 9.0, 2.0].map(|value| window.push(value));
        assert_eq!(means, [3.0, 4.0, 3.0, 5.0, 4.0]);
        window.take_back();
        assert_eq!(window.mean(), 5.0);
        window.take_back();
        window.take_back();
        assert_eq!([window.mean(), window.push(7.0)], [4.0, 5.0]);
    }

    #[test]
    fn only_a_full_window_is_below_a_floor() {
        let mut window = ConfidenceWindow::new(2);
        let below = [1.0, 2.0, 3.0].map(|value| {
            window.push(value);
            window.is_below(2.0)
        });
        assert_eq!(below, [false, true, false]);
    }
}
