import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requestError } from '../chat/request-error.js';

/** Levels of arrays and objects that a body may have; JSON schemas of tools take about two a level of theirs. */
const maxDepth = 64;

const quote = 0x22;
const backslash = 0x5c;

/** Reads JSON bodies and no others: an object of bounded depth, without keys that reach an object's prototype. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (text.trim() === '') return done(requestError('body', 'a JSON object', 'nothing'));
    // Before anything recursive sees it.
    if (isDeeperThan(maxDepth, text))
      return done(requestError('body', `at most ${maxDepth} levels deep`, 'a deeper one'));
    void parse(request, text, (error, value) => done(error === null ? null : reasonOf(text), value));
  });
}

/** @throws TS_REQUEST_INVALID unless the body of a request that has one is an object */
export function checkBody({ method, body }: FastifyRequest): void {
  if (method !== 'POST') return;
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return;
  const got =
    body === undefined
      ? 'nothing'
      : body === null
        ? 'null'
        : Array.isArray(body)
          ? 'an array'
          : `a ${typeof body}`;
  throw requestError('body', 'a JSON object', got);
}

function reasonOf(text: string): Error {
  try {
    JSON.parse(text);
  } catch (error) {
    return requestError(
      'body',
      'valid JSON',
      error instanceof Error ? `text with this fault: ${error.message.slice(0, 160)}` : 'none',
    );
  }
  return requestError(
    'body',
    'an object without the keys __proto__ and constructor.prototype',
    'one with them',
  );
}

function isDeeperThan(limit: number, text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (isString) {
      if (character === backslash) at++;
      else if (character === quote) isString = false;
    } else if (character === quote) isString = true;
    else if (character === 0x7b || character === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (character === 0x7d || character === 0x5d) depth -= 1;
  }
  return false;
}
