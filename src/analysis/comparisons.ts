import type { StrategyManifest } from '../core/record.js';
import { curveTable, outcomeAt } from './curves.js';
import { bracket, counted, percent, signed, strategyLabel } from './format.js';
import { estimateColumns, type Resampling } from './intervals.js';
import type { OutcomeTable, ProblemOutcomes } from './outcomes.js';
import type { Comparison, Estimate, Stratum } from './result.js';

/**
 * With fewer problems than this that differ, no two-sided test at 5 % can tell the sides apart (a sign test of five equal
 * signs has p = 0.0625), and a bootstrap interval that claims to is an artefact of its discreteness.
 */
const fewestDiffering = 6;
/** Closed forms of the same number differ by their rounding. */
const rounding = 1e-9;

/** A strategy of the run with its outcomes. */
export interface StrategyOutcomes {
  readonly strategy: StrategyManifest;
  readonly table: OutcomeTable;
}

/** A strategy at one number of samples. */
interface Side {
  readonly strategy: StrategyManifest;
  readonly samples: number;
}

/** The same problem on both sides. */
type Pair = readonly [subject: ProblemOutcomes, reference: ProblemOutcomes];

/**
 * What more samples buy a strategy: its accuracy at the most samples less that at the fewest, problem by problem. Null
 * where its curve has fewer than two points.
 */
export async function compareBudgets(
  { strategy, table }: StrategyOutcomes,
  stratum: Stratum,
  resampling: Resampling,
): Promise<Comparison | null> {
  const { ks, problems } = curveTable(table, stratum);
  const [fewest, most] = [ks[0], ks.at(-1)];
  if (fewest === undefined || most === undefined || fewest === most) return null;
  const pairs = problems.map((problem): Pair => [problem, problem]);
  const sides = [
    { strategy, samples: most },
    { strategy, samples: fewest },
  ] as const;
  return compare('samples', stratum, sides, pairs, resampling);
}

/**
 * Each majority vote against each best-of, at the most samples that both support, over the problems that both have
 * finished.
 */
export async function compareStrategies(
  outcomes: readonly StrategyOutcomes[],
  stratum: Stratum,
  resampling: Resampling,
): Promise<readonly Comparison[]> {
  const curves = (estimator: StrategyManifest['estimator']) =>
    outcomes
      .filter(({ strategy }) => strategy.estimator === estimator)
      .map(({ strategy, table }) => ({ strategy, curve: curveTable(table, stratum) }));
  const comparisons: Comparison[] = [];
  for (const left of curves('majority')) {
    for (const right of curves('best-of')) {
      const samples = left.curve.ks.findLast((k) => right.curve.ks.includes(k));
      if (samples === undefined) continue;
      const others = new Map(right.curve.problems.map((problem) => [problem.problemId, problem]));
      const pairs = left.curve.problems.flatMap((problem): Pair[] => {
        const other = others.get(problem.problemId);
        return other === undefined ? [] : [[problem, other]];
      });
      const sides = [
        { strategy: left.strategy, samples },
        { strategy: right.strategy, samples },
      ] as const;
      const found = await compare('strategies', stratum, sides, pairs, resampling);
      if (found !== null) comparisons.push(found);
    }
  }
  return comparisons;
}

async function compare(
  kind: Comparison['kind'],
  stratum: Stratum,
  [subject, reference]: readonly [Side, Side],
  pairs: readonly Pair[],
  resampling: Resampling,
): Promise<Comparison | null> {
  const differences = pairs.map(([left, right]) => {
    const gap = outcomeAt(left, subject.samples).accuracy - outcomeAt(right, reference.samples).accuracy;
    return [Math.abs(gap) < rounding ? 0 : gap];
  });
  const differing = differences.filter(([gap]) => gap !== 0).length;
  const [difference] = await estimateColumns(differences, resampling, false);
  if (difference === undefined) return null;
  const { low, high } = difference;
  const excludesZero = differing >= fewestDiffering && low !== null && high !== null && (low > 0 || high < 0);
  const left = nameOf(subject);
  const right = kind === 'samples' ? counted(reference.samples, 'sample') : nameOf(reference);
  const evidence = evidenceOf(
    difference,
    excludesZero,
    { problems: pairs.length, differing },
    resampling.level,
  );
  return {
    kind,
    stratum: stratum.name,
    subject: { strategy: subject.strategy.name, samples: subject.samples },
    reference: { strategy: reference.strategy.name, samples: reference.samples },
    problems: pairs.length,
    differing,
    difference,
    excludesZero,
    sentence: `${left} ${verdictOf(difference, { differing, excludesZero }, right, stratum.label)} ${evidence}.`,
  };
}

function nameOf({ strategy, samples }: Side): string {
  return `${strategyLabel(strategy)} at ${counted(samples, 'sample')}`;
}

function verdictOf(
  { value }: Estimate,
  { differing, excludesZero }: Pick<Comparison, 'differing' | 'excludesZero'>,
  other: string,
  place: string,
): string {
  if (differing === 0) return `equals ${other} on ${place}`;
  if (!excludesZero) return `differs from ${other} on ${place} by ${signed(value)}`;
  return `${value > 0 ? 'beats' : 'loses to'} ${other} on ${place} by ${Math.abs(value).toFixed(2)}`;
}

/** The interval, signed as the verdict reads: a loss by 0.10 has the interval of the loss. */
function evidenceOf(
  { value, low, high }: Estimate,
  excludesZero: boolean,
  { problems, differing }: { readonly problems: number; readonly differing: number },
  level: number,
): string {
  const over = `over ${counted(problems, 'problem')}`;
  if (low === null || high === null) return `${over}, too few for an interval`;
  if (differing === 0) return `${over}, the same on each`;
  if (differing < fewestDiffering) return `${over}; only ${differing} of them differ, too few to tell`;
  const isLoss = excludesZero && value < 0;
  const interval = isLoss ? bracket(-high, -low) : bracket(low, high);
  const conclusion = excludesZero
    ? 'the interval excludes 0'
    : 'the interval includes 0, so neither is shown to be better';
  return `${interval}, ${percent(level)} interval ${over}; ${conclusion}`;
}
