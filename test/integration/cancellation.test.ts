import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, type Caller, stalled } from './clients/crowd.js';
import { type Served, scripted, serve } from './clients/served.js';
import { untilIdle } from './clients/until-idle.js';

const crowd = 200;
/** As many as run at once; the others wait. */
const running = 16;

const question = {
  model: 'scripted',
  messages: [{ role: 'user', content: 'Tell me everything.' }],
  max_completion_tokens: 4000,
  reasoning_effort: 'none',
};
const sixteenBranches = {
  ...question,
  thinkscale: { strategy: 'self-consistency', budget: { samples: 16 } },
};

/** An engine whose samples go on until their maximum, as they do where the end token is forbidden. */
async function serveEndless(): Promise<Served> {
  const models = scripted({
    endless: true,
    otherwise: ['on and '],
    tokenDelayMs: 50,
    contextLength: 8192,
  });
  const served = await serve({ models, limits: { running, queue: 256 } });
  onTestFinished(() => served.server.close());
  return served;
}

/** As many requests as the crowd is large, half a second old, none of them refused. */
async function gather({ server }: Served, body: object): Promise<Caller[]> {
  const callers = Array.from({ length: crowd }, () => ask(server.port, body));
  const { admission } = server.context;
  while (admission.state.running + admission.state.queued < crowd) await pause(5);
  await pause(500);
  expect(admission.state).toMatchObject({ running, queued: crowd - running });
  return callers;
}

/**
 * Everybody leaves at once. A step is a token of each sample, so what the engine still evaluates says how many steps it took
 * to stop. Then one question is answered.
 */
async function leave(served: Served, callers: readonly Caller[], samples: number): Promise<void> {
  const before = await served.engine.statistics();
  expect(before.branches).toBeGreaterThanOrEqual(running * samples);
  for (const caller of callers) caller.drop();
  const after = await untilIdle(served.engine);
  expect(after.evaluatedTokens - before.evaluatedTokens).toBeLessThanOrEqual(2 * running * samples);
  const { admission } = served.server.context;
  while (admission.state.running + admission.state.queued > 0) await pause(5);
  const refused = (await Promise.all(callers.map(({ status }) => status))).filter(
    (status) => status !== null && status !== 200,
  );
  expect(refused).toEqual([]);
  await expectAnswer(served);
}

async function expectAnswer({ server }: Served): Promise<void> {
  const caller = ask(server.port, { ...question, max_completion_tokens: 4 });
  expect(await caller.status).toBe(200);
  expect(JSON.parse(await caller.text)).toMatchObject({
    choices: [{ finish_reason: 'length' }],
    usage: { completion_tokens: 4 },
  });
}

describe('200 requests of 4,000 tokens that are given up after half a second', () => {
  it.each([
    ['streams', { ...question, stream: true }, 1],
    ['requests without a stream', question, 1],
    ['streams of 16 branches', { ...sixteenBranches, stream: true }, 16],
    ['requests of 16 branches', sixteenBranches, 16],
  ])('free the engine within two steps: %s', async (_, body, samples) => {
    const served = await serveEndless();
    await leave(served, await gather(served, body), samples);
  });

  it('leave the queue at once where they wait, and those that run go on', async () => {
    const served = await serveEndless();
    const callers = await gather(served, { ...question, stream: true });
    const statuses = await Promise.all(callers.map(hasStarted));
    const waiting = callers.filter((_, at) => statuses[at] === false);
    expect(waiting).toHaveLength(crowd - running);
    for (const caller of waiting) caller.drop();
    const { admission } = served.server.context;
    while (admission.state.queued > 0) await pause(5);
    expect(admission.state).toMatchObject({ running, queued: 0, queuedTokens: 0 });
    await leave(served, callers, 1);
  });
});

/** Whether an answer has begun. */
async function hasStarted({ status }: Caller): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([status, Promise.resolve(pending)])) !== pending;
}

describe('a reader that takes nothing of its stream', () => {
  it('is given up once the unread bytes are at their limit, while others are served', async () => {
    const models = scripted({ endless: true, otherwise: ['on and '], contextLength: 1_000_000 });
    const served = await serve({ models, limits: { unreadBytes: 65_536 } });
    onTestFinished(() => served.server.close());
    const reader = stalled(served.server.port, {
      ...question,
      max_completion_tokens: 500_000,
      // Large chunks fill the buffers of the system sooner.
      logprobs: true,
      top_logprobs: 20,
      stream: true,
    });
    onTestFinished(reader.close);
    while ((await served.engine.statistics()).evaluatedTokens === 0) await pause(5);
    const { evaluatedTokens } = await untilIdle(served.engine);
    expect(evaluatedTokens).toBeLessThan(100_000);
    await expectAnswer(served);
  });
});
