import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../setup/command.mjs';
import { programOf } from '../setup/python-clients.mjs';

const checks = [
  'not_a_server_error',
  'response_schema_conformance',
  'content_type_conformance',
  'negative_data_rejection',
];

/**
 * Sends what an OpenAPI description allows and what it forbids, and holds every answer against it.
 * @param {{ environment: string, description: object, url: string, key?: string, examples: number, seed: number }} work
 * `environment`: folder of the Python environment; `url`: what the description's paths are relative to; `examples`: of
 * each operation
 * @returns {Promise<{ code: number, output: string, cases: number }>}
 */
export async function schemathesis({ environment, description, url, key, examples, seed }) {
  const folder = mkdtempSync(join(tmpdir(), 'thinkscale-schemathesis-'));
  try {
    const file = join(folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(description));
    const authorization = key === undefined ? [] : ['--header', `Authorization: Bearer ${key}`];
    const data = ['--max-examples', examples, '--seed', seed, '--generation-database', 'none'];
    const what = ['--phases', 'coverage,fuzzing', '--checks', checks.join(), '--continue-on-failure'];
    const args = ['run', file, '--url', url, ...authorization, ...data, ...what, '--no-color'];
    const program = resolve(programOf(environment, 'schemathesis'));
    // It writes reports and its database into the folder that it is started in.
    const { code, output } = await run(program, args.map(String), { cwd: folder });
    const cases = Number(/(\d+) generated/.exec(output)?.[1] ?? 0);
    return { code, output, cases };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
