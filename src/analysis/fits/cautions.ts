import type { FitCaution } from '../../native/fit.js';
import { duplicateRows, type Measurements, type Origin } from './measurements.js';

/** Groups of equal rows that a sentence names. */
const mostNamed = 5;

/** Rows that say the same of the same run or problem, as one caution; they are fitted all the same. */
export function duplicateCaution(
  measurements: Measurements,
  { lines }: Pick<Origin, 'lines'>,
): readonly FitCaution[] {
  const groups = duplicateRows(measurements);
  if (groups.length === 0) return [];
  const noun = lines === null ? 'rows' : 'lines';
  const named = groups
    .slice(0, mostNamed)
    .map((group) => group.map((row) => lines?.[row] ?? row).join(' and '))
    .join('; ');
  const more = groups.length > mostNamed ? ` and ${groups.length - mostNamed} more` : '';
  const sentence = `Equal ${noun}: ${named}${more}. All are used, so that what they say counts more than once; if they are copies, remove them.`;
  return [{ kind: 'duplicate-rows', sentence, parameter: null }];
}
