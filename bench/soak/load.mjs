import { Agent, request } from 'node:http';

/**
 * Requests by a clock: each is sent when it is due (exponential gaps, seeded), however the ones before it fare.
 * @param {{ url: string, rate: number, seconds: number, body: (number: number) => object }} work `rate`: requests a second
 * @returns what became of them; `seconds`: until the last was answered
 */
export async function offer({ url, rate, seconds, body }) {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const random = seeded(Math.round(rate * 1000));
  const started = performance.now();
  const end = started + seconds * 1000;
  const calls = [];
  const outcome = { sent: 0, latencies: [], failures: new Map(), mostInFlight: 0 };
  let inFlight = 0;
  for (let due = started; ; due += (-1000 * Math.log(1 - random())) / rate) {
    if (due >= end) break;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    outcome.sent += 1;
    inFlight += 1;
    outcome.mostInFlight = Math.max(outcome.mostInFlight, inFlight);
    // From when it was due: a sender that is late must not make the server look fast.
    const call = post(`${url}/v1/chat/completions`, body(outcome.sent), agent).then((failure) => {
      inFlight -= 1;
      if (failure === null) outcome.latencies.push((performance.now() - due) / 1000);
      else outcome.failures.set(failure, (outcome.failures.get(failure) ?? 0) + 1);
    });
    calls.push(call);
  }
  await Promise.all(calls);
  agent.destroy();
  return { ...outcome, seconds: (performance.now() - started) / 1000 };
}

/** Resolves to what was wrong with the answer, or to null. */
function post(url, body, agent) {
  const payload = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', headers, agent }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      reply.on('end', () => resolve(flawOf(reply.statusCode, text, body.stream === true)));
      reply.on('error', (error) => resolve(error.message));
    });
    sent.on('error', (error) => resolve(error.message));
    sent.end(payload);
  });
}

function flawOf(status, text, isStream) {
  if (status !== 200) return `status ${status}`;
  if (isStream) {
    return text.trimEnd().endsWith('data: [DONE]') && !text.includes('"error"') ? null : 'a broken stream';
  }
  return JSON.parse(text).choices[0].finish_reason === 'stop' ? null : 'an answer that was cut';
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
