import { evaluationFlops, type Ledger } from '../core/budget.js';
import { throwIfAborted } from '../core/errors.js';
import type { Message } from '../core/problem.js';
import type { SampleArchive } from '../core/sample.js';
import { leaseUntilAborted } from './abortable-lease.js';
import type { Branch, Engine, EngineLease } from './engine.js';
import { checkBudget, checkPromptLength, requireCapability } from './request-checks.js';
import { scoresKey } from './sample-key.js';

/** Tokens that a ranking template puts around and between the two texts: start, separator twice, end. */
const rankDelimiters = 4;

export interface EvaluationParts {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly archive: SampleArchive | null;
}

/** A conversation, and the beginning of the assistant's turn that is put into its mouth. */
export interface Context {
  readonly messages: readonly Message[];
  /** @default '' */
  readonly opening?: string;
}

/**
 * What a model expects, without drawing anything. Tokens are charged to the verifier; the numbers go into the archive and
 * are charged again when they are recalled, as samples are.
 */
export class Evaluation {
  constructor(
    private readonly parts: EvaluationParts,
    private readonly signal: AbortSignal | null,
  ) {}

  /**
   * Natural logarithm of the probability (temperature 1) that the model goes on with each choice. A choice is a list of
   * spellings whose probabilities are added, each taken by its first token; the choices' first tokens must differ.
   * @example await evaluation.choices({ messages }, [['Yes', 'yes'], ['No', 'no']]) // [-0.3, -1.4]
   * @throws TS_ENGINE_CAPABILITY_MISSING if the engine can neither tell the distribution nor score
   * @throws TS_PROMPT_TOO_LONG, TS_BUDGET_TOO_SMALL before anything is evaluated
   */
  async choices(context: Context, choices: readonly (readonly string[])[]): Promise<Float64Array> {
    const { engine } = this.parts;
    if (!engine.info.capabilities.distribution) requireCapability(engine.info, 'score');
    const firstTokens = await Promise.all(
      choices.map((spellings) => Promise.all(spellings.map((it) => firstToken(engine, it)))),
    );
    const tokens = [...new Set(firstTokens.flat())];
    const values = await this.#evaluate(context, { choices: tokens }, tokens.length, (lease, branch) =>
      nextLogProbabilities(engine, lease, branch, tokens),
    );
    const of = (token: number): number => values[tokens.indexOf(token)] ?? Number.NEGATIVE_INFINITY;
    return Float64Array.from(firstTokens, (own) =>
      Math.log([...new Set(own)].reduce((sum, token) => sum + Math.exp(of(token)), 0)),
    );
  }

  /**
   * Natural log-probability (temperature 1) of each token of `continuation` after the context.
   * @throws TS_ENGINE_CAPABILITY_MISSING unless the engine scores
   * @throws TS_PROMPT_TOO_LONG, TS_BUDGET_TOO_SMALL before anything is evaluated
   */
  async score(context: Context, continuation: string | Int32Array): Promise<Float64Array> {
    const { engine } = this.parts;
    requireCapability(engine.info, 'score');
    const tokens = typeof continuation === 'string' ? await engine.textTokens(continuation) : continuation;
    if (tokens.length === 0) return new Float64Array();
    return this.#evaluate(context, { score: [...tokens] }, tokens.length, async (lease, branch) => {
      const [scores] = await lease.score(branch, [tokens]);
      return Float64Array.from(scores ?? []);
    });
  }

  /**
   * What the model's ranking head gives each document for the query: the higher, the more relevant.
   * @throws TS_ENGINE_CAPABILITY_MISSING unless the engine ranks
   * @throws TS_BUDGET_TOO_SMALL before anything is evaluated
   */
  async rank(query: string, documents: readonly string[]): Promise<Float64Array> {
    const { engine, ledger, archive } = this.parts;
    throwIfAborted(this.signal);
    requireCapability(engine.info, 'rank');
    const lengths = await Promise.all(
      documents.map(async (it) => (await engine.textTokens(query + it)).length + rankDelimiters),
    );
    const flops = sum(lengths.map((length) => evaluationFlops(engine.info.shape, 0, length)));
    checkBudget(ledger, sum(lengths), flops);
    const start = performance.now();
    const key = scoresKey(engine.info.identity, { query, documents });
    const values = archive?.recallScores(key) ?? Float64Array.from(await engine.rank(query, documents));
    archive?.commitScores(key, values);
    ledger.charge({ verifierTokens: sum(lengths), flops, seconds: (performance.now() - start) / 1000 });
    return values;
  }

  async #evaluate(
    { messages, opening = '' }: Context,
    request: Readonly<Record<string, unknown>>,
    added: number,
    work: (lease: EngineLease, branch: Branch) => Promise<Float64Array>,
  ): Promise<Float64Array> {
    const { engine, ledger, archive } = this.parts;
    throwIfAborted(this.signal);
    const prompt = await engine.tokenize(messages);
    const begun = opening === '' ? 0 : (await engine.textTokens(opening)).length;
    const scored = 'score' in request || !engine.info.capabilities.distribution ? added : 0;
    const tokens = prompt.length + begun + scored;
    checkPromptLength(tokens, engine.info.contextLength);
    const flops = evaluationFlops(engine.info.shape, 0, tokens);
    checkBudget(ledger, tokens, flops);
    const start = performance.now();
    const key = scoresKey(engine.info.identity, { messages, opening, ...request });
    let values = archive?.recallScores(key) ?? null;
    if (values === null) {
      const { lease, release } = leaseUntilAborted(engine, this.signal);
      try {
        const branch = await lease.prefix(prompt);
        if (opening !== '') await lease.append(branch, opening);
        values = await work(lease, branch);
      } catch (error) {
        throwIfAborted(this.signal);
        throw error;
      } finally {
        await release();
      }
      archive?.commitScores(key, values);
    }
    ledger.charge({ verifierTokens: tokens, flops, seconds: (performance.now() - start) / 1000 });
    return values;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function firstToken(engine: Engine, text: string): Promise<number> {
  return (await engine.textTokens(text))[0] ?? -1;
}

async function nextLogProbabilities(
  engine: Engine,
  lease: EngineLease,
  branch: Branch,
  tokens: readonly number[],
): Promise<Float64Array> {
  if (engine.info.capabilities.distribution) {
    const { logProbabilities } = await lease.distribution(branch, Int32Array.from(tokens));
    return Float64Array.from(logProbabilities);
  }
  const scores = await lease.score(
    branch,
    tokens.map((token) => Int32Array.of(token)),
  );
  return Float64Array.from(scores, (score) => score[0] ?? Number.NEGATIVE_INFINITY);
}
