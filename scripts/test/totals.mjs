/**
 * What a runner's report comes to. A runner that failed without naming a failed test (a crash, a file that does not
 * load, a build error) and one that found no test at all count as one failure, because neither may look like a success.
 * @typedef {{ passed: number, failed: number, skipped: number }} Totals
 */

/**
 * @param {{ code: number, report: object | undefined }} ended exit code and JSON report of `vitest run`
 * @returns {Totals}
 */
export function vitestTotals({ code, report }) {
  if (report === undefined) return settle({ passed: 0, failed: 0, skipped: 0 }, 1);
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every(isFine),
  );
  return settle(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken.length,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    code,
  );
}

function isFine(assertion) {
  return assertion.status !== 'failed';
}

/**
 * @param {{ code: number, output: string }} ended exit code and output of `cargo test`
 * @returns {Totals}
 */
export function cargoTotals({ code, output }) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(
    /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm,
  )) {
    totals.passed += Number(passed);
    totals.failed += Number(failed);
    totals.skipped += Number(ignored);
  }
  return settle(totals, code);
}

function settle(totals, code) {
  const silent = totals.failed === 0 && (code !== 0 || totals.passed === 0);
  return silent ? { ...totals, failed: 1 } : totals;
}
