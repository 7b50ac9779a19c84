import { expect } from 'vitest';
import { type ErrorCode, ThinkscaleError } from '../../src/core/errors.js';

/** The ThinkscaleError that `work` throws; anything else, or nothing, fails the test. */
export function thrownBy(work: () => unknown): ThinkscaleError {
  try {
    work();
  } catch (error) {
    if (error instanceof ThinkscaleError) return error;
    throw error;
  }
  return expect.fail('expected an error, got none');
}

/** The ThinkscaleError that a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<ThinkscaleError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ThinkscaleError) return error;
    throw error;
  }
  return expect.fail('expected a rejection, got a value');
}

/** What a failing input is expected to say. */
export function expectFailure(error: ThinkscaleError, code: ErrorCode, ...parts: readonly string[]): void {
  expect(error.code, error.message).toBe(code);
  for (const part of parts) expect(error.message).toContain(part);
}
