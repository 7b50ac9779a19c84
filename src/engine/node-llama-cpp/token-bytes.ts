import type { LlamaModel, Token } from 'node-llama-cpp';

/**
 * GPT-2's vocabulary of bytes spells each as a character: itself where that is printable in Latin-1, the others in order from
 * U+0100 on.
 */
const byteOf = new Map<number, number>();
let others = 0x100;
for (let byte = 0; byte < 0x100; byte++) {
  const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  byteOf.set(isPrintable ? byte : others++, byte);
}

/**
 * What each token writes, in UTF-8; nothing for a special token. node-llama-cpp makes text of tokens, which loses a part of a
 * character: its bytes are read from the spelling in the vocabulary.
 */
export function tokenBytes(model: LlamaModel, tokens: Int32Array): Uint8Array[] {
  // A vocabulary that drops a space at the start of a text keeps it after a line break.
  const before = model.tokenize('\n');
  const spellings = model.fileInfo.metadata.tokenizer.ggml.tokens;
  return Array.from(tokens, (token) => {
    const text = model.detokenize([token as Token], false, before);
    const bytes = text.includes('\uFFFD') ? spelledBytes(spellings[token] ?? '') : null;
    return bytes ?? new TextEncoder().encode(text);
  });
}

/** The bytes that a token's spelling stands for, or null if it is plain text. */
function spelledBytes(spelling: string): Uint8Array | null {
  const [, hexadecimal] = spelling.match(/^<0x([0-9A-F]{2})>$/) ?? [];
  if (hexadecimal !== undefined) return Uint8Array.of(Number.parseInt(hexadecimal, 16));
  const bytes = Array.from(spelling, (character) => byteOf.get(character.codePointAt(0) ?? -1));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : null;
}
