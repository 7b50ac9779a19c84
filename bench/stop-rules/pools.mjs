/**
 * Pools of n samples that a stop rule meets, from easy to hopeless.
 * @param {number} n a multiple of 16
 * @returns {{ name: string, votes: number[], abstentions: number }[]} votes by answer, the majority first
 */
export function poolsOf(n) {
  const part = (sixteenths) => (n * sixteenths) / 16;
  return [
    { name: 'unanimous', votes: [n], abstentions: 0 },
    { name: 'strong majority', votes: [part(14), part(2)], abstentions: 0 },
    { name: 'strong majority, strays', votes: [part(12), ...ones(part(4))], abstentions: 0 },
    { name: 'weak majority', votes: [part(10), part(6)], abstentions: 0 },
    { name: 'near tie', votes: [n / 2 + 1, n / 2 - 1], abstentions: 0 },
    { name: 'three answers', votes: [part(7), part(5), part(4)], abstentions: 0 },
    { name: 'many answers', votes: [part(4), ...Array(6).fill(part(2))], abstentions: 0 },
    { name: 'long tail', votes: [part(6), part(3), part(2), ...ones(part(5))], abstentions: 0 },
    { name: 'half abstain', votes: [part(6), part(2)], abstentions: part(8) },
    { name: 'near tie, a quarter abstain', votes: [part(6) + 1, part(6) - 1], abstentions: part(4) },
  ];
}

function ones(count) {
  return Array(count).fill(1);
}
