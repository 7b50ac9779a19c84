import type { RunRecords } from '../core/record.js';
import { curveTable } from './curves.js';
import { atLevel, counted } from './format.js';
import type { OutcomeTable } from './outcome-table.js';
import type { Stratum } from './result.js';

/** What a table's curves leave out of the run, in sentences. */
export function omissions(
  records: RunRecords,
  table: OutcomeTable,
  strata: readonly Stratum[],
): readonly string[] {
  const name = `${table.strategy ?? 'coverage'}${atLevel(table.thinkingTokens)}`;
  const planned = records.manifest.problems.length;
  const unfinished =
    table.unfinished > 0
      ? [`${name}: ${table.unfinished} of ${counted(planned, 'problem')} not finished yet, so not counted.`]
      : [];
  if (table.method === 'trials') return unfinished;
  const stopped = records.trials.some(({ stopReason, samples }) => stopReason === 'rule' && samples > 0);
  const condition = stopped ? ' that no stop rule chose' : '';
  const dropped = strata.flatMap((stratum) => {
    const { ks, problems } = curveTable(table, stratum);
    const gone = records.manifest.samples.filter((k) => !ks.includes(k));
    if (problems.length === 0 || gone.length === 0) return [];
    const smallest = Math.min(...problems.map(({ problemId }) => table.poolSizes.get(problemId) ?? 0));
    const has = `${counted(smallest, 'finished sample')}${condition}`;
    return [
      `${name} on ${stratum.label}: no point at ${gone.join(', ')} samples, because a problem has only ${has}.`,
    ];
  });
  return [...unfinished, ...dropped];
}
