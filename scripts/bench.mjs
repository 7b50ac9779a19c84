// `npm run bench -- NAME [ARGUMENTS]`: builds and runs bench/NAME.mjs.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setup } from './setup.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const [name, ...args] = process.argv.slice(2);
const known = readdirSync('bench').flatMap((file) => (file.endsWith('.mjs') ? [file.slice(0, -4)] : []));
if (name === undefined || !known.includes(name)) {
  process.stderr.write(`bench: expected a name out of ${known.join(', ')}, got ${name ?? 'none'}\n`);
  process.exitCode = 2;
} else if (await setup('demo')) {
  const child = spawn(process.execPath, [`bench/${name}.mjs`, ...args], { stdio: 'inherit' });
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  process.exitCode = 1;
}
