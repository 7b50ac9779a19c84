import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examples, examplesPage, typed } from '../../scripts/fits-examples/examples.mjs';
import { listLaws } from '../../src/analysis/fits/law-list.js';
import { newFolder, planted } from '../experiments/planted.js';
import { thinkscale } from './command-line.js';

const folder = resolve('examples/fits');
const s1 = [
  'fit',
  'logistic.csv',
  '--law',
  'logistic',
  '--map',
  'x=tokens/1000,count=right,total=questions',
  '--filter',
  'benchmark == "MATH500"',
];

describe('thinkscale fit', () => {
  test('--json has the fit and nothing else on stdout', () => {
    const { stdout, stderr, code } = thinkscale([...s1, '--json', '--bootstrap', '100'], folder);
    expect([code, stderr]).toEqual([0, '']);
    const fit = JSON.parse(stdout);
    expect(Object.keys(fit)).toEqual(
      expect.arrayContaining([
        'law',
        'objective',
        'params',
        'objectiveValue',
        'converged',
        'intervals',
        'standardErrors',
        'aicc',
        'bic',
        'holdout',
        'warnings',
        'seconds',
      ]),
    );
    expect(fit).toMatchObject({ law: 'logistic', objective: 'binomial', converged: true });
    expect(Math.abs(fit.params.a - 1.30005)).toBeLessThan(1e-4);
    expect(Math.abs(fit.params.b - 1.00283)).toBeLessThan(1e-4);
    const [low, high] = fit.intervals.b;
    expect(low).toBeLessThan(fit.params.b);
    expect(high).toBeGreaterThan(fit.params.b);
    expect(fit.seconds).toBeGreaterThan(0);
    expect(fit.warnings.every((warning: unknown) => typeof warning === 'string')).toBe(true);
  });

  test('names the parameters of Chinchilla A, B, E, alpha and beta', () => {
    const map = ['--map', 'n=parameters,d=tokens,y=loss', '--bootstrap', '0', '--json'];
    const fit = JSON.parse(
      thinkscale(['fit', 'chinchilla.csv', '--law', 'chinchilla', ...map], folder).stdout,
    );
    expect(Object.keys(fit.params)).toEqual(['A', 'B', 'E', 'alpha', 'beta']);
    expect(fit.params.E).toBeCloseTo(1.69, 0);
    expect(fit.holdout.rows.length).toBeGreaterThanOrEqual(3);
    for (const key of ['mape', 'max']) expect(fit.holdout[key]).toBeGreaterThan(0);
  });

  test('takes every option', () => {
    const args = [
      ...['fit', 'kaplan-n.csv', '--law', 'kaplan-n', '--map', 'n=parameters,y=loss', '--json'],
      ...['--objective', 'huber', '--delta', '0.01', '--scale', 'log', '--fix', 'alpha=0.076'],
      ...['--bootstrap', '50', '--seed', '3', '--level', '0.9', '--holdout', 'parameters > 2e8'],
      ...['--predict', 'kaplan-n.csv', '--target', '2.5', '--gain', '0.1'],
    ];
    const fit = JSON.parse(thinkscale(args, folder).stdout);
    expect(fit).toMatchObject({ objective: 'huber', delta: 0.01, scale: 'log', level: 0.9 });
    expect(fit.params.alpha).toBeCloseTo(0.076, 14);
    expect(fit.predictions).toHaveLength(10);
    expect(fit.derived.map(({ name }: { name: string }) => name)).toEqual([
      'budgetForTarget',
      'diminishingBudget',
    ]);
    const { value } = fit.derived[0];
    expect((fit.params.N_c / value) ** 0.076).toBeCloseTo(2.5, 6);
  });

  test('--law auto says how it chose', () => {
    const map = ['--map', 'x=samples,count=right,total=questions', '--bootstrap', '0'];
    const args = ['fit', 'saturating-power-law.csv', '--law', 'auto', ...map];
    const fit = JSON.parse(thinkscale([...args, '--json'], folder).stdout);
    expect(fit.law).toBe('saturating-power-law');
    expect(fit.selection.ranking.map(({ law }: { law: string }) => law)).toContain('logistic');
    expect(thinkscale(args, folder).stdout).toContain(fit.selection.reason);
  });

  test.each(['svg', 'png', 'html'])('--plot draws a %s', (format) => {
    const path = join(newFolder(), `fit.${format}`);
    const { stderr, code } = thinkscale([...s1, '--bootstrap', '20', '--plot', path], folder);
    expect([code, stderr]).toEqual([0, `Wrote ${path}.\n`]);
    expect(existsSync(path)).toBe(true);
  });

  test('--list explains every law', () => {
    const { stdout, code } = thinkscale(['fit', '--list'], folder);
    expect(code).toBe(0);
    for (const { name, equation, source, parameters } of listLaws()) {
      for (const part of [`${name}\n`, equation, source, ...parameters.map((it) => it.meaning)])
        expect(stdout).toContain(part);
    }
    const listed = JSON.parse(thinkscale(['fit', '--list', '--json'], folder).stdout);
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(listLaws().map(({ name }) => name));
  });

  test.each([
    ['a missing file name', ['fit', '--law', 'power-law', '--map', 'x=a,y=b'], "'file'"],
    ['a missing law', ['fit', 'power-law.csv', '--map', 'x=a,y=b'], '--law'],
    ['a missing map', ['fit', 'power-law.csv', '--law', 'power-law'], '--map'],
    ['an unknown objective', [...s1, '--objective', 'cubic'], 'cubic'],
    ['a plot of no known kind', [...s1, '--plot', 'fit.pdf'], '.svg, .png or .html'],
    ['a fixed parameter without a value', [...s1, '--fix', 'a'], 'name=value'],
    ['an unknown law', ['fit', 'power-law.csv', '--law', 'x', '--map', 'x=a,y=b'], 'TS_CONFIG_INVALID'],
    ['a file that is missing', ['fit', 'x.csv', '--law', 'power-law', '--map', 'x=a,y=b'], 'TS_FILE_MISSING'],
    [
      'fewer rows than parameters',
      [
        ...['fit', 'chinchilla.csv', '--law', 'chinchilla', '--map', 'n=parameters,d=tokens,y=loss'],
        ...['--filter', 'parameters < 5e7 and tokens < 1e10'],
      ],
      'TS_FIT_REFUSED',
    ],
  ])('refuses %s in one sentence', (_, args, part) => {
    const { stdout, stderr, code } = thinkscale(args, folder);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(part);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('names the line of a bad value', () => {
    const own = newFolder();
    writeFileSync(join(own, 'runs.csv'), 'n,loss\n1e6,4\n2e6,-3.9\n4e6,3.8\n');
    const args = ['fit', 'runs.csv', '--law', 'kaplan-n', '--map', 'n=n,y=loss'];
    const { stderr, code } = thinkscale(args, own);
    expect(code).toBe(2);
    expect(stderr).toContain('TS_FILE_MALFORMED: runs.csv, line 3: expected `y` (loss) to be above 0');
  });
});

describe('examples/fits', () => {
  const page = readFileSync(join(folder, 'README.md'), 'utf8');

  test('has one for every law', () => {
    expect(examples.map(({ law }) => law)).toEqual(listLaws().map(({ name }) => name));
  });

  test.each(examples.map((example) => [example.law, example] as const))(
    '%s prints what the page says',
    (law, example) => {
      const { stdout, code } = thinkscale(['fit', ...example.command], folder);
      expect(code).toBe(0);
      expect(page, 'run `npm run fits-examples`').toContain(
        `## ${law}\n\n${example.about}\n\n\`\`\`sh\n${typed(example)}\n\`\`\`\n\n\`\`\`text\n${stdout.trimEnd()}\n\`\`\``,
      );
    },
  );

  test('has nothing else', () => {
    const outputs = [...page.matchAll(/^```text\n(.*?)^```$/gms)].map(([, text]) => text ?? '');
    expect(page).toBe(examplesPage((example) => outputs[examples.indexOf(example)] ?? ''));
  });
});

describe('thinkscale forecast', () => {
  test('says what a target takes by the laws of a run, or why not', () => {
    const own = newFolder();
    const strategies = [{ kind: 'self-consistency' as const }];
    const config = planted(
      { strategies, budgets: { samples: [1, 2, 4, 8, 16] } },
      { successRate: { alpha: 1, beta: 2 } },
    );
    writeFileSync(join(own, 'experiment.json'), JSON.stringify(config));
    expect(thinkscale(['run', 'experiment.json'], own).code).toBe(0);
    const args = ['forecast', 'runs/planted', '--target', '0.9'];
    const { entries } = JSON.parse(thinkscale([...args, '--json'], own).stdout);
    expect(entries.map(({ strategy }: { strategy: string | null }) => strategy)).toEqual([
      null,
      'self-consistency',
    ]);
    // 1 − 2/(k + 2) reaches 0.9 at 18 samples.
    expect(entries[0].needed.amount.low).toBeLessThanOrEqual(18);
    expect(entries[0].needed.amount.high ?? 1e9).toBeGreaterThanOrEqual(18);
    const text = thinkscale([...args, '--strategy', 'coverage'], own).stdout;
    expect(text).toMatch(/^coverage \(pass@k\) +samples +\d+ +\[/m);
    expect(text).not.toContain('self-consistency');
  });

  test('refuses a run that is not there, and no target', () => {
    const own = newFolder();
    expect(thinkscale(['forecast', 'none', '--target', '0.8'], own).stderr).toContain('TS_RUN_MISSING');
    expect(thinkscale(['forecast', 'runs/planted'], own).stderr).toContain('--target');
  });
});
