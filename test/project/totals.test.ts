import { describe, expect, it } from 'vitest';
import { cargoTotals, vitestTotals } from '../../scripts/test/totals.mjs';

const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const report = (over: object = {}) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults: [passing],
  ...over,
});

describe('the totals of npm test', () => {
  it('are what vitest reports', () => {
    expect(vitestTotals({ code: 0, report: report() })).toEqual({
      passed: 3,
      failed: 0,
      skipped: 1,
      failures: [],
    });
    expect(vitestTotals({ code: 1, report: report({ numFailedTests: 2 }) }).failed).toBe(2);
  });

  it('count a file that does not load as a failure', () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(vitestTotals({ code: 1, report: report({ testResults: [passing, broken] }) }).failed).toBe(1);
  });

  it('count a crash, an unnamed failure and an empty suite as a failure', () => {
    expect(vitestTotals({ code: 139, report: undefined })).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
      failures: ['vitest: ended with code 139 and 0 passed, without naming a failed test'],
    });
    expect(vitestTotals({ code: 1, report: report() }).failed).toBe(1);
    expect(vitestTotals({ code: 0, report: report({ numPassedTests: 0 }) }).failed).toBe(1);
    expect(cargoTotals({ code: 101, output: 'error: could not compile' }).failed).toBe(1);
    expect(cargoTotals({ code: 0, output: '' }).failed).toBe(1);
  });

  it('add up the crates and doctests of cargo', () => {
    const output = [
      'test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s',
      'test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s',
      'test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    ].join('\n');
    expect(cargoTotals({ code: 101, output })).toEqual({
      passed: 15,
      failed: 2,
      skipped: 1,
      failures: [],
    });
  });

  it('name what failed and how, because often only the end of a log is kept', () => {
    const failed = {
      status: 'failed',
      fullName: 'adds up',
      failureMessages: ['expected 3 to be 4\nat line 7'],
    };
    const files = [
      { name: 'test/sum.test.ts', status: 'failed', assertionResults: [failed, ...passing.assertionResults] },
      { name: 'test/broken.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] },
    ];
    expect(
      vitestTotals({ code: 1, report: report({ numFailedTests: 1, testResults: files }) }).failures,
    ).toEqual([
      'test/sum.test.ts: adds up\n    expected 3 to be 4\n    at line 7',
      'test/broken.test.ts: did not load\n    Cannot find module',
    ]);
    const output =
      'test a::b ... ok\ntest a::c ... FAILED\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0';
    expect(cargoTotals({ code: 101, output }).failures).toEqual(['cargo test: a::c']);
  });
});
