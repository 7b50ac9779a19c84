import { describe, expect, test } from 'vitest';
import { samplingSchema } from '../../src/core/sample.js';
import { leaseUntilAborted } from '../../src/engine/abortable-lease.js';
import type { Branch, Engine, EngineLease, GenerateRequest } from '../../src/engine/engine.js';
import { collect, endless, withLease } from '../support/engines.js';

const sampling = samplingSchema.parse({ temperature: 0.7, maxTokens: 6 });
const long = { ...sampling, maxTokens: 10_000 };

/** What every engine says of its tokens and of what it holds, and that nothing stays behind. */
export function describeEngineAccounting(opened: () => Engine): void {
  async function prompt(lease: EngineLease, content = 'What is 3 + 4?'): Promise<Branch> {
    return lease.prefix(await opened().tokenize([{ role: 'user', content }]));
  }

  /** A request that nothing was left behind for, and that is served. */
  async function expectNothingHeld(): Promise<void> {
    expect(await opened().statistics()).toMatchObject({ branches: 0, usedCells: 0 });
    const { samples } = await withLease(opened(), async (lease) =>
      collect(lease, [{ branch: await prompt(lease), seed: 1, sampling, keep: false }]),
    );
    expect(samples).toHaveLength(1);
    expect(await opened().statistics()).toMatchObject({ branches: 0, usedCells: 0 });
  }

  describe('the bytes of tokens', () => {
    test('write the text that the tokens were made of, a character of several tokens too', async () => {
      const text = 'A café, 12 seats 🙂 — naïve?\n  Two words.';
      const bytes = await opened().tokenBytes(await opened().textTokens(text));
      expect(bytes.every((it) => it instanceof Uint8Array && it.length > 0)).toBe(true);
      expect(Buffer.concat(bytes).toString()).toBe(text);
      expect(await opened().tokenBytes(new Int32Array(0))).toEqual([]);
    });

    test('are none for a special token', async () => {
      const tokens = await opened().tokenize([{ role: 'user', content: 'Hi' }]);
      const bytes = await opened().tokenBytes(tokens);
      expect(bytes).toHaveLength(tokens.length);
      // A rendered turn begins with a special token.
      expect(bytes[0]).toHaveLength(0);
      expect(Buffer.concat(bytes).toString()).toContain('Hi');
    });

    test.each([-1, 0x7fff_ffff])('are refused for %s, which is no token', async (token) => {
      const refused = opened().tokenBytes(Int32Array.of(1, token));
      await expect(refused).rejects.toMatchObject({ code: 'TS_ENGINE_INPUT' });
    });
  });

  describe('statistics', () => {
    test('count branches while they exist, and tokens as they are evaluated', async () => {
      const before = await opened().statistics();
      expect(before).toMatchObject({ branches: 0, usedCells: 0, restarts: 0 });
      const tokens = await opened().tokenize([
        { role: 'user', content: 'A question that nobody asked yet.' },
      ]);
      await withLease(opened(), async (lease) => {
        const branch = await lease.prefix(tokens);
        const [first, second] = await lease.fork(branch, 2);
        expect((await opened().statistics()).branches).toBe(3);
        const draw = (it: Branch | undefined, keep: boolean) =>
          collect(lease, [{ branch: it as Branch, seed: 1, sampling, keep }]);
        await draw(first, true);
        expect((await opened().statistics()).branches).toBe(3);
        await draw(second, false);
        const { branches, evaluatedTokens, reusedTokens, usedCells, cells } = await opened().statistics();
        expect(branches).toBe(2);
        const fresh = evaluatedTokens - before.evaluatedTokens + reusedTokens - before.reusedTokens;
        // The last token of a prompt may be evaluated with the first draw.
        expect(fresh).toBeGreaterThanOrEqual(tokens.length - 1);
        if (cells > 0) expect(usedCells).toBeLessThanOrEqual(cells);
        await lease.drop([branch]);
        expect((await opened().statistics()).branches).toBe(1);
      });
      await expectNothingHeld();
    });

    test('count a row that draws, and nothing once it was left', async () => {
      await withLease(opened(), async (lease) => {
        const branches = await lease.fork(await prompt(lease), 2);
        const requests = branches.map((branch, seed) => ({ branch, seed, sampling: long, keep: false }));
        for await (const { finishes } of lease.generate(requests, endless)) {
          const ended = finishes.filter((finish) => finish !== null).length;
          const { branches: live } = await opened().statistics();
          expect(live).toBeGreaterThanOrEqual(1);
          expect(live).toBeLessThanOrEqual(3 - ended);
          break;
        }
        // A child process hears of it a step later.
        await expect.poll(async () => (await opened().statistics()).branches).toBe(1);
      });
      await expectNothingHeld();
    });

    test('show no branch of a draw that was refused', async () => {
      if (!opened().info.capabilities.constraints) return expectNothingHeld();
      await withLease(opened(), async (lease) => {
        const branch = await prompt(lease);
        const broken = samplingSchema.parse({ ...sampling, grammar: 'root ::= (' });
        const refused = collect(lease, [{ branch, seed: 1, sampling: broken, keep: false }]);
        await expect(refused).rejects.toMatchObject({ code: 'TS_ENGINE_REFUSED' });
      });
      await expectNothingHeld();
    });
  });

  describe('a release', () => {
    test('ends prompts that wait or are evaluated', async () => {
      const { contextLength } = opened().info;
      const text = await opened().textTokens('one two three four five six seven eight nine ten ');
      const prompts = Array.from({ length: 12 }, (_, at) => {
        // They begin unlike each other, so that each has to be evaluated.
        return Int32Array.from({ length: contextLength - 2 }, (_, place) => {
          return text[(place * (at + 1) + at) % text.length] ?? 0;
        });
      });
      const leases = prompts.map(() => opened().lease());
      const waiting = leases.map((lease, at) => lease.prefix(prompts[at] ?? text));
      const settled = Promise.allSettled(waiting);
      await Promise.all(leases.map((lease) => lease.release()));
      await expectNothingHeld();
      for (const result of await settled) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'TS_LEASE_RELEASED' });
      }
    });

    test('ends scoring, forks and appends that are under way, and leaves none of their branches', async () => {
      const lease = opened().lease();
      const branch = await prompt(lease);
      const work: Promise<unknown>[] = [lease.append(branch, ' and more'), lease.fork(branch, 8)];
      if (opened().info.capabilities.score) {
        work.push(
          lease.score(
            branch,
            Array.from({ length: 8 }, (_, at) => `${at} is a number to score`),
          ),
        );
      }
      const settled = Promise.allSettled(work);
      await lease.release();
      for (const result of await settled) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'TS_LEASE_RELEASED' });
      }
      await expectNothingHeld();
    });

    test('of requests that draw or wait, all aborted at once, leaves nothing after two steps', async () => {
      const drawn = async (at: number, stop: AbortController): Promise<void> => {
        const { lease, release } = leaseUntilAborted(opened(), stop.signal);
        try {
          const parent = await prompt(lease, `What is ${at} + ${at}?`);
          const branches = await lease.fork(parent, 2);
          const requests = branches.map((branch, seed): GenerateRequest => {
            return { branch, seed, sampling: long, keep: seed === 0 };
          });
          const options = { ...endless, signal: stop.signal };
          for await (const _ of lease.generate(requests, options)) if (at === 0) stop.abort();
        } finally {
          await release();
        }
      };
      const stop = new AbortController();
      const results = await Promise.allSettled(Array.from({ length: 8 }, (_, at) => drawn(at, stop)));
      expect(await opened().statistics()).toMatchObject({ branches: 0, usedCells: 0 });
      const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : null));
      expect(codes[0]).toBe('TS_CANCELLED');
      for (const code of codes) expect([null, 'TS_CANCELLED', 'TS_LEASE_RELEASED']).toContain(code);
      await expectNothingHeld();
    });
  });
}
