import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chatRequestSchema } from '../../../src/server/chat/chat-request-schema.js';

const page = readFileSync('docs/api.md', 'utf8');

/** Names in the first column of the tables of a section. */
function firstColumn(section: string): string[] {
  const text = page.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
  const cells = [...text.matchAll(/^\| (`[^|]*) \|/gm)].map((row) => row[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z_.]+)`/g)].map((name) => name[1] ?? ''));
}

describe('docs/api.md', () => {
  it('has each field of a request once, in the table of what it does or of what is ignored', () => {
    const known = Object.keys(chatRequestSchema.shape);
    const listed = [...firstColumn('What a request may say'), ...firstColumn('What is accepted and ignored')];
    const fields = listed.filter((name) => known.includes(name));
    expect(fields.toSorted()).toEqual(known.toSorted());
  });

  it('has each key of `thinkscale`', () => {
    const keys = Object.keys(chatRequestSchema.shape.thinkscale.unwrap().unwrap().shape);
    const table = page.split(/^## /m).find((part) => part.startsWith('thinkscale')) ?? '';
    const listed = [...table.matchAll(/^\| `([a-z]+)` \|/gm)].map((row) => row[1]);
    expect(listed.toSorted()).toEqual(keys.toSorted());
  });
});
