import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cancelled, ThinkscaleError } from '../../src/core/errors.js';
import type { Job, ProcessOptions, Queue } from '../../src/queue/queue.js';
import { rejectionOf } from '../support/failures.js';

const oneByOne: ProcessOptions = { concurrency: 1, attempts: 1, signal: null };

function jobs(...names: readonly string[]): Job<string>[] {
  return names.map((name) => ({ id: `job-${name}`, data: name }));
}

function crash(): ThinkscaleError {
  return new ThinkscaleError('TS_ENGINE_CRASHED', { detail: 'signal SIGKILL' });
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}

/** What every queue promises. `make` gives an empty queue for each test. */
export function describeQueueContract(name: string, make: () => Promise<Queue<string>>): void {
  describe(`queue contract: ${name}`, () => {
    async function filled(...names: readonly string[]): Promise<Queue<string>> {
      const queue = await make();
      await queue.enqueue(jobs(...names));
      return queue;
    }

    describe('order', () => {
      it('does jobs in the order in which they came', async () => {
        const queue = await filled('a', 'b');
        await queue.enqueue(jobs('c', 'd'));
        const done: string[] = [];
        await queue.process(async (job) => void done.push(job), oneByOne);
        expect(done).toEqual(['a', 'b', 'c', 'd']);
      });

      it('is done at once when it is empty', async () => {
        const queue = await make();
        await queue.process(async () => expect.fail('there is no job'), oneByOne);
        expect(await queue.cancel()).toBe(0);
      });

      it('does a job that is enqueued twice once, before and after it is done', async () => {
        const queue = await filled('a', 'a', 'b');
        await queue.enqueue(jobs('b'));
        const done: string[] = [];
        await queue.process(async (job) => void done.push(job), oneByOne);
        await queue.enqueue(jobs('a', 'c'));
        await queue.process(async (job) => void done.push(job), oneByOne);
        expect(done).toEqual(['a', 'b', 'c']);
      });

      it('does jobs that are enqueued by a job', async () => {
        const queue = await filled('a');
        const done: string[] = [];
        await queue.process(async (job) => {
          done.push(job);
          if (job === 'a') await queue.enqueue(jobs('b', 'c'));
        }, oneByOne);
        expect(done).toEqual(['a', 'b', 'c']);
      });
    });

    describe('concurrency', () => {
      it.each([1, 2, 5])(
        'runs %i jobs at a time when there are enough, and never more',
        async (concurrency) => {
          const names = Array.from({ length: 20 }, (_, index) => String(index));
          const queue = await filled(...names);
          let running = 0;
          const seen: number[] = [];
          await queue.process(
            async (job) => {
              running += 1;
              seen.push(running);
              await sleep(Number(job) % 3);
              running -= 1;
            },
            { concurrency, attempts: 1, signal: null },
          );
          expect([Math.max(...seen), seen.length, running]).toEqual([concurrency, 20, 0]);
        },
      );
    });

    describe('failures', () => {
      it('tries a job again whose error is retryable, up to `attempts` times', async () => {
        const queue = await filled('a', 'b');
        const tries: string[] = [];
        await queue.process(
          async (job) => {
            tries.push(job);
            if (job === 'a' && tries.length < 3) throw crash();
          },
          { concurrency: 1, attempts: 3, signal: null },
        );
        expect(tries).toEqual(['a', 'a', 'a', 'b']);
      });

      it('throws a retryable error when its attempts are used up', async () => {
        const queue = await filled('a', 'b');
        const tries: string[] = [];
        const handler = async (job: string): Promise<void> => {
          tries.push(job);
          throw crash();
        };
        const error = await rejectionOf(
          queue.process(handler, { concurrency: 1, attempts: 2, signal: null }),
        );
        expect([error.code, tries]).toEqual(['TS_ENGINE_CRASHED', ['a', 'a']]);
      });

      it.each([
        ['a failure that is not retryable', new ThinkscaleError('TS_INTERNAL', { detail: 'x' })],
        ['an error of another class', new TypeError('x')],
        ['an error that only claims to be retryable', Object.assign(new Error('x'), { isRetryable: true })],
      ])('does not try again after %s', async (_, failure) => {
        const queue = await filled('a', 'b');
        const tries: string[] = [];
        const handler = async (job: string): Promise<void> => {
          tries.push(job);
          throw failure;
        };
        const options = { concurrency: 1, attempts: 5, signal: null };
        await expect(queue.process(handler, options)).rejects.toBe(failure);
        expect(tries).toEqual(['a']);
      });

      it('throws what a handler threw, even nothing, and even before its first await', async () => {
        const queue = await filled('a');
        const handler = (): Promise<void> => {
          throw undefined;
        };
        await expect(queue.process(handler, oneByOne)).rejects.toBeUndefined();
      });

      it('cancels the running jobs after a failure and throws it when they have ended', async () => {
        const queue = await filled('slow', 'bad', 'waiting');
        const events: string[] = [];
        const failure = new ThinkscaleError('TS_INTERNAL', { detail: 'bad' });
        const handler = async (job: string, signal: AbortSignal): Promise<void> => {
          events.push(`${job} begins`);
          if (job === 'bad') throw failure;
          await aborted(signal);
          await sleep(5);
          events.push(`${job} ends`);
          throw cancelled(signal);
        };
        const options = { concurrency: 2, attempts: 3, signal: null };
        await expect(queue.process(handler, options)).rejects.toBe(failure);
        expect(events).toEqual(['slow begins', 'bad begins', 'slow ends']);
      });

      it('keeps the jobs that a failure has not let begin', async () => {
        const queue = await filled('a', 'bad', 'b', 'c', 'd');
        const handler = async (job: string, signal: AbortSignal): Promise<void> => {
          if (job === 'bad') throw new TypeError('bad');
          await aborted(signal);
        };
        const options = { concurrency: 2, attempts: 1, signal: null };
        await expect(queue.process(handler, options)).rejects.toThrow('bad');
        const done: string[] = [];
        await queue.process(async (job) => void done.push(job), oneByOne);
        expect(done).toEqual(['b', 'c', 'd']);
      });
    });

    describe('cancellation', () => {
      it('throws TS_CANCELLED after an abort, once the running jobs have ended', async () => {
        const queue = await filled('a', 'b', 'c', 'd');
        const stop = new AbortController();
        const events: string[] = [];
        const handler = async (job: string, signal: AbortSignal): Promise<void> => {
          events.push(`${job} begins`);
          if (job === 'b') stop.abort(new Error('Ctrl-C'));
          await aborted(signal);
          await sleep(5);
          events.push(`${job} ends`);
          throw cancelled(signal);
        };
        const options = { concurrency: 2, attempts: 3, signal: stop.signal };
        const error = await rejectionOf(queue.process(handler, options));
        expect(error.message).toBe('Cancelled: Ctrl-C.');
        expect(events).toEqual(['a begins', 'b begins', 'a ends', 'b ends']);
        expect(await queue.cancel()).toBe(2);
      });

      it('does not try again after an abort, however retryable the error', async () => {
        const queue = await filled('a');
        const stop = new AbortController();
        let tries = 0;
        const handler = async (): Promise<void> => {
          tries += 1;
          stop.abort();
          throw crash();
        };
        const error = await rejectionOf(
          queue.process(handler, { concurrency: 1, attempts: 5, signal: stop.signal }),
        );
        expect([error.code, tries]).toEqual(['TS_CANCELLED', 1]);
      });

      it('begins nothing with a signal that is aborted already, and loses nothing', async () => {
        const queue = await filled('a', 'b');
        const handler = async (): Promise<void> => expect.fail('it must not begin');
        const options = { concurrency: 2, attempts: 1, signal: AbortSignal.abort() };
        expect((await rejectionOf(queue.process(handler, options))).code).toBe('TS_CANCELLED');
        expect(await queue.cancel()).toBe(2);
      });

      it('leaves no listener on the signal', async () => {
        const queue = await filled('a', 'b');
        const { signal } = new AbortController();
        let listeners = 0;
        const { addEventListener, removeEventListener } = signal;
        signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
          listeners += 1;
          addEventListener.apply(signal, args);
        };
        signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
          listeners -= 1;
          removeEventListener.apply(signal, args);
        };
        await queue.process(async () => undefined, { concurrency: 2, attempts: 1, signal });
        expect(listeners).toBe(0);
      });

      it('takes out the jobs that have not begun and counts them', async () => {
        const queue = await filled('a', 'b', 'c');
        const done: string[] = [];
        let removed = -1;
        await queue.process(async (job) => {
          removed = await queue.cancel();
          done.push(job);
        }, oneByOne);
        expect([removed, done, await queue.cancel()]).toEqual([2, ['a'], 0]);
      });

      it('takes a job again that was cancelled before it began', async () => {
        const queue = await filled('a');
        await queue.cancel();
        await queue.enqueue(jobs('a'));
        const done: string[] = [];
        await queue.process(async (job) => void done.push(job), oneByOne);
        expect(done).toEqual(['a']);
      });
    });
  });
}
