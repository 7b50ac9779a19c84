/**
 * `npm run soak`: ten minutes of requests at half of what the server can take, on the scripted engine; prints errors, the
 * growth of memory and the latency that the server added. `npm run soak -- cancel`: 200 long requests on SmolLM2 that leave.
 * The exit code is 1 if something does not hold.
 *
 * npm run soak [-- [cancel] [--minutes 10] [--ramp-seconds 5] [--rate N] [--json]]
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { soak, soakText } from '../bench/soak/soak.mjs';
import { setup } from './setup.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' },
    'ramp-seconds': { type: 'string', default: '5' },
    rate: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const minutes = above('minutes', values.minutes);
const rampSeconds = above('ramp-seconds', values['ramp-seconds']);
const rate = values.rate === undefined ? null : above('rate', values.rate);
const [what = 'load'] = positionals;
if (process.exitCode === undefined) {
  if (what !== 'load' && what !== 'cancel') {
    process.stderr.write(`soak: expected nothing or cancel, got ${what}\n`);
    process.exitCode = 2;
  } else if (await setup(what === 'cancel' ? 'demo' : 'build')) {
    process.exitCode = (await (what === 'cancel' ? runCancel() : runSoak())) ? 0 : 1;
  } else {
    process.exitCode = 1;
  }
}

async function runSoak() {
  const report = await soak({ minutes, rampSeconds, rate });
  write(report, soakText(report));
  return Object.values(report.verdicts).every(Boolean);
}

async function runCancel() {
  // Needs what set-up has built.
  const { cancelAll, cancelTable } = await import('../bench/soak/cancel.mjs');
  const results = await cancelAll();
  write(results, cancelTable(results));
  return results.every(({ holds }) => holds);
}

function write(report, text) {
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${text}\n`);
}

function above(name, text) {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  process.stderr.write(`soak: expected --${name} to be a number above 0, got ${text}\n`);
  process.exitCode = 2;
  return 0;
}
