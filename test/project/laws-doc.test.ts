import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withLaws } from '../../scripts/laws-doc/sections.mjs';
import { listLaws } from '../../src/analysis/fits/law-list.js';
import * as wording from '../../src/analysis/fits/law-text.js';

const page = readFileSync('docs/laws.md', 'utf8');

describe('docs/laws.md', () => {
  it('lists the laws as they describe themselves', () => {
    expect(page, 'run `npm run laws-doc`').toBe(withLaws(page, listLaws(), wording));
  });

  it('says of every law when to take it', () => {
    const table = page.split('## Which law')[1]?.split('## What a fit does')[0] ?? '';
    const rows = table.split('\n').map((line) => line.split('|')[2] ?? '');
    for (const { name } of listLaws()) expect(rows.join(' ')).toContain(`\`${name}\``);
  });
});
