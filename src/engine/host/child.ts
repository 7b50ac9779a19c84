import { ThinkscaleError } from '../../core/errors.js';
import type { Engine, EngineLease } from '../engine.js';
import { openHere } from '../open.js';
import type { GenerateSignal, HostReply, HostRequest } from './protocol.js';
import { StepGate } from './step-gate.js';

interface Generation {
  readonly stop: AbortController;
  readonly gate: StepGate;
}

/** The child process: holds one engine and does what the supervisor's messages say. */
let engine: Engine | null = null;
const leases = new Map<number, EngineLease>();
const generations = new Map<number, Generation>();

// Ctrl-C reaches the whole process group; the supervisor decides what it means and ends this process by the channel.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (request: HostRequest) => {
  void respond(request);
});

async function respond(request: HostRequest): Promise<void> {
  try {
    const reply = await handle(request);
    if (reply !== null) send(reply);
  } catch (error) {
    send({ call: request.call, kind: 'error', error: ThinkscaleError.from(error).toJSON() });
  }
}

async function handle(request: HostRequest): Promise<HostReply | null> {
  const { call } = request;
  switch (request.kind) {
    case 'open':
      engine = await openHere(request.spec);
      return { call, kind: 'value', value: engine.info };
    case 'engine':
      return { call, kind: 'value', value: await callMethod(opened(), request) };
    case 'lease':
      return { call, kind: 'value', value: await callLease(request) };
    case 'generate':
      await generate(request);
      return { call, kind: 'value', value: null };
    case 'stop':
    case 'pause':
    case 'resume':
      steer(generations.get(call), request.kind);
      return null;
    case 'close':
      await engine?.close();
      return { call, kind: 'value', value: null };
  }
}

async function callLease(request: Extract<HostRequest, { kind: 'lease' }>): Promise<unknown> {
  const target = leaseOf(request.lease);
  if (request.method === 'release') leases.delete(request.lease);
  return callMethod(target, request);
}

function callMethod<Method extends string>(
  target: Readonly<Record<Method, unknown>>,
  { method, args }: { readonly method: Method; readonly args: readonly unknown[] },
): Promise<unknown> {
  const operation = target[method] as (...args: unknown[]) => Promise<unknown>;
  return operation.apply(target, [...args]);
}

async function generate(request: Extract<HostRequest, { kind: 'generate' }>): Promise<void> {
  const { call, lease, requests, options } = request;
  const stop = new AbortController();
  const gate = new StepGate();
  generations.set(call, { stop, gate });
  try {
    for await (const step of leaseOf(lease).generate(requests, { ...options, signal: stop.signal })) {
      send({ call, kind: 'step', step });
      await gate.passage();
    }
  } finally {
    generations.delete(call);
  }
}

/** One that is stopped stays open: it has to go on to see that it is. */
function steer(generation: Generation | undefined, signal: GenerateSignal): void {
  if (signal === 'stop') generation?.stop.abort();
  if (signal === 'pause' && !generation?.stop.signal.aborted) generation?.gate.close();
  else generation?.gate.open();
}

function leaseOf(id: number): EngineLease {
  const lease = leases.get(id) ?? opened().lease();
  leases.set(id, lease);
  return lease;
}

function opened(): Engine {
  if (engine === null) throw new ThinkscaleError('TS_ENGINE_CLOSED', { engine: 'child process' });
  return engine;
}

/** Replies that leave together: the calls of one decode step answer at about the same time, and each message costs both sides. */
const outbox: HostReply[] = [];

function send(reply: HostReply): void {
  if (outbox.push(reply) === 1) setImmediate(flush);
}

function flush(): void {
  const replies = outbox.splice(0);
  if (process.connected) process.send?.(replies);
}
