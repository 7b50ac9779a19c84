/** What a server counts, scraped from its /metrics. */
export async function scrape(url) {
  const reply = await fetch(`${url}/metrics`);
  if (reply.status !== 200) throw new Error(`/metrics answered ${reply.status}`);
  const samples = new Map();
  for (const line of (await reply.text()).split('\n')) {
    const found = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)/.exec(line);
    if (found === null) continue;
    const [, name, labels = '', value] = found;
    samples.set(labels === '' ? name : `${name}{${labels}}`, Number(value));
  }
  return samples;
}

/**
 * Cumulative counts of a histogram without labels, by the upper ends of its buckets.
 * @param {Map<string, number>} samples
 * @param {string} name
 * @returns {Bucket[]}
 *
 * @typedef {{ end: number, count: number }} Bucket
 */
export function buckets(samples, name) {
  return [...samples].flatMap(([key, count]) => {
    const end = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\}$`).exec(key)?.[1];
    return end === undefined ? [] : [{ end: end === '+Inf' ? Number.POSITIVE_INFINITY : Number(end), count }];
  });
}

/**
 * What came to a histogram between two scrapes.
 * @param {Bucket[]} before
 * @param {Bucket[]} after
 */
export function between(before, after) {
  const earlier = new Map(before.map(({ end, count }) => [end, count]));
  return after.map(({ end, count }) => ({ end, count: count - (earlier.get(end) ?? 0) }));
}

/**
 * A quantile, as Prometheus finds it: evenly spread inside a bucket, and the last end where it is above all of them.
 * @param {Bucket[]} histogram
 * @param {number} share
 */
export function quantile(histogram, share) {
  const total = histogram.at(-1)?.count ?? 0;
  const rank = share * total;
  let [start, below] = [0, 0];
  for (const { end, count } of histogram) {
    if (count >= rank && total > 0) {
      return end === Number.POSITIVE_INFINITY
        ? start
        : start + (end - start) * ((rank - below) / (count - below));
    }
    [start, below] = [end, count];
  }
  return Number.NaN;
}
