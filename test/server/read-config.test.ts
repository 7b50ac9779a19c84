import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readServerConfig } from '../../src/server/read-config.js';
import { expectFailure, thrownBy } from '../support/failures.js';
import { temporaryDirectory } from '../support/temporary.js';

function configFile(text: string): { readonly path: string; readonly folder: string } {
  const folder = temporaryDirectory();
  const path = join(folder, 'server.yaml');
  writeFileSync(path, text);
  return { path, folder };
}

describe('readServerConfig', () => {
  it('has defaults for everything', () => {
    const config = readServerConfig(null);
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      keys: null,
      effort: 'medium',
      corsOrigins: [],
    });
    expect(config.models).toMatchObject([{ model: 'smollm2', name: null, engine: { kind: 'auto' } }]);
    expect(readServerConfig(configFile('').path)).toEqual(config);
  });

  it('finds keys, model files and replays beside the file, and leaves names alone', () => {
    const { path, folder } = configFile(`
keys: keys.jsonl
models:
  - { model: models/own.gguf, name: own }
  - { model: /srv/other.gguf, name: other }
  - { model: smollm2 }
  - { name: replayed, engine: { kind: scripted, replay: samples.jsonl } }
`);
    const { keys, models } = readServerConfig(path);
    expect(keys).toBe(join(folder, 'keys.jsonl'));
    expect(models.map(({ model }) => model)).toEqual([
      join(folder, 'models/own.gguf'),
      '/srv/other.gguf',
      'smollm2',
      'smollm2',
    ]);
    expect(models[3]?.engine).toMatchObject({ replay: join(folder, 'samples.jsonl') });
  });

  it('lets the command line win over the file', () => {
    const { path } = configFile(
      'port: 1\neffort: low\nlog: { level: debug, prompts: true }\nmodels: [{ name: one }]\n',
    );
    const config = readServerConfig(path, {
      port: 2,
      logLevel: 'error',
      engine: 'scripted',
      keys: 'own.jsonl',
    });
    expect(config).toMatchObject({
      port: 2,
      effort: 'low',
      keys: 'own.jsonl',
      log: { level: 'error', prompts: true },
    });
    expect(config.models).toMatchObject([{ name: 'one', engine: { kind: 'scripted' } }]);
    expect(readServerConfig(path, { models: ['a.gguf', 'b.gguf'] }).models).toMatchObject([
      { model: 'a.gguf', name: null },
      { model: 'b.gguf', name: null },
    ]);
  });

  it('names what is wrong, whoever said it', () => {
    const { path } = configFile('limits: { running: 0 }\n');
    expectFailure(
      thrownBy(() => readServerConfig(path)),
      'TS_CONFIG_INVALID',
      '`limits.running`',
      'at least 1',
    );
    expectFailure(
      thrownBy(() => readServerConfig(null, { port: -1 })),
      'TS_CONFIG_INVALID',
      '`port`',
      '-1',
    );
    expectFailure(
      thrownBy(() => readServerConfig('none.yaml')),
      'TS_FILE_MISSING',
      '`--config`',
      'none.yaml',
    );
  });
});
