// `npm run fits-examples`: draws the simulated tables of examples/fits again and writes its README with what each command
// prints. The published tables there are kept as they are.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { examplesPage } from './fits-examples/examples.mjs';
import { setup } from './setup.mjs';

if (await setup('build')) {
  const { csvOf, simulatedTables } = await import('./fits-examples/simulated.mjs');
  const folder = 'examples/fits';
  for (const table of simulatedTables()) writeFileSync(`${folder}/${table.file}`, csvOf(table));
  const main = resolve('dist/cli/main.js');
  const page = examplesPage(({ command }) =>
    execFileSync(process.execPath, [main, 'fit', ...command], { cwd: folder, encoding: 'utf8' }),
  );
  writeFileSync(`${folder}/README.md`, page);
} else {
  process.exitCode = 1;
}
