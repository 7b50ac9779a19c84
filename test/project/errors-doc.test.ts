import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { registryTable, withTable } from '../../scripts/errors-doc/table.mjs';
import { errorRegistry } from '../../src/core/errors.js';

const page = readFileSync('docs/errors.md', 'utf8');

/** The prose sections by their heading. */
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section.split(/^## /m)[0] ?? '']),
);

describe('docs/errors.md', () => {
  it('lists code, exit code, HTTP status, retry and sentence as the registry has them', () => {
    expect(page, 'run `npm run errors-doc`').toBe(withTable(page, registryTable(errorRegistry)));
  });

  it('explains exactly the codes of the registry', () => {
    expect([...sections.keys()].sort()).toEqual(Object.keys(errorRegistry).sort());
  });

  it.each(Object.keys(errorRegistry))('says when %s happens and what to do', (code) => {
    expect(sections.get(code)).toMatch(/^\w+\n\n[A-Z].+\nRemedy: .+\.\n/s);
  });
});
