/**
 * How often 95 % intervals of fits hold the truth: planted data of each law with a stated noise model, fitted again and again. A
 * line a figure: coverage in percent with its standard error, over all kinds of interval that a user gets to see.
 *
 * npm run bench -- fit-coverage [--sets 1000] [--law NAME] [--resamples 1000] [--seed 1]
 */
import { spawn } from 'node:child_process';

const example = ['run', '--quiet', '--release', '-p', 'thinkscale-core', '--example', 'coverage', '--'];
const child = spawn('cargo', [...example, ...process.argv.slice(2)], { stdio: 'inherit' });
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
