import closeWithGrace from 'close-with-grace';
import { Command, Option } from 'commander';
import { ThinkscaleError } from '../../core/errors.js';
import type { EngineChoice } from '../../experiments/engine-choice.js';
import { efforts } from '../../policy/policy.js';
import type { ServerConfig } from '../../server/config.js';
import { readServerConfig } from '../../server/read-config.js';
import type { RunningServer } from '../../server/server.js';
import { notice, numberOption, writeText } from '../output.js';

interface Options {
  readonly model?: string[];
  readonly engine?: EngineChoice['kind'];
  readonly host?: string;
  readonly port?: number;
  readonly config?: string;
  readonly keys?: string;
  readonly effort?: string;
  readonly allowUnauthenticated?: boolean;
  readonly logLevel?: string;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve models with an OpenAI-compatible API that spends compute on reasoning.')
    .option('--model <name...>', 'catalogue names, GGUF files or hf:owner/repo:quant (default: smollm2)')
    .addOption(
      new Option(
        '--engine <kind>',
        'what evaluates the models; scripted answers arithmetic without one',
      ).choices(['auto', 'llama', 'node-llama-cpp', 'scripted']),
    )
    .option('--host <address>', 'where to listen (default: 127.0.0.1, this machine only)')
    .option('--port <number>', '0 takes a free one (default: 8080)', numberOption)
    .option('--config <file>', 'YAML or JSON; docs/server.md lists its keys, and options here win over it')
    .option('--keys <file>', 'API keys; `thinkscale keys new ID` adds one')
    .addOption(
      new Option('--effort <level>', 'of requests that name none (default: medium)').choices(efforts),
    )
    .option('--allow-unauthenticated', 'serve everybody who reaches a public address, without keys')
    .addOption(
      new Option('--log-level <level>', 'of the log on stderr (default: info)').choices([
        'silent',
        'error',
        'warn',
        'info',
        'debug',
      ]),
    )
    .action(async ({ config, model, ...rest }: Options) => {
      await serve(readServerConfig(config ?? null, { ...rest, ...(model && { models: model }) }));
    });
}

/** Serves until a signal; the process ends with it. */
async function serve(config: ServerConfig): Promise<void> {
  // Other commands start faster without it.
  const { startServer } = await import('../../server/server.js');
  const interrupted = new AbortController();
  const starting = startServer(config, {
    signal: interrupted.signal,
    onNotice: notice,
    onListening: (url) => notice(`Listening at ${url}; the models are loading.`),
  });
  const grace = closeWithGrace(
    {
      // The server keeps its own time, drainSeconds.
      delay: false,
      // Read again on SIGHUP, below.
      skip: ['SIGHUP'],
      logger: { error: (message: unknown) => notice(String(message)) },
    },
    async ({ err }) => {
      if (err !== undefined) notice(`${ThinkscaleError.from(err).message} The server drains and ends.`);
      else notice('Draining: no new requests; press Ctrl-C again to end at once.');
      interrupted.abort(new Error('interrupted while the models were loading'));
      await starting.then(
        (server) => server.close(),
        () => undefined,
      );
    },
  );
  let server: RunningServer;
  try {
    server = await starting;
  } catch (error) {
    grace.uninstall();
    throw error;
  }
  process.on('SIGHUP', () => reloadKeys(server));
  const names = [...server.context.models.keys()].join(', ');
  writeText(`thinkscale serves ${names} at ${server.url}/v1 (OpenAI-compatible); Ctrl-C drains and ends.`);
  await server.closed;
}

/** A file that can't be read leaves the keys as they were. */
function reloadKeys(server: RunningServer): void {
  try {
    server.reloadKeys();
    notice('The keys were read again.');
  } catch (error) {
    const { code, message } = ThinkscaleError.from(error);
    notice(`${code}: ${message} The keys stay as they were.`);
  }
}
