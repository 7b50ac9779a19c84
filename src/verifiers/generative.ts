import { z } from 'zod';
import type { Message, Problem } from '../core/problem.js';
import { quote } from '../core/quote.js';
import { deriveSeed } from '../core/random.js';
import { isFinished, samplingSchema } from '../core/sample.js';
import type { MeteredEngine } from '../engine/metered.js';
import { type Choices, choiceTokens, choose, reserveTokens } from './choose.js';
import { type Exhibit, exhibits, isLate, judgeEach, promptLimit, quotedTokens } from './exhibit.js';
import { prompt, questionText, quotationRule } from './judge-prompt.js';
import { defineVerifier, type VerifierInput } from './verifier.js';

const yesOrNo: Choices = [
  ['Yes', 'yes'],
  ['No', 'no'],
];

const schema = z.strictObject({
  kind: z.literal('generative'),
  /** Model that judges; null is the run's own. */
  model: z.string().min(1).nullable().default(null),
  /** Whether it writes a check of its own before each verdict, whose mean is the score. */
  reasoning: z
    .union([
      z.literal(false),
      z.strictObject({
        /** Checks of each text. */
        votes: z.int().min(1).default(4),
        maxTokens: z.int().min(1).default(256),
      }),
    ])
    .default(false),
});

type Reasoning = Exclude<z.output<typeof schema>['reasoning'], false>;

/**
 * The probability, 0 to 1, with which a model says that a candidate is right: P(Yes) / (P(Yes) + P(No)) of its next token
 * (GenRM, Zhang et al. 2024), at once or as the mean over checks that it writes before (GenRM-CoT).
 */
export const generative = defineVerifier({
  schema,
  summary:
    'How probable a model finds it that the candidate is right: yes or no, at once or after a check of its own.',
  source: 'Zhang et al. 2024, arXiv 2408.15240 (GenRM, GenRM-CoT)',
  cost: 'N·(P + T), with R tokens of reasoning N·(P + T + votes·(P + T + 2·R))',
  create: ({ kind, model, reasoning }) => {
    const judgeOf = ({ engine, model: named }: Pick<VerifierInput, 'engine' | 'model'>): MeteredEngine =>
      model === null ? engine : named(model);
    return {
      kind,
      oracle: false,
      scope: 'sample',
      scale: 'probability',
      models: model === null ? [] : [model],
      async tokensPerSample(outlook) {
        const judge = judgeOf(outlook);
        const { verdict, check, next } = await limits(
          judge,
          outlook.problem,
          reasoning,
          outlook.sampling.maxTokens,
        );
        const votes = reasoning === false ? 1 : reasoning.votes;
        const checks = reasoning === false ? 0 : check + votes * reasoning.maxTokens;
        return reserveTokens(outlook, judge, checks + votes * (verdict + next));
      },
      score: (input) => {
        const judge = judgeOf(input);
        return judgeEach(input, exhibits(input), async (exhibit) => {
          if (reasoning !== false) return checkedVerdict(input, judge, exhibit, reasoning);
          const { verdict: limit } = await limits(judge, input.problem, reasoning, exhibit.tokens);
          const messages = question(input.problem, exhibit.text, false);
          return (await choose(judge, messages, yesOrNo, { limit, signal: input.signal }))?.[0] ?? null;
        });
      },
    };
  },
});

/** The mean verdict after the judge's own checks; null where none came to an end. */
async function checkedVerdict(
  { problem, seed, signal }: VerifierInput,
  judge: MeteredEngine,
  { text, tokens }: Exhibit,
  reasoning: Reasoning,
): Promise<number | null> {
  const { votes, maxTokens } = reasoning;
  const { check, verdict: limit } = await limits(judge, problem, reasoning, tokens);
  const messages = question(problem, text, true);
  if ((await judge.promptTokens(messages)) > check) return null;
  const sampling = samplingSchema.parse({ maxTokens });
  const pool = { problemId: problem.id, messages, sampling, seed: deriveSeed('generative', seed) };
  const { samples } = await judge.draw(pool, votes, { signal, purpose: 'verifier' });
  const verdicts = new Map<string, number | null>();
  const checks = samples.filter(isFinished).map((sample) => sample.text);
  for (const check of new Set(checks)) {
    if (isLate(judge)) break;
    const chosen = await choose(judge, followUp(messages, check), yesOrNo, { limit, signal });
    verdicts.set(check, chosen?.[0] ?? null);
  }
  const known = checks.map((check) => verdicts.get(check) ?? null).filter((verdict) => verdict !== null);
  return known.length === 0 ? null : known.reduce((sum, verdict) => sum + verdict, 0) / known.length;
}

function question(problem: Problem, text: string, reasons: boolean): Message[] {
  return prompt(
    `Check a candidate's reply to a question. ${quotationRule}`,
    `Question:\n${questionText(problem)}`,
    `Candidate:\n${quote(text)}`,
    `Is the candidate's answer right? ${reasons ? 'Check it step by step.' : 'Answer Yes or No.'}`,
  );
}

function followUp(messages: readonly Message[], check: string): Message[] {
  const verdict = "By this check, is the candidate's answer right? Answer Yes or No.";
  return [...messages, { role: 'assistant', content: check }, { role: 'user', content: verdict }];
}

/** Tokens that its prompts may have, at most, for a text of `tokens` tokens, and those evaluated after a verdict's. */
async function limits(
  judge: MeteredEngine,
  problem: Problem,
  reasoning: Reasoning | false,
  tokens: number,
): Promise<{ readonly check: number; readonly verdict: number; readonly next: number }> {
  const next = choiceTokens(judge.info, yesOrNo);
  const quoted = quotedTokens(tokens);
  const empty = question(problem, '', reasoning !== false);
  if (reasoning === false) return { check: 0, verdict: await promptLimit(judge, empty, quoted, next), next };
  // A check's text may take a few tokens more than it was drawn with.
  const retold = reasoning.maxTokens + 32;
  const check = await promptLimit(judge, empty, quoted, 1);
  return { check, verdict: await promptLimit(judge, followUp(empty, ''), quoted + retold, next), next };
}
