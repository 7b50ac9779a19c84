import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newFolder, planted } from '../experiments/planted.js';
import { thinkscale } from './command-line.js';

const commands = [
  'solve',
  'run',
  'report',
  'compare',
  'calibrate',
  'fit',
  'forecast',
  'strategies',
  'verifiers',
  'models',
  'doctor',
];

describe('the command line', () => {
  test('--help lists the commands, examples and exit codes', () => {
    const { code, stdout } = thinkscale(['--help'], newFolder());
    expect(code).toBe(0);
    for (const word of [...commands, 'Examples:', 'Exit codes:']) expect(stdout).toContain(word);
  });

  test.each(commands)('%s --help explains its options', (command) => {
    const { code, stdout } = thinkscale([command, '--help'], newFolder());
    expect(code).toBe(0);
    expect(stdout).toContain(`thinkscale ${command}`);
  });

  test('--version is that of package.json', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(thinkscale(['--version'], newFolder()).stdout.trim()).toBe(manifest.version);
  });

  test('solve answers, and its --json holds all that it found and spent', () => {
    const args = ['solve', 'What is 17 + 25?', '--engine', 'scripted', '--samples', '32'];
    const text = thinkscale(args, newFolder());
    expect(text.stdout.split('\n')[0]).toBe('42');
    const { stdout, code } = thinkscale([...args, '--json'], newFolder());
    expect(code).toBe(0);
    const solution = JSON.parse(stdout);
    expect(solution).toMatchObject({ answer: '42', stopReason: 'samples', engine: { kind: 'scripted' } });
    expect(solution.samples).toHaveLength(32);
    const drawn = solution.samples.reduce(
      (sum: number, { tokens }: { tokens: number[] }) => sum + tokens.length,
      0,
    );
    expect(solution.spent.sampledTokens).toBe(drawn);
  });

  test('solve stops at a token budget and says so', () => {
    const args = [
      'solve',
      'What is 1 + 1?',
      '--engine',
      'scripted',
      '--max-tokens',
      '16',
      '--tokens',
      '60',
      '--json',
    ];
    const solution = JSON.parse(thinkscale(args, newFolder()).stdout);
    expect(solution.stopReason).toBe('tokens');
    expect(solution.spent.promptTokens + solution.spent.sampledTokens).toBeLessThanOrEqual(60);
    expect(solution.samples.length).toBeGreaterThan(0);
  });

  test('best-of-n takes a verifier', () => {
    const verifier = ['--strategy', 'best-of-n', '--verifier', 'arithmetic-recomputation'];
    const { stdout } = thinkscale(
      ['solve', 'What is 5 * 6?', '--engine', 'scripted', ...verifier],
      newFolder(),
    );
    expect(stdout.split('\n')[0]).toBe('30');
  });

  test('run prints its table on stdout and progress on stderr; report prints the same; samples are exported', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'experiment.json'), JSON.stringify(planted()));
    const ran = thinkscale(['run', 'experiment.json'], folder);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('self-consistency');
    expect(ran.stderr).toContain('tokens/s');
    const reported = thinkscale(['report', 'runs/planted', '--samples', 'samples.jsonl'], folder);
    expect(reported.stdout.split('\nWrote')[0]).toBe(ran.stdout.split('\nWrote')[0]);
    const lines = readFileSync(join(folder, 'samples.jsonl'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(24 * 8);

    const replay = { ...planted(), name: 'replayed', engine: { kind: 'scripted', replay: 'samples.jsonl' } };
    writeFileSync(join(folder, 'replay.json'), JSON.stringify(replay));
    expect(thinkscale(['run', 'replay.json'], folder).code).toBe(0);
    const points = (name: string): string => readFileSync(join(folder, 'runs', name, 'points.csv'), 'utf8');
    expect(points('replayed')).toBe(points('planted'));
  });

  test('run --json prints nothing but JSON on stdout', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'experiment.json'), JSON.stringify(planted()));
    const { stdout } = thinkscale(['run', 'experiment.json', '--json'], folder);
    expect(JSON.parse(stdout).analysis.points.length).toBeGreaterThan(0);
  });

  test('doctor says what is missing and how to get it, and fails', () => {
    const { code, stdout } = thinkscale(['doctor'], newFolder(), { THINKSCALE_HOME: newFolder() });
    expect(code).toBe(1);
    expect(stdout).toMatch(/!! {2}engine: TS_MODEL_MISSING: .*thinkscale models pull smollm2/);
  });

  test('models list names the default, with and without --json', () => {
    const home = { THINKSCALE_HOME: newFolder() };
    expect(thinkscale(['models', 'list'], newFolder(), home).stdout).toContain('smollm2 (default)');
    const listed = JSON.parse(thinkscale(['models', 'list', '--json'], newFolder(), home).stdout);
    expect(listed[0]).toMatchObject({ name: 'smollm2', isDefault: true, path: null });
  });

  test('solve takes options of a strategy, and thinking', () => {
    const ask = (...args: readonly string[]) =>
      thinkscale(
        ['solve', 'What is 17 + 25?', '--engine', 'scripted', '--samples', '32', ...args],
        newFolder(),
      );
    const solution = JSON.parse(ask('--options', '{"stop": {"kind": "beta"}}', '--json').stdout);
    expect(solution).toMatchObject({ answer: '42', stopReason: 'rule' });
    expect(solution.samples.length).toBeLessThan(32);
    expect(ask('--options', '{"stop": {"kind": "beta"}}').stdout).toContain(', which were enough');
    expect(ask('--options', '{"stp": 1}').stderr).toContain('Unknown key `strategy.stp`');
    expect(ask('--options', '[1]').stderr).toContain('Expected a JSON object');
    expect(ask('--strategy', 'guess').stderr).toContain('Expected one of chain-of-thought');
    expect(ask('--thinking', '64').stderr).toContain('TS_ENGINE_CAPABILITY_MISSING');
    expect(ask('--thinking', '-1').stderr).toContain('`sampling.thinking.maxTokens`');
  });

  test('strategies and verifiers list what there is', () => {
    const { stdout } = thinkscale(['strategies'], newFolder());
    expect(stdout).toMatch(/^chain-of-thought\n {2}One sample/);
    expect(stdout).not.toContain('stop.threshold');
    expect(thinkscale(['strategies', 'self-consistency'], newFolder()).stdout).toContain('stop.threshold');
    const verifiers = JSON.parse(thinkscale(['verifiers', '--json'], newFolder()).stdout);
    expect(verifiers[0]).toMatchObject({ kind: 'answer-agreement', cost: '0', options: [] });
    const unknown = thinkscale(['verifiers', 'nobody'], newFolder());
    expect([unknown.code, unknown.stdout]).toEqual([2, '']);
    expect(unknown.stderr).toContain("unknown kind 'nobody'; known kinds: answer-agreement");
  });

  test('compare sets strategies of one or several runs against each other at equal cost', () => {
    const folder = newFolder();
    for (const [name, alpha] of [
      ['small', 1],
      ['large', 3],
    ] as const) {
      const config = { ...planted({}, { successRate: { alpha, beta: 1.5 } }), name };
      writeFileSync(join(folder, 'experiment.json'), JSON.stringify(config));
      expect(thinkscale(['run', 'experiment.json'], folder).code).toBe(0);
    }
    const one = thinkscale(['compare', 'runs/small', '--plot', 'small.svg'], folder);
    expect(one.stdout).toMatch(/^strategy +tokens +samples/);
    expect(one.stdout).toMatch(/- At \d+ tokens self-consistency .* chain-of-thought by/);
    expect(readFileSync(join(folder, 'small.svg'), 'utf8')).toContain(
      'evaluated tokens a problem (log scale)',
    );
    const args = [
      'compare',
      'runs/small',
      'runs/large',
      '--at',
      'flops',
      '--reference',
      'large:self-consistency',
    ];
    const both = JSON.parse(thinkscale([...args, '--json'], folder).stdout);
    expect(both).toMatchObject({ at: 'flops', reference: 'large:self-consistency', problems: 24 });
    expect(both.pairs).toHaveLength(5);
    const other = {
      ...planted(),
      name: 'other',
      task: { kind: 'arithmetic', levels: [3], problemsPerLevel: 4 },
    };
    writeFileSync(join(folder, 'experiment.json'), JSON.stringify(other));
    thinkscale(['run', 'experiment.json'], folder);
    const refused = thinkscale(['compare', 'runs/small', 'runs/other'], folder);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('TS_RUNS_DIFFER');
    expect(thinkscale(['compare', 'runs/small', '--plot', 'small.pdf'], folder).stderr).toContain(
      '.svg, .png or .html',
    );
  });

  test('calibrate measures verifiers and writes their ensemble', () => {
    const folder = newFolder();
    const strategies = ['mean-log-likelihood', 'generative'].map((verifier) => ({
      kind: 'best-of-n',
      verifier,
    }));
    const config = { ...planted({}, { judgeAuroc: 0.8 }), strategies };
    writeFileSync(join(folder, 'experiment.json'), JSON.stringify(config));
    expect(thinkscale(['run', 'experiment.json'], folder).code).toBe(0);
    const { stdout, code } = thinkscale(['calibrate', 'runs/planted', '--out', 'ensemble.json'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^strategy +samples +right +AUROC/);
    expect(stdout).toContain('Ensemble learned from labels on 192 samples of 24 problems');
    expect(JSON.parse(readFileSync(join(folder, 'ensemble.json'), 'utf8'))).toMatchObject({
      kind: 'ensemble',
    });
    const agreement = thinkscale(['calibrate', 'runs/planted', '--method', 'agreement', '--json'], folder);
    expect(JSON.parse(agreement.stdout)).toMatchObject({
      ensemble: null,
      refusal: expect.stringContaining('3 verifiers'),
    });
  });
});
