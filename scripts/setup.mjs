// Makes a checkout ready: `node scripts/setup.mjs [--for build|check|demo|test|clients]`. Plain Node without dependencies, because
// it runs before node_modules exists. What is up to date is skipped, so every command of package.json starts with it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { allClients, testClients } from './setup/python-clients.mjs';
import { missing } from './setup/requirements.mjs';
import {
  browser,
  model,
  modelMayBeMissing,
  nativeCore,
  noteModel,
  packages,
  prometheus,
  tinyModels,
  typescript,
} from './setup/steps.mjs';

const stepsFor = {
  build: [packages, nativeCore, typescript],
  check: [packages, nativeCore, typescript],
  demo: [packages, nativeCore, typescript, model],
  test: [packages, nativeCore, typescript, model, tinyModels, browser, prometheus, testClients],
  clients: [packages, nativeCore, typescript, model, testClients, allClients],
};

/**
 * @param {keyof typeof stepsFor} purpose
 * @returns {Promise<boolean>} whether everything is in place; what is not has been said on stderr
 */
export async function setup(purpose) {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  const steps = stepsFor[purpose];
  const needsClients = [testClients, allClients].some((step) => steps.includes(step) && step.pending());
  const needsPip =
    needsClients ||
    (steps.includes(model) && modelMayBeMissing()) ||
    (steps.includes(tinyModels) && tinyModels.pending());
  const problems = await missing({ purpose, needsPip, needsClients });
  for (const problem of problems) process.stderr.write(`setup: ${problem}\n`);
  if (problems.length > 0) return false;

  const started = performance.now();
  const unlock = await lock();
  try {
    let worked = 0;
    for (const step of steps) {
      if (!(await step.pending())) continue;
      worked += 1;
      if (!(await perform(step))) return false;
    }
    if (steps.includes(model)) await noteModel();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(
      worked === 0 ? 'setup: everything is up to date\n' : `setup: ready after ${seconds} s\n`,
    );
    return true;
  } finally {
    unlock();
  }
}

async function perform(step) {
  const started = performance.now();
  process.stdout.write(`setup: ${step.name} …`);
  const failure = await step.work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(failure === undefined ? ` ${seconds} s\n` : ` failed after ${seconds} s\n`);
  if (failure === undefined) return true;
  process.stderr.write(`${failure}\nsetup: the step “${step.name}” failed; its output is above.\n`);
  return false;
}

/** Two commands in one checkout must not install over each other. */
async function lock() {
  const path = '.setup/lock';
  mkdirSync('.setup', { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isHeld(path)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!waited) process.stdout.write('setup: waiting for another set-up of this checkout …\n');
    await sleep(500);
  }
}

/** Whether the process that the lock names still runs; one that has not written its number yet does. */
function isHeld(path) {
  try {
    process.kill(Number(readFileSync(path, 'utf8') || process.pid), 0);
    return true;
  } catch (error) {
    // Any other failure, such as a lock that has just been released, is settled by asking again.
    return error.code !== 'ESRCH';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flag = process.argv.indexOf('--for');
  const purpose = flag === -1 ? 'demo' : process.argv[flag + 1];
  if (stepsFor[purpose] === undefined) {
    process.stderr.write(`setup: expected --for ${Object.keys(stepsFor).join('|')}, got ${purpose}\n`);
    process.exitCode = 2;
  } else if (!(await setup(purpose))) {
    process.exitCode = 1;
  }
}
