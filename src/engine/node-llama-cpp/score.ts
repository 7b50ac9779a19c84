import type { ControlledEvaluateInputItem, LlamaContextSequence, Token } from 'node-llama-cpp';
import type { LlamaBranch, SequencePool } from './sequence-pool.js';

/**
 * The public interface returns the whole vocabulary's probabilities for each token (about 50,000 entries); a few tokens
 * at a time keep that within some megabytes.
 */
const tokensAtOnce = 8;

/**
 * Log-probabilities of `tokens` after the branch, under the model's own distribution. The branch is used up. Nothing that
 * holds is returned where it was cancelled.
 */
export async function scoreTokens(
  pool: SequencePool,
  branch: LlamaBranch,
  tokens: Token[],
  isCancelled: () => boolean,
): Promise<Float32Array> {
  const scores = new Float32Array(tokens.length);
  const score = async (sequence: LlamaContextSequence, pending: Token[]): Promise<void> => {
    // The distribution of token i comes with the evaluation of the token before it.
    const inputs = [...pending, ...tokens.slice(0, -1)];
    const firstScored = pending.length - 1;
    for (let start = 0; start < inputs.length && !isCancelled(); start += tokensAtOnce) {
      const items = inputs
        .slice(start, start + tokensAtOnce)
        .map((token, offset): ControlledEvaluateInputItem => {
          return start + offset < firstScored ? token : [token, { generateNext: { probabilities: true } }];
        });
      const outputs = await sequence.controlledEvaluate(items);
      for (const [offset, output] of outputs.entries()) {
        const at = start + offset - firstScored;
        const scored = tokens[at];
        if (scored === undefined) continue;
        scores[at] = Math.log(output?.next.probabilities?.get(scored) ?? 0);
      }
    }
  };
  await pool.use(branch, score, { isCancelled });
  return scores;
}
