import { fitLaw } from '../../dist/native/fit.js';
import { majorityBootstrap, passAtK } from '../../dist/native/native.js';

/** The planted data set (bench/peers-fits/planted.py) of the fits. */
const number = 0;
const resamples = { single: 4000, votes: 1000 };

/**
 * A piece of work that both sides do. `ours` and `theirs` do it once or `repeats` times and resolve to the seconds of one
 * run; `agree` throws where they did not do the same.
 * @typedef {{ name: string, peer: string, bar: number, ours: () => Promise<number>, theirs: () => Promise<number>,
 *   agree: () => Promise<string>, threads: string }} Work
 */

/** @returns {Promise<Record<string, Work>>} all of it, by name */
export async function worksOf(python, threads) {
  const { result: data } = await python.ask('planted', { number });
  const request = {
    inputs: Float64Array.from(data.points.flatMap(([n, d]) => [n * 1e6, d * 1e6])),
    y: Float64Array.from(data.points, ([, , loss]) => loss / 1e6),
    count: null,
    total: null,
    weights: null,
    groups: null,
    objective: 'huber',
    delta: 1e-3,
    scale: 'log',
    fixed: [],
    freed: [],
    resamples: 0,
    seed: 1,
    level: 0.95,
    holdout: 'none',
    held: null,
    predict: new Float64Array(),
    target: null,
    gain: null,
    flops: null,
  };
  return {
    'fit-grid': fitWork(python, request, {
      name: 'one Chinchilla fit',
      peer: 'scipy, L-BFGS-B from 4500 starts',
      bar: 20,
      asked: 'lbfgsb-grid',
      repeats: 1,
    }),
    'fit-nnls': fitWork(python, request, {
      name: 'one Chinchilla fit',
      peer: 'scipy, BFGS from a grid with non-negative least squares',
      bar: 3,
      asked: 'nnls-bfgs',
      repeats: 10,
    }),
    bootstrap: bootstrapWork(python, { ...request, resamples: resamples.single }, threads),
    'pass-at-k': await passAtKWork(python, threads, 'k = 1 to 100 of n = 256', {
      samples: 256,
      largest_k: 100,
      ks: 100,
    }),
    'pass-at-k-log': await passAtKWork(python, threads, '100 k even in ln k up to n = 10,000', {
      samples: 10_000,
      largest_k: 10_000,
      ks: 100,
    }),
    votes: await votesWork(python, threads),
  };
}

function fitWork(python, request, { name, peer, bar, asked, repeats }) {
  let [ours, theirs] = [undefined, undefined];
  return {
    name,
    peer,
    bar,
    threads: '1, 1',
    ours: () =>
      timed(50, async () => {
        ours = await fitLaw('chinchilla', request);
      }),
    theirs: async () => {
      const { seconds, result } = await python.ask(asked, { number }, repeats);
      theirs = result;
      return seconds;
    },
    agree: async () => {
      const [a, b] = [ours.objectiveValue, theirs.value];
      expectNear('the minima', a, b, 1e-6 * Math.max(a, b));
      return `minima ${a.toPrecision(10)} and ${b.toPrecision(10)}`;
    },
  };
}

function bootstrapWork(python, request, threads) {
  let ours;
  return {
    name: `${request.resamples} refits on resampled rows`,
    peer: 'scipy, BFGS from the optimum and its inverse Hessian',
    bar: 20,
    threads: `${threads}, 1`,
    ours: () =>
      timed(1, async () => {
        ours = await fitLaw('chinchilla', request);
      }),
    theirs: async () => {
      const options = { number, seed: request.seed, resamples: request.resamples };
      return (await python.ask('bootstrap', options)).seconds;
    },
    agree: async () => {
      const { failed, parameters } = ours.draws;
      const options = { number, seed: request.seed, parameters: [...parameters] };
      const { above, below } = (await python.ask('compare-refits', options)).result;
      // scipy stops where rounding of its sums stops it; a refit of ours that is worse would be another minimum.
      if (failed > 0 || !(above < 1e-6)) throw new Error(`${failed} refits failed, one is ${above} above.`);
      const range = ({ name, interval: { low, high } }) =>
        `${name} ${low.toPrecision(4)} to ${high.toPrecision(4)}`;
      const ends = ours.parameters.map(range).join(', ');
      return `on the same resamples no minimum of ours is more than ${above.toExponential(1)} above theirs, none of theirs more than ${below.toExponential(1)} above ours (shares of it); ${ends}`;
    },
  };
}

