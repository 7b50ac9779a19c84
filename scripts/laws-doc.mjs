// `npm run laws-doc`: writes the list of docs/laws.md from what the laws say about themselves. The prose around it is written
// by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { withLaws } from './laws-doc/sections.mjs';
import { setup } from './setup.mjs';

if (await setup('build')) {
  const { listLaws } = await import('../dist/analysis/fits/law-list.js');
  const wording = await import('../dist/analysis/fits/law-text.js');
  const path = 'docs/laws.md';
  writeFileSync(path, withLaws(readFileSync(path, 'utf8'), listLaws(), wording));
} else {
  process.exitCode = 1;
}
