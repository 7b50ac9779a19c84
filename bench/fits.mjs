/**
 * Fits, pass@k and votes against scipy and numpy on the same seeded data: both find the same minimum or value, which is
 * checked, and take turns.
 *
 * npm run bench -- fits [--only fit-grid,fit-nnls,bootstrap,pass-at-k,pass-at-k-log,votes] [--rounds 5] [--json]
 */
import { parseArgs } from 'node:util';
import { availableParallelism } from '../dist/native/native.js';
import { installPeers, startPython } from './peers-fits/python.mjs';
import { worksOf } from './peers-fits/work.mjs';
import { median, mostRounds, ratioInterval } from './statistics/ratio.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 2 || rounds > mostRounds) {
  throw new Error(`Expected --rounds to be a whole number from 2 to ${mostRounds}, got ${values.rounds}.`);
}

await installPeers();
const python = startPython();
try {
  const { result: versions } = await python.ask('versions');
  const threads = Number(process.env.RAYON_NUM_THREADS ?? availableParallelism());
  const works = await worksOf(python, threads);
  const wanted = values.only?.split(',') ?? Object.keys(works);
  for (const name of wanted) {
    if (works[name] === undefined) {
      throw new Error(`Expected --only to list some of ${Object.keys(works).join()}, got ${name}.`);
    }
  }
  const results = [];
  for (const name of wanted) results.push(await measure(name, works[name]));
  const report = { date: new Date().toISOString(), versions, rounds, results };
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${tableOf(report)}\n`);
  process.exitCode = results.every(({ times, bar }) => times.low >= bar) ? 0 : 1;
} finally {
  python.stop();
}

async function measure(name, { name: title, peer, bar, ours, theirs, agree, threads }) {
  // Once before the clock counts: pages, caches and thread pools are warm on both sides.
  await ours();
  const seconds = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    const turns = [
      async () => seconds.ours.push(await ours()),
      async () => seconds.theirs.push(await theirs()),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
    const text = [seconds.ours, seconds.theirs].map((list) => list[round].toPrecision(3));
    process.stderr.write(`${name}, round ${round + 1}: ${text[0]} s and ${text[1]} s\n`);
  }
  const agreement = await agree();
  const times = ratioInterval(seconds.theirs.map((value, round) => value / seconds.ours[round]));
  return { name, title, peer, bar, threads, seconds, times, agreement };
}

function tableOf({ date, versions, results }) {
  const { python: version, numpy, scipy } = versions;
  const lines = [
    `${date}, Python ${version}, numpy ${numpy}, scipy ${scipy}, ${rounds} rounds`,
    '| work | peer | threads | ours | theirs | theirs ÷ ours [95 % interval] | bar |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: |',
  ];
  const text = (value) => `${(1000 * value).toPrecision(3)} ms`;
  for (const { title, peer, threads, seconds, times, bar } of results) {
    const ratio = [times.ratio, times.low, times.high].map((value) => value.toPrecision(3));
    const interval = `${ratio[0]} [${ratio[1]}, ${ratio[2]}]`;
    const medians = [text(median(seconds.ours)), text(median(seconds.theirs))];
    lines.push(`| ${[title, peer, threads, ...medians, interval, bar].join(' | ')} |`);
  }
  lines.push('', ...results.map(({ name, agreement }) => `${name}: ${agreement}`));
  return lines.join('\n');
}
