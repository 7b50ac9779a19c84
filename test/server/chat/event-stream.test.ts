import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { EventStream, type EventStreamOptions } from '../../../src/server/chat/event-stream.js';

/** A stream, and what it opened with, once it is open. */
function streamOf(options: Partial<EventStreamOptions> = {}) {
  const opened: Readable[] = [];
  const unread: number[] = [];
  const stream = new EventStream({
    open: (source) => opened.push(source),
    onUnread: (bytes) => unread.push(bytes),
    unreadBytes: 1024,
    pingSeconds: 1000,
    ...options,
  });
  return { stream, opened, unread };
}

function sourceOf(opened: readonly Readable[]): Readable {
  const [source] = opened;
  if (source === undefined || opened.length > 1) return expect.fail(`opened ${opened.length} times`);
  return source;
}

describe('a stream of events', () => {
  it('opens with the first of them, and ends with [DONE]', async () => {
    const { stream, opened } = streamOf();
    expect([stream.isOpen, opened.length]).toEqual([false, 0]);
    stream.send({ a: 'x\ny' });
    stream.send({ b: 2 });
    stream.end();
    expect(await text(sourceOf(opened))).toBe('data: {"a":"x\\ny"}\n\ndata: {"b":2}\n\ndata: [DONE]\n\n');
  });

  it('is never opened if it ends before', () => {
    const { stream, opened } = streamOf();
    stream.end();
    expect([stream.isOpen, opened.length]).toEqual([false, 0]);
  });

  it('opens with a comment after a silence, again and again, until it ends', async () => {
    const { stream, opened } = streamOf({ pingSeconds: 0.01 });
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    const heard: string[] = [];
    sourceOf(opened).on('data', (bytes) => heard.push(String(bytes)));
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(2));
    stream.end();
    await once(sourceOf(opened), 'end');
    expect(heard.join('')).toMatch(/^(: ping\n\n){3,}data: \[DONE\]\n\n$/);
    await sleep(50);
    expect(heard.at(-1)).toContain('[DONE]');
  });

  it('tells once that its reader does not read, and takes nothing more when it is broken off', async () => {
    const { stream, opened, unread } = streamOf();
    for (let sent = 0; sent < 10; sent += 1) stream.send({ text: 'x'.repeat(500) });
    expect(unread).toHaveLength(1);
    expect(unread[0]).toBeGreaterThan(1024);
    const source = sourceOf(opened);
    const closed = once(source, 'error');
    stream.breakOff(new Error('nobody reads'));
    expect(((await closed) as [Error])[0].message).toBe('nobody reads');
    const { readableLength } = source;
    stream.send({ more: true });
    stream.end();
    expect(source.readableLength).toBe(readableLength);
  });
});
