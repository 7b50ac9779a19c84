import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThinkscaleError } from '../../../src/core/errors.js';
import type { AdmissionRequest, Ticket } from '../../../src/server/admission/admission.js';
import { type AdmissionLimits, FairAdmission } from '../../../src/server/admission/fair-admission.js';
import { type KeyLimits, keyLimitsSchema } from '../../../src/server/config.js';
import { expectFailure, rejectionOf } from '../../support/failures.js';

const small: AdmissionLimits = { running: 2, queue: 3, queuedTokens: 1000 };
const never = new AbortController().signal;

function request(fields: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return { keyId: 'a', tokens: 100, priority: 0, signal: never, ...fields };
}

/** An admission with a clock of its own. */
function admissionOf(limits: Partial<AdmissionLimits> = {}, keyLimits: Partial<KeyLimits> = {}) {
  const clock = { now: 100 };
  const ofKey = keyLimitsSchema.parse(keyLimits);
  const admission = new FairAdmission(
    { ...small, ...limits },
    () => ofKey,
    () => clock.now,
  );
  return { admission, clock };
}

/** Lets what has been settled be heard. */
const heard = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('FairAdmission', () => {
  it('lets in as many as may run, and each of the rest when a place is given back', async () => {
    const { admission, clock } = admissionOf();
    const first = await admission.admit(request());
    const second = await admission.admit(request());
    expect([first.waited, second.waited]).toEqual([0, 0]);
    const third = admission.admit(request());
    await heard();
    expect(admission.state).toEqual({ running: 2, queued: 1, queuedTokens: 100, draining: false });
    clock.now += 3;
    first.release();
    first.release();
    expect((await third).waited).toBe(3);
    expect(admission.state).toMatchObject({ running: 2, queued: 0, queuedTokens: 0 });
  });

  it('refuses what the queue has no room for, by requests and by tokens, and recovers', async () => {
    const { admission } = admissionOf();
    const running = [await admission.admit(request()), await admission.admit(request())];
    const waiting = [admission.admit(request()), admission.admit(request({ tokens: 800 }))];
    expectFailure(
      await rejectionOf(admission.admit(request({ tokens: 101 }))),
      'TS_OVERLOADED',
      '101',
      '1000',
    );
    waiting.push(admission.admit(request()));
    expectFailure(await rejectionOf(admission.admit(request({ tokens: 1 }))), 'TS_OVERLOADED', '3 requests');
    for (const ticket of running) ticket.release();
    for (const ticket of waiting) (await ticket).release();
    (await admission.admit(request())).release();
    expect(admission.state).toMatchObject({ running: 0, queued: 0, queuedTokens: 0 });
  });

  it('tells how long the queue will take by how fast requests ended lately', async () => {
    const { admission, clock } = admissionOf({ running: 1, queue: 1 });
    const secondsOf = async (): Promise<unknown> =>
      ((await rejectionOf(admission.admit(request()))).params as { seconds: number }).seconds;
    let ticket = await admission.admit(request());
    let next = admission.admit(request());
    clock.now += 7;
    // Nothing has ended yet: the one that runs is given as long again.
    expect(await secondsOf()).toBe(7);
    for (let index = 0; index < 10; index++) {
      clock.now += 20;
      ticket.release();
      ticket = await next;
      next = admission.admit(request());
    }
    expect(await secondsOf()).toBe(20);
    clock.now += 100_000;
    expect(await secondsOf()).toBe(120);
  });

  it('forgets whoever leaves the queue at once', async () => {
    const { admission } = admissionOf({ running: 1 });
    const first = await admission.admit(request());
    const leaving = new AbortController();
    const left = rejectionOf(admission.admit(request({ signal: leaving.signal, tokens: 900 })));
    const stays = admission.admit(request());
    leaving.abort();
    expect(admission.state).toMatchObject({ queued: 1, queuedTokens: 100 });
    expectFailure(await left, 'TS_CANCELLED');
    expectFailure(await rejectionOf(admission.admit(request({ signal: leaving.signal }))), 'TS_CANCELLED');
    first.release();
    (await stays).release();
    expect(admission.state).toMatchObject({ running: 0, queued: 0 });
  });

  it('rejects with the reason of the one who left', async () => {
    const { admission } = admissionOf({ running: 1 });
    await admission.admit(request());
    const leaving = new AbortController();
    const left = rejectionOf(admission.admit(request({ signal: leaving.signal })));
    leaving.abort(new ThinkscaleError('TS_DEADLINE', { seconds: 3 }));
    expectFailure(await left, 'TS_DEADLINE');
  });

  it('drains: nobody new, and the end when the last one is done', async () => {
    const { admission } = admissionOf({ running: 1 });
    const running = await admission.admit(request());
    const waiting = admission.admit(request());
    let isDrained = false;
    const drained = admission.drain().then(() => {
      isDrained = true;
    });
    expectFailure(await rejectionOf(admission.admit(request())), 'TS_UNAVAILABLE');
    running.release();
    const last = await waiting;
    await heard();
    expect(isDrained).toBe(false);
    last.release();
    await drained;
    await admission.drain();
  });

  it('holds a key to its requests at once', async () => {
    const { admission } = admissionOf({}, { concurrency: 2 });
    const first = await admission.admit(request());
    await admission.admit(request());
    expectFailure(await rejectionOf(admission.admit(request())), 'TS_RATE_LIMITED', '2 requests at once');
    await rejectionOf(admission.admit(request()));
    first.release();
    await admission.admit(request());
  });

  it('holds a key to its requests a minute', async () => {
    const { admission, clock } = admissionOf({}, { requestsPerMinute: 6 });
    for (let index = 0; index < 6; index++) (await admission.admit(request())).release();
    const error = await rejectionOf(admission.admit(request()));
    expectFailure(error, 'TS_RATE_LIMITED', '6 requests a minute', '10 s');
    clock.now += 9.9;
    await rejectionOf(admission.admit(request()));
    clock.now += 0.1;
    (await admission.admit(request())).release();
    // Another key has a share of its own.
    (await admission.admit(request({ keyId: 'b' }))).release();
  });

  it('holds a key to its tokens a minute and gives back what was not used', async () => {
    const { admission, clock } = admissionOf({}, { tokensPerMinute: 1000 });
    const first = await admission.admit(request({ tokens: 900 }));
    expectFailure(
      await rejectionOf(admission.admit(request({ tokens: 700 }))),
      'TS_RATE_LIMITED',
      '1000 tokens',
      '36 s',
    );
    first.release(100);
    const second = await admission.admit(request({ tokens: 700 }));
    second.release();
    await rejectionOf(admission.admit(request({ tokens: 700 })));
    clock.now += 30;
    await admission.admit(request({ tokens: 700 }));
  });

  it('gives all tokens back to a request that left the queue', async () => {
    const { admission } = admissionOf({ running: 1 }, { tokensPerMinute: 1000 });
    await admission.admit(request({ tokens: 100 }));
    const leaving = new AbortController();
    const left = rejectionOf(admission.admit(request({ tokens: 900, signal: leaving.signal })));
    leaving.abort();
    await left;
    void admission.admit(request({ tokens: 900 }));
    await heard();
    expect(admission.state.queuedTokens).toBe(900);
  });

  it('says at once that a request is larger than its key ever may', async () => {
    const { admission } = admissionOf({}, { tokensPerMinute: 50 });
    const error = await rejectionOf(admission.admit(request()));
    expectFailure(error, 'TS_REQUEST_INVALID', '`max_completion_tokens`', '50 tokens', '100');
  });

  it('never exceeds its bounds, never leaves a place free that somebody waits for, and never runs whoever left', async () => {
    const command = fc.oneof(
      fc.record({
        do: fc.constant('admit' as const),
        keyId: fc.constantFrom('a', 'b', 'c'),
        tokens: fc.integer({ min: 1, max: 400 }),
        priority: fc.integer({ min: -1, max: 1 }),
      }),
      fc.record({
        do: fc.constant('release' as const),
        at: fc.nat(20),
        used: fc.option(fc.nat(400), { nil: undefined }),
      }),
      fc.record({ do: fc.constant('abort' as const), at: fc.nat(20) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 80 }), async (commands) => {
        const { admission } = admissionOf();
        const tickets: Ticket[] = [];
        const outcomes: { readonly leaving: AbortController; settled: 'waits' | 'runs' | 'failed' }[] = [];
        let hasLeft = false;
        for (const step of commands) {
          if (step.do === 'admit') {
            const outcome: (typeof outcomes)[number] = { leaving: new AbortController(), settled: 'waits' };
            outcomes.push(outcome);
            const { keyId, tokens, priority } = step;
            admission.admit({ keyId, tokens, priority, signal: outcome.leaving.signal }).then(
              (ticket) => {
                hasLeft ||= outcome.leaving.signal.aborted;
                outcome.settled = 'runs';
                tickets.push(ticket);
              },
              () => {
                outcome.settled = 'failed';
              },
            );
          } else if (step.do === 'release') tickets.splice(step.at, 1)[0]?.release(step.used);
          else {
            const outcome = outcomes.filter(({ settled }) => settled === 'waits')[step.at];
            outcome?.leaving.abort();
          }
          await heard();
          const { running, queued, queuedTokens } = admission.state;
          expect(running).toBe(tickets.length);
          expect(running).toBeLessThanOrEqual(small.running);
          expect(queued).toBe(outcomes.filter(({ settled }) => settled === 'waits').length);
          expect(queued).toBeLessThanOrEqual(small.queue);
          expect(queuedTokens).toBeLessThanOrEqual(small.queuedTokens);
          expect(queued === 0 || running === small.running).toBe(true);
        }
        expect(hasLeft).toBe(false);
        while (tickets.length > 0) {
          tickets.pop()?.release();
          await heard();
        }
        expect(admission.state).toMatchObject({ running: 0, queued: 0, queuedTokens: 0 });
        expect(outcomes.some(({ settled }) => settled === 'waits')).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
