//! A round trip of text through a loaded vocabulary: it shows wrong token types, lengths and flags in the calls that every
//! request starts and ends with.

use std::ffi::c_char;

use crate::bindings::llama::{LlamaLibrary, llama_token, llama_token_attr, llama_vocab, llama_vocab_type};
use crate::load::error::LoadError;
use crate::load::library::Library;

/// Spaces, line ends, accents, an emoji with a modifier, and CJK. No text holds a space before a full stop, comma,
/// apostrophe, question or exclamation mark: some vocabularies drop those on purpose.
const TEXTS: [&str; 7] = [
    "The quick brown fox jumps over the lazy dog.",
    "  two spaces,   three spaces, and a\ttab",
    "line one\nline two\n\n  an indented line\n",
    "f(x) = 3*x + 42; // 100%",
    "Überraschung: naïve façade, coöperación",
    "thumbs up 👍🏽 and a rocket 🚀",
    "推理时间的计算。ひらがなとカタカナ 한국어",
];

/// How a vocabulary passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoundTrip {
    /// Text came back equal, wherever the vocabulary has tokens for it; the number of texts that were compared.
    Equal(usize),
    /// The vocabulary changes text by design; the reason.
    Excused(&'static str),
}

/// Tokenises and detokenises fixed texts and compares what comes back.
///
/// A leading space that the vocabulary adds is no difference, and a text with a character for which the vocabulary has
/// only its unknown token is not compared. BERT's WordPiece and T5's unigram vocabularies normalise text (case, accents,
/// compatibility forms, runs of spaces) and are excused, and so are models without a vocabulary.
///
/// # Errors
/// [`LoadError::RoundTrip`] with the first text that differs and what came back.
///
/// # Safety
/// `vocab` belongs to a model that `library` loaded and that outlives the call.
pub(crate) unsafe fn round_trip(
    library: &Library,
    vocab: *const llama_vocab,
) -> Result<RoundTrip, LoadError> {
    let llama = &library.llama;
    // SAFETY: the caller's promise.
    match unsafe { llama.llama_vocab_type(vocab) } {
        llama_vocab_type::LLAMA_VOCAB_TYPE_NONE => {
            return Ok(RoundTrip::Excused("the model has no vocabulary"));
        }
        llama_vocab_type::LLAMA_VOCAB_TYPE_WPM => return Ok(RoundTrip::Excused("WordPiece normalises text")),
        llama_vocab_type::LLAMA_VOCAB_TYPE_UGM => {
            return Ok(RoundTrip::Excused("unigram models normalise text"));
        }
        _ => {}
    }
    // SAFETY: the caller's promise.
    match unsafe { compare(llama, vocab, &TEXTS)? } {
        0 => Ok(RoundTrip::Excused(
            "the vocabulary has no tokens for any of the texts",
        )),
        compared => Ok(RoundTrip::Equal(compared)),
    }
}

