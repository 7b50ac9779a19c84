import { bracket, counted, percent, signed } from './format.js';
import { estimateColumns, type Resampling } from './intervals.js';
import type { Comparison, Estimate } from './result.js';

/**
 * With fewer problems than this that differ, no two-sided test at 5 % can tell the sides apart (a sign test of five equal
 * signs has p = 0.0625), and a bootstrap interval that claims to is an artefact of its discreteness.
 */
const fewestDiffering = 6;
/** Estimates of the same number differ by their rounding. */
const rounding = 1e-9;

/** What two sides show on the same problems. */
export type PairedFinding = Pick<Comparison, 'problems' | 'differing' | 'difference' | 'excludesZero'>;

/**
 * The mean difference of two sides with its bootstrap interval over problems; null without problems.
 * @param gaps one side less the other on each problem, −1 to 1
 */
export async function pairedFinding(
  gaps: readonly number[],
  resampling: Resampling,
): Promise<PairedFinding | null> {
  const rounded = gaps.map((gap) => (Math.abs(gap) < rounding ? 0 : gap));
  const differing = rounded.filter((gap) => gap !== 0).length;
  const rows = rounded.map((gap) => [gap]);
  const [difference] = await estimateColumns(rows, resampling, false);
  if (difference === undefined) return null;
  const { low, high } = difference;
  const excludesZero = differing >= fewestDiffering && low !== null && high !== null && (low > 0 || high < 0);
  return { problems: gaps.length, differing, difference, excludesZero };
}

/** The finding as a sentence without its full stop: `A beats B by 0.12 [0.05, 0.20], 95 % interval over 60 problems; …`. */
export function findingText(
  finding: PairedFinding,
  subject: string,
  reference: string,
  level: number,
): string {
  return `${subject} ${verdictOf(finding, reference)} ${evidenceOf(finding, level)}`;
}

function verdictOf({ difference: { value }, differing, excludesZero }: PairedFinding, other: string): string {
  if (differing === 0) return `equals ${other}`;
  if (!excludesZero) return `differs from ${other} by ${signed(value)}`;
  return `${value > 0 ? 'beats' : 'loses to'} ${other} by ${Math.abs(value).toFixed(2)}`;
}

/** The interval, signed as the verdict reads: a loss by 0.10 has the interval of the loss. */
function evidenceOf({ difference, excludesZero, problems, differing }: PairedFinding, level: number): string {
  const { value, low, high }: Estimate = difference;
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
