import { describe, expect, it } from 'vitest';
import {
  type ErrorCode,
  type ErrorParams,
  errorRegistry,
  ThinkscaleError,
} from '../../../src/core/errors.js';
import { openAiError, retryAfter } from '../../../src/server/errors/openai-error.js';

const codes = Object.keys(errorRegistry) as ErrorCode[];

/** An error of any code; each of its parameters says its own name and where on this machine it was found. */
function sample(code: ErrorCode): ThinkscaleError {
  const names = [...errorRegistry[code].template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const params = Object.fromEntries(names.map((name) => [name, name === 'seconds' ? 7 : `/home/${name}`]));
  return new ThinkscaleError(code, params as ErrorParams<ErrorCode>);
}

describe('openAiError', () => {
  it.each(codes)('gives %s all four fields and a status of HTTP', (code) => {
    const { status, body, headers } = openAiError(sample(code));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(Object.keys(body.error).sort()).toEqual(['code', 'message', 'param', 'type']);
    expect(body.error.code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(body.error.message).not.toBe('');
    expect('retry-after' in headers).toBe(status === 429 || status === 503);
  });

  it('says the field that is wrong', () => {
    const paramOf = (error: ThinkscaleError): string | null => openAiError(error).body.error.param;
    const wrong = { expected: 'x', got: 'y' };
    expect(paramOf(new ThinkscaleError('TS_REQUEST_INVALID', { param: 'n', ...wrong }))).toBe('n');
    expect(
      paramOf(new ThinkscaleError('TS_CONFIG_INVALID', { path: 'thinkscale.options.k', ...wrong })),
    ).toBe('thinkscale.options.k');
    expect(paramOf(new ThinkscaleError('TS_MODEL_UNKNOWN', { model: 'm', served: 's' }))).toBe('model');
    expect(paramOf(new ThinkscaleError('TS_PROMPT_TOO_LONG', { limit: 1, context: 2, got: 3 }))).toBe(
      'messages',
    );
    expect(
      paramOf(new ThinkscaleError('TS_BUDGET_TOO_SMALL', { resource: 'tokens', needed: 2, got: 1 })),
    ).toBe('thinkscale.budget.tokens');
    expect(paramOf(new ThinkscaleError('TS_ROUTE_UNKNOWN', { method: 'GET', path: '/x' }))).toBeNull();
  });

  it('has the types that clients of OpenAI know', () => {
    const typeOf = (code: ErrorCode): string => openAiError(sample(code)).body.error.type;
    expect(typeOf('TS_REQUEST_INVALID')).toBe('invalid_request_error');
    expect(typeOf('TS_REQUEST_TOO_LARGE')).toBe('invalid_request_error');
    expect(typeOf('TS_UNAUTHORIZED')).toBe('authentication_error');
    expect(typeOf('TS_MODEL_UNKNOWN')).toBe('not_found_error');
    expect(typeOf('TS_OVERLOADED')).toBe('rate_limit_error');
    expect(typeOf('TS_UNAVAILABLE')).toBe('server_error');
    expect(typeOf('TS_INTERNAL')).toBe('server_error');
  });

  it('says nothing of this machine where the client cannot have caused it', () => {
    const own: ErrorCode[] = codes.filter((code) =>
      openAiError(sample(code)).body.error.message.includes('/home/'),
    );
    for (const code of [
      'TS_INTERNAL',
      'TS_FILE_MISSING',
      'TS_MODEL_CORRUPT',
      'TS_ENGINE_CRASHED',
      'TS_STORE_UNWRITABLE',
    ] as const)
      expect(own).not.toContain(code);
    expect(openAiError(new TypeError('x is not a function at /home/me/app.js')).body.error).toEqual({
      message: expect.not.stringContaining('/home'),
      type: 'server_error',
      param: null,
      code: 'internal',
    });
  });

  it('asks to come back when an engine has died', () => {
    expect(openAiError(sample('TS_ENGINE_CRASHED'))).toMatchObject({
      status: 503,
      body: { error: { code: 'unavailable' } },
      headers: { 'retry-after': '5' },
    });
  });

  it('asks to wait whole seconds that clients still wait', () => {
    expect([0, 0.2, 1, 1.2, 119.5, 500, Number.POSITIVE_INFINITY].map(retryAfter)).toEqual([
      1, 1, 1, 2, 120, 120, 120,
    ]);
  });
});