async function passAtKWork(python, threads, what, options) {
  const { result } = await python.ask('pass-at-k-data', options);
  const [samples, successes, ks] = [result.samples, result.successes, result.ks].map((list) =>
    Uint32Array.from(list),
  );
  const ours = new Float64Array(samples.length * ks.length);
  return {
    name: `pass@k of ${samples.length} problems, ${ks.length} k (${what})`,
    peer: 'numpy, table of ln n! (both write to memory that was used before)',
    bar: 3,
    threads: `${threads}, 1`,
    ours: () =>
      timed(200, () => {
        passAtK(samples, successes, ks, ours);
      }),
    theirs: async () => (await python.ask('pass-at-k', options, 200)).seconds,
    agree: async () => {
      const { values } = (await python.ask('pass-at-k-values', options)).result;
      const worst = ours.reduce((most, value, at) => Math.max(most, Math.abs(value - values[at])), 0);
      if (values.length !== ours.length || !(worst < 1e-9)) throw new Error(`pass@k differs by ${worst}.`);
      return `largest difference ${worst.toExponential(1)}`;
    },
  };
}

async function votesWork(python, threads) {
  const { result } = await python.ask('pools');
  const [answers, correct] = [Int32Array.from(result.answers), Uint8Array.from(result.correct)];
  const problems = answers.length / result.samples;
  const offsets = Uint32Array.from({ length: problems + 1 }, (_, problem) => problem * result.samples);
  const ks = Uint32Array.of(result.samples);
  const options = { resamples: resamples.votes, seed: 1, level: 0.95 };
  let [ours, theirs] = [undefined, undefined];
  return {
    name: `majority vote of ${problems} problems × ${result.samples} samples, ${options.resamples} resamples of problems`,
    peer: 'numpy, bincount and a matrix of indices',
    bar: 10,
    threads: `${threads}, 1`,
    ours: () =>
      timed(200, async () => {
        ours = await majorityBootstrap(answers, correct, offsets, ks, options);
      }),
    theirs: async () => {
      const answer = await python.ask('majority-bootstrap', { resamples: options.resamples, seed: 1 }, 20);
      theirs = answer.result;
      return answer.seconds;
    },
    agree: async () => {
      const [mean = Number.NaN, error = Number.NaN] = [ours.means[0], ours.standardErrors[0]];
      expectNear('the means', mean, theirs.mean, 1e-12);
      // Two sets of 1000 draws: a standard deviation is known to 2.2 %, an end of an interval to a tenth of it.
      expectNear('the standard errors', error, theirs.error, 0.15 * theirs.error);
      expectNear('the lower ends', ours.percentileLow[0], theirs.low, 0.5 * theirs.error);
      expectNear('the upper ends', ours.percentileHigh[0], theirs.high, 0.5 * theirs.error);
      return `means ${mean} and ${theirs.mean}, standard errors ${error.toPrecision(3)} and ${theirs.error.toPrecision(3)}`;
    },
  };
}

/** Seconds of one run, on average over `repeats`. */
async function timed(repeats, work) {
  const started = performance.now();
  for (let i = 0; i < repeats; i++) await work();
  return (performance.now() - started) / 1000 / repeats;
}

function expectNear(what, ours, theirs, within) {
  if (!(Math.abs(ours - theirs) <= within)) {
    throw new Error(`Expected ${what} to be equal within ${within}, got ${ours} and ${theirs}.`);
  }
}
