//! The last drawn tokens of a row whose text is still undecided.

/// A run of tokens that completed one text: tokens that completed none (the parts of a character), then one that did.
#[derive(Debug, Clone)]
struct Piece {
    blanks: usize,
    bytes: usize,
}

/// The tokens from the one in which the held text starts.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    text: String,
    pieces: Vec<Piece>,
    /// Bytes of `text` that were decided: less than the first piece.
    decided: usize,
    /// Tokens since the last piece; the next piece may complete a character that began in them.
    blanks: usize,
}

impl Window {
    /// Adds a drawn token and the text that it completed.
    pub(super) fn push(&mut self, text: &str) {
        if text.is_empty() {
            self.blanks += 1;
            return;
        }
        self.text.push_str(text);
        self.pieces.push(Piece {
            blanks: std::mem::take(&mut self.blanks),
            bytes: text.len(),
        });
    }

    /// The text that is not decided yet.
    pub(super) fn held(&self) -> &str {
        &self.text[self.decided..]
    }

    /// Text of the first held token that was decided before the held text.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.decided]
    }

    /// Decides the first `bytes` of the held text and returns them.
    pub(super) fn decide(&mut self, bytes: usize) -> String {
        let end = self.decided + bytes;
        let decided = self.text[self.decided..end].to_owned();
        let mut gone = 0;
        let whole = self.pieces.iter().take_while(|piece| {
            let passed = gone + piece.bytes <= end;
            gone += if passed { piece.bytes } else { 0 };
            passed
        });
        let count = whole.count();
        self.pieces.drain(..count);
        self.text.drain(..gone);
        self.decided = end - gone;
        decided
    }

    /// Decides all of the held text and returns it.
    pub(super) fn decide_all(&mut self) -> String {
        self.decide(self.held().len())
    }

    /// Tokens since the last one that completed text.
    pub(super) fn blanks(&self) -> usize {
        self.blanks
    }

    /// Tokens that a tag in the held text or in the next token could reach.
    pub(super) fn tokens(&self) -> usize {
        self.pieces.iter().map(|piece| piece.blanks + 1).sum::<usize>() + self.blanks
    }

    /// Tokens that carry the held text. Blanks before the first count only where that token has decided text, which
    /// they may have begun.
    pub(super) fn carriers(&self) -> usize {
        match self.pieces.first() {
            None => 0,
            Some(first) if self.decided == 0 => self.tokens() - first.blanks,
            Some(_) => self.tokens(),
        }
    }

    /// Forgets every token.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn tokens_leave_the_window_when_all_their_text_is_decided() {
        let mut window = Window::default();
        ["ab", "", "é<", "/"].iter().for_each(|text| window.push(text));
        assert_eq!((window.tokens(), window.carriers()), (4, 4));
        assert_eq!(window.decide(2), "ab");
        assert_eq!(
            (window.held(), window.before(), window.tokens(), window.carriers()),
            ("é</", "", 3, 2)
        );
        assert_eq!(window.decide(2), "é");
        assert_eq!(
            (window.held(), window.before(), window.tokens(), window.carriers()),
            ("</", "é", 3, 3)
        );
        assert_eq!(window.decide_all(), "</");
        window.push("");
        assert_eq!(
            (window.held(), window.before(), window.tokens(), window.carriers()),
            ("", "", 1, 0)
        );
    }
}
