import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { modelPath } from '../../src/engine/model-files/model-files.js';
import { newFolder, planted } from '../experiments/planted.js';
import { thinkscale, thinkscaleWithFileLimit } from './command-line.js';

interface Case {
  /** What is wrong. */
  readonly name: string;
  readonly experiment?: object;
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly args?: readonly string[];
  readonly says: readonly string[];
}

const experiment = (more: object): object => ({ ...planted(), ...more });
const real = (model: string): object => ({ ...planted(), engine: { kind: 'node-llama-cpp' }, model });
const jsonl = (lines: string): Pick<Case, 'experiment' | 'files'> => ({
  experiment: experiment({ task: { kind: 'jsonl', path: 'problems.jsonl', grader: 'number' } }),
  files: { 'problems.jsonl': lines },
});

/** The head of the real default model: everything up to its tensors is sound. */
function truncatedModel(): Buffer {
  return readFileSync(modelPath('smollm2') ?? '').subarray(0, 20_000_000);
}

const cases: readonly Case[] = [
  { name: 'a missing experiment file', args: ['run', 'none.yaml'], says: ['TS_FILE_MISSING', 'none.yaml'] },
  {
    name: 'an experiment file that is not YAML',
    files: { 'bad.yaml': 'name: x\ntask: [\n' },
    args: ['run', 'bad.yaml'],
    says: ['TS_FILE_MALFORMED', 'line 3'],
  },
  {
    name: 'an unknown key',
    experiment: experiment({ budgets: { sampels: [1] } }),
    says: ['TS_CONFIG_UNKNOWN_KEY', '`budgets.sampels`', 'samples, thinkingTokens'],
  },
  {
    name: 'an unknown key in a list',
    experiment: experiment({ strategies: [{ kind: 'self-consistency', n: 4 }] }),
    says: ['TS_CONFIG_UNKNOWN_KEY', '`strategies[0].n`'],
  },
  {
    name: 'an unknown strategy',
    experiment: experiment({ strategies: [{ kind: 'guess' }] }),
    says: ['TS_CONFIG_INVALID', 'strategies[0]', 'self-consistency', 'guess'],
  },
  {
    name: 'samples 0',
    experiment: experiment({ budgets: { samples: [0] } }),
    says: ['TS_CONFIG_INVALID', '`budgets.samples[0]`', 'at least 1', '0'],
  },
  {
    name: 'a negative budget',
    experiment: experiment({ budgets: { samples: [1], tokens: -5 } }),
    says: ['TS_CONFIG_INVALID', '`budgets.tokens`', '-5'],
  },
  {
    name: 'a budget that holds no sample',
    experiment: experiment({ budgets: { samples: [1], tokens: 12 } }),
    says: ['TS_BUDGET_TOO_SMALL', '`budget.tokens`', 'got 12'],
  },
  {
    name: 'a prompt that is longer than the context',
    experiment: experiment({ engine: { kind: 'scripted', contextLength: 8 } }),
    says: ['TS_PROMPT_TOO_LONG', 'at most 7 tokens'],
  },
  {
    name: 'a model file that is missing',
    experiment: real('none.gguf'),
    says: ['TS_MODEL_MISSING', 'none.gguf'],
  },
  { name: 'a model name that is unknown', experiment: real('gpt-9'), says: ['TS_MODEL_MISSING', 'gpt-9'] },
  {
    name: 'a model file that is not GGUF',
    experiment: real('junk.gguf'),
    files: { 'junk.gguf': 'this is no model' },
    says: ['TS_MODEL_CORRUPT', 'junk.gguf'],
  },
  {
    name: 'a truncated model file',
    experiment: real('short.gguf'),
    files: { 'short.gguf': truncatedModel() },
    says: ['TS_MODEL_CORRUPT', 'short.gguf', '20000000'],
  },
  {
    name: 'malformed JSON Lines',
    ...jsonl('{"id": 1, "prompt": "What is 1 + 1?", "target": 2}\n{"id": 2, "prompt": \n'),
    says: ['TS_FILE_MALFORMED', 'problems.jsonl, line 2'],
  },
  {
    name: 'a problem without a target',
    ...jsonl('{"id": 1, "prompt": "What is 1 + 1?"}\n'),
    says: ['TS_FILE_MALFORMED', 'line 1', '`target`'],
  },
  { name: 'a run that is not there', args: ['report', 'nowhere'], says: ['TS_RUN_MISSING', 'nowhere'] },
  {
    name: 'samples 0 for solve',
    args: ['solve', 'What is 1 + 1?', '--engine', 'scripted', '--samples', '0'],
    says: ['TS_CONFIG_INVALID', '`samples`', 'at least 1'],
  },
  {
    name: 'a negative budget for solve',
    args: ['solve', 'What is 1 + 1?', '--engine', 'scripted', '--tokens', '-3'],
    says: ['TS_CONFIG_INVALID', '`budget.tokens`', '-3'],
  },
  { name: 'a number that is none', args: ['solve', 'x', '--samples', 'many'], says: ['--samples', 'many'] },
  { name: 'an unknown option', args: ['run', 'x.yaml', '--fast'], says: ['--fast'] },
  { name: 'an unknown command', args: ['think'], says: ['think'] },
  { name: 'no question', args: ['solve'], says: ['question'] },
];

describe('bad input: one clear sentence, exit code 2, nothing written', () => {
  test.each(cases)('$name', ({ experiment: written, files = {}, args, says }) => {
    const folder = newFolder();
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    if (written !== undefined) writeFileSync(join(folder, 'experiment.yaml'), stringify(written));
    const before = readdirSync(folder);
    const { code, stdout, stderr } = thinkscale(args ?? ['run', 'experiment.yaml'], folder);
    expect(stderr).not.toMatch(/\n\s+at /);
    for (const part of says) expect(stderr).toContain(part);
    if (says[0]?.startsWith('TS_')) expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('a folder for runs that can not be made', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'experiment.yaml'), stringify(planted()));
    writeFileSync(join(folder, 'runs'), 'a file in the way');
    const { code, stderr } = thinkscale(['run', 'experiment.yaml'], folder);
    expect(stderr).toContain('TS_STORE_UNWRITABLE');
    expect(code).toBe(2);
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('a file in the way');
  });

  test('a read-only file system', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'experiment.yaml'), stringify(planted()));
    // /proc takes no folders from anybody, root included.
    const { code, stderr } = thinkscale(['run', 'experiment.yaml', '--directory', '/proc/runs'], folder);
    expect(stderr).toContain('TS_STORE_UNWRITABLE');
    expect(code).toBe(2);
    expect(existsSync('/proc/runs')).toBe(false);
  });

  test('a full disk: what was drawn stays, and with room again the run goes on', () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'runs'));
    writeFileSync(join(folder, 'experiment.yaml'), stringify(planted()));
    const limited = thinkscaleWithFileLimit(['run', 'experiment.yaml'], folder, 192);
    expect(limited.stderr).toContain('TS_STORE_UNWRITABLE');
    expect(limited.code).toBe(2);
    const { code } = thinkscale(['run', 'experiment.yaml'], folder);
    expect(code).toBe(0);
  });
});
