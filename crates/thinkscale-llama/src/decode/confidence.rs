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
}
