// `npm run errors-doc`: writes the table of docs/errors.md from the error registry. The prose below it is written by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { registryTable, withTable } from './errors-doc/table.mjs';
import { setup } from './setup.mjs';

if (await setup('build')) {
  const { errorRegistry } = await import('../dist/core/errors.js');
  const path = 'docs/errors.md';
  writeFileSync(path, withTable(readFileSync(path, 'utf8'), registryTable(errorRegistry)));
} else {
  process.exitCode = 1;
}
