// `npm test`: set-up, checks, the TypeScript suites, the Rust suites, and one line that adds them all up.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { check } from './check.mjs';
import { run, tool } from './setup/command.mjs';
import { setup } from './setup.mjs';
import { cargoTotals, vitestTotals } from './test/totals.mjs';

const report = '.setup/vitest.json';

async function vitest() {
  mkdirSync('.setup', { recursive: true });
  rmSync(report, { force: true });
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await run(process.execPath, [tool.vitest, ...args], { echo: true });
  return vitestTotals({ code, report: readReport() });
}

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}

async function cargo() {
  return cargoTotals(await run('cargo', ['test', '--workspace', '--no-fail-fast'], { echo: true }));
}

if (await setup('test')) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  for (const suite of [check, vitest, cargo]) {
    const ended = await suite();
    for (const name of Object.keys(totals)) totals[name] += ended[name];
    failures.push(...ended.failures);
  }
  process.exitCode = totals.failed === 0 ? 0 : 1;
  for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
} else {
  process.exitCode = 1;
  process.stdout.write('0 passed, 1 failed, 0 skipped\n');
}
