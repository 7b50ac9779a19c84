import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue, quantum, type Waiting } from '../../../src/server/admission/fair-queue.js';

interface Entry extends Waiting {
  readonly order: number;
}

const entryArbitrary = fc.record({
  keyId: fc.constantFrom('a', 'b', 'c', 'd'),
  tokens: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 1_000_000 })),
  priority: fc.integer({ min: -2, max: 2 }),
});
const entries = fc
  .array(entryArbitrary, { maxLength: 60 })
  .map((list) => list.map((entry, order): Entry => ({ ...entry, order })));
const weights = fc.record({
  a: fc.double({ min: 0.01, max: 100, noNaN: true }),
  b: fc.double({ min: 0.01, max: 100, noNaN: true }),
});

function queueOf(list: readonly Entry[], weightOf: (keyId: string) => number = () => 1): FairQueue<Entry> {
  const queue = new FairQueue<Entry>(weightOf);
  for (const entry of list) queue.push(entry);
  return queue;
}

function drained(queue: FairQueue<Entry>): Entry[] {
  const taken: Entry[] = [];
  for (let entry = queue.next(); entry !== undefined; entry = queue.next()) taken.push(entry);
  return taken;
}

describe('FairQueue', () => {
  it('gives out everything exactly once, whatever the weights', () => {
    fc.assert(
      fc.property(entries, weights, (list, { a, b }) => {
        const queue = queueOf(list, (keyId) => (keyId === 'a' ? a : b));
        expect([queue.size, queue.tokens]).toEqual([
          list.length,
          list.reduce((sum, { tokens }) => sum + tokens, 0),
        ]);
        const taken = drained(queue);
        expect(taken.map(({ order }) => order).sort((x, y) => x - y)).toEqual(list.map(({ order }) => order));
        expect([queue.size, queue.tokens]).toEqual([0, 0]);
      }),
    );
  });

  it('keeps to priority and then to arrival within a key', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const taken = drained(queueOf(list));
        for (const keyId of ['a', 'b', 'c', 'd']) {
          const own = taken.filter((entry) => entry.keyId === keyId);
          const sorted = [...own].sort((x, y) => y.priority - x.priority || x.order - y.order);
          expect(own).toEqual(sorted);
        }
      }),
    );
  });

  it('gives no entry that was removed, and counts no longer with it', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.nat(59)), (list, removals) => {
        const queue = queueOf(list);
        const removed = new Set(removals.flatMap((at) => list[at] ?? []));
        for (const entry of removed) {
          queue.remove(entry);
          queue.remove(entry);
        }
        const rest = list.filter((entry) => !removed.has(entry));
        expect([queue.size, queue.tokens]).toEqual([
          rest.length,
          rest.reduce((sum, { tokens }) => sum + tokens, 0),
        ]);
        expect(drained(queue)).toHaveLength(rest.length);
      }),
    );
  });

  it('shares tokens by weight among keys that always wait, within a quantum and an entry', () => {
    const sizes = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(weights, sizes, sizes, (weightsOf, sizeA, sizeB) => {
        const queue = new FairQueue<Entry>((keyId) => (keyId === 'a' ? weightsOf.a : weightsOf.b));
        const push = (keyId: string): void =>
          queue.push({ keyId, tokens: keyId === 'a' ? sizeA : sizeB, priority: 0, order: 0 });
        const got = { a: 0, b: 0 };
        for (const keyId of ['a', 'b']) for (let index = 0; index < 2; index++) push(keyId);
        for (let turn = 0; turn < 3000; turn++) {
          const entry = queue.next() as Entry;
          got[entry.keyId as 'a' | 'b'] += entry.tokens;
          push(entry.keyId);
          // Deficit round robin's bound: what is owed never exceeds a round and an entry of each (in rounds of each key).
          const rounds = Math.abs(got.a / weightsOf.a - got.b / weightsOf.b) / quantum;
          const slack = 1 + sizeA / (quantum * weightsOf.a) + sizeB / (quantum * weightsOf.b);
          expect(rounds).toBeLessThanOrEqual(2 * slack);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('starves nobody: a small request passes any number of large ones of another key', () => {
    const large = Array.from(
      { length: 100 },
      (_, order): Entry => ({ keyId: 'a', tokens: quantum, priority: 9, order }),
    );
    const queue = queueOf([...large, { keyId: 'b', tokens: 10, priority: -9, order: 100 }]);
    expect(drained(queue).findIndex(({ keyId }) => keyId === 'b')).toBeLessThanOrEqual(2);
  });

  it('lets a key that waited for nothing save nothing up', () => {
    const queue = new FairQueue<Entry>(() => 1);
    const entry = (keyId: string, order: number): Entry => ({ keyId, tokens: quantum, priority: 0, order });
    for (let order = 0; order < 50; order++) queue.push(entry('a', order));
    for (let turn = 0; turn < 20; turn++) queue.next();
    for (let order = 0; order < 10; order++) queue.push(entry('b', order));
    const next = Array.from({ length: 10 }, () => queue.next()?.keyId);
    expect(next.filter((keyId) => keyId === 'b')).toHaveLength(5);
  });

  it('takes few steps for entries of many rounds', () => {
    const queue = new FairQueue<Entry>(() => 1e-6);
    queue.push({ keyId: 'a', tokens: 1e9, priority: 0, order: 0 });
    queue.push({ keyId: 'b', tokens: 2e9, priority: 0, order: 1 });
    expect(drained(queue).map(({ keyId }) => keyId)).toEqual(['a', 'b']);
  });
});