/// The number of texts that could be compared and came back equal.
///
/// # Safety
/// As for [`round_trip`].
unsafe fn compare(
    llama: &LlamaLibrary,
    vocab: *const llama_vocab,
    texts: &[&'static str],
) -> Result<usize, LoadError> {
    let mut compared = 0;
    for &text in texts {
        // SAFETY: the caller's promise.
        let tokens = unsafe { tokenise(llama, vocab, text)? };
        // SAFETY: the caller's promise, and the tokens came from this vocabulary.
        if unsafe { has_unknown(llama, vocab, &tokens) } {
            continue;
        }
        // SAFETY: as above.
        let found = unsafe { detokenise(llama, vocab, &tokens, text)? };
        if found != text && found.strip_prefix(' ') != Some(text) {
            return Err(LoadError::RoundTrip { text, found });
        }
        compared += 1;
    }
    Ok(compared)
}

/// # Safety
/// As for [`round_trip`].
unsafe fn tokenise(
    llama: &LlamaLibrary,
    vocab: *const llama_vocab,
    text: &'static str,
) -> Result<Vec<llama_token>, LoadError> {
    // A token stands for at least one byte, and one more may stand for a space that is put in front.
    let mut tokens = vec![0; text.len() + 1];
    // SAFETY: pointers and lengths belong to a string and a vector that outlive the call, and both lengths are below 2^31.
    let count = unsafe {
        llama.llama_tokenize(
            vocab,
            text.as_ptr().cast::<c_char>(),
            text.len() as i32,
            tokens.as_mut_ptr(),
            tokens.len() as i32,
            false,
            false,
        )
    };
    let Some(count) = usize::try_from(count).ok().filter(|count| *count <= tokens.len()) else {
        return Err(LoadError::RoundTrip {
            text,
            found: format!("{} tokens", i64::from(count).abs()),
        });
    };
    tokens.truncate(count);
    Ok(tokens)
}

/// # Safety
/// As for [`round_trip`]; every token is in the vocabulary.
unsafe fn has_unknown(llama: &LlamaLibrary, vocab: *const llama_vocab, tokens: &[llama_token]) -> bool {
    tokens.iter().any(|&token| {
        // SAFETY: the caller's promise.
        let attributes = unsafe { llama.llama_vocab_get_attr(vocab, token) };
        attributes & llama_token_attr::LLAMA_TOKEN_ATTR_UNKNOWN != 0
    })
}

/// # Safety
/// As for [`has_unknown`].
unsafe fn detokenise(
    llama: &LlamaLibrary,
    vocab: *const llama_vocab,
    tokens: &[llama_token],
    text: &'static str,
) -> Result<String, LoadError> {
    let mut bytes = vec![0_u8; 4 * text.len() + 16];
    // SAFETY: pointers and lengths belong to vectors that outlive the call, and both lengths are below 2^31.
    let length = unsafe {
        llama.llama_detokenize(
            vocab,
            tokens.as_ptr(),
            tokens.len() as i32,
            bytes.as_mut_ptr().cast::<c_char>(),
            bytes.len() as i32,
            false,
            false,
        )
    };
    let Some(length) = usize::try_from(length)
        .ok()
        .filter(|length| *length <= bytes.len())
    else {
        return Err(LoadError::RoundTrip {
            text,
            found: format!("{} bytes", i64::from(length).abs()),
        });
    };
    bytes.truncate(length);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::load::installed::{self, Scratch};

    /// The vocabularies of llama.cpp's own tests, out of node-llama-cpp's git bundle.
    struct Vocabularies(Scratch);

    impl Vocabularies {
        fn new() -> Self {
            let scratch = Scratch::empty();
            let bundle = "../../node_modules/node-llama-cpp/llama/gitRelease.bundle";
            let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join(bundle);
            let mut clone = Command::new("git");
            clone
                .args(["clone", "--quiet", "--bare"])
                .arg(bundle)
                .arg(&scratch.folder);
            assert!(clone.status().expect("git is installed").success());
            Self(scratch)
        }

        /// Loads a vocabulary and hands it to the check.
        fn with<T>(&self, name: &str, check: impl FnOnce(&'static Library, *const llama_vocab) -> T) -> T {
            let file = format!("ggml-vocab-{name}.gguf");
            let mut show = Command::new("git");
            show.arg("-C")
                .arg(&self.0.folder)
                .args(["show", &format!("HEAD:models/{file}")]);
            let output = show.output().expect("git is installed");
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            let path = self.0.folder.join(file);
            std::fs::write(&path, output.stdout).expect("a writable folder");
            let path = CString::new(path.to_str().expect("a plain path")).expect("a plain path");

            let library = installed::library();
            // SAFETY: the path is zero-terminated and the parameters are the library's own; the model outlives the check
            // of its vocabulary and is freed once.
            unsafe {
                let mut params = library.llama.llama_model_default_params();
                params.vocab_only = true;
                let model = library.llama.llama_model_load_from_file(path.as_ptr(), params);
                assert!(!model.is_null(), "{name}: {:?}", Library::last_errors());
                let outcome = check(library, library.llama.llama_model_get_vocab(model));
                library.llama.llama_model_free(model);
                outcome
            }
        }
    }

    #[test]
    fn vocabularies_give_text_back_or_are_excused_with_the_reason() {
        let vocabularies = Vocabularies::new();
        let cases = [
            ("gpt-2", RoundTrip::Equal(TEXTS.len())),
            ("falcon", RoundTrip::Equal(TEXTS.len())),
            ("llama-spm", RoundTrip::Equal(TEXTS.len())),
            ("phi-3", RoundTrip::Equal(TEXTS.len())),
            ("bert-bge", RoundTrip::Excused("WordPiece normalises text")),
            (
                "nomic-bert-moe",
                RoundTrip::Excused("unigram models normalise text"),
            ),
        ];
        for (name, expected) in cases {
            // SAFETY: the vocabulary's model is alive and came from this library.
            let outcome = vocabularies.with(name, |library, vocab| unsafe { round_trip(library, vocab) });
            assert_eq!(outcome.ok(), Some(expected), "{name}");
        }
    }

    #[test]
    fn a_difference_is_refused_with_what_came_back() {
        // GPT-2's entry in llama.cpp asks for a clean-up of spaces before punctuation.
        let sentence = Vocabularies::new().with("gpt-2", |library, vocab| {
            // SAFETY: the vocabulary's model is alive and came from this library.
            let outcome = unsafe { compare(&library.llama, vocab, &["plain", "spaced , out"]) };
            outcome.map_err(|error| error.to_string())
        });
        let expected =
            r#"the vocabulary turned "spaced , out" into "spaced, out" on the way through its tokens"#;
        assert_eq!(sentence, Err(expected.to_owned()));
    }
}
