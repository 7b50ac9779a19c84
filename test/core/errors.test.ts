import { describe, expect, it } from 'vitest';
import {
  cancelled,
  type ErrorCode,
  type ErrorParams,
  errorRegistry,
  ThinkscaleError,
  throwIfAborted,
} from '../../src/core/errors.js';
import { thrownBy } from '../support/failures.js';

const codes = Object.keys(errorRegistry) as ErrorCode[];

function placeholdersOf(code: ErrorCode): string[] {
  return [...errorRegistry[code].template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

/** An error of any code with a recognisable value for each placeholder. */
function sample(code: ErrorCode): ThinkscaleError {
  const params = Object.fromEntries(placeholdersOf(code).map((name) => [name, `<${name}>`]));
  return new ThinkscaleError(code, params as ErrorParams<ErrorCode>);
}

describe('ThinkscaleError', () => {
  it.each(codes)('fills every placeholder of the sentence of %s', (code) => {
    const { message } = sample(code);
    expect(message).not.toMatch(/[{}]|undefined/);
    for (const name of placeholdersOf(code)) expect(message).toContain(`<${name}>`);
  });

  it.each(codes)('keeps %s whole when it crosses a process border as JSON', (code) => {
    const original = sample(code);
    const copy = ThinkscaleError.fromJSON(JSON.parse(JSON.stringify(original)));
    expect(copy).toBeInstanceOf(ThinkscaleError);
    const { code: copiedCode, message, params, isRetryable, exitCode, httpStatus } = copy;
    expect({ code: copiedCode, message, params }).toEqual({
      code,
      message: original.message,
      params: original.params,
    });
    expect([isRetryable, exitCode, httpStatus]).toEqual([
      original.isRetryable,
      original.exitCode,
      original.httpStatus,
    ]);
  });

  it('does not read placeholders or patterns in the values', () => {
    const params = { path: '{got}', expected: '$&', got: '$1' };
    const { message } = new ThinkscaleError('TS_CONFIG_INVALID', params);
    expect(message).toBe('Expected `{got}` to be $&, got $1.');
  });

  it('is retryable only when the engine process died, or a server asks to come again', () => {
    expect(codes.filter((code) => sample(code).isRetryable)).toEqual([
      'TS_ENGINE_CRASHED',
      'TS_RATE_LIMITED',
      'TS_OVERLOADED',
      'TS_UNAVAILABLE',
    ]);
  });

  it('exits with 130 for an interrupt, 1 for a failure at work and 2 for bad input', () => {
    const withExit = (exitCode: number) => codes.filter((code) => sample(code).exitCode === exitCode);
    expect(withExit(130)).toEqual(['TS_CANCELLED']);
    expect(withExit(1)).toEqual([
      'TS_MODEL_PULL_FAILED',
      'TS_ENGINE_UNPROVEN',
      'TS_ENGINE_CRASHED',
      'TS_ENGINE_CLOSED',
      'TS_LEASE_RELEASED',
      'TS_RATE_LIMITED',
      'TS_OVERLOADED',
      'TS_UNAVAILABLE',
      'TS_DEADLINE',
      'TS_NATIVE_MISSING',
      'TS_INTERNAL',
    ]);
    expect(withExit(2)).toHaveLength(codes.length - 12);
  });

  it('answers bad input with a status of the 400s, but for memory and disk', () => {
    const other = codes.filter((code) => sample(code).exitCode === 2 && sample(code).httpStatus >= 500);
    expect(other).toEqual(['TS_MEMORY_INSUFFICIENT', 'TS_STORE_UNWRITABLE']);
  });
});

describe('ThinkscaleError.from', () => {
  it('returns a ThinkscaleError as it is', () => {
    const error = sample('TS_NO_REPLY');
    expect(ThinkscaleError.from(error)).toBe(error);
  });

  it.each([
    ['an Error', new TypeError('no such thing'), 'no such thing'],
    ['a text', 'broken', 'broken'],
    ['nothing', undefined, 'undefined'],
  ])('makes %s TS_INTERNAL and keeps it as the cause', (_, thrown, detail) => {
    const error = ThinkscaleError.from(thrown);
    expect([error.code, error.cause, error.params]).toEqual(['TS_INTERNAL', thrown, { detail }]);
  });
});

describe('an aborted signal', () => {
  it('throws nothing before it is aborted, or where there is none', () => {
    expect(() => throwIfAborted(null)).not.toThrow();
    expect(() => throwIfAborted(undefined)).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
  });

  it('throws TS_CANCELLED with the reason that the abort gave', () => {
    const error = thrownBy(() => throwIfAborted(AbortSignal.abort(new Error('Ctrl-C'))));
    expect([error.code, error.message]).toEqual(['TS_CANCELLED', 'Cancelled: Ctrl-C.']);
  });

  it('says that the caller gave up where the reason is not an error', () => {
    expect(cancelled(AbortSignal.abort('enough')).message).toBe('Cancelled: the caller gave up.');
  });

  it('passes on a ThinkscaleError given as the reason', () => {
    const reason = sample('TS_ENGINE_CRASHED');
    expect(cancelled(AbortSignal.abort(reason))).toBe(reason);
  });
});
