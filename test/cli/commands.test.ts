import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newFolder, planted } from '../experiments/planted.js';
import { thinkscale } from './command-line.js';

describe('the command line', () => {
  test('--help lists the commands, examples and exit codes', () => {
    const { code, stdout } = thinkscale(['--help'], newFolder());
    expect(code).toBe(0);
    for (const word of ['solve', 'run', 'report', 'models', 'doctor', 'Examples:', 'Exit codes:']) {
      expect(stdout).toContain(word);
    }
  });

  test.each(['solve', 'run', 'report', 'models', 'doctor'])('%s --help explains its options', (command) => {
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
});
