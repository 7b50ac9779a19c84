use super::{Model, Token};

impl Model {
    /// The tokens of `text`. `special` reads spellings of special tokens as these tokens; otherwise they are plain text.
    #[must_use]
    pub fn tokenize(&self, text: &str, special: bool) -> Vec<Token> {
        self.tokens_of(text, false, special)
    }

    /// The tokens of a whole text with the start and end tokens that the vocabulary wants.
    #[must_use]
    pub fn tokenize_document(&self, text: &str) -> Vec<Token> {
        self.tokens_of(text, true, false)
    }

    /// The tokens of a query and a document as a ranking head reads them: start, query, end, separator, document, end.
    #[must_use]
    pub fn tokenize_pair(&self, query: &str, document: &str) -> Vec<Token> {
        let api = &self.library.llama;
        // SAFETY: each reads a number of a living vocabulary.
        let (end, separator, adds_end, adds_separator) = unsafe {
            let vocab = self.vocab.as_ptr();
            (
                api.llama_vocab_eos(vocab),
                api.llama_vocab_sep(vocab),
                api.llama_vocab_get_add_eos(vocab),
                api.llama_vocab_get_add_sep(vocab),
            )
        };
        let end = if end < 0 { separator } else { end };
        let some = |wanted: bool, token: Token| (wanted && token >= 0).then_some(token);
        let mut tokens: Vec<Token> = self.start_token().into_iter().collect();
        tokens.extend(self.tokenize(query, false));
        tokens.extend(some(adds_end, end));
        tokens.extend(some(adds_separator, separator));
        tokens.extend(self.tokenize(document, false));
        tokens.extend(some(adds_end, end));
        tokens
    }

    fn tokens_of(&self, text: &str, document: bool, special: bool) -> Vec<Token> {
        let length = i32::try_from(text.len()).unwrap_or(i32::MAX);
        let mut tokens = vec![0; text.len() + 8];
        loop {
            let room = i32::try_from(tokens.len()).unwrap_or(i32::MAX);
            // SAFETY: text and tokens are valid for the lengths given; the library writes at most `room` tokens.
            let count = unsafe {
                self.library.llama.llama_tokenize(
                    self.vocab.as_ptr(),
                    text.as_ptr().cast(),
                    length,
                    tokens.as_mut_ptr(),
                    room,
                    document,
                    special,
                )
            };
            let needed = count.unsigned_abs() as usize;
            if count >= 0 || needed <= tokens.len() {
                tokens.truncate(needed);
                return tokens;
            }
            tokens.resize(needed, 0);
        }
    }

    /// The tokens of text that continues other text: without the space that some vocabularies put in front.
    #[must_use]
    pub fn tokenize_continuation(&self, text: &str, special: bool) -> Vec<Token> {
        let tokens = self.tokenize(text, special);
        if !self.starts_with_added_space(&tokens, text) {
            return tokens;
        }
        // After a line break such a vocabulary adds nothing.
        let lead = self.tokenize("\n", false);
        let whole = self.tokenize(&format!("\n{text}"), special);
        match whole.strip_prefix(lead.as_slice()) {
            Some(rest) => rest.to_vec(),
            None => tokens,
        }
    }

    fn starts_with_added_space(&self, tokens: &[Token], text: &str) -> bool {
        let Some(&first) = tokens.first() else {
            return false;
        };
        let mut piece = Vec::new();
        self.piece(first, false, &mut piece);
        let spaces = |bytes: &[u8]| bytes.iter().take_while(|&&byte| byte == b' ').count();
        spaces(&piece) > spaces(text.as_bytes())
    }

    /// Adds the bytes of `token` to `bytes`; those of a control token only if `special`.
    pub fn piece(&self, token: Token, special: bool, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        let mut room = 32;
        loop {
            bytes.resize(start + room, 0);
            // SAFETY: the buffer is writable for `room` bytes from `start`.
            let length = unsafe {
                self.library.llama.llama_token_to_piece(
                    self.vocab.as_ptr(),
                    token,
                    bytes.as_mut_ptr().add(start).cast(),
                    i32::try_from(room).unwrap_or(i32::MAX),
                    0,
                    special,
                )
            };
            let needed = length.unsigned_abs() as usize;
            if length >= 0 || needed <= room {
                bytes.truncate(start + needed.min(room));
                return;
            }
            room = needed;
        }
    }

    /// The text of `tokens`, special tokens spelled out if `special`.
    #[must_use]
    pub fn detokenize(&self, tokens: &[Token], special: bool) -> String {
        let mut bytes = Vec::new();
        for &token in tokens {
            self.piece(token, special, &mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
