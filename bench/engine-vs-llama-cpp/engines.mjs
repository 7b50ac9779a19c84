import { samplingSchema } from '../../dist/core/sample.js';
import { openEngine } from '../../dist/engine/open.js';
import { engineSpecSchema } from '../../dist/engine/spec.js';
import { branchLength, promptOf, sharedCells } from './work.mjs';

/** Seeds that are tried before a sample that ends early is an error. */
const attempts = 4;

/** An engine of ours, in its child process, for one piece of work. */
export function openFor(kind, model, work, threads) {
  const options = {
    kind,
    modelPath: model.path,
    modelName: model.name,
    modelSha256: model.sha256,
    contextLength: branchLength(work),
    parallel: work.samples,
    threads,
    gpu: 'cpu',
  };
  if (kind === 'llama') {
    Object.assign(options, work.shared ? { cells: sharedCells(work) } : { streams: 'split' });
  }
  return openEngine(engineSpecSchema.parse(options));
}

/**
 * A peer that is an engine of ours. `forks`: samples of one prompt evaluate it once.
 * @param {'llama' | 'node-llama-cpp'} kind
 */
export function enginePeer(name, kind, forks, { model, threads, story }) {
  return {
    name,
    // Where there is nothing to share, both ways are the same.
    does: ({ shared, samples }) => forks || (shared && samples > 1),
    command: (work) =>
      `openEngine({ kind: '${kind}', contextLength: ${branchLength(work)}, parallel: ${work.samples}, threads: ${threads}, … })`,
    async run(work, round) {
      const engine = await openFor(kind, model, work, threads);
      try {
        await warmUp(engine, story);
        for (let attempt = 0; attempt < attempts; attempt++) {
          const seed = attempt * 1000;
          const { tokens, seconds } = await draw(engine, work, { story, round, forks, seed });
          if (tokens === work.samples * work.newTokens) return seconds;
          process.stderr.write(
            `${name}: ${tokens} tokens, a sample ended early; once more with other seeds\n`,
          );
        }
        throw new Error(`${name}: samples ended early ${attempts} times`);
      } finally {
        await engine.close();
      }
    },
  };
}

/** Memory that is touched for the first time is paid for here. */
export async function warmUp(engine, story) {
  const work = { shared: true, samples: 1, promptTokens: 16, newTokens: 2 };
  await draw(engine, work, { story, round: 999, forks: true, seed: 0 });
}

/** Draws the work's samples; seconds from an empty engine to the last token. */
export async function draw(engine, work, { story, round, forks, seed }) {
  const { samples, promptTokens, newTokens } = work;
  const prompt = (number) => Int32Array.from(promptOf(story, promptTokens, number));
  const first = 1 + round * samples;
  const sampling = samplingSchema.parse({ maxTokens: newTokens, temperature: 0.7, topK: 40 });
  const lease = engine.lease();
  const start = performance.now();
  try {
    const branches = await makeBranches(lease, (at) => prompt(work.shared ? first : first + at), {
      samples,
      forks: work.shared && forks,
    });
    const requests = branches.map((branch, at) => ({ branch, seed: seed + at, sampling, keep: false }));
    const options = {
      seconds: Number.POSITIVE_INFINITY,
      signal: null,
      confidenceWindow: 2048,
      confidenceFloor: null,
      topLogProbabilities: 0,
    };
    let tokens = 0;
    for await (const step of lease.generate(requests, options)) tokens += step.tokens.length;
    return { tokens, seconds: (performance.now() - start) / 1000 };
  } finally {
    await lease.release();
  }
}

async function makeBranches(lease, prompt, { samples, forks }) {
  if (!forks) return Promise.all(Array.from({ length: samples }, (_, at) => lease.prefix(prompt(at))));
  const branch = await lease.prefix(prompt(0));
  return [branch, ...(await lease.fork(branch, samples - 1))];
}
