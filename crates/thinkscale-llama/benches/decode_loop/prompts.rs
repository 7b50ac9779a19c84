use thinkscale_llama::model::{Model, Token};

/// The first ordinary tokens of a vocabulary are bytes and special tokens.
const FIRST_WORD: usize = 300;

/// A story so even that a model goes on with it instead of ending, as `length` tokens. Stories of different numbers
/// differ in their first token, so nothing of one can be reused for another.
pub fn story(model: &Model, length: usize, number: usize) -> Vec<Token> {
    let sentence =
        "The fox went over the hill to see what there was, and it wrote down each thing that it saw. ";
    let mut tokens = model.tokenize(&sentence.repeat(length / 10 + 1), false);
    tokens.truncate(length);
    assert_eq!(tokens.len(), length);
    tokens[0] = (FIRST_WORD + number % 1000) as Token;
    tokens
}
