/**
 * What DeepConf measures of a sample's token confidences (Fu et al. 2025, arXiv 2508.15260; the details follow
 * facebookresearch/deepconf). Confidences are ≥ 0, in nats; tokens without one are left out before.
 */

/** The confidences that are there: forced tokens have none. */
export function known(confidences: Float32Array): Float32Array {
  return confidences.filter(Number.isFinite);
}

/** NaN of none. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] as number;
  return sum / values.length;
}

/** The mean of every `window` (from 1) neighbouring values, first to last; that of all values where they are fewer. */
export function windowMeans(values: Float32Array, window: number): Float64Array {
  if (values.length <= window)
    return values.length === 0 ? new Float64Array() : Float64Array.of(mean(values));
  const means = new Float64Array(values.length - window + 1);
  let sum = 0;
  for (const [at, value] of values.entries()) {
    sum += value;
    if (at >= window) sum -= values[at - window] as number;
    if (at >= window - 1) means[at - window + 1] = sum / window;
  }
  return means;
}

/** The mean of the lowest `share` (above 0, up to 1) of the windows, rounded down but at least one; NaN of none. */
export function bottomWindows(values: Float32Array, window: number, share: number): number {
  const means = windowMeans(values, window).sort();
  return mean(means.subarray(0, Math.max(1, Math.floor(means.length * share))));
}

/** The mean of the lowest window; NaN of none. */
export function lowestWindow(values: Float32Array, window: number): number {
  const means = windowMeans(values, window);
  return means.length === 0 ? Number.NaN : means.reduce((least, value) => Math.min(least, value));
}

/** The quantile q (0 to 1) with linear interpolation between neighbours (type 7, NumPy's default); NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}
