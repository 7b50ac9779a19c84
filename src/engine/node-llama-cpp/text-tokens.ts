import type { LlamaModel, Token } from 'node-llama-cpp';

/** Plain text that continues other text: no special tokens, no space that the vocabulary would put in front. */
export function textTokens(model: LlamaModel, text: string): Token[] {
  return model.tokenize(text, false, 'trimLeadingSpace');
}
