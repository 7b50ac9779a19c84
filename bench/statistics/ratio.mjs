/** Two-sided 95 % quantiles of Student's t for 1, 2, … degrees of freedom. */
const studentT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The quantile for so many degrees of freedom; NaN beyond the table. */
export const studentQuantile = (freedom) => studentT[freedom - 1] ?? Number.NaN;

/** Rounds for which `ratioInterval` has a quantile. */
export const mostRounds = studentT.length + 1;

/**
 * Geometric mean of the rounds' ratios with its 95 % interval (Student's t on their logarithms). The ends are NaN below
 * two rounds.
 * @param {readonly number[]} ratios one a round, above 0, at most `mostRounds`
 */
export function ratioInterval(ratios) {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (logs.length - 1);
  const half = studentQuantile(logs.length - 1) * Math.sqrt(variance / logs.length);
  const [low, ratio, high] = [mean - half, mean, mean + half].map(Math.exp);
  return { low, ratio, high };
}

/** The middle value, the lower one of two; NaN of nothing. */
export function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
}
