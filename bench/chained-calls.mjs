/**
 * Chained calls on a real model against what theory says: each step of a chain is also asked by itself, with the right
 * sum so far, which gives its rate p for each problem. A chain of k steps should be right with probability
 * p₁ · … · pₖ, and with a perfect verifier and r retries with Π (1 − (1 − p)^(r + 1)). Both expectations are unbiased per
 * problem (pass@1 and pass@(r + 1) of a pool), so their means over problems are compared problem by problem with the
 * share of chains that are right at every step. More are right at the end, because a wrong sum can be set right by a
 * second error.
 *
 * npm run bench -- chained-calls [--problems 40] [--steps 3] [--pool 8] [--seeds 3] [--retries 2] [--model NAME] [--json]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../dist/core/random.js';
import { run } from '../dist/index.js';
import { bootstrapMean, passAtK } from '../dist/native/native.js';

const { values } = parseArgs({
  options: {
    problems: { type: 'string', default: '40' },
    steps: { type: 'string', default: '3' },
    pool: { type: 'string', default: '8' },
    seeds: { type: 'string', default: '3' },
    retries: { type: 'string', default: '2' },
    model: { type: 'string', default: 'smollm2' },
    json: { type: 'boolean', default: false },
  },
});
const whole = (name) => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new Error(`Expected --${name} to be a whole number from 1 up, got ${values[name]}.`);
};
const [problems, steps, pool, seeds, retries] = ['problems', 'steps', 'pool', 'seeds', 'retries'].map(whole);
if (pool <= retries) throw new Error(`Expected --pool above --retries, got ${pool} and ${retries}.`);

const system = { role: 'system', content: 'Answer with the sum, such as: 2 + 3 = 5' };
const random = new Random(1);
const terms = Array.from({ length: problems }, () =>
  Array.from({ length: steps + 1 }, () => random.integer(2, 9)),
);
const seedList = Array.from({ length: seeds }, (_, seed) => seed + 1);
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const folder = mkdtempSync(join(tmpdir(), 'chained-calls-'));

/** Runs strategies on one question a problem; what is right is the sum of its first `step` + 1 terms. */
async function ask(name, step, question, more) {
  const path = join(folder, `${name}.jsonl`);
  const lines = terms.map((numbers, at) => ({
    id: String(at),
    messages: [system, { role: 'user', content: question(numbers) }],
    target: sum(numbers.slice(0, step + 1)),
    metadata: Object.fromEntries(numbers.map((number, index) => [`x${index}`, number])),
  }));
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { records } = await run(
    {
      name,
      model: values.model,
      task: { kind: 'jsonl', path, grader: 'number' },
      sampling: { temperature: 0.7, maxTokens: 32 },
      concurrency: 4,
      ...more,
    },
    { directory: folder },
  );
  return records;
}

/** pass@1 and pass@(retries + 1) of a step asked by itself, a row a problem. */
async function rates(step) {
  const question = (numbers) => `What is ${sum(numbers.slice(0, step))} + ${numbers[step]}?`;
  const strategies = [{ kind: 'self-consistency' }];
  const records = await ask(`step-${step}`, step, question, { strategies, budgets: { samples: [pool] } });
  const right = terms.map(
    (_, at) => records.pool.filter((it) => it.problemId === String(at) && it.correct).length,
  );
  const estimates = passAtK(
    new Uint32Array(problems).fill(pool),
    Uint32Array.from(right),
    Uint32Array.of(1, retries + 1),
  );
  return terms.map((_, at) => [estimates[2 * at], estimates[2 * at + 1]]);
}

/** Whether chains of `length` steps were right, 0 or 1, by problem, strategy (without and with retries) and seed. */
async function chains(length) {
  const verify = { verifier: 'arithmetic-recomputation', threshold: 1, retries };
  const prompts = Array.from({ length }, (_, at) =>
    at === 0 ? 'What is {metadata.x0} + {metadata.x1}?' : `What is {answer} + {metadata.x${at + 1}}?`,
  );
  const strategies = [{}, { verify }].map((more) => ({
    kind: 'chain',
    steps: prompts.map((prompt) => ({ prompt, ...more })),
  }));
  const question = (numbers) => `What is ${numbers.slice(0, length + 1).join(' + ')}?`;
  const { trials, manifest } = await ask(`chain-${length}`, length, question, {
    strategies,
    seeds: seedList,
  });
  const grade = (problem, strategy, seed) =>
    trials.find(
      ({ trial }) => trial.problemId === problem && trial.strategy === strategy && trial.seed === seed,
    ).grade;
  return terms.map((_, at) =>
    manifest.strategies.map(({ name }) => seedList.map((seed) => grade(String(at), name, seed))),
  );
}

const mean = (numbers) => sum(numbers) / numbers.length;
const rows = [];
try {
  let expected = terms.map(() => [1, 1]);
  // A longer chain begins with the calls of the shorter one: same prompts, same seeds. What was right so far is known.
  let rightSoFar = terms.map(() => [seedList.map(() => 1), seedList.map(() => 1)]);
  for (let length = 1; length <= steps; length++) {
    const step = await rates(length);
    expected = expected.map(([once, tried], at) => [once * step[at][0], tried * step[at][1]]);
    const measured = await chains(length);
    rightSoFar = rightSoFar.map((of, at) =>
      of.map((right, column) => right.map((so, seed) => so * measured[at][column][seed])),
    );
    for (const [column, retried] of [0, retries].entries()) {
      const columns = terms.map((_, at) => {
        const [theory, every, seen] = [
          expected[at][column],
          mean(rightSoFar[at][column]),
          mean(measured[at][column]),
        ];
        return [step[at][column], theory, every, every - theory, seen];
      });
      const options = { resamples: 2000, seed: 1, level: 0.95 };
      const { means, bcaLow, bcaHigh } = await bootstrapMean(
        Float64Array.from(columns.flat()),
        problems,
        5,
        options,
      );
      const estimate = (at) => ({ value: means[at], low: bcaLow[at], high: bcaHigh[at] });
      const [rate, theory, every, difference, answered] = [0, 1, 2, 3, 4].map(estimate);
      rows.push({ steps: length, retries: retried, rate, theory, every, difference, answered });
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const text = ({ value, low, high }) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
if (values.json)
  process.stdout.write(`${JSON.stringify({ model: values.model, problems, seeds, pool, rows }, null, 2)}\n`);
else {
  process.stdout.write(
    'steps retries | rate of the last step | theory | right at every step | that − theory | right at the end\n',
  );
  for (const row of rows) {
    const cells = [row.rate, row.theory, row.every, row.difference, row.answered].map(text);
    process.stdout.write(`${row.steps} ${row.retries} | ${cells.join(' | ')}\n`);
  }
}
