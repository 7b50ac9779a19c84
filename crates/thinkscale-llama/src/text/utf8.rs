//! Whole characters out of the bytes of tokens, which may end inside a character.

/// Decodes a growing byte string. Whatever the split, the concatenation of all pushes and of the flush equals
/// [`String::from_utf8_lossy`] of the whole: each maximal invalid part becomes one U+FFFD (Unicode 16, section 3.9,
/// "U+FFFD substitution of maximal subparts").
#[derive(Debug, Clone, Default)]
pub struct Utf8Stream {
    /// At most three bytes: the start of a character whose end has not arrived.
    incomplete: Vec<u8>,
}

impl Utf8Stream {
    /// A stream that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `bytes` and returns the text that became complete; an incomplete sequence at the end is held.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.incomplete.extend_from_slice(bytes);
        let joined = std::mem::take(&mut self.incomplete);
        let mut complete = String::with_capacity(joined.len());
        let mut rest = joined.as_slice();
        for chunk in joined.utf8_chunks() {
            complete.push_str(chunk.valid());
            rest = &rest[chunk.valid().len()..];
            if chunk.invalid().is_empty() {
                break;
            }
            if chunk.invalid().len() == rest.len() && is_incomplete(rest) {
                self.incomplete = rest.to_vec();
                break;
            }
            complete.push(char::REPLACEMENT_CHARACTER);
            rest = &rest[chunk.invalid().len()..];
        }
        complete
    }

    /// What was still held when the bytes ended: U+FFFD for an incomplete character, else nothing.
    pub fn flush(&mut self) -> String {
        let held = std::mem::take(&mut self.incomplete);
        String::from_utf8_lossy(&held).into_owned()
    }

    /// Whether the start of a character is held.
    pub fn pending(&self) -> bool {
        !self.incomplete.is_empty()
    }
}

/// Whether more bytes could still make a character of `bytes`.
fn is_incomplete(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::Utf8Stream;
    use proptest::prelude::*;

    #[test]
    fn a_character_over_three_tokens_appears_when_its_last_byte_arrives() {
        let mut stream = Utf8Stream::new();
        let [first, second, third, fourth] = *"🦙".as_bytes() else {
            unreachable!()
        };
        assert_eq!(stream.push(&[b'a', first]), "a");
        assert!(stream.pending());
        assert_eq!(stream.push(&[second, third]), "");
        assert_eq!(stream.push(&[fourth, b'b']), "🦙b");
        assert!(!stream.pending());
        assert_eq!(stream.flush(), "");
    }

    #[test]
    fn an_invalid_byte_is_replaced_at_once_and_a_cut_character_at_the_flush() {
        let mut stream = Utf8Stream::new();
        assert_eq!(stream.push(b"a\xff"), "a\u{fffd}");
        assert!(!stream.pending());
        assert_eq!(stream.push(b"\xe2\x82"), "");
        assert_eq!(stream.push(b"c"), "\u{fffd}c");
        assert_eq!(stream.push(b"\xe2\x82"), "");
        assert_eq!(stream.flush(), "\u{fffd}");
        assert!(!stream.pending());
        assert_eq!(stream.flush(), "");
    }

    /// Bytes that are often the start, the middle or an illegal part of a character.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<char>().prop_map(|character| character.to_string().into_bytes()),
            any::<u8>().prop_map(|byte| vec![byte]),
            prop::sample::select(vec![0xe0u8, 0xed, 0xf0, 0xf4, 0x80, 0x9f, 0xa0, 0xbf])
                .prop_map(|byte| vec![byte]),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn equals_the_lossy_whole_however_it_is_split(
            bytes in bytes(),
            sizes in prop::collection::vec(0usize..5, 0..40),
        ) {
            let mut stream = Utf8Stream::new();
            let mut text = String::new();
            let mut rest = bytes.as_slice();
            for size in sizes {
                let (piece, after) = rest.split_at(size.min(rest.len()));
                text += &stream.push(piece);
                rest = after;
            }
            text += &stream.push(rest);
            text += &stream.flush();
            prop_assert_eq!(text, String::from_utf8_lossy(&bytes));
        }
    }
}
