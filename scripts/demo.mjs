// `npm run demo`: set-up, then the example experiment on the embedded model.
import { spawn } from 'node:child_process';
import { setup } from './setup.mjs';

if (await setup('demo')) {
  const args = ['dist/cli/main.js', 'run', 'examples/arithmetic-scaling.yaml', ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  // Ctrl-C reaches the child too, which ends the run in good order and says how to go on.
  process.on('SIGINT', () => {});
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  process.exitCode = 1;
}
