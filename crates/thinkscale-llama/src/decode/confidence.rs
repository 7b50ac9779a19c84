use std::collections::VecDeque;

/// The mean confidence of a row's last tokens (group confidence of DeepConf, Fu et al. 2025, arXiv 2508.15260, eq. 3).
pub(super) struct ConfidenceWindow {
    length: usize,
    values: VecDeque<f32>,
    sum: f64,
}

impl ConfidenceWindow {
    pub fn new(length: usize) -> Self {
        Self { length: length.max(1), values: VecDeque::new(), sum: 0.0 }
    }

    /// Adds a token's confidence and returns the mean.
    pub fn push(&mut self, confidence: f32) -> f32 {
        self.values.push_back(confidence);
        self.sum += f64::from(confidence);
        if self.values.len() > self.length {
            self.sum -= self.values.pop_front().map_or(0.0, f64::from);
        }
        (self.sum / self.values.len() as f64) as f32
    }

    /// Forgets the last token; one that it had pushed out of the window does not come back.
    pub fn take_back(&mut self) {
        self.sum -= self.values.pop_back().map_or(0.0, f64::from);
    }
}

#[cfg(test)]
mod tests {
    use super::ConfidenceWindow;

    #[test]
    fn the_mean_is_of_the_last_tokens() {
        let mut window = ConfidenceWindow::new(3);
        let means: Vec<f32> = [3.0, 5.0, 1.0, 9.0, 2.0].map(|value| window.push(value)).to_vec();
        assert_eq!(means, [3.0, 4.0, 3.0, 5.0, 4.0]);
        window.take_back();
        assert_eq!(window.push(2.0), 4.0);
    }
}
