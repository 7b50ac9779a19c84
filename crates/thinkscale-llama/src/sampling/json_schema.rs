use std::sync::Arc;

use llguidance::api::TopLevelGrammar;
use llguidance::{Matcher, ParserFactory};
use serde_json::{Value, json};
use toktrie::{TokEnv, TokRxInfo, TokTrie, TokenId, TokenizerEnv};

use crate::error::LlamaError;
use crate::model::{Model, Token};

use super::constraint::{Constraint, schema_error};

/// Turns JSON schemas into constraints over one model's vocabulary.
pub struct SchemaCompiler {
    factory: ParserFactory,
    model: Arc<Model>,
}

impl SchemaCompiler {
    /// Reads the vocabulary, some tens of milliseconds.
    ///
    /// # Errors
    /// [`LlamaError::Constraint`] if the vocabulary has no end token.
    pub fn new(model: &Arc<Model>) -> Result<Self, LlamaError> {
        let vocabulary: Vec<Token> = (0..model.vocabulary() as Token).collect();
        let end = vocabulary.iter().copied().find(|&token| model.is_end(token));
        let end = end.ok_or_else(|| schema_error(&"the model's vocabulary has no end token"))?;
        let words: Vec<Vec<u8>> = vocabulary.iter().map(|&token| word(model, token)).collect();
        let information = TokRxInfo::new(words.len() as u32, end as TokenId);
        let environment: TokEnv = Arc::new(Vocabulary {
            trie: TokTrie::from(&information, &words),
        });
        let mut factory = ParserFactory::new_simple(&environment).map_err(|error| schema_error(&error))?;
        factory.quiet();
        Ok(Self {
            factory,
            model: Arc::clone(model),
        })
    }

    /// The constraint that the whole text is one JSON value of this schema, with one space after `,` and `:` and no
    /// other white space: a small model could go on with white space for ever.
    ///
    /// # Errors
    /// [`LlamaError::Constraint`] if the schema is not valid, or uses what can't be enforced.
    pub fn compile(&self, schema: &str) -> Result<Constraint, LlamaError> {
        let mut schema: Value = serde_json::from_str(schema).map_err(|error| schema_error(&error))?;
        let Some(object) = schema.as_object_mut() else {
            return Err(schema_error(&"expected an object"));
        };
        let spacing = json!({ "item_separator": ", ", "key_separator": ": ", "whitespace_flexible": false });
        object.insert("x-guidance".to_owned(), spacing);
        let parser = self
            .factory
            .create_parser(TopLevelGrammar::from_json_schema(schema));
        let parser = parser.map_err(|error| schema_error(&error))?;
        Ok(Constraint::Schema(
            Box::new(Matcher::new(Ok(parser))),
            Arc::clone(&self.model),
        ))
    }
}

/// The bytes of a token, marked where they are no text.
fn word(model: &Model, token: Token) -> Vec<u8> {
    let mut bytes = Vec::new();
    model.piece(token, false, &mut bytes);
    if bytes.is_empty() {
        bytes.push(TokTrie::SPECIAL_TOKEN_MARKER);
        model.piece(token, true, &mut bytes);
    }
    bytes
}

struct Vocabulary {
    trie: TokTrie,
}

impl TokenizerEnv for Vocabulary {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, text: &[u8]) -> Vec<TokenId> {
        self.trie.greedy_tokenize(text)
    }

    fn tokenize_is_canonical(&self) -> bool {
        false
    }
}
