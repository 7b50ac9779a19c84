import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Analysis, analyse } from '../../src/analysis/analysis.js';
import { terminalTable } from '../../src/analysis/report/terminal-table.js';
import { writeReport } from '../../src/analysis/report/write-report.js';
import type { RunRecords } from '../../src/core/record.js';
import { fourStrategies, plantedRecords, strategyManifest, sweepRecords } from './planted.js';

const names = ['report.html', 'curve.svg', 'curve.png', 'points.csv', 'timings.csv', 'fits.json'];
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'thinkscale-report-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function written(
  records: RunRecords,
  folder: string,
  expected: readonly string[] = names,
): Promise<{ readonly analysis: Analysis; readonly read: (name: string) => Promise<string> }> {
  const analysis = await analyse(records, { resamples: 200, seed: 1 });
  const directory = join(root, folder);
  const paths = await writeReport(records, analysis, directory);
  expect(paths).toEqual(expected.map((name) => join(directory, name)));
  return { analysis, read: (name) => readFile(join(directory, name), 'utf8') };
}

const planted = plantedRecords({
  strata: { 1: { problems: 24, rate: 0.42 }, 2: { problems: 6, rate: 0.12 } },
  samples: [1, 2, 4, 8],
});

describe('writeReport', () => {
  it('writes all files and no others, and again over itself', async () => {
    const { read } = await written(planted, 'whole');
    const first = await read('curve.svg');
    const again = await written(planted, 'whole');
    expect((await readdir(join(root, 'whole'))).sort()).toEqual([...names].sort());
    expect(await again.read('curve.svg')).toBe(first);
  });

  it('writes the same points.csv for the same records in any order', async () => {
    const shuffled = {
      ...planted,
      pool: [...planted.pool].sort((left, right) => right.index - left.index),
      trials: [...planted.trials].reverse(),
    };
    const [left, right] = [await written(planted, 'left'), await written(shuffled, 'right')];
    const points = await left.read('points.csv');
    expect(await right.read('points.csv')).toBe(points);
    const lines = points.trimEnd().split('\n');
    expect(lines[0]).toBe(
      'curve,strategy,kind,verifier,oracle,group,samples,problems,accuracy,low,high,level,interval,tokens_per_problem,flops_per_problem,method',
    );
    expect(lines).toHaveLength(1 + 3 * (1 + 3 * 4) + 3 * 4);
    expect(points).not.toMatch(/seconds|NaN|undefined/);
    expect(await left.read('timings.csv')).toMatch(/^curve,strategy,group,samples,seconds_per_problem\n/);
  });

  it('shows refused laws with their reason in the page and in fits.json', async () => {
    const { analysis, read } = await written(planted, 'refused');
    const refused = analysis.laws.filter((law) => law.status === 'refused' && law.stratum === '2');
    expect(refused).toHaveLength(4);
    const fits = JSON.parse(await read('fits.json'));
    expect(fits.laws).toHaveLength(analysis.laws.length);
    expect(fits.laws.filter((law: { status: string }) => law.status === 'refused').length).toBeGreaterThan(3);
    const page = await read('report.html');
    for (const law of refused) if (law.status === 'refused') expect(page).toContain(law.detail);
  });

  it('shows what each law was compared with, its residuals and its held-out points', async () => {
    const long = plantedRecords({
      strata: { 1: { problems: 40, rate: 0.42 } },
      samples: [1, 2, 4, 8, 16, 32],
      strategies: fourStrategies.slice(1),
    });
    const { analysis, read } = await written(long, 'laws');
    const found = analysis.laws.filter(({ status, stratum }) => status === 'fitted' && stratum === 'all');
    expect(found.length).toBeGreaterThan(2);
    const page = await read('report.html');
    const figure = page.match(/<figure class="laws-figure">[\s\S]*?<\/figure>/)?.[0] ?? '';
    for (const text of [
      'measured',
      'held out of the second fit',
      'accuracy',
      'residual',
      'samples k a problem (log scale)',
    ]) {
      expect(figure).toContain(`>${text}</text>`);
    }
    expect(page.match(/<summary>The [A-Z]?[^<]*<\/summary>/g)?.length).toBeGreaterThanOrEqual(found.length);
    expect(page).toContain('<th scope="col">Above the best</th>');
    expect(page).toMatch(
      /Held out, the largest \d+ of \d+ budgets: mean error [\d.]+ %, largest [\d.]+ %; \d+(\.\d)? % of them/,
    );
    const fits = JSON.parse(await read('fits.json'));
    for (const law of fits.laws.filter(({ status }: { status: string }) => status === 'fitted')) {
      expect(law.choice.ranking.length).toBeGreaterThan(0);
      expect(law.holdout).toMatchObject({ status: 'checked', coverage: expect.any(Number) });
      expect(law.points[0]).toMatchObject({ samples: 1, residual: expect.any(Number), predicted: null });
    }
  });

  it('asks nothing of the network, runs nothing, and escapes what users wrote', async () => {
    const evil = '<script>alert("1")</script>&\'';
    const hostile = plantedRecords({
      strata: { [evil]: { problems: 3, rate: 0.4 } },
      samples: [1, 2],
      name: evil,
      strategies: [strategyManifest(evil, 'majority'), ...fourStrategies],
    });
    const { read } = await written(hostile, 'hostile');
    const page = await read('report.html');
    expect(page).not.toMatch(/<script|<img|<link|<iframe|javascript:|\son\w+=|@import|url\((?!#)/i);
    const withoutNamespaces = page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '');
    expect(withoutNamespaces).not.toMatch(/https?:|(?:src|href)="(?!#)/i);
    expect(page).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;&#39;');
    expect(await read('curve.svg')).not.toContain('<script');
    expect((await read('points.csv')).split('\n')[1]).toContain('"<script>alert(""1"")</script>&\'"');
  });

  it('draws named axes, every strategy and the oracle mark', async () => {
    const { read } = await written(planted, 'drawn');
    const svg = await read('curve.svg');
    for (const text of [
      'accuracy (share of problems solved)',
      'samples k a problem (log scale)',
      'pass@k, upper bound with a perfect verifier',
      'self-consistency',
      'best-of-recomputed (oracle)',
      'level 1 (24 problems)',
      'all problems (30)',
    ]) {
      expect(svg).toContain(text);
    }
    expect(await read('report.html')).toContain('evaluated tokens a problem (log scale)');
    const png = await readFile(join(root, 'drawn', 'curve.png'));
    expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    const [, width, height] = svg.match(/width="(\d+)" height="(\d+)"/) ?? [];
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * Number(width), 2 * Number(height)]);
  });

  it('adds a figure, a law and a column to the report of a thinking sweep', async () => {
    const swept = sweepRecords([0, 16, 64, 256, 1024], { problems: 24, samples: 4 });
    const expected = [...names.slice(0, 3), 'thinking.svg', 'thinking.png', ...names.slice(3)];
    const { analysis, read } = await written(swept, 'sweep', expected);
    const [header = '', row = ''] = (await read('points.csv')).split('\n');
    expect(header.split(',').slice(5, 8)).toEqual(['group', 'thinking_tokens', 'samples']);
    expect(row.split(',')[6]).toBe('0');
    expect(await read('timings.csv')).toMatch(
      /^curve,strategy,group,thinking_tokens,samples,seconds_per_problem\n/,
    );
    const svg = await read('thinking.svg');
    for (const text of [
      'single samples (pass@1)',
      'thinking tokens t a sample',
      '1024',
      'all problems (24)',
    ]) {
      expect(svg).toContain(text);
    }
    expect(await read('curve.svg')).toContain('16 thinking tokens (24 problems)');
    const page = await read('report.html');
    expect(page).toContain('Single samples over thinking tokens');
    expect(page.match(/<figure>/g)).toHaveLength(3);
    expect(page).toContain('Accuracy of self-consistency over thinking tokens and samples: no law');
    const fits = JSON.parse(await read('fits.json'));
    const law = fits.laws.find(({ form }: { form: string }) => form === 'logistic-thinking');
    expect(law).toMatchObject({ status: 'fitted', measuredUpTo: 1024, strategy: null });
    expect(law).not.toHaveProperty('thinkingTokens');
    expect(fits.laws[0]).toHaveProperty('thinkingTokens', 0);
    const table = terminalTable(analysis);
    expect(table).toMatch(/^strategy +group +thinking +samples/);
    expect(table).toContain('- Law of single samples over thinking tokens on all problems: pass@1(t) = ');
    expect(table).not.toContain('No law');
  });

  it('shows what was used where that does not follow from the samples', async () => {
    const adaptive = strategyManifest('adaptive', 'none');
    const trials = planted.trials.map((record) =>
      record.trial.strategy === 'chain-of-thought'
        ? {
            ...record,
            trial: { ...record.trial, strategy: 'adaptive', budget: { ...record.trial.budget, samples: 8 } },
            samples: 3,
            cancelled: 2,
            spent: { ...record.spent, verifierTokens: 7 },
          }
        : record,
    );
    const run = { ...planted, trials, manifest: { ...planted.manifest, strategies: [adaptive] } };
    const { analysis, read } = await written(run, 'adaptive');
    const [header = '', row = ''] = (await read('points.csv')).split('\n');
    expect(header).toMatch(
      /,method,used_samples_per_problem,cancelled_samples_per_problem,prompt_tokens_per_problem,sampled_tokens_per_problem,verifier_tokens_per_problem$/,
    );
    expect(row.split(',').slice(-5)).toEqual(['3', '2', '38', expect.any(String), '7']);
    const [titles = '', line = ''] = terminalTable(analysis).split('\n');
    expect(titles).toMatch(/seconds +used +given up +prompt +sampled +verifier$/);
    expect(line).toMatch(/^adaptive +1 +8 .* 3\.0 +2\.0 +38 +\d+ +7$/);
    expect(await read('report.html')).toContain('<th scope="col">Given up</th>');
  });

  it('reports a run that has nothing yet', async () => {
    const { read } = await written({ ...planted, pool: [], trials: [] }, 'empty');
    expect(await read('report.html')).toContain('30 of 30 problems not finished yet');
    expect((await read('points.csv')).split('\n')).toHaveLength(2);
  });

  it('says that it cannot write where a file is in the way, and leaves nothing behind', async () => {
    const analysis = await analyse(planted, { resamples: 100, seed: 1 });
    await writeFile(join(root, 'taken'), 'not a folder');
    await expect(writeReport(planted, analysis, join(root, 'taken', 'run'))).rejects.toMatchObject({
      code: 'TS_STORE_UNWRITABLE',
      params: { path: join(root, 'taken', 'run', 'report.html') },
    });
    expect(await readFile(join(root, 'taken'), 'utf8')).toBe('not a folder');
  });
});

describe('terminalTable', () => {
  it('aligns a line a point, then says comparisons, laws and refusals', async () => {
    const table = terminalTable(await analyse(planted, { resamples: 200, seed: 1 }));
    const lines = table.split('\n');
    expect(lines[0]).toMatch(/^strategy +group +samples +accuracy +interval +tokens +FLOPs +seconds$/);
    const end = lines.indexOf('');
    expect(lines.slice(1, end)).toHaveLength(51);
    expect(new Set(lines.slice(0, end).map(({ length }) => length)).size).toBe(1);
    expect(lines[end - 1]).toMatch(
      /^coverage \(pass@k\) +all +8 +0\.\d\d +\[0\.\d\d, \d\.\d\d\] +\d+ +[\d.]+e9 +[\d.]+$/,
    );
    expect(table).toContain('\n- self-consistency at 8 samples ');
    expect(table).toContain('\n- No law for coverage on level 2: ');
  });
});
