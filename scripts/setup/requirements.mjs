import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './command.mjs';
import { oldestPython } from './python-clients.mjs';

/**
 * What this machine lacks for the purpose, one sentence each with its remedy; empty if nothing. All of it is looked at
 * before the first minute is spent.
 * @param {{ purpose: string, needsPip: boolean, needsClients: boolean }} wanted
 * @returns {Promise<string[]>}
 */
export async function missing({ purpose, needsPip, needsClients }) {
  const node = nodeProblem();
  if (node !== undefined) return [node];
  const lints = purpose === 'check' || purpose === 'test';
  const found = await Promise.all([
    rust(),
    lints && rustComponent('fmt', 'rustfmt'),
    lints && rustComponent('clippy', 'clippy'),
    toolchain(),
    needsPip && pip(),
    needsClients && newPython(),
    purpose === 'test' && chromium(),
    purpose === 'test' && prometheus(),
  ]);
  const problems = found.filter((problem) => typeof problem === 'string');
  const withoutRust = problems.some((problem) => problem.startsWith('Rust'));
  return withoutRust ? problems.filter((problem) => !problem.startsWith('Cargo')) : problems;
}

function nodeProblem() {
  const wanted = JSON.parse(readFileSync('package.json', 'utf8')).engines.node.replace('>=', '');
  if (isAtLeast(process.versions.node, wanted)) return undefined;
  return `Node ${wanted} or newer is needed and this is ${process.versions.node}: install a current release from https://nodejs.org.`;
}

async function rust() {
  const wanted = /rust-version = "([\d.]+)"/.exec(readFileSync('Cargo.toml', 'utf8'))?.[1] ?? '1';
  const { code, output } = await run('rustc', ['--version']);
  const cargo = await run('cargo', ['--version']);
  const remedy = 'install it from https://rustup.rs and open a new shell';
  if (code !== 0 || cargo.code !== 0)
    return `Rust ${wanted} or newer (rustc and cargo) is not on PATH: ${remedy}.`;
  const got = /\d+\.\d+\.\d+/.exec(output)?.[0] ?? '0';
  return isAtLeast(got, wanted)
    ? undefined
    : `Rust ${wanted} or newer is needed and this is ${got}: run \`rustup update\`.`;
}

async function rustComponent(command, component) {
  const { code } = await run('cargo', [command, '--version']);
  if (code !== 0) return `Cargo's ${component} is missing: run \`rustup component add ${component}\`.`;
  return undefined;
}

async function toolchain() {
  if (process.platform === 'win32') return undefined;
  const commands = ['cc', 'c++', 'make'];
  const absent = commands.filter((command) => onPath(command) === undefined);
  if (absent.length === 0) return undefined;
  const remedy =
    process.platform === 'darwin'
      ? 'run `xcode-select --install`'
      : 'run `apt-get install build-essential`, or your system’s like';
  return `A C toolchain is missing (${absent.join(', ')} not on PATH): ${remedy}.`;
}

const python = process.platform === 'win32' ? 'python' : 'python3';

async function pip() {
  const { code } = await run(python, ['-m', 'pip', '--version']);
  if (code === 0) return undefined;
  return 'Python with pip is missing (`python3 -m pip` fails), and the model comes through it: run `apt-get install python3 python3-pip`, or install Python from https://python.org.';
}

async function newPython() {
  const { code, output } = await run(python, ['--version']);
  const got = /\d+\.\d+\.\d+/.exec(output)?.[0] ?? '0';
  // One that is missing is the sentence about pip.
  if (code !== 0 || isAtLeast(got, oldestPython)) return undefined;
  return `Python ${oldestPython} or newer is needed for the clients that the server is tested with, and this is ${got}: install a newer one from https://python.org and put it first on PATH.`;
}

async function prometheus() {
  if (hasPrometheus() || canInstallPackages()) return undefined;
  return 'Prometheus is missing (prometheus and promtool are not both on PATH), and the metrics are tested with it: install it (`apt-get install prometheus` as root, or from https://prometheus.io).';
}

export function hasPrometheus() {
  return ['prometheus', 'promtool'].every((command) => onPath(command) !== undefined);
}

async function chromium() {
  if (findChromium() !== undefined || canInstallPackages()) return undefined;
  return 'Chromium is missing, and the report is tested in it: install it (`apt-get install chromium` as root), or set CHROME_PATH to a Chrome or Chromium.';
}

/** Path of a Chrome or Chromium, or undefined. */
export function findChromium() {
  const given = process.env.CHROME_PATH;
  if (given !== undefined && existsSync(given)) return given;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  return names.map(onPath).find((path) => path !== undefined) ?? (existsSync(mac) ? mac : undefined);
}

/** Whether Debian's packages can be installed without asking anybody. */
export function canInstallPackages() {
  return process.getuid?.() === 0 && onPath('apt-get') !== undefined;
}

function onPath(command) {
  const names = process.platform === 'win32' ? [`${command}.exe`, `${command}.cmd`] : [command];
  return (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

function isAtLeast(version, wanted) {
  const [got, least] = [version, wanted].map((text) => text.split('.').map(Number));
  for (const [index, part] of least.entries()) {
    if ((got[index] ?? 0) !== part) return (got[index] ?? 0) > part;
  }
  return true;
}
