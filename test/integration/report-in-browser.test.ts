import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/experiments/run.js';
import { newFolder, planted } from '../experiments/planted.js';

const executablePath = [process.env.CHROME_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

describe('report.html in Chromium', () => {
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: [...flags, ...quiet] });
    const strategies = [
      { kind: 'chain-of-thought' as const },
      { kind: 'self-consistency' as const },
      { kind: 'best-of-n' as const, verifier: 'mean-log-likelihood' as const },
      { kind: 'best-of-n' as const, verifier: 'arithmetic-recomputation' as const },
    ];
    const task = { kind: 'arithmetic' as const, levels: [1, 2], problemsPerLevel: 30, shots: 0 };
    const outcome = await run(planted({ strategies, task, budgets: { samples: [1, 2, 4, 8, 16] } }), {
      directory: newFolder(),
    });
    url = pathToFileURL(join(outcome.directory, 'report.html')).href;
  });
  afterAll(() => browser.close());

  async function open(width: number) {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const requests: string[] = [];
    const problems: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(url);
    return { page, requests, problems };
  }

  test('asks for nothing but itself and complains about nothing', async () => {
    const { page, requests, problems } = await open(1200);
    expect(requests).toEqual([url]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test.each([1200, 400])(
    'no text of a figure covers another or leaves it (%i pixels wide)',
    async (width) => {
      const { page } = await open(width);
      await page.evaluate('for (const fold of document.querySelectorAll("details")) fold.open = true');
      const figures = await page.$$eval('svg', (drawings) =>
        drawings.map((drawing) => {
          const frame = drawing.getBoundingClientRect();
          const texts = [...drawing.querySelectorAll('text')].filter((text) => text.textContent?.trim());
          return {
            frame: { left: frame.left, right: frame.right, top: frame.top, bottom: frame.bottom },
            texts: texts.map((text) => {
              const { left, right, top, bottom } = text.getBoundingClientRect();
              return { content: text.textContent ?? '', left, right, top, bottom };
            }),
          };
        }),
      );
      // Both curves, and the laws of both levels and of all problems.
      expect(figures).toHaveLength(5);
      for (const { frame, texts } of figures) {
        expect(texts.length).toBeGreaterThan(20);
        for (const [at, text] of texts.entries()) {
          expect(text.left, text.content).toBeGreaterThanOrEqual(frame.left - 1);
          expect(text.right, text.content).toBeLessThanOrEqual(frame.right + 1);
          for (const other of texts.slice(at + 1)) {
            const across = Math.min(text.right, other.right) - Math.max(text.left, other.left);
            const down = Math.min(text.bottom, other.bottom) - Math.max(text.top, other.top);
            // Boxes of lines may share the empty margin of their fonts.
            const covers =
              across > 1 && down > 0.4 * Math.min(text.bottom - text.top, other.bottom - other.top);
            expect(covers, `"${text.content}" and "${other.content}"`).toBe(false);
          }
        }
      }
      await page.close();
    },
  );

  test('the page does not scroll sideways on a phone', async () => {
    const { page } = await open(400);
    const root = 'document.documentElement';
    const excess = await page.evaluate<number>(`${root}.scrollWidth - ${root}.clientWidth`);
    expect(excess).toBeLessThanOrEqual(0);
    await page.close();
  });
});
