import { run, tool } from '../setup/command.mjs';

/** Runs one file of the integration tests, which brings its own server. */
export async function vitestFile(name) {
  const args = [tool.vitest, 'run', `test/integration/${name}.test.ts`, '--reporter=json'];
  const { code, output } = await run(process.execPath, args);
  const line = output.split('\n').find((text) => text.startsWith('{"numTotalTestSuites"'));
  if (code !== 0 || line === undefined) throw new Error(`tests failed\n${output}`);
  const { numPassedTests, numTotalTests } = JSON.parse(line);
  if (numPassedTests !== numTotalTests || numTotalTests === 0) {
    throw new Error(`${numPassedTests} of ${numTotalTests} tests passed\n${output}`);
  }
  return `${numPassedTests} tests passed`;
}
