import autocannon from 'autocannon';

/** Load without a pause; resolves to its rate if every answer was a good one. */
export async function loadOfAutocannon({ baseUrl, key, model }) {
  const result = await autocannon({
    url: `${baseUrl}/chat/completions`,
    connections: 8,
    duration: 5,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'What is 3 + 4?' }] }),
  });
  const { '2xx': good, non2xx, errors, requests, latency } = result;
  if (good === 0 || non2xx > 0 || errors > 0) {
    throw new Error(`${good} good answers, ${non2xx} others, ${errors} errors`);
  }
  return `${good} answers, all good, ${Math.round(requests.average)} a second, median ${latency.p50} ms`;
}
