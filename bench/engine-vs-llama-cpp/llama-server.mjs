import { request } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { start, within } from './process.mjs';
import { branchLength, promptOf, sharedCells } from './work.mjs';

/** Seconds that a server has to load the model. */
const patience = 120;

/**
 * llama-server, started anew for each measurement. `together`: one request with n samples, whose prompt is evaluated
 * once and copied in a unified cache; otherwise one request a sample, all at the same time, each with its own cells.
 */
export function llamaServer(name, together, { model, threads, programs, story }) {
  const args = (work, port) => {
    const sizes = together
      ? ['-kvu', '-c', sharedCells(work)]
      : ['-no-kvu', '-c', branchLength(work) * work.samples];
    const fixed = ['--cache-ram', 0, '--offline', '--no-ui', '-lv', 1];
    const computes = ['-b', 2048, '-ub', 512, '-t', threads, '-tb', threads];
    const where = ['--host', '127.0.0.1', '--port', port];
    return ['-m', model.path, ...where, '-np', work.samples, ...sizes, ...computes, ...fixed].map(String);
  };
  return {
    name,
    does: (work) => work.shared || !together,
    command: (work) => ['llama-server', ...args(work, 'PORT')].join(' '),
    async run(work, round, limit) {
      const port = await freePort();
      const server = start(programs.path('llama-server'), args(work, port), programs.env);
      try {
        await ready(server, port);
        await complete(port, { ...sampling, prompt: story.slice(0, 16), n_predict: 2 });
        return await within(limit, name, measure(port, work, round));
      } catch (error) {
        throw new Error(`${error.message}\n${server.output().slice(-2000)}`, { cause: error });
      } finally {
        await server.stop();
      }
    },
  };

  async function measure(port, work, round) {
    const first = 1 + round * work.samples;
    const prompts = Array.from({ length: together ? 1 : work.samples }, (_, at) =>
      promptOf(story, work.promptTokens, work.shared ? first : first + at),
    );
    const body = {
      ...sampling,
      n_predict: work.newTokens,
      ...(together && work.samples > 1 ? { n: work.samples } : {}),
    };
    const began = performance.now();
    const answers = await Promise.all(
      prompts.map((prompt, seed) => complete(port, { ...body, prompt, seed })),
    );
    const seconds = (performance.now() - began) / 1000;
    check(answers.flat(), work);
    return seconds;
  }
}

/** The samplers of ours, in the same order; nothing is found in a cache. */
const sampling = {
  temperature: 0.7,
  top_k: 40,
  samplers: ['top_k', 'temperature'],
  ignore_eos: true,
  cache_prompt: false,
};

function check(answers, work) {
  const drawn = answers.map((answer) => answer.tokens_predicted);
  if (drawn.length !== work.samples || drawn.some((count) => count !== work.newTokens)) {
    throw new Error(`Expected ${work.samples} × ${work.newTokens} tokens, got ${drawn.join()}.`);
  }
  // Samples that share a prompt all report its evaluation.
  const evaluated = answers.map(({ timings }) => timings.prompt_n);
  if (evaluated.some((count) => count !== work.promptTokens)) {
    throw new Error(
      `Expected prompts of ${work.promptTokens} tokens to be evaluated, got ${evaluated.join()}.`,
    );
  }
}

export async function ready(server, port) {
  const end = performance.now() + patience * 1000;
  while (performance.now() < end) {
    if (!server.running()) throw new Error('llama-server ended before it was ready');
    const healthy = await call(port, 'GET', '/health').then(
      ({ status }) => status === 200,
      () => false,
    );
    if (healthy) return;
    await pause(100);
  }
  throw new Error(`llama-server was not ready after ${patience} s`);
}

async function complete(port, body) {
  const { status, text } = await call(port, 'POST', '/completion', JSON.stringify(body));
  if (status !== 200) throw new Error(`llama-server answered ${status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** `fetch` gives up on answers that take longer than five minutes. */
function call(port, method, path, body = '') {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      reply.on('end', () => resolve({ status: reply.statusCode, text }));
      reply.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
