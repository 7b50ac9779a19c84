/**
 * Tokens a second of the node-llama-cpp engine for 1, 4 and 16 samples after a prompt of 550 tokens, with the prompt
 * evaluated once and forked, and with every sample evaluating it again. The two alternate in each round, so a machine
 * that drifts hits both. Prints the ratio of their times with a 95 % interval (Student's t on log ratios over rounds).
 *
 * npm run bench -- engine [--rounds 5] [--json]
 */
import { parseArgs } from 'node:util';
import { samplingSchema } from '../dist/core/sample.js';
import { defaultConfidenceWindow } from '../dist/engine/engine.js';
import { resolveModel } from '../dist/engine/model-files/model-files.js';
import { nodeLlamaCppSchema } from '../dist/engine/node-llama-cpp/options.js';
import { openEngine } from '../dist/engine/open.js';
import { mostRounds, ratioInterval } from './statistics/ratio.mjs';

const promptTokens = 550;
const newTokens = 64;
const counts = [1, 4, 16];

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 2 || rounds > mostRounds) {
  throw new Error(`Expected --rounds to be a whole number from 2 to ${mostRounds}, got ${values.rounds}.`);
}

const model = await resolveModel('smollm2', { pull: true });
const engine = await openEngine(
  nodeLlamaCppSchema.parse({
    kind: 'node-llama-cpp',
    modelPath: model.path,
    modelName: model.name,
    modelSha256: model.sha256,
    contextLength: 1024,
    parallel: 16,
  }),
);
const sampling = samplingSchema.parse({ maxTokens: newTokens });
const prompt = await makePrompt();

/** Draws `count` samples and returns the tokens drawn and the seconds from the empty engine to the last token. */
async function draw(count, shared) {
  const lease = engine.lease();
  const start = performance.now();
  try {
    const branches = shared ? await lease.fork(await lease.prefix(prompt), count) : [];
    while (branches.length < count) branches.push(await lease.prefix(prompt));
    const requests = branches.map((branch, seed) => ({ branch, seed, sampling, keep: false }));
    let tokens = 0;
    const endless = {
      seconds: Number.POSITIVE_INFINITY,
      signal: null,
      confidenceWindow: defaultConfidenceWindow,
      confidenceFloor: null,
      topLogProbabilities: 0,
    };
    for await (const step of lease.generate(requests, endless)) {
      tokens += step.tokens.length;
    }
    return { tokens, seconds: (performance.now() - start) / 1000 };
  } finally {
    await lease.release();
  }
}

async function makePrompt() {
  const sentence =
    'The fox went over the hill to see what there was, and it wrote down each thing that it saw. ';
  const text = `${sentence.repeat(40)} Go on with this story at length.`;
  const tokens = await engine.tokenize([{ role: 'user', content: text }]);
  // The head and the end of the conversation, so that the template stays whole.
  return Int32Array.from([...tokens.slice(0, promptTokens - 40), ...tokens.slice(-40)]);
}

const rows = [];
await draw(1, true);
for (const count of counts) {
  const measured = { shared: [], naive: [] };
  for (let round = 0; round < rounds; round++) {
    // The order alternates too, so that neither always comes second.
    for (const mode of round % 2 === 0 ? ['shared', 'naive'] : ['naive', 'shared']) {
      measured[mode].push(await draw(count, mode === 'shared'));
      process.stderr.write(`${count} samples, ${mode}: ${measured[mode].at(-1).seconds.toFixed(1)} s\n`);
    }
  }
  const speed = (draws) => {
    return (
      draws.reduce((sum, { tokens }) => sum + tokens, 0) /
      draws.reduce((sum, { seconds }) => sum + seconds, 0)
    );
  };
  const { low, ratio, high } = ratioInterval(
    measured.shared.map(({ tokens, seconds }, at) => {
      const other = measured.naive[at];
      return tokens / seconds / (other.tokens / other.seconds);
    }),
  );
  rows.push({
    samples: count,
    shared: speed(measured.shared),
    naive: speed(measured.naive),
    ratio,
    low,
    high,
  });
}
const { identity, threads } = engine.info;
await engine.close();

if (values.json) {
  process.stdout.write(
    `${JSON.stringify({ engine: identity, threads, promptTokens, newTokens, rounds, rows }, null, 2)}\n`,
  );
} else {
  process.stdout.write(`${identity.modelName} on ${identity.build}, ${threads} threads, ${rounds} rounds, `);
  process.stdout.write(`${promptTokens}-token prompt, up to ${newTokens} new tokens a sample\n`);
  process.stdout.write('samples  shared prefix  prompt each time  ratio [95 % interval]\n');
  for (const { samples, shared, naive, ratio, low, high } of rows) {
    const cells = [
      String(samples).padStart(7),
      `${shared.toFixed(1)} t/s`.padStart(13),
      `${naive.toFixed(1)} t/s`.padStart(16),
    ];
    process.stdout.write(
      `${cells.join('  ')}  ${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]\n`,
    );
  }
}
