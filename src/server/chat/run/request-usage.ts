import type { Spending } from '../../../core/budget.js';
import type { PoolRequest } from '../../../engine/sample-key.js';
import type { Usage } from '../chat-event.js';
import type { WrittenSample } from './transcript.js';

/**
 * What a request cost by the one rule of docs/server.md. The ledgers have the sums, as budgets and records count them; the
 * samples tell what they were for. `promptTokens` + `completionTokens` is all that the ledgers charged.
 */
export function usageOf(
  spent: readonly Spending[],
  written: readonly WrittenSample[],
  delivered: ReadonlySet<WrittenSample>,
  isVote: (pool: PoolRequest) => boolean,
): Usage {
  const charged = (kind: 'promptTokens' | 'sampledTokens' | 'verifierTokens'): number =>
    spent.reduce((sum, spending) => sum + spending[kind], 0);
  const count = (keep: (sample: WrittenSample) => boolean, of = generated): number =>
    written.filter(keep).reduce((sum, sample) => sum + of(sample), 0);
  const verifierTokens = Math.min(
    charged('verifierTokens'),
    count(({ purpose }) => purpose === 'verifier'),
  );
  const answerTokens = count(
    (it) => delivered.has(it),
    ({ answerTokens: own }) => own,
  );
  const reasoningTokens =
    count(
      (it) => delivered.has(it),
      ({ thinkingTokens: own }) => own,
    ) + count((it) => it.purpose === 'sample' && !isVote(it.pool) && !delivered.has(it));
  // Given up samples are charged for what they had cost by then, whatever had been drawn ahead.
  const losingSampleTokens = Math.max(0, charged('sampledTokens') - answerTokens - reasoningTokens);
  return {
    promptTokens: charged('promptTokens') + charged('verifierTokens') - verifierTokens,
    completionTokens: answerTokens + reasoningTokens + losingSampleTokens + verifierTokens,
    answerTokens,
    reasoningTokens,
    losingSampleTokens,
    verifierTokens,
  };
}

/** What a request that was given up had drawn by then: nothing of it was delivered. */
export function usageSoFar(spent: readonly Spending[], written: readonly WrittenSample[]): Usage {
  const drawn = written.filter(({ purpose }) => purpose === 'sample');
  const losingSampleTokens = drawn.reduce((sum, sample) => sum + generated(sample), 0);
  const none = usageOf(spent, written, new Set(), () => true);
  const completionTokens = losingSampleTokens + none.verifierTokens;
  return { ...none, completionTokens, losingSampleTokens };
}

function generated({ answerTokens, thinkingTokens }: WrittenSample): number {
  return answerTokens + thinkingTokens;
}
