import { ThinkscaleError } from '../../core/errors.js';

/** What fastify and Node say of a request that they could not read, in the words of this server. */
export function httpFailure(thrown: unknown, bodyBytes: number): unknown {
  if (thrown instanceof ThinkscaleError || !(thrown instanceof Error)) return thrown;
  const code = 'code' in thrown ? String(thrown.code) : '';
  const wrong = (param: string, expected: string, got: string): ThinkscaleError =>
    new ThinkscaleError('TS_REQUEST_INVALID', { param, expected, got }, { cause: thrown });
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ThinkscaleError('TS_REQUEST_TOO_LARGE', { limit: bodyBytes });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return wrong('content-type', 'application/json', 'another one');
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return wrong('content-type', 'application/json', 'nothing');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return wrong('content-length', "the body's length", 'another one');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return wrong('path', 'a path of this server', 'one that cannot be read');
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return new ThinkscaleError('TS_CANCELLED', { detail: 'the client left' }, { cause: thrown });
    default:
      return thrown;
  }
}
