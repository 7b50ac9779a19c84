import { Agent, request } from 'node:http';

const topics = [
  'a fox',
  'the sea',
  'a lighthouse',
  'two brothers',
  'a storm',
  'an old clock',
  'a train',
  'the moon',
];

/** The end token of SmolLM2. */
export const endToken = 2;

/**
 * Chats that have nothing in common but the template, each with its own seed. What ends an answer early is forbidden, so that
 * each has exactly `tokens` tokens.
 */
export function chats({ concurrency, tokens, words, round, stream }) {
  return Array.from({ length: concurrency }, (_, at) => {
    const number = round * concurrency + at;
    const topic = topics[number % topics.length];
    const detail = `Detail ${number}: ${'it was a long day and nobody knew why. '.repeat(Math.ceil(words / 9))}`;
    return {
      messages: [{ role: 'user', content: `${number}. Tell a story about ${topic}. ${detail}` }],
      max_tokens: tokens,
      temperature: 0.7,
      seed: number,
      stream,
      ...(stream && { stream_options: { include_usage: true } }),
    };
  });
}

/**
 * Sends all of them at once, each on a connection of its own.
 * @returns {Promise<{ seconds: number, promptTokens: number, completionTokens: number }>} up to the last byte
 */
export async function sendAll(url, bodies) {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  try {
    const started = performance.now();
    const usages = await Promise.all(bodies.map((body) => send(url, body, agent)));
    const seconds = (performance.now() - started) / 1000;
    const total = (key) => usages.reduce((sum, usage) => sum + usage[key], 0);
    return {
      seconds,
      promptTokens: total('prompt_tokens'),
      completionTokens: total('completion_tokens'),
      perChat: usages.map((usage) => usage.completion_tokens),
    };
  } finally {
    agent.destroy();
  }
}

/** Resolves to the usage that the server counted. */
function send(url, body, agent) {
  const payload = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/chat/completions`, { method: 'POST', headers, agent }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      reply.on('end', () => {
        const usage = reply.statusCode === 200 ? usageOf(text, body.stream) : null;
        if (usage) resolve(usage);
        else reject(new Error(`${url} answered ${reply.statusCode}: ${text.slice(-500)}`));
      });
      reply.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(payload);
  });
}

function usageOf(text, isStream) {
  if (!isStream) return JSON.parse(text).usage;
  const chunks = text.split('\n').filter((line) => line.startsWith('data: {'));
  return chunks.map((line) => JSON.parse(line.slice('data: '.length)).usage).findLast(Boolean);
}
