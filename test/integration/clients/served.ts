import type { Engine } from '../../../src/engine/engine.js';
import type { ServerConfigInput } from '../../../src/server/config.js';
import { type RunningServer, startServer } from '../../../src/server/server.js';

/** A server in this process, as its clients see it. */
export interface Served {
  readonly server: RunningServer;
  /** What clients call their base URL. */
  readonly baseUrl: string;
  /** Of the first model. */
  readonly engine: Engine;
}

/** Serves on a free port of the loopback address, silently; whoever calls it closes the server. */
export async function serve(config: ServerConfigInput): Promise<Served> {
  const server = await startServer({ port: 0, log: { level: 'silent' }, ...config });
  const [model] = server.context.models.values();
  if (model === undefined) throw new Error('Expected a model to be served.');
  return { server, baseUrl: `http://127.0.0.1:${server.port}/v1`, engine: model.engine };
}

/** A model named `scripted`; `engine` as a user would write it. */
export function scripted(engine: object = {}): NonNullable<ServerConfigInput['models']> {
  return [{ name: 'scripted', engine: { kind: 'scripted', ...engine } }];
}

/** What a client's model answers: sums, a weather report with its tool, and else a sentence. */
export const conversation = {
  successRate: 1,
  replies: [
    { when: '18 degrees', texts: ['It is 18 degrees in Paris.'] },
    {
      when: 'weather',
      texts: ['<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call>'],
    },
  ],
  otherwise: ['I am a script.'],
};

/** The default model on the real engine, small enough for a test. */
export function smolLm2(engine: object = {}): NonNullable<ServerConfigInput['models']> {
  return [{ model: 'smollm2', engine: { kind: 'llama', contextLength: 2048, parallel: 16, ...engine } }];
}
