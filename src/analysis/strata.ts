import type { RunManifest } from '../core/record.js';
import { allProblems, type Stratum } from './result.js';

/** Code-unit order, the same on every machine. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Numbers by value, then everything else by code unit. */
function compareNatural(left: string, right: string): number {
  const [leftNumber, rightNumber] = [Number(left), Number(right)];
  if (Number.isNaN(leftNumber) || Number.isNaN(rightNumber)) {
    return Number(Number.isNaN(leftNumber)) - Number(Number.isNaN(rightNumber)) || compareText(left, right);
  }
  return leftNumber - rightNumber || compareText(left, right);
}

/**
 * The groups that curves are drawn for: one a value of `groupBy` in natural order, then all problems. A stratum that is
 * itself called `all` stays apart by its label.
 */
export function strataOf(manifest: RunManifest): readonly Stratum[] {
  const members = new Map<string, string[]>();
  for (const problem of manifest.problems) {
    if (problem.stratum === null) continue;
    const ids = members.get(problem.stratum) ?? [];
    ids.push(problem.id);
    members.set(problem.stratum, ids);
  }
  const named = [...members].sort(([left], [right]) => compareNatural(left, right));
  return [
    ...named.map(([name, ids]) => ({
      name: name === allProblems ? `${manifest.groupBy ?? 'group'}=${name}` : name,
      label: `${manifest.groupBy ?? 'group'} ${name}`,
      isAll: false,
      problemIds: ids.sort(compareText),
    })),
    {
      name: allProblems,
      label: 'all problems',
      isAll: true,
      problemIds: manifest.problems.map((problem) => problem.id).sort(compareText),
    },
  ];
}
