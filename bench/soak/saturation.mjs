import { offer } from './load.mjs';

const firstRate = 20;
const step = 1.3;
/** Seconds, and share of the offered time, that a rate's last answers may come after its last request. */
const latest = { seconds: 0.5, share: 0.1 };

/**
 * The highest rate that the server keeps up with, from a ramp of rates after some seconds of warming up.
 * @param {{ url: string, body: (number: number) => object, seconds: number }} work `seconds`: at each rate
 * @returns {Promise<number>} requests a second
 */
export async function measureSaturation({ url, body, seconds }) {
  await offer({ url, rate: firstRate, seconds, body });
  let best = 0;
  for (let rate = firstRate; ; rate *= step) {
    const load = await offer({ url, rate, seconds, body });
    const answered = load.latencies.length / load.seconds;
    process.stderr.write(`ramp: ${rate.toFixed(0)} a second offered, ${answered.toFixed(1)} answered\n`);
    best = Math.max(best, answered);
    const late = load.seconds - seconds;
    if (load.failures.size > 0 || late > latest.seconds + latest.share * seconds) return best;
  }
}
