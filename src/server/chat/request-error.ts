import { ThinkscaleError } from '../../core/errors.js';

/** The error of a request's field. */
export function requestError(
  param: string,
  expected: string,
  got: string,
): ThinkscaleError<'TS_REQUEST_INVALID'> {
  return new ThinkscaleError('TS_REQUEST_INVALID', { param, expected, got });
}
