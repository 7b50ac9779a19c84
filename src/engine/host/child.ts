import { ThinkscaleError } from '../../core/errors.js';
import type { Engine, EngineLease } from '../engine.js';
import { openHere } from '../open.js';
import type { HostReply, HostRequest } from './protocol.js';

/** The child process: holds one engine and does what the supervisor's messages say. */
let engine: Engine | null = null;
const leases = new Map<number, EngineLease>();
const stops = new Map<number, AbortController>();

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
    case 'tokenize':
      return { call, kind: 'value', value: await opened().tokenize(request.messages) };
    case 'lease':
      return { call, kind: 'value', value: await callLease(request) };
    case 'generate':
      await generate(request);
      return { call, kind: 'value', value: null };
    case 'stop':
      stops.get(call)?.abort();
      return null;
    case 'close':
      await engine?.close();
      return { call, kind: 'value', value: null };
  }
}

async function callLease({ lease, method, args }: Extract<HostRequest, { kind: 'lease' }>): Promise<unknown> {
  const target = leaseOf(lease);
  if (method === 'release') leases.delete(lease);
  const operation = target[method] as (...args: unknown[]) => Promise<unknown>;
  return operation.apply(target, [...args]);
}

async function generate(request: Extract<HostRequest, { kind: 'generate' }>): Promise<void> {
  const stop = new AbortController();
  stops.set(request.call, stop);
  try {
    const options = { seconds: request.seconds, signal: stop.signal };
    for await (const step of leaseOf(request.lease).generate(request.requests, options)) {
      send({ call: request.call, kind: 'step', step });
    }
  } finally {
    stops.delete(request.call);
  }
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

function send(reply: HostReply): void {
  if (process.connected) process.send?.(reply);
}
