import { z } from 'zod';
import { requireCapability } from '../engine/request-checks.js';
import { reserveTokens } from './choose.js';
import { exhibits, judgeEach, promptLimit, quotedTokens } from './exhibit.js';
import { prompt, questionText } from './judge-prompt.js';
import { defineVerifier } from './verifier.js';

/** More than the tokens that a ranking template puts around the question and the text. */
const delimiters = 8;

/**
 * What a ranking model's head gives each candidate for the question, such as a reranker's relevance or a reward model's
 * reward: any finite number. Each text is ranked by itself, so that its score is the same in every pool.
 */
export const rankingHead = defineVerifier({
  schema: z.strictObject({
    kind: z.literal('ranking-head'),
    /** Name of the ranking model, which needs an engine with the capability `rank`. */
    model: z.string().min(1),
  }),
  summary: 'What the head of a ranking or reward model gives the candidate.',
  source:
    'Nogueira & Cho 2019, arXiv 1901.04085 (reranking); Cobbe et al. 2021, arXiv 2110.14168 (verifier head)',
  cost: 'N·(P + T) of the ranking model',
  create: ({ kind, model }) => ({
    kind,
    oracle: false,
    scope: 'sample',
    models: [model],
    async tokensPerSample(outlook) {
      const ranker = outlook.model(model);
      requireCapability(ranker.info, 'rank');
      const empty = prompt(questionText(outlook.problem));
      const added = quotedTokens(outlook.sampling.maxTokens);
      const limit = await promptLimit(ranker, empty, added, delimiters);
      return reserveTokens(outlook, ranker, limit + delimiters);
    },
    async score(input) {
      const ranker = input.model(model);
      requireCapability(ranker.info, 'rank');
      const query = questionText(input.problem);
      return judgeEach(input, exhibits(input), async ({ text, tokens }) => {
        const limit = await promptLimit(ranker, prompt(query), quotedTokens(tokens), delimiters);
        // As a prompt the two take no fewer tokens than as a query with its document.
        if ((await ranker.promptTokens(prompt(query, text))) > limit) return null;
        return (await ranker.evaluation(input.signal).rank(query, [text]))[0] ?? null;
      });
    },
  }),
});
