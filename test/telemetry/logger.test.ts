import { describe, expect, it } from 'vitest';
import { ThinkscaleError } from '../../src/core/errors.js';
import { createLogger, type LogLevel } from '../../src/telemetry/logger.js';

/** What a logger writes, line by line as it was handed on. */
function capture(level: LogLevel = 'info') {
  const chunks: string[] = [];
  const log = createLogger(level, { write: (chunk: string) => chunks.push(chunk) });
  const lines = (): Record<string, unknown>[] =>
    chunks.map((chunk) => JSON.parse(chunk) as Record<string, unknown>);
  return { log, chunks, lines };
}

/** All that ends a line, moves the cursor or starts an escape sequence somewhere. */
const controls = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  ...Array.from({ length: 33 }, (_, code) => String.fromCharCode(0x7f + code)),
  '\u2028',
  '\u2029',
].join('');

describe('the log', () => {
  it('writes one JSON object a line, with a readable level and an ISO time', () => {
    const { log, chunks, lines } = capture();
    log.info({ requestId: 'r-1' }, 'answered');
    log.warn('slow');
    expect(chunks.every((chunk) => chunk.endsWith('\n') && chunk.indexOf('\n') === chunk.length - 1)).toBe(
      true,
    );
    expect(lines()).toMatchObject([
      { level: 'info', requestId: 'r-1', msg: 'answered', time: expect.stringMatching(/^\d{4}-.+Z$/) },
      { level: 'warn', msg: 'slow' },
    ]);
  });

  it('keeps the request id of a child in each of its lines', () => {
    const { log, lines } = capture();
    const child = log.child({ requestId: 'r-7' });
    child.info('begun');
    child.error('failed');
    expect(lines().map(({ requestId }) => requestId)).toEqual(['r-7', 'r-7']);
  });

  it.each([
    ['the message', (text: string) => [{}, text] as const],
    ['a field', (text: string) => [{ model: text }, 'x'] as const],
    ['the name of a field', (text: string) => [{ [text]: 1 }, 'x'] as const],
    ['an error', (text: string) => [{ err: new Error(text) }, 'x'] as const],
  ])('lets no control character of %s forge a line or reach a terminal', (_, entry) => {
    const { log, chunks, lines } = capture();
    const forged = `a${controls}\n{"level":"info","msg":"forged"}\n`;
    const [fields, message] = entry(forged);
    log.info(fields, message);
    expect(chunks).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    expect(chunks[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(JSON.stringify(lines()[0])).toContain(JSON.stringify(forged).slice(1, -1));
  });

  it('takes keys out, wherever a header is logged', () => {
    const { log, chunks } = capture();
    const headers = {
      authorization: 'Bearer key-1234567890',
      'x-api-key': 'key-1234567890',
      cookie: 'session=key-1234567890',
    };
    log.info({ ...headers }, 'at the top');
    log.info({ headers }, 'one down');
    log.info({ request: { headers } }, 'two down');
    log.info(
      { req: { method: 'POST', url: '/v1/chat/completions?key=key-1234567890', headers } },
      'a request',
    );
    log.info('the client sent Authorization: Bearer key-1234567890 and left');
    log.info({ err: new Error('bad header bearer key-1234567890') }, 'failed');
    expect(chunks).toHaveLength(6);
    expect(chunks.join('')).not.toContain('key-1234567890');
    expect(chunks.join('')).toContain('[redacted]');
  });

  it('logs of a request its method, path and address alone', () => {
    const { log, lines } = capture();
    log.info({ req: { method: 'GET', url: '/v1/models?a=b', ip: '127.0.0.1', body: 'a prompt' } }, 'came');
    expect(lines()[0]?.req).toEqual({ method: 'GET', path: '/v1/models', ip: '127.0.0.1' });
  });

  it('logs of an error its code and sentence, and no parameters', () => {
    const { log, lines } = capture();
    const err = new ThinkscaleError('TS_OVERLOADED', { detail: '256 requests wait', seconds: 4 });
    log.error({ err }, 'refused');
    expect(lines()[0]?.err).toMatchObject({ code: 'TS_OVERLOADED', message: err.message });
    expect(lines()[0]?.err).not.toHaveProperty('params');
  });

  it('writes nothing below its level, and nothing at all when silent', () => {
    const quiet = capture('error');
    quiet.log.warn('not this');
    quiet.log.error('this');
    expect(quiet.lines().map(({ msg }) => msg)).toEqual(['this']);
    const silent = capture('silent');
    silent.log.error('not this');
    expect(silent.chunks).toEqual([]);
  });
});
