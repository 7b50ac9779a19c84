// Measurements drawn from known laws, for the examples whose data are not published. Equal on every machine.
import { Random } from '../../dist/core/random.js';

/** @typedef {{ file: string, comment: string, columns: readonly string[], rows: readonly (readonly (string | number)[])[] }} Table */

/** Standard normal numbers (Box and Muller). */
function normalOf(random) {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** A count of successes among `total` tries. */
function binomialOf(random, total, chance) {
  return Array.from({ length: total }).filter(() => random.next() < chance).length;
}

/** `count` values from `low` to `high`, even in the logarithm, with three digits. */
function geometric(low, high, count) {
  return Array.from({ length: count }, (_, at) =>
    Number((low * (high / low) ** (at / (count - 1))).toPrecision(3)),
  );
}

const digits = (value) => Number(value.toPrecision(6));

/** Values of a law with noise of a relative size. */
function noisy(seed, inputs, law, size) {
  const random = new Random(seed);
  return inputs.map((row) => [...row, digits(law(...row) * Math.exp(size * normalOf(random)))]);
}

/** Counts of successes whose chance is a law. */
function counted(seed, inputs, law, total) {
  const random = new Random(seed);
  return inputs.map((row) => [...row, binomialOf(random, total, law(...row)), total]);
}

const column = (values) => values.map((value) => [value]);
const grid = (first, second) => first.flatMap((left) => second.map((right) => [left, right]));

/** The chance that more than half of an odd number of calls are right. */
function majority(chance, calls) {
  const need = (calls + 1) / 2;
  let [sum, term] = [0, (1 - chance) ** calls];
  for (let right = 0; right <= calls; right += 1) {
    if (right >= need) sum += term;
    term *= ((calls - right) / (right + 1)) * (chance / (1 - chance));
  }
  return sum;
}

/** A Beta(alpha, beta) number as a share of two sums of exponentials; whole alpha and beta. */
function betaOf(random, alpha, beta) {
  const gamma = (shape) =>
    Array.from({ length: shape }).reduce((sum) => sum - Math.log(1 - random.next()), 0);
  const [left, right] = [gamma(alpha), gamma(beta)];
  return left / (left + right);
}

/** Problems sampled until the first success, at most `most` times. */
function stoppedPools(seed, problems, most) {
  const random = new Random(seed);
  return Array.from({ length: problems }, (_, problem) => {
    const chance = betaOf(random, 1, 4);
    let samples = 0;
    let isSolved = false;
    while (samples < most && !isSolved) {
      samples += 1;
      isSolved = random.next() < chance;
    }
    return [`p${problem + 1}`, samples, Number(isSolved)];
  });
}

/** Equation 10 of Hoffmann et al. 2022. */
function hoffmann(n, d) {
  return 1.69 + 406.4 / n ** 0.34 + 410.7 / d ** 0.28;
}

/** @returns {readonly Table[]} */
export function simulatedTables() {
  return [
    {
      file: 'power-law.csv',
      comment:
        'Simulated: size = 0.3 compute^0.5 with 3 % noise, as the best size of models grows with compute.',
      columns: ['compute', 'size'],
      rows: noisy(11, column(geometric(1e17, 1e22, 12)), (c) => 0.3 * c ** 0.5, 0.03),
    },
    {
      file: 'bnsl.csv',
      comment: 'Simulated: an error that falls slowly, then fast beyond x = 3000, with 1 % noise.',
      columns: ['examples', 'error'],
      rows: noisy(
        12,
        column(geometric(30, 1e6, 26)),
        (x) => 0.02 + 0.9 * x ** -0.05 * (1 + (x / 3000) ** (1 / 0.4)) ** (-0.5 * 0.4),
        0.01,
      ),
    },
    {
      file: 'kaplan-n.csv',
      comment: 'Simulated: the published law of Kaplan et al. 2020 with 0.3 % noise.',
      columns: ['parameters', 'loss'],
      rows: noisy(13, column(geometric(1e6, 1e9, 10)), (n) => (8.8e13 / n) ** 0.076, 0.003),
    },
    {
      file: 'kaplan-d.csv',
      comment: 'Simulated: the published law of Kaplan et al. 2020 with 0.3 % noise.',
      columns: ['tokens', 'loss'],
      rows: noisy(14, column(geometric(2e7, 2e10, 10)), (d) => (5.4e13 / d) ** 0.095, 0.003),
    },
    {
      file: 'kaplan-c.csv',
      comment: 'Simulated: the published law of Kaplan et al. 2020 for compute in PF-days, with 0.3 % noise.',
      columns: ['pf_days', 'loss'],
      rows: noisy(15, column(geometric(1e-6, 1, 12)), (c) => (3.1e8 / c) ** 0.05, 0.003),
    },
    {
      file: 'kaplan-joint.csv',
      comment: 'Simulated: the published joint law of Kaplan et al. 2020 with 0.3 % noise.',
      columns: ['parameters', 'tokens', 'loss'],
      rows: noisy(
        16,
        grid(geometric(1e6, 1e9, 5), geometric(2e7, 2e10, 5)),
        (n, d) => ((6.4e13 / n) ** (0.076 / 0.103) + 1.8e13 / d) ** 0.103,
        0.003,
      ),
    },
    {
      file: 'chinchilla.csv',
      comment: 'Simulated: the published law of Hoffmann et al. 2022 with 0.5 % noise.',
      columns: ['parameters', 'tokens', 'loss'],
      rows: noisy(17, grid(geometric(4e7, 1.6e10, 7), geometric(1e9, 4e11, 6)), hoffmann, 0.005),
    },
    {
      file: 'exponentiated-power-law.csv',
      comment: 'Simulated: coverage = exp(-1.6 k^-0.4) with 0.5 % noise.',
      columns: ['samples', 'coverage'],
      rows: noisy(
        18,
        column([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]),
        (k) => Math.exp(-1.6 * k ** -0.4),
        0.005,
      ),
    },
    {
      file: 'beta-binomial.csv',
      comment:
        'Simulated: 200 problems of difficulty Beta(1, 4), sampled until the first success, 32 times at most.',
      columns: ['problem', 'samples', 'successes'],
      rows: stoppedPools(19, 200, 32),
    },
    {
      file: 'saturating-power-law.csv',
      comment: 'Simulated: accuracy = 0.8 - 0.5 k^-0.6, counts of 2000 questions at each k.',
      columns: ['samples', 'right', 'questions'],
      rows: counted(20, column([1, 2, 4, 8, 16, 32, 64, 128]), (k) => 0.8 - 0.5 * k ** -0.6, 2000),
    },
    {
      file: 'voting-mixture.csv',
      comment:
        'Simulated: 60 % of the problems right with chance 0.85, the others with 0.3; counts of 4000 votes.',
      columns: ['calls', 'right', 'votes'],
      rows: counted(
        21,
        column([1, 3, 5, 7, 9, 11, 15, 21, 31, 51]),
        (k) => 0.6 * majority(0.85, k) + 0.4 * majority(0.3, k),
        4000,
      ),
    },
    {
      file: 'two-axes.csv',
      comment: 'Simulated: accuracy = 0.9 - 4 t^-0.5 - 0.25 k^-0.7, counts of 1500 questions at each point.',
      columns: ['thinking', 'samples', 'right', 'questions'],
      rows: counted(
        22,
        grid([128, 256, 512, 1024, 2048, 4096], [1, 2, 4, 8, 16]),
        (t, k) => 0.9 - 4 * t ** -0.5 - 0.25 * k ** -0.7,
        1500,
      ),
    },
    {
      file: 'chained-calls.csv',
      comment: 'Simulated: steps that are each right with chance 0.93, counts of 400 chains at each length.',
      columns: ['steps', 'right', 'chains'],
      rows: counted(23, column([1, 2, 3, 4, 6, 8, 12, 16, 24]), (k) => 0.93 ** k, 400),
    },
  ];
}

/** A table as the text of its file. */
export function csvOf({ comment, columns, rows }) {
  return [`# ${comment}`, columns.join(','), ...rows.map((row) => row.join(','))]
    .map((line) => `${line}\n`)
    .join('');
}
