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
    expect(vitestTotals({ code: 0, report: report() })).toEqual({ passed: 3, failed: 0, skipped: 1 });
    expect(vitestTotals({ code: 1, report: report({ numFailedTests: 2 }) }).failed).toBe(2);
  });

  it('count a file that does not load as a failure', () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(vitestTotals({ code: 1, report: report({ testResults: [passing, broken] }) }).failed).toBe(1);
  });

  it('count a crash, an unnamed failure and an empty suite as a failure', () => {
    expect(vitestTotals({ code: 139, report: undefined })).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(vitestTotals({ code: 1, report: report() }).failed).toBe(1);
    expect(vitestTotals({ code: 0, report: report({ numPassedTests: 0 }) }).failed).toBe(1);
    expect(cargoTotals({ code: 101, output: 'error: could not compile' })).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
    expect(cargoTotals({ code: 0, output: '' }).failed).toBe(1);
  });

  it('add up the crates and doctests of cargo', () => {
    const output = [
      'test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s',
      'test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s',
      'test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    ].join('\n');
    expect(cargoTotals({ code: 101, output })).toEqual({ passed: 15, failed: 2, skipped: 1 });
  });
});
