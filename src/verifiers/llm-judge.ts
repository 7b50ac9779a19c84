import { z } from 'zod';
import type { Message, Problem } from '../core/problem.js';
import { quote } from '../core/quote.js';
import type { MeteredEngine } from '../engine/metered.js';
import { type Choices, choiceTokens, choose, reserveTokens } from './choose.js';
import { exhibits, judgeEach, promptLimit, quotedTokens } from './exhibit.js';
import { prompt, questionText, quotationRule } from './judge-prompt.js';
import { compareTwo, comparisonTokens, meanWins } from './pairwise.js';
import { defineVerifier, type Verifier, type VerifierInput } from './verifier.js';

const schema = z.strictObject({
  kind: z.literal('llm-judge'),
  /** Model that judges; null is the run's own. */
  model: z.string().min(1).nullable().default(null),
  /** Whether each candidate is graded, or candidates are compared with each other. */
  mode: z.enum(['pointwise', 'pairwise']).default('pointwise'),
  /** What makes a reply good; it may say what each grade means (Prometheus). */
  rubric: z
    .string()
    .min(1)
    .default('The final answer is right, and the reasoning that leads to it is sound and complete.'),
  /** Highest grade; the lowest is 1 (G-Eval and Prometheus grade from 1 to 5). */
  scale: z.int().min(2).max(9).default(5),
  /**
   * Others that each candidate is compared with in pairwise mode; all of them where there are not more. An even number, so
   * that every candidate of a larger pool has equally many: what a sample costs does not grow with the pool.
   */
  opponents: z.int().min(2).multipleOf(2, 'an even number').default(4),
});

type JudgeOptions = z.output<typeof schema>;

/**
 * A model's grade of each candidate by a rubric: the expected value of its digit, from 1 to `scale` (G-Eval, Liu et al.
 * 2023). In pairwise mode the mean probability, 0 to 1, with which it prefers the candidate to others, each pair asked
 * in both orders; half where there are none.
 */
export const llmJudge = defineVerifier({
  schema,
  summary:
    "A model's grade by a rubric, weighted by the probabilities of the digits, or its preference between two.",
  source:
    'Liu et al. 2023, arXiv 2303.16634 (G-Eval); rubrics: Kim et al. 2023, arXiv 2310.08491 (Prometheus)',
  cost: 'N·(P + T); pairwise opponents·N·(P + 2·T)',
  create: (options) => {
    const models = options.model === null ? [] : [options.model];
    const common = { kind: options.kind, oracle: false, models };
    return options.mode === 'pointwise'
      ? { ...common, scope: 'sample', ...pointwise(options) }
      : { ...common, scope: 'pool', scale: 'probability', ...pairwise(options) };
  },
});

function judgeOf({ model }: JudgeOptions, input: Pick<VerifierInput, 'engine' | 'model'>): MeteredEngine {
  return model === null ? input.engine : input.model(model);
}

function pointwise(options: JudgeOptions): Pick<Verifier, 'tokensPerSample' | 'score'> {
  const grades: Choices = Array.from({ length: options.scale }, (_, at) => [String(at + 1)]);
  const limitOf = (judge: MeteredEngine, problem: Problem, tokens: number): Promise<number> => {
    const next = choiceTokens(judge.info, grades);
    return promptLimit(judge, gradePrompt(options, problem, ''), quotedTokens(tokens), next);
  };
  return {
    async tokensPerSample(outlook) {
      const judge = judgeOf(options, outlook);
      const limit = await limitOf(judge, outlook.problem, outlook.sampling.maxTokens);
      return reserveTokens(outlook, judge, limit + choiceTokens(judge.info, grades));
    },
    score(input) {
      const judge = judgeOf(options, input);
      const { problem, signal } = input;
      return judgeEach(input, exhibits(input), async ({ text, tokens }) => {
        const limit = await limitOf(judge, problem, tokens);
        const chosen = await choose(judge, gradePrompt(options, problem, text), grades, { limit, signal });
        return chosen?.reduce((sum, share, at) => sum + share * (at + 1), 0) ?? null;
      });
    },
  };
}

function pairwise(options: JudgeOptions): Pick<Verifier, 'tokensPerSample' | 'score' | 'compare'> {
  const ask = (problem: Problem) => (first: string, second: string) =>
    comparisonPrompt(options, problem, first, second);
  return {
    async tokensPerSample(outlook) {
      const judge = judgeOf(options, outlook);
      const { problem, sampling } = outlook;
      const tokens = await comparisonTokens(judge, ask(problem), sampling.maxTokens);
      return reserveTokens(outlook, judge, options.opponents * tokens);
    },
    score: (input) => meanWins(input, judgeOf(options, input), ask(input.problem), options.opponents),
    compare: (input, left, right) =>
      compareTwo(input, judgeOf(options, input), ask(input.problem), [left, right]),
  };
}

function gradePrompt({ rubric, scale }: JudgeOptions, problem: Problem, text: string): Message[] {
  return prompt(
    `Grade a candidate's reply to a question. ${quotationRule}`,
    `Question:\n${questionText(problem)}`,
    `Candidate:\n${quote(text)}`,
    `Criteria:\n${rubric}`,
    `Which grade from 1 (worst) to ${scale} (best) does the reply deserve? Answer with the digit alone.`,
  );
}

function comparisonPrompt(
  { rubric }: JudgeOptions,
  problem: Problem,
  first: string,
  second: string,
): Message[] {
  return prompt(
    `Compare two candidates' replies to a question. ${quotationRule}`,
    `Question:\n${questionText(problem)}`,
    `Candidate A:\n${quote(first)}`,
    `Candidate B:\n${quote(second)}`,
    `Criteria:\n${rubric}`,
    'Which reply is better? Answer A or B.',
  );
}
