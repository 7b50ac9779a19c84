import { z } from 'zod';
import { hasAnswers, poolResult, wholeTexts } from './answer-pool.js';
import { Calls } from './calls.js';
import { noAnswer } from './fallback.js';
import { genSelectOptions, selectBest, selectionReserve } from './selection.js';
import { drawSparing } from './sparing-draw.js';
import { stoppingBy, stopSchema } from './stopping.js';
import { defineStrategy } from './strategy.js';

/**
 * The model reads the samples and names the best, see {@link selectBest}. It reads texts, so that where no answer can be
 * extracted the answer is the whole text of the one it names.
 */
export const genSelect = defineStrategy({
  schema: z.strictObject({ kind: z.literal('gen-select'), ...genSelectOptions, stop: stopSchema }),
  summary: 'The model reads the samples, a window at a time, and names the best.',
  source: 'Moshkov et al. 2025, arXiv 2504.16891',
  cost: 'P + N·T + ⌈(N−1)/(window−1)⌉·(P + window·T + T)',
  create: ({ stop, ...options }) => ({
    kind: 'gen-select',
    verifier: null,
    estimator: 'none',
    maxSamples: null,
    models: [],
    async run(context) {
      const reserve = await selectionReserve(context, options);
      const stopping = await stoppingBy(stop, context, context.samples);
      const pool = await drawSparing(context, context.samples, { reserve, stopping });
      const isOpen = pool.finished.length > 0 && !hasAnswers(pool);
      const calls = new Calls(context);
      const { candidates, note } = await selectBest(
        context,
        calls,
        isOpen ? wholeTexts(pool) : pool,
        options,
      );
      const notes = [isOpen ? `${noAnswer}: the choice was among whole texts` : null, note];
      const fallback = notes.filter((it) => it !== null).join('; ');
      return poolResult(pool, isOpen ? candidates.slice(0, 1) : candidates, {
        calls: calls.made,
        fallback: fallback === '' ? null : fallback,
        ...(calls.stopReason !== 'samples' && { stopReason: calls.stopReason }),
      });
    },
  }),
});
