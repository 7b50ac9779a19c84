/** Probability, 0 to 1, that the first of two entrants is better than the second; null where nobody can say any more. */
export type Compare = (first: number, second: number) => Promise<number | null>;

/**
 * Single elimination among entrants 0, 1, … in the order of their seeds. In each round the best seed meets the worst, the
 * second best the second worst, and the best of an odd number is spared. A draw, and what nobody can say, goes to the
 * better seed. Asks `entrants` − 1 times.
 * @returns rounds that each entrant survived
 */
export async function knockout(entrants: number, compare: Compare): Promise<number[]> {
  const points = new Array<number>(entrants).fill(0);
  let left = [...points.keys()];
  for (let round = 1; left.length > 1; round += 1) {
    const spared = left.length % 2;
    const pairs = Math.floor(left.length / 2);
    const winners = left.slice(0, spared);
    for (let pair = 0; pair < pairs; pair += 1) {
      const better = left[spared + pair] as number;
      const worse = left[left.length - 1 - pair] as number;
      const probability = await compare(better, worse);
      winners.push(probability === null || probability >= 0.5 ? better : worse);
    }
    for (const winner of winners) points[winner] = round;
    left = winners.sort((a, b) => a - b);
  }
  return points;
}

/**
 * Everyone meets everyone: `entrants` · (`entrants` − 1) / 2 comparisons. The best seeds meet first, so that where nobody
 * can say any more those before have all met; the others stay without points.
 * @returns the sum of each entrant's probabilities of being better
 */
export async function roundRobin(entrants: number, compare: Compare): Promise<number[]> {
  const points = new Array<number>(entrants).fill(0);
  for (let newcomer = 1; newcomer < entrants; newcomer += 1) {
    const met: number[] = [];
    for (let earlier = 0; earlier < newcomer; earlier += 1) {
      const probability = await compare(earlier, newcomer);
      if (probability === null) return points;
      met.push(probability);
    }
    for (const [earlier, probability] of met.entries()) {
      points[earlier] = (points[earlier] ?? 0) + probability;
      points[newcomer] = (points[newcomer] ?? 0) + 1 - probability;
    }
  }
  return points;
}
