import { randomBytes } from 'node:crypto';
import type { ToolCall } from '../chat-event.js';

/** The call that a text of JSON is, if it calls one of `names`; else null. Arguments may be written as a text of JSON too. */
export function readCall(text: string, names: readonly string[]): ToolCall | null {
  const call = parsedObject(text);
  const name = call?.name;
  if (call === null || typeof name !== 'string' || !names.includes(name)) return null;
  const written = call.arguments ?? {};
  const given = typeof written === 'string' ? parsedObject(written) : asObject(written);
  if (given === null) return null;
  return { id: `call_${randomBytes(12).toString('hex')}`, name, arguments: JSON.stringify(given) };
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | null {
  // A failure to parse costs a hundred times more than this look.
  if (!/^\s*\{/.test(text)) return null;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : null;
}
