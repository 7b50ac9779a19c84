import { serveProcess } from '../../scripts/clients/serve-process.mjs';
import { offer } from './load.mjs';
import { growth, watchMemory } from './memory.mjs';
import { between, buckets, quantile, scrape } from './metrics.mjs';
import { measureSaturation } from './saturation.mjs';

const overhead = 'thinkscale_server_overhead_seconds';
/** Seconds of latency that the server may add to 99 in 100 requests. */
const mostOverhead = 0.02;
/** Share of the time after which memory counts as warmed up. */
const warmUp = 0.25;

/** Half of them streams, half of these and of the others votes of 4 samples. */
function body(number) {
  return {
    model: 'scripted',
    messages: [{ role: 'user', content: `What is ${number % 97} + ${number % 89}?` }],
    reasoning_effort: 'none',
    stream: number % 2 === 0,
    ...(number % 4 < 2 && { thinkscale: { strategy: 'self-consistency', budget: { samples: 4 } } }),
  };
}

/**
 * Measures what the server can take and then offers half of it for so long.
 * @param {{ minutes: number, rampSeconds: number, rate: number | null }} options `rate`: requests a second instead of
 * half of what it can take
 */
export async function soak({ minutes, rampSeconds, rate }) {
  const server = await serveProcess({
    models: [{ name: 'scripted', engine: { kind: 'scripted', successRate: 1, tokenDelayMs: 2 } }],
    limits: { running: 64, queue: 1024 },
    log: { level: 'error' },
  });
  try {
    const { url } = server;
    const saturation = rate === null ? await measureSaturation({ url, body, seconds: rampSeconds }) : null;
    const offered = rate ?? saturation / 2;
    const seconds = minutes * 60;
    process.stderr.write(`soak: ${offered.toFixed(1)} a second for ${minutes} minutes\n`);
    const before = buckets(await scrape(url), overhead);
    const memory = watchMemory(url, Math.min(5, seconds / 100));
    const load = await offer({ url, rate: offered, seconds, body });
    const notes = await memory.stop();
    const added = between(before, buckets(await scrape(url), overhead));
    return summary({ saturation, offered, minutes, load, notes, added });
  } finally {
    await server.stop();
  }
}

function summary({ saturation, offered, minutes, load, notes, added }) {
  const warm = notes.filter(({ seconds }) => seconds >= warmUp * minutes * 60);
  const growthOfMemory = growth(warm);
  const resident = warm.reduce((total, { bytes }) => total + bytes, 0) / warm.length;
  const failed = [...load.failures.values()].reduce((total, count) => total + count, 0);
  const latencies = [...load.latencies].sort((left, right) => left - right);
  const p99 = quantile(added, 0.99);
  const sorted = (share) => latencies[Math.ceil(share * latencies.length) - 1] ?? Number.NaN;
  return {
    date: new Date().toISOString(),
    saturation,
    offered,
    minutes,
    sent: load.sent,
    answered: load.latencies.length,
    failures: Object.fromEntries(load.failures),
    mostInFlight: load.mostInFlight,
    latencySeconds: { p50: sorted(0.5), p99: sorted(0.99) },
    overheadSeconds: { p50: quantile(added, 0.5), p99 },
    residentBytes: resident,
    bytesAMinute: growthOfMemory,
    verdicts: {
      'no error': failed === 0 && load.latencies.length === load.sent,
      'flat memory': isFlat(growthOfMemory, resident),
      [`p99 of the added latency at most ${mostOverhead * 1000} ms`]: p99 <= mostOverhead,
    },
  };
}

/** No growth that can be told from noise, or less than a thousandth of the memory a minute. */
function isFlat({ slope, low }, resident) {
  return low <= 0 || slope < resident / 1000;
}

/** The figures in words. */
export function soakText(report) {
  const { saturation, offered, minutes, sent, answered, failures, latencySeconds, overheadSeconds } = report;
  const ms = (seconds) => `${(seconds * 1000).toFixed(2)} ms`;
  const mb = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
  const { slope, low, high } = report.bytesAMinute;
  const rate = saturation === null ? '' : `, half of the ${saturation.toFixed(1)} that it can take`;
  return [
    `${offered.toFixed(1)} requests a second for ${minutes} minutes${rate}`,
    `answered: ${answered} of ${sent}; failures: ${JSON.stringify(failures)}; at most ${report.mostInFlight} at once`,
    `latency: median ${ms(latencySeconds.p50)}, 99th percentile ${ms(latencySeconds.p99)}`,
    `added by the server: median ${ms(overheadSeconds.p50)}, 99th percentile ${ms(overheadSeconds.p99)}`,
    `resident memory: ${mb(report.residentBytes)}, growth a minute ${mb(slope)} [${mb(low)}, ${mb(high)}]`,
    ...Object.entries(report.verdicts).map(([what, holds]) => `${holds ? 'ok' : 'FAILED'}  ${what}`),
  ].join('\n');
}
