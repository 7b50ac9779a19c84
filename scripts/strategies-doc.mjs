// `npm run strategies-doc`: writes the lists of docs/strategies.md from the definitions of strategies and verifiers, and the
// meaning of each option from the comment above it. What stands around them is written by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { setup } from './setup.mjs';
import { withTechniques } from './strategies-doc/sections.mjs';

if (await setup('build')) {
  const { listStrategies, listVerifiers } = await import('../dist/experiments/techniques.js');
  const path = 'docs/strategies.md';
  writeFileSync(path, withTechniques(readFileSync(path, 'utf8'), listStrategies(), listVerifiers()));
} else {
  process.exitCode = 1;
}
