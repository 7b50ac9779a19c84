import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ThinkscaleError } from '../../core/errors.js';
import type { ServerContext } from '../context.js';
import { httpFailure } from '../errors/http-failure.js';
import { openAiError } from '../errors/openai-error.js';

/** Answers a request with the error that it ended in. */
export function sendFailure(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { config, log }: ServerContext,
): void {
  const failure = httpFailure(thrown, config.limits.bodyBytes);
  const { status, body, headers } = openAiError(failure);
  const { code } = ThinkscaleError.from(failure);
  const { id: requestId } = request;
  // Only of what is no client's doing is more said, since an error's text may quote what was asked.
  if (status >= 500 && status !== 503) log.error({ requestId, code, err: failure }, 'request failed');
  else log.debug({ requestId, code }, 'request refused');
  void reply.code(status).headers(headers).send(body);
}

/** Answers what is no HTTP, is too slow or too large in its headers; no request exists for it. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, receiveSeconds: number): void {
  // The other side has left, or an answer is on its way already.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const { status, body } = openAiError(connectionFailure(error.code, receiveSeconds));
  const [line, actual] = reasons[error.code ?? ''] ?? ['Bad Request', status];
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${actual} ${line}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}

const reasons: Readonly<Record<string, readonly [string, number]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['Request Timeout', 408],
  HPE_HEADER_OVERFLOW: ['Request Header Fields Too Large', 431],
};

function connectionFailure(code: string | undefined, seconds: number): ThinkscaleError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new ThinkscaleError('TS_DEADLINE', { seconds });
  const invalid = (expected: string, got: string): ThinkscaleError =>
    new ThinkscaleError('TS_REQUEST_INVALID', { param: 'headers', expected, got });
  return code === 'HPE_HEADER_OVERFLOW'
    ? invalid('16 KiB at most', 'more')
    : invalid('an HTTP request', 'something else');
}
