/**
 * The server beside llama.cpp's own: concurrent chats on one model, tokens a second. Both stay loaded and take turns; the one
 * that goes first changes with the round.
 *
 * npm run bench -- serving [--rounds 10] [--concurrency 16] [--tokens 128] [--words 40] [--stream] [--model NAME] [--json]
 */
import { parseArgs } from 'node:util';
import { resolveModel } from '../dist/engine/model-files/model-files.js';
import { availableParallelism } from '../dist/native/native.js';
import { llamaCppBin } from './engine-vs-llama-cpp/llama-cpp-bin.mjs';
import { chats, sendAll } from './serving/load.mjs';
import { llamaServer, ours } from './serving/servers.mjs';
import { median, mostRounds, ratioInterval } from './statistics/ratio.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    concurrency: { type: 'string', default: '16' },
    tokens: { type: 'string', default: '128' },
    words: { type: 'string', default: '40' },
    stream: { type: 'boolean', default: false },
    model: { type: 'string', default: 'smollm2' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = whole('rounds', values.rounds, 1, mostRounds);
const concurrency = whole('concurrency', values.concurrency, 1, 128);
const tokens = whole('tokens', values.tokens, 2, 1000);
const words = whole('words', values.words, 1, 500);

const model = await resolveModel(values.model, { pull: true });
const threads = availableParallelism();
const contextLength = 256 * Math.ceil((tokens + 2 * words + 128) / 256);
const setting = { model, threads, concurrency, contextLength, programs: await llamaCppBin() };

const servers = [];
try {
  for (const open of [ours, llamaServer]) {
    const server = await open(setting);
    servers.push({ ...server, measured: [] });
    process.stderr.write(`${server.command}\n`);
  }
  // Memory that is touched for the first time is paid for here.
  for (const server of servers) await measure(server, 0);
  for (let round = 1; round <= rounds; round++) {
    for (const server of round % 2 === 0 ? [...servers].reverse() : servers) {
      const result = await measure(server, round);
      server.measured.push(result);
      const { seconds, promptTokens } = result;
      process.stderr.write(
        `round ${round}, ${server.name}: ${seconds.toFixed(2)} s, ${promptTokens} prompt tokens\n`,
      );
    }
  }
} finally {
  await Promise.all(servers.map(({ stop }) => stop()));
}
const report = summary();
process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${text(report)}\n`);

async function measure({ name, url, extra }, round) {
  const { stream } = values;
  const bodies = chats({ concurrency, tokens, words, round, stream }).map((body) => ({ ...body, ...extra }));
  const result = await sendAll(url, bodies);
  if (result.perChat.some((count) => count !== tokens)) {
    throw new Error(`Expected ${tokens} tokens of each chat, ${name} gave ${result.perChat.join()}.`);
  }
  return { ...result, tokensPerSecond: result.completionTokens / result.seconds };
}

function summary() {
  const [own, peer] = servers.map(({ measured }) => measured.map((it) => it.tokensPerSecond));
  return {
    date: new Date().toISOString(),
    model: model.name,
    threads,
    concurrency,
    tokens,
    contextLength,
    stream: values.stream,
    rounds,
    servers: servers.map(({ name, command, measured }) => ({
      name,
      command,
      promptTokens: measured[0].promptTokens,
      tokensPerSecond: measured.map((it) => it.tokensPerSecond),
      median: median(measured.map((it) => it.tokensPerSecond)),
    })),
    oursToPeer: ratioInterval(own.map((value, at) => value / peer[at])),
  };
}

function text({ oursToPeer: { ratio, low, high }, ...report }) {
  const rows = report.servers.map(
    ({ name, promptTokens, median: middle }) => `| ${name} | ${promptTokens} | ${middle.toFixed(1)} |`,
  );
  const way = report.stream ? 'streamed' : 'at once';
  return [
    `${report.concurrency} chats of ${report.tokens} new tokens together, ${way}; ${report.model}, ${report.threads} threads, ${report.rounds} rounds`,
    '| server | prompt tokens in all | tokens/s, median |',
    '| --- | ---: | ---: |',
    ...rows,
    `ours ÷ theirs: ${ratio.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`,
  ].join('\n');
}

function whole(name, given, least, most) {
  const value = Number(given);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`Expected --${name} to be a whole number from ${least} to ${most}, got ${given}.`);
}
