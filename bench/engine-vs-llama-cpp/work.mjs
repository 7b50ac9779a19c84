/**
 * What each peer is to do: evaluate `prompts` prompts of `promptTokens` tokens and draw `samples` samples of `newTokens`
 * tokens, either all of one prompt or each of its own.
 * @typedef {{ name: string, shared: boolean, samples: number, promptTokens: number, newTokens: number }} Work
 */

/** @returns {Work} samples of one prompt */
export function samplesOfOnePrompt(samples, promptTokens, newTokens) {
  return { name: `${samples} of one prompt`, shared: true, samples, promptTokens, newTokens };
}

/** @returns {Work} prompts that have nothing in common, one sample each */
export function unrelatedPrompts(samples, newTokens) {
  return { name: `${samples} unrelated prompts`, shared: false, samples, promptTokens: 1000, newTokens };
}

/** Tokens that one branch holds in the end, with some room. */
export const branchLength = ({ promptTokens, newTokens }) => promptTokens + newTokens + 8;

/** Cells for all branches that share their prompt, with some room. */
export const sharedCells = ({ promptTokens, newTokens, samples }) =>
  promptTokens + (newTokens + 32) * samples;

/** The first ordinary tokens of a vocabulary are bytes and special tokens. */
const firstWord = 300;

/**
 * Prompt `number` as `length` tokens out of `story`: so even that a model goes on with it instead of ending. Prompts of
 * different numbers differ in their first token, so nothing of one can be reused for another.
 */
export function promptOf(story, length, number) {
  const tokens = story.slice(0, length);
  if (tokens.length < length) throw new Error(`Expected a story of ${length} tokens, got ${tokens.length}.`);
  tokens[0] = firstWord + (number % 1000);
  return tokens;
}

/** A text of at least `length` tokens in any vocabulary. */
export function storyText(length) {
  const sentence =
    'The fox went over the hill to see what there was, and it wrote down each thing that it saw. ';
  return sentence.repeat(Math.ceil(length / 10) + 1);
}
