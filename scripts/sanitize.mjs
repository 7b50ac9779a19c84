// `npm run sanitize`: the tests of the crate that calls llama.cpp, under AddressSanitizer. Its Rust code is instrumented,
// llama.cpp's libraries are not: found is memory that the crate reads or writes wrongly, frees twice or never frees.
import { fileURLToPath } from 'node:url';
import { run } from './setup/command.mjs';
import { setup } from './setup.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const options = [
  'detect_leaks=1',
  // Freed memory is kept for a while to catch its use. With the usual 256 MB of it a process would go on growing through
  // a whole test that looks for growth.
  'quarantine_size_mb=16',
];
const env = { RUSTFLAGS: '-Zsanitizer=address', ASAN_OPTIONS: options.join(':') };

/** The triple that nightly Rust compiles for; undefined without nightly Rust. */
async function nightlyHost() {
  const { code, output } = await run('rustc', ['+nightly', '--version', '--verbose']);
  return code === 0 ? /^host: (.+)$/m.exec(output)?.[1] : undefined;
}

async function sanitize() {
  const host = await nightlyHost();
  if (host === undefined) {
    process.stdout.write('sanitize: it takes nightly Rust: run `rustup toolchain install nightly`\n');
    return 1;
  }
  if (!(await setup('test'))) return 1;
  const tests = ['test', '--package', 'thinkscale-llama', '--lib', '--tests', '--no-fail-fast'];
  // Only with a named target are build scripts and procedural macros spared the flags.
  const place = ['--target', host, '--target-dir', 'target/sanitize'];
  const { code } = await run('cargo', ['+nightly', ...tests, ...place], { env, echo: true });
  process.stdout.write(`sanitize: ${code === 0 ? 'nothing found' : 'FAILED'}\n`);
  return code;
}

process.exitCode = await sanitize();
