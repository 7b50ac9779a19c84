import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { thinkscale } from '../cli/command-line.js';
import { newFolder } from '../experiments/planted.js';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

describe('the command line on the real model', () => {
  test('solve answers a one-digit sum by a vote of 8 samples', () => {
    const args = ['solve', 'What is 2 + 2?', '--samples', '8', '--max-tokens', '24', '--json'];
    const { code, stdout, stderr } = thinkscale(args, newFolder());
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const solution = JSON.parse(stdout);
    expect(solution.engine).toMatchObject({ kind: 'llama', modelName: 'smollm2' });
    expect(solution.samples).toHaveLength(8);
    expect(solution.answers.length).toBeGreaterThan(0);
    expect(solution.spent.flops).toBeGreaterThan(2 * 134_515_008 * solution.spent.promptTokens);
  });

  test('doctor opens the engine and says what it found', () => {
    const { code, stdout } = thinkscale(['doctor'], newFolder());
    expect(code).toBe(0);
    expect(stdout).toContain('ok  engine');
  });

  test('bound to one core, it decodes with one thread and doctor says why', () => {
    const bound = spawnSync('taskset', ['-c', '0', process.execPath, main, 'doctor'], { encoding: 'utf8' });
    expect(bound.status).toBe(0);
    expect(bound.stdout).toMatch(/1 decode threads at most: the machine has \d+, this process may use 1/);
    expect(bound.stdout).toMatch(/engine: .* 1 threads/);
  });
});
