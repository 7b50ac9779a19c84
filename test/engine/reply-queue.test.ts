import { describe, expect, test } from 'vitest';
import { ReplyQueue } from '../../src/engine/host/reply-queue.js';
import { StepGate } from '../../src/engine/host/step-gate.js';

const reply = (call: number) => ({ call, kind: 'value', value: null }) as const;

describe('reply queue', () => {
  test('pauses its sender at 65 unread replies and lets it go on at 16, once each', async () => {
    const told: string[] = [];
    const queue = new ReplyQueue((signal) => told.push(signal));
    for (let sent = 0; sent < 64; sent++) queue.push(reply(sent));
    expect(told).toEqual([]);
    for (let sent = 64; sent < 70; sent++) queue.push(reply(sent));
    expect(told).toEqual(['pause']);
    for (let read = 0; read < 53; read++) expect(await queue.next()).toEqual(reply(read));
    expect(told).toEqual(['pause']);
    expect(await queue.next()).toEqual(reply(53));
    expect(told).toEqual(['pause', 'resume']);
    for (let read = 54; read < 70; read++) expect(await queue.next()).toEqual(reply(read));
    expect(told).toEqual(['pause', 'resume']);
  });

  test('a wait ends with the next reply, or with none when it is woken', async () => {
    const queue = new ReplyQueue(() => undefined);
    const first = queue.next();
    queue.push(reply(1));
    expect(await first).toEqual(reply(1));
    const second = queue.next();
    queue.wake();
    expect(await second).toBeNull();
  });
});

describe('step gate', () => {
  test('lets pass while it is open and holds while it is closed, however often it is turned', async () => {
    const gate = new StepGate();
    await gate.passage();
    gate.close();
    gate.close();
    let passed = false;
    const waiting = gate.passage().then(() => {
      passed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toBe(false);
    gate.open();
    gate.close();
    await new Promise((resolve) => setImmediate(resolve));
    // It was closed again before the one that waited had gone on.
    expect(passed).toBe(false);
    gate.open();
    await waiting;
    expect(passed).toBe(true);
    gate.open();
    await gate.passage();
  });
});
