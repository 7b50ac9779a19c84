/**
 * What a runner's report comes to. A runner that failed without naming a failed test (a crash, a file that does not
 * load, a build error) and one that found no test at all count as one failure, because neither may look like a success.
 * @typedef {{ passed: number, failed: number, skipped: number, failures: string[] }} Totals `failures` says which
 * tests failed and how each began to say why.
 */

/**
 * @param {{ code: number, report: object | undefined }} ended exit code and JSON report of `vitest run`
 * @returns {Totals}
 */
export function vitestTotals({ code, report }) {
  if (report === undefined) return settle({ passed: 0, failed: 0, skipped: 0, failures: [] }, code, 'vitest');
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const failed = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${file.name}: ${test.fullName}\n${start(test.failureMessages?.join('\n'))}`),
  );
  return settle(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken.length,
      skipped: report.numPendingTests + report.numTodoTests,
      failures: [...failed, ...broken.map((file) => `${file.name}: did not load\n${start(file.message)}`)],
    },
    code,
    'vitest',
  );
}

/** The first lines of a message, indented: enough to know the cause where only the end of a log is kept. */
function start(message = '') {
  return message
    .split('\n')
    .slice(0, 12)
    .map((line) => `    ${line}`)
    .join('\n');
}

/**
 * @param {{ code: number, output: string }} ended exit code and output of `cargo test`
 * @returns {Totals}
 */
export function cargoTotals({ code, output }) {
  const totals = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const [, passed, failed, ignored] of output.matchAll(
    /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm,
  )) {
    totals.passed += Number(passed);
    totals.failed += Number(failed);
    totals.skipped += Number(ignored);
  }
  totals.failures = [...output.matchAll(/^test (.+) \.\.\. FAILED$/gm)].map(
    ([, name]) => `cargo test: ${name}`,
  );
  return settle(totals, code, 'cargo test');
}

function settle(totals, code, suite) {
  const silent = totals.failed === 0 && (code !== 0 || totals.passed === 0);
  const failure = `${suite}: ended with code ${code} and ${totals.passed} passed, without naming a failed test`;
  return silent ? { ...totals, failed: 1, failures: [failure] } : totals;
}
