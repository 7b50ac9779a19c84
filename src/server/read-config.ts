import { dirname, isAbsolute, resolve } from 'node:path';
import { parseInput } from '../core/parse.js';
import { readYaml } from '../experiments/config.js';
import type { EngineChoice } from '../experiments/engine-choice.js';
import { type ServerConfig, serverConfigSchema } from './config.js';

/** What the command line says; it wins over the file. */
interface ServeOverrides {
  readonly models?: readonly string[];
  readonly engine?: EngineChoice['kind'];
  readonly host?: string;
  readonly port?: number;
  readonly keys?: string;
  readonly effort?: string;
  readonly allowUnauthenticated?: boolean;
  readonly logLevel?: string;
}

/**
 * Reads the server's configuration, YAML or JSON. Paths in it (keys, GGUF files, replays) are relative to the file.
 * @param path null for the defaults alone
 * @throws TS_FILE_MISSING, TS_FILE_MALFORMED, TS_CONFIG_UNKNOWN_KEY, TS_CONFIG_INVALID
 */
export function readServerConfig(path: string | null, overrides: ServeOverrides = {}): ServerConfig {
  // An empty file is one without a wish.
  const written = parseInput(serverConfigSchema, path === null ? {} : (readYaml(path, '--config') ?? {}));
  const file = path === null ? written : nearFile(written, dirname(path));
  const { models, engine, host, port, keys, effort, allowUnauthenticated, logLevel } = overrides;
  return parseInput(serverConfigSchema, {
    ...file,
    models: chosenModels(file.models, models, engine),
    ...given({ host, port, keys, effort, allowUnauthenticated }),
    log: { ...file.log, ...given({ level: logLevel }) },
  });
}

/** Models of the command line replace those of the file; an engine of the command line is every model's. */
function chosenModels(
  ofFile: ServerConfig['models'],
  names: readonly string[] | undefined,
  kind: EngineChoice['kind'] | undefined,
): unknown[] {
  const engine = given({ engine: kind && { kind } });
  if (names === undefined) return ofFile.map((model) => ({ ...model, ...engine }));
  return names.map((model) => ({ model, ...engine }));
}

function nearFile(config: ServerConfig, folder: string): ServerConfig {
  const near = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  return {
    ...config,
    keys: config.keys === null ? null : near(config.keys),
    models: config.models.map(({ model, name, engine }) => ({
      name,
      model: model.endsWith('.gguf') ? near(model) : model,
      engine:
        engine.kind === 'scripted' && engine.replay !== null
          ? { ...engine, replay: near(engine.replay) }
          : engine,
    })),
  };
}

function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
