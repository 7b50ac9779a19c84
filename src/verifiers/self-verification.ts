import { z } from 'zod';
import { canonicalNumber, extractNumber } from '../answers/number.js';
import type { Message, Problem } from '../core/problem.js';
import { quote } from '../core/quote.js';
import { deriveSeed } from '../core/random.js';
import { isFinished, samplingSchema } from '../core/sample.js';
import { requireCapability } from '../engine/request-checks.js';
import { type Choices, choiceTokens, choose } from './choose.js';
import { exhibits, judgeEach, promptLimit, quotedTokens } from './exhibit.js';
import { prompt, questionText, quotationRule } from './judge-prompt.js';
import { maskNumber } from './masked-question.js';
import { defineVerifier, type Verifier, type VerifierInput, type VerifierOutlook } from './verifier.js';

const trueOrFalse: Choices = [
  ['True', 'true'],
  ['False', 'false'],
];

const schema = z.strictObject({
  kind: z.literal('self-verification'),
  /**
   * Whether the score is the log-likelihood of the masked number, at most 0, or the share of replies, 0 to 1, that recover
   * it. The paper counts replies; the likelihood needs none.
   */
  by: z.enum(['likelihood', 'votes']).default('likelihood'),
  /** Replies to each answer, by votes. */
  votes: z.int().min(1).default(4),
  /** Tokens of a reply, by votes. */
  maxTokens: z.int().min(1).default(128),
});

type Options = z.output<typeof schema>;

/**
 * Backward check of an answer (self-verification, Weng et al. 2022): it is put back as a fact, one number of the
 * question is masked, and the model is asked for that number, which a right answer makes easier to find. A question without
 * numbers has a True or False check of the answer instead, whose score is P(True), as a logarithm or a share of replies.
 * Samples with the same answer share its score.
 */
export const selfVerification = defineVerifier({
  schema,
  summary: 'Takes the answer as given and has the model find a masked number of the question again.',
  source: 'Weng et al. 2022, arXiv 2212.09561',
  cost: 'N·P, by votes N·(P + votes·R) with R tokens of a reply',
  create: (options) => ({
    kind: options.kind,
    oracle: false,
    scope: 'sample',
    models: [],
    scale: options.by === 'likelihood' ? 'order' : 'probability',
    ...(options.by === 'likelihood' ? byLikelihood : byVotes(options)),
  }),
});

/** An answer's check: its prompt, and the number that is to be found, or null for a True or False check. */
interface Check {
  readonly messages: readonly Message[];
  readonly masked: string | null;
}

function checkOf(problem: Problem, answer: string, by: Options['by']): Check {
  const hidden = maskNumber(problem);
  const given = `Its answer, from a candidate:\n${quote(answer)}`;
  if (hidden === null) {
    const messages = prompt(
      `Check a candidate's answer to a question. ${quotationRule}`,
      `Question:\n${questionText(problem)}`,
      given,
      'Is it true that this answers the question? Answer True or False.',
    );
    return { messages, masked: null };
  }
  const { text, letter, masked } = hidden;
  const reply =
    by === 'likelihood' ? 'Answer with the number alone.' : 'Reason step by step, then give the number.';
  const messages = prompt(
    `One number of a question was replaced by ${letter}. Find it by the answer. ${quotationRule}`,
    `Question:\n${text}`,
    given,
    `If this answer is right, what is ${letter}? ${reply}`,
  );
  return { messages, masked };
}

/** Each answer once; where there is none at all, each text. */
function answersOf(input: VerifierInput) {
  return exhibits(input, (at) => input.answers[at] ?? input.samples[at]?.text ?? '');
}

const byLikelihood: Pick<Verifier, 'tokensPerSample' | 'score'> = {
  async tokensPerSample(outlook) {
    const { limit, next } = await likelihoodLimit(outlook, outlook.sampling.maxTokens);
    return limit + next;
  },
  async score(input) {
    const { problem, engine, signal } = input;
    return judgeEach(input, answersOf(input), async ({ text, tokens }) => {
      const { messages, masked } = checkOf(problem, text, 'likelihood');
      const { limit } = await likelihoodLimit(input, tokens);
      if (masked === null) {
        const chosen = await choose(engine, messages, trueOrFalse, { limit, signal });
        return chosen === null ? null : Math.log(chosen[0] ?? 0);
      }
      if ((await engine.promptTokens(messages)) > limit) return null;
      const logs = await engine.evaluation(signal).score({ messages }, masked);
      return logs.reduce((sum, log) => sum + log, 0);
    });
  },
};

/** @throws TS_ENGINE_CAPABILITY_MISSING if the engine can't score, or for True and False not tell the distribution either */
async function likelihoodLimit(
  { problem, engine }: Pick<VerifierOutlook, 'problem' | 'engine'>,
  tokens: number,
): Promise<{ readonly limit: number; readonly next: number }> {
  const { messages, masked } = checkOf(problem, '', 'likelihood');
  if (masked !== null) requireCapability(engine.info, 'score');
  // A digit takes a token at most.
  const next = masked?.length ?? choiceTokens(engine.info, trueOrFalse);
  return { limit: await promptLimit(engine, messages, quotedTokens(tokens), next), next };
}

function byVotes({ votes, maxTokens }: Options): Pick<Verifier, 'tokensPerSample' | 'score'> {
  const limitOf = (
    { problem, engine }: Pick<VerifierOutlook, 'problem' | 'engine'>,
    tokens: number,
  ): Promise<number> => {
    return promptLimit(engine, checkOf(problem, '', 'votes').messages, quotedTokens(tokens), 1);
  };
  return {
    async tokensPerSample(outlook) {
      return (await limitOf(outlook, outlook.sampling.maxTokens)) + votes * maxTokens;
    },
    score(input) {
      const { problem, engine, signal } = input;
      return judgeEach(input, answersOf(input), async ({ text, tokens }) => {
        const { messages, masked } = checkOf(problem, text, 'votes');
        if ((await engine.promptTokens(messages)) > (await limitOf(input, tokens))) return null;
        const sampling = samplingSchema.parse({ maxTokens });
        const seed = deriveSeed('self-verification', input.seed);
        const pool = { problemId: problem.id, messages, sampling, seed };
        const { samples } = await engine.draw(pool, votes, { signal, purpose: 'verifier' });
        const replies = samples.filter(isFinished);
        const confirming = replies.filter((reply) => confirms(reply.text, masked));
        return replies.length === 0 ? null : confirming.length / replies.length;
      });
    },
  };
}

function confirms(reply: string, masked: string | null): boolean {
  return masked === null ? /^\W*true\b/i.test(reply) : extractNumber(reply) === canonicalNumber(masked);
}
