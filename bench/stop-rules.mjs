/**
 * Stop rules over random orders of pools whose votes are known: how many of N samples each rule saves and how often its
 * answer is not the majority of all N. Then, at equal disagreement, what `certified` saves against each setting of the
 * other rules, on average over the pools and pool by pool. All rules see the same orders.
 *
 * npm run bench -- stop-rules [--orders 20000] [--samples 16,32,64] [--seed 1] [--json]
 */
import { parseArgs } from 'node:util';
import { stopOutcomes } from '../dist/native/stopping.js';
import { frontierOf, matched, savedAt } from './stop-rules/frontier.mjs';
import { poolsOf } from './stop-rules/pools.mjs';
import { reportOf } from './stop-rules/report.mjs';

const thresholds = [0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999];
const epsilons = [1e-6, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];
const sweeps = {
  beta: thresholds.map((threshold) => ({ kind: 'beta', threshold })),
  dirichlet: thresholds.map((threshold) => ({ kind: 'dirichlet', threshold })),
  window: [2, 3, 4, 5, 6, 7, 8, 10].map((size) => ({ kind: 'window', size })),
  supermajority: [2, 3, 4, 5, 6, 8, 10, 12].map((least) => ({ kind: 'supermajority', share: 0.8, least })),
  certified: epsilons.map((epsilon) => ({ kind: 'certified', epsilon })),
};
/** Shares of the orders at which the rules are compared. */
const levels = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03];

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '20000' },
    samples: { type: 'string', default: '16,32,64' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const orders = whole('orders', values.orders, 1);
const seed = whole('seed', values.seed, 0);
const sizes = values.samples.split(',').map((text) => whole('samples', text, 16));

function whole(name, text, least) {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && (name !== 'samples' || value % 16 === 0)) return value;
  const kind = name === 'samples' ? 'multiples of 16' : `a whole number from ${least} up`;
  throw new Error(`Expected --${name} to be ${kind}, got ${text}.`);
}

async function measure(pools, rule) {
  const points = [];
  for (const { votes, abstentions } of pools) {
    const outcomes = await stopOutcomes(rule, Uint32Array.from(votes), { abstentions, orders, seed });
    const samples = votes.reduce((sum, count) => sum + count, abstentions);
    points.push({ rule, saved: 1 - outcomes.meanSamples / samples, disagreement: 1 - outcomes.agreement });
  }
  const mean = (key) => points.reduce((sum, point) => sum + point[key], 0) / points.length;
  return {
    rule,
    pools: points,
    average: { rule, saved: mean('saved'), disagreement: mean('disagreement') },
    worst: Math.max(...points.map(({ disagreement }) => disagreement)),
  };
}

/** The frontiers at equal disagreement, and each setting of another rule against certified. */
function compared(measured, select) {
  const frontiers = Object.entries(measured).map(([kind, settings]) => [
    kind,
    frontierOf(settings.map(select)),
  ]);
  const certified = Object.fromEntries(frontiers).certified;
  return {
    levels: levels.map((level) => ({
      disagreement: level,
      saved: Object.fromEntries(frontiers.map(([kind, frontier]) => [kind, savedAt(frontier, level)])),
    })),
    settings: Object.keys(measured)
      .filter((kind) => kind !== 'certified')
      .flatMap((kind) => measured[kind].map(select))
      .map((point) => ({ ...point, certified: matched(certified, point) })),
  };
}

async function compare(samples) {
  const pools = poolsOf(samples);
  const measured = {};
  for (const [kind, rules] of Object.entries(sweeps)) {
    measured[kind] = [];
    for (const rule of rules) measured[kind].push(await measure(pools, rule));
    process.stderr.write(`N = ${samples}: ${kind}\n`);
  }
  return {
    samples,
    rules: Object.values(measured)
      .flat()
      .map(({ rule, average, worst }) => ({ ...average, rule, worst })),
    average: compared(measured, ({ average }) => average),
    pools: pools.map((pool, index) => ({
      ...pool,
      ...compared(measured, ({ pools: points }) => points[index]),
    })),
  };
}

const results = [];
for (const samples of sizes) results.push(await compare(samples));
process.stdout.write(
  values.json
    ? `${JSON.stringify({ orders, seed, results }, null, 2)}\n`
    : `${results.map((result) => reportOf(result, orders)).join('\n\n\n')}\n`,
);
