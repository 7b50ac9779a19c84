import { createInterface } from 'node:readline';
import { run } from '../../scripts/setup/command.mjs';
import { start } from './process.mjs';

const bench = ['bench', '-p', 'thinkscale-llama', '--bench', 'decode_loop'];

/** Runs the Rust bench of the decode loop against bare `llama_decode` and collects its lines. */
export async function decodeLoop({ model, threads }, { rounds, samples, prompt, tokens, minutes }) {
  const options = { model: model.path, rounds, samples: samples.join(), prompt, tokens, minutes, threads };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const command = ['cargo', ...bench, '--', ...args].join(' ');
  process.stderr.write(`${command}\n`);
  const program = start(await build(), args);
  program.stderr.pipe(process.stderr);
  const lines = [];
  try {
    for await (const line of createInterface({ input: program.stdout })) {
      process.stderr.write(`${line}\n`);
      lines.push(JSON.parse(line));
    }
    const code = await program.ended;
    return { command, lines, failure: code === 0 ? null : `the bench ended with code ${code}` };
  } finally {
    await program.stop();
  }
}

/** Builds the bench; resolves to the path of the program. */
async function build() {
  const { code, output } = await run('cargo', [...bench, '--no-run', '--quiet', '--message-format', 'json']);
  const program = /"executable":"([^"]+)"/.exec(output)?.[1];
  if (code !== 0 || program === undefined) throw new Error(`The bench could not be built:\n${output}`);
  return program;
}

/** The figures as a table in Markdown. */
export function decodeLoopTable({ lines, failure }) {
  const rows = lines.flatMap((line) => {
    switch (line.kind) {
      case 'loop-summary':
        return [row(`loop / bare llama_decode, ${line.samples} samples`, line, ['full', 'bare'])];
      case 'scoring-summary':
        return [row(`scoring / plain evaluation, ${line.tokens} tokens`, line, ['scoring', 'plain'])];
      case 'streams-summary':
        return [row(`split / unified streams, ${line.prompts} prompts`, line, ['split', 'unified'])];
      default:
        return [];
    }
  });
  const forks = lines.filter(({ kind }) => kind === 'forks').map(forksText);
  const head = [
    '| ratio of seconds | value [95 % interval] | medians | rounds |',
    '| --- | --- | --- | ---: |',
  ];
  return [...head, ...rows, '', ...forks, ...(failure === null ? [] : [`failed: ${failure}`])].join('\n');
}

function row(name, { ratio, low, high, medians, rounds }, sides) {
  // What is not a number arrives as null.
  const text = (value) => value?.toFixed(3) ?? '–';
  const seconds = sides.map((side) => `${text(medians[side])} s`).join(' / ');
  return `| ${name} | ${text(ratio)} [${text(low)}, ${text(high)}] | ${seconds} | ${rounds} |`;
}

function forksText(line) {
  const { forks, prompt, repeats, medianMilliseconds, p95Milliseconds, cellsBefore, cellsAfter } = line;
  const times = `median ${medianMilliseconds.toFixed(2)} ms, 95th percentile ${p95Milliseconds.toFixed(2)} ms`;
  return `${forks} forks of ${prompt} tokens: ${times} of ${repeats}; ${cellsBefore} cells used before, ${cellsAfter} after`;
}
