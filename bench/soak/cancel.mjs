import { Agent, request } from 'node:http';
import { startServer } from '../../dist/server/server.js';

const crowd = 200;
const running = 16;
/** SmolLM2's end token. */
const endToken = '2';

const question = {
  model: 'smollm2',
  messages: [{ role: 'user', content: 'Tell me everything that you know.' }],
  max_completion_tokens: 4000,
  reasoning_effort: 'none',
  logit_bias: { [endToken]: -100 },
};
const branches = { thinkscale: { strategy: 'self-consistency', budget: { samples: 16 } } };

const scenarios = [
  { name: 'streams', samples: 1, body: { ...question, stream: true } },
  { name: 'requests without a stream', samples: 1, body: question },
  { name: 'streams of 16 branches', samples: 16, body: { ...question, ...branches, stream: true } },
  { name: 'requests of 16 branches', samples: 16, body: { ...question, ...branches } },
];

/** 200 requests of 4,000 tokens on SmolLM2 that leave after half a second, each way of asking on a server of its own. */
export async function cancelAll() {
  const results = [];
  for (const scenario of scenarios) {
    process.stderr.write(`cancel: ${scenario.name} …\n`);
    results.push(await cancel(scenario));
  }
  return results;
}

async function cancel({ name, samples, body }) {
  const engineOptions = { kind: 'llama', contextLength: 4352, parallel: running };
  const server = await startServer({
    port: 0,
    models: [{ model: 'smollm2', engine: engineOptions }],
    limits: { running, queue: 256 },
    log: { level: 'silent' },
  });
  const [{ engine }] = server.context.models.values();
  const { admission } = server.context;
  try {
    const callers = Array.from({ length: crowd }, () => ask(server.port, body));
    while (admission.state.running + admission.state.queued < crowd) await pause(5);
    await pause(500);
    const { queued } = admission.state;
    const before = await engine.statistics();
    const started = performance.now();
    for (const caller of callers) caller.drop();
    const after = await untilIdle(engine);
    const milliseconds = performance.now() - started;
    const refused = (await Promise.all(callers.map(({ status }) => status))).filter(
      (status) => status !== null && status !== 200,
    );
    const last = ask(server.port, { ...body, max_completion_tokens: 8, stream: false });
    const answered = (await last.status) === 200;
    const evaluated = after.evaluatedTokens - before.evaluatedTokens;
    // What one step may decode: a token of every sample that runs, as many as fit into a batch.
    const step = Math.min(running * samples, engine.info.parallel);
    return {
      name,
      queued,
      refused: refused.length,
      branches: before.branches,
      milliseconds,
      evaluated,
      steps: evaluated / step,
      holds: queued === crowd - running && refused.length === 0 && evaluated <= 2 * step && answered,
    };
  } finally {
    await server.close();
  }
}

function ask(port, body) {
  const payload = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
  const where = { host: '127.0.0.1', port, path: '/v1/chat/completions', method: 'POST', headers };
  const sent = request({ ...where, agent: new Agent({ keepAlive: false }) });
  const status = new Promise((resolve) => {
    sent.on('response', (reply) => {
      reply.on('error', () => undefined).resume();
      resolve(reply.statusCode);
    });
    sent.on('close', () => resolve(null));
  });
  sent.on('error', () => undefined);
  sent.end(payload);
  return { status, drop: () => sent.destroy() };
}

async function untilIdle(engine) {
  for (;;) {
    const statistics = await engine.statistics();
    if (statistics.branches === 0 && statistics.usedCells === 0) return statistics;
    await pause(1);
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The figures as a table in Markdown. */
export function cancelTable(results) {
  const rows = results.map(
    ({ name, queued, refused, branches: live, milliseconds, evaluated, steps, holds }) =>
      [
        name,
        queued,
        refused,
        live,
        milliseconds.toFixed(0),
        evaluated,
        steps.toFixed(2),
        holds ? 'ok' : 'FAILED',
      ].join(' | '),
  );
  return [
    '| 200 of | queued | refused | live branches | ms to none | tokens evaluated since | steps | |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
