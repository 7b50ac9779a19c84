import { extractNumber } from '../../src/answers/number.js';
import { type Budget, Ledger } from '../../src/core/budget.js';
import type { Message } from '../../src/core/problem.js';
import { deriveSeed, Random } from '../../src/core/random.js';
import type { Sample, SampleArchive } from '../../src/core/sample.js';
import type { Engine } from '../../src/engine/engine.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import { decode } from '../../src/engine/scripted/code-points.js';
import type { ScriptedEngine } from '../../src/engine/scripted/scripted-engine.js';
import { createVerifier, verifierSchema } from '../../src/verifiers/registry.js';
import type { Verifier, VerifierInput } from '../../src/verifiers/verifier.js';
import { budgetOf, makeSample, scriptedEngine, sumProblem } from './scripted.js';

/** A verifier as a user writes it. */
export function makeVerifier(spec: Parameters<typeof verifierSchema.parse>[0]): Verifier {
  return createVerifier(verifierSchema.parse(spec));
}

/** A sample as the scripted engine draws it: a token a code point, and an end token. */
export function textSample(text: string, index = 0): Sample {
  const tokens = Int32Array.from([...text, '\0'], (character) => character.codePointAt(0) ?? 0);
  const logProbabilities = new Float32Array(tokens.length).fill(-0.5);
  return makeSample({ index, text, tokens, logProbabilities });
}

/** What a verifier is asked; what is left out is a sum, and an engine without limits that stands for every model. */
export interface Asked extends Partial<Omit<VerifierInput, 'engine' | 'samples' | 'answers'>> {
  readonly samples: readonly (Sample | string)[];
  /** What `extract` finds in the samples, unless given. */
  readonly answers?: readonly (string | null)[];
  readonly engine?: Engine;
  readonly budget?: Partial<Budget>;
  readonly archive?: SampleArchive | null;
  readonly ledger?: Ledger;
}

export function askedOf({
  engine = scriptedEngine(),
  budget,
  archive = null,
  ...given
}: Asked): VerifierInput {
  const ledger = given.ledger ?? new Ledger(budgetOf(budget));
  const metered = new MeteredEngine(engine, ledger, archive);
  const samples = given.samples.map((it, index) => (typeof it === 'string' ? textSample(it, index) : it));
  const extract = given.extract ?? extractNumber;
  return {
    problem: sumProblem(),
    seed: 1,
    signal: null,
    model: () => metered,
    ...given,
    extract,
    samples,
    answers: given.answers ?? samples.map(({ text }) => extract(text)),
    engine: metered,
  };
}

export async function scoresOf(verifier: Verifier, asked: Asked): Promise<number[]> {
  return [...(await verifier.score(askedOf(asked)))];
}

/** A scripted engine that ranks too: a number from 0 to 1 by the hash of both texts. */
export function rankingEngine(options: Readonly<Record<string, unknown>> = {}): ScriptedEngine {
  const engine = scriptedEngine(options);
  const capabilities = { ...engine.info.capabilities, rank: true };
  const rank = async (query: string, documents: readonly string[]): Promise<Float32Array> => {
    for (const document of documents) engine.evaluated += [...query, ...document].length + 4;
    return Float32Array.from(documents, (document) => new Random(deriveSeed('rank', query, document)).next());
  };
  return Object.assign(engine, { info: { ...engine.info, capabilities }, rank });
}

/** The transcripts that an engine is asked to tokenise, from here on. */
export function transcriptsOf(engine: ScriptedEngine): string[] {
  const transcripts: string[] = [];
  const tokenize = engine.tokenize.bind(engine);
  Object.assign(engine, {
    tokenize: async (messages: readonly Message[]) => {
      const tokens = await tokenize(messages);
      transcripts.push(decode(tokens));
      return tokens;
    },
  });
  return transcripts;
}
