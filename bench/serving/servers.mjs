import { serveProcess } from '../../scripts/clients/serve-process.mjs';
import { freePort, ready } from '../engine-vs-llama-cpp/llama-server.mjs';
import { start } from '../engine-vs-llama-cpp/process.mjs';
import { endToken } from './load.mjs';

/**
 * Servers that do the same work: one model, as many threads, as many places, the same context for each, the same samplers in
 * the same order, the end token forbidden. Both may reuse what they evaluated before, as they do by default; prompts have
 * only the template's beginning in common.
 * @typedef {{ name: string, command: string, url: string, extra: object, stop: () => Promise<unknown> }} Server
 * `extra`: what its requests need beside the common fields
 */

/** @returns {Promise<Server>} */
export async function ours({ model, threads, concurrency, contextLength }) {
  // Prompts that have nothing in common: cells of its own for each branch, as llama-server has them here.
  const streams = 'split';
  const engine = { kind: 'llama', contextLength, parallel: concurrency, threads, gpu: 'cpu', streams };
  const config = {
    models: [{ model: model.name, name: 'model', engine }],
    limits: { running: concurrency },
    log: { level: 'error' },
  };
  const server = await serveProcess(config);
  return {
    name: 'thinkscale serve',
    command: `thinkscale serve --config ${JSON.stringify(config)}`,
    url: server.url,
    extra: { model: 'model', reasoning_effort: 'none', logit_bias: { [endToken]: -100 } },
    stop: server.stop,
  };
}

/** @returns {Promise<Server>} */
export async function llamaServer({ model, threads, concurrency, contextLength, programs }) {
  const port = await freePort();
  const where = ['--host', '127.0.0.1', '--port', port];
  const sizes = ['-np', concurrency, '-no-kvu', '-c', contextLength * concurrency, '-b', 2048, '-ub', 512];
  const fixed = [
    '-t',
    threads,
    '-tb',
    threads,
    '--jinja',
    '--cache-ram',
    0,
    '--offline',
    '--no-ui',
    '-lv',
    1,
  ];
  const args = ['-m', model.path, ...where, ...sizes, ...fixed].map(String);
  const server = start(programs.path('llama-server'), args, programs.env);
  try {
    await ready(server, port);
  } catch (error) {
    await server.stop();
    throw new Error(`${error.message}\n${server.output().slice(-2000)}`, { cause: error });
  }
  return {
    name: `llama-server (${programs.name})`,
    command: ['llama-server', ...args.map((arg) => (arg === String(port) ? 'PORT' : arg))].join(' '),
    url: `http://127.0.0.1:${port}`,
    extra: {
      top_k: 40,
      samplers: ['top_k', 'temperature'],
      ignore_eos: true,
      logit_bias: { [endToken]: -100 },
    },
    stop: () => server.stop(),
  };
}
