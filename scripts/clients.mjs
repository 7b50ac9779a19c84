/**
 * `npm run clients [-- --examples N] [--only NAME,…]`: real clients and suites against the server, many more requests than
 * `npm test` sends. Prints a table; the exit code is 1 if anything failed. `--examples` is for schemathesis, of each
 * operation.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clients } from './clients/clients.mjs';
import { startForClients } from './clients/server.mjs';
import { setup } from './setup.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { values } = parseArgs({
  options: { examples: { type: 'string', default: '300' }, only: { type: 'string', default: '' } },
});
const examples = Number(values.examples);
const chosen = clients.filter(({ name }) => values.only.split(',').some((start) => name.startsWith(start)));
if (!Number.isInteger(examples) || examples < 1 || examples > 100_000) {
  process.stderr.write(`clients: expected --examples from 1 to 100000, got ${values.examples}\n`);
  process.exitCode = 2;
} else if (chosen.length === 0) {
  const known = [...new Set(clients.map(({ name }) => name))].join(', ');
  process.stderr.write(`clients: expected --only to name some of ${known}, got ${values.only}\n`);
  process.exitCode = 2;
} else if (await setup('clients')) {
  process.exitCode = (await runAll()) ? 0 : 1;
} else {
  process.exitCode = 1;
}

/** Whether every client got what it wanted. */
async function runAll() {
  const rows = [];
  for (const client of chosen) {
    process.stderr.write(`${client.name}: ${client.does} …\n`);
    rows.push({ ...client, ...(await outcome(client)) });
  }
  const lines = rows.map(
    ({ name, version, does, result }) => `| ${name} | ${version} | ${does} | ${result} |`,
  );
  process.stdout.write(
    `${['| client | version | what was done | result |', '| --- | --- | --- | --- |', ...lines].join('\n')}\n`,
  );
  return rows.every(({ isRight }) => isRight);
}

/** Each client gets a server of its own: what one leaves behind can't help or harm another. */
async function outcome({ run, config }) {
  const server = await startForClients(config);
  try {
    return { isRight: true, result: await run({ ...server, examples }) };
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    return { isRight: false, result: `FAILED: ${error.message.split('\n')[0]}` };
  } finally {
    await server.stop();
  }
}
