// `npm run check`: formatting, lint, imports, unused code, types and the generated binding. Each step is one suite.
import { fileURLToPath } from 'node:url';
import { run, tool } from './setup/command.mjs';
import { fingerprint, readStamp } from './setup/stamps.mjs';
import { generatedFiles } from './setup/steps.mjs';
import { setup } from './setup.mjs';

const node =
  (script, ...args) =>
  () =>
    run(process.execPath, [script, ...args]);
const cargo =
  (...args) =>
  () =>
    run('cargo', args);

// Two lanes, because two cores are the least that people have and Rust's half is one long step.
const lanes = [
  [
    {
      name: 'format and lint (biome)',
      check: node(tool.biome, 'check', '--error-on-warnings', '--no-errors-on-unmatched'),
    },
    {
      name: 'imports (dependency-cruiser)',
      check: node(tool.depcruise, '--config', '.dependency-cruiser.mjs', 'src'),
    },
    { name: 'unused code (knip)', check: node(tool.knip, '--no-progress') },
    { name: 'types (tsc)', check: node(tool.tsc, '--project', 'tsconfig.check.json', '--pretty', 'false') },
  ],
  [
    { name: 'Rust format (cargo fmt)', check: cargo('fmt', '--all', '--check') },
    {
      name: 'Rust lint (clippy)',
      check: cargo('clippy', '--workspace', '--all-targets', '--quiet', '--', '-D', 'warnings'),
    },
    { name: 'generated binding', check: generatedBinding },
  ],
];

/** What napi wrote at the last build of the present sources must be what is here, and what git has. */
async function generatedBinding() {
  const started = performance.now();
  const result = (code, output) => ({ code, output, seconds: (performance.now() - started) / 1000 });
  const remedy = 'run `npm run build` and commit the result';
  if (readStamp('native')?.generated !== fingerprint({ paths: generatedFiles })) {
    return result(1, `${generatedFiles.join(' or ')} is not what napi generates: ${remedy}.\n`);
  }
  const { code, output } = await run('git', ['diff', '--exit-code', '--stat', '--', ...generatedFiles]);
  // Only 1 means a difference; a tarball without git has nothing to compare with.
  return code === 1
    ? result(1, `${output}The committed binding is older than the crate: ${remedy}.\n`)
    : result(0, '');
}

/** @returns {Promise<import('./test/totals.mjs').Totals>} */
export async function check() {
  const totals = { passed: 0, failed: 0, skipped: 0, failures: [] };
  await Promise.all(
    lanes.map(async (lane) => {
      for (const { name, check } of lane) {
        const { code, output, seconds } = await check();
        totals[code === 0 ? 'passed' : 'failed'] += 1;
        process.stdout.write(`check: ${name} … ${code === 0 ? 'ok' : 'FAILED'} ${seconds.toFixed(1)} s\n`);
        if (code === 0) continue;
        totals.failures.push(`check: ${name}`);
        process.stdout.write(`${output}\n`);
      }
    }),
  );
  return totals;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = (await setup('check')) && (await check()).failed === 0 ? 0 : 1;
}
