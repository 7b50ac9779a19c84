//! The cut at a stop text, across the borders of tokens.

/// Turns the growing text of a branch into deltas that are final: text that might be the start of a stop text is held
/// back, and from a stop text on nothing is passed.
///
/// The stop text that is complete first wins, as it does when text arrives character by character; of several that are
/// complete at the same character, the one that began first. So the output does not depend on how the text is split,
/// and a branch never draws tokens only to see whether a longer stop text is under way.
#[derive(Debug, Clone)]
pub struct StopText {
    stops: Vec<String>,
    held: String,
    stopped: bool,
}

impl StopText {
    /// Watches for `stops`; an empty one is ignored.
    pub fn new(stops: Vec<String>) -> Self {
        let stops = stops.into_iter().filter(|stop| !stop.is_empty()).collect();
        Self {
            stops,
            held: String::new(),
            stopped: false,
        }
    }

    /// True once a stop text was seen.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// Adds `text` and returns what became final.
    pub fn push(&mut self, text: &str) -> String {
        if self.stopped {
            return String::new();
        }
        self.held.push_str(text);
        let ends = self
            .stops
            .iter()
            .filter_map(|stop| self.held.find(stop).map(|at| (at + stop.len(), at)));
        if let Some((_, at)) = ends.min() {
            self.stopped = true;
            self.held.truncate(at);
            return std::mem::take(&mut self.held);
        }
        let kept = self
            .stops
            .iter()
            .map(|stop| overlap(&self.held, stop))
            .max()
            .unwrap_or(0);
        let held = self.held.split_off(self.held.len() - kept);
        std::mem::replace(&mut self.held, held)
    }

    /// What was still held back when the branch ended for another reason.
    pub fn flush(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

/// Bytes of the longest end of `text` that is a proper start of `target`: always whole characters.
pub(crate) fn overlap(text: &str, target: &str) -> usize {
    let longest = text.len().min(target.len().saturating_sub(1));
    (1..=longest)
        .rev()
        .find(|&length| text.as_bytes().ends_with(&target.as_bytes()[..length]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::StopText;
    use proptest::prelude::*;

    fn watch(stops: &[&str]) -> StopText {
        StopText::new(stops.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_stop_text_across_pieces_is_cut_and_nothing_after_it_passes() {
        let mut stop = watch(&["END"]);
        let passed = ["ab E", "N", "D more", "x"].map(|piece| stop.push(piece));
        assert_eq!(passed, ["ab ", "", "", ""]);
        assert_eq!(stop.flush(), "");
        assert!(stop.stopped());
    }

    #[test]
    fn text_that_only_began_like_a_stop_text_is_passed_on() {
        let mut stop = watch(&["END"]);
        assert_eq!([stop.push("EN"), stop.push("E"), stop.flush()], ["", "EN", "E"]);
        assert!(!stop.stopped());
    }

    #[test]
    fn the_earliest_stop_text_wins() {
        assert_eq!(watch(&["two", "one"]).push("0 one two"), "0 ");
        assert_eq!(watch(&["bc", "abc"]).push("xabc"), "x");
        assert_eq!(watch(&["abcd", "bc"]).push("xabcd"), "xa");
    }

    #[test]
    fn characters_of_several_bytes_are_never_cut() {
        let mut stop = watch(&["→é"]);
        assert_eq!(
            [stop.push("a→"), stop.push("è→"), stop.push("é!")],
            ["a", "→è", ""]
        );
    }

    #[test]
    fn without_stop_texts_everything_passes_at_once() {
        let mut stop = watch(&[""]);
        assert_eq!(stop.push("abc"), "abc");
        assert!(!stop.stopped());
    }

    /// The cut by definition: the shortest start of `text` that ends with a stop text.
    fn cut<'a>(text: &'a str, stops: &[String]) -> Option<&'a str> {
        let ends = text
            .char_indices()
            .map(|(at, character)| at + character.len_utf8());
        ends.filter_map(|end| {
            stops
                .iter()
                .filter_map(|stop| text[..end].strip_suffix(stop))
                .min_by_key(|start| start.len())
        })
        .next()
    }

    proptest! {
        #[test]
        fn equals_the_cut_of_the_whole_however_it_is_split(
            text in "[abé]{0,40}",
            stops in prop::collection::vec("[abé]{1,4}", 0..4),
            sizes in prop::collection::vec(0usize..5, 0..40),
        ) {
            let mut stop = StopText::new(stops.clone());
            let mut passed = String::new();
            let mut rest = text.chars();
            for size in sizes {
                passed += &stop.push(&rest.by_ref().take(size).collect::<String>());
            }
            passed += &stop.push(rest.as_str());
            passed += &stop.flush();
            let cut = cut(&text, &stops);
            prop_assert_eq!(stop.stopped(), cut.is_some());
            prop_assert_eq!(passed, cut.unwrap_or(&text));
        }
    }
}
