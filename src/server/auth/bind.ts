import { isIP } from 'node:net';
import { ThinkscaleError } from '../../core/errors.js';

/** Whether only this machine reaches what listens on `host`. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  if (isIP(name) === 4) return name.startsWith('127.');
  if (isIP(name) === 6) return name === '::1' || /^::ffff:127\./.test(name);
  return name === 'localhost';
}

/** @throws TS_PUBLIC_BIND if others could use the server without a key, and nobody said that they may */
export function checkBind(host: string, hasKeys: boolean, allowUnauthenticated: boolean): void {
  if (hasKeys || allowUnauthenticated || isLoopback(host)) return;
  throw new ThinkscaleError('TS_PUBLIC_BIND', { host });
}

/**
 * A page in a browser can give its own name this machine's address, and then reads what is served on it. On a loopback
 * address without keys only requests that name this machine are therefore taken.
 * @param header value of `Host`
 * @throws TS_REQUEST_INVALID
 */
export function checkHostHeader(header: string | undefined): void {
  const name = header?.replace(/:\d*$/, '') ?? '';
  if (isLoopback(name)) return;
  const expected = 'localhost or a loopback address, since the server listens for this machine only';
  const got = header === undefined ? 'nothing' : JSON.stringify(header.slice(0, 80));
  throw new ThinkscaleError('TS_REQUEST_INVALID', { param: 'host', expected, got });
}
