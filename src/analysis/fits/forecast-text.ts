import { atLevel, counted, engineering, percent } from '../format.js';
import { aligned, listed } from '../report/terminal-table.js';
import { coverageName, type Forecast, type ForecastEntry, type Needed } from './forecast.js';

/** A forecast for a terminal: what each law needs, and why the others say nothing. */
export function forecastText({ run, target, level, problems, entries }: Forecast): string {
  const said = entries.filter(({ needed }) => needed !== null);
  const header = ['law of', 'over', 'needed', 'interval', 'tokens', 'interval', 'FLOPs', 'interval'];
  const rows = said.map((entry) => [nameOf(entry), entry.axis, ...cellsOf(entry)]);
  const reasons = entries.flatMap((entry) =>
    entry.reason === null ? [] : [`${nameOf(entry)}: ${entry.reason.sentence}${measuredText(entry)}`],
  );
  const sections = [
    `Accuracy ${percent(target)} over ${counted(problems, 'problem')} of ${run}, a problem:`,
    said.length === 0 ? '' : aligned([header, ...rows], 2),
    listed(reasons),
    said.length === 0
      ? ''
      : `${percent(level)} intervals over problems; "or more" where part of the refits does not get there within a hundred times what was measured.`,
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function nameOf({ strategy, thinkingTokens, axis }: ForecastEntry): string {
  const name = axis === 'samples' ? `${coverageName} (pass@k)` : 'single samples';
  return `${strategy ?? name}${atLevel(thinkingTokens)}`;
}

function cellsOf({ needed }: ForecastEntry): readonly string[] {
  if (needed === null) return [];
  const { amount, tokens, flops } = needed;
  return [
    String(amount.value),
    rangeOf(amount, String),
    ...[tokens, flops].flatMap((cost) => [engineering(cost.value), rangeOf(cost, engineering)]),
  ];
}

function rangeOf({ low, high }: Needed, text: (value: number) => string): string {
  return high === null ? `[${text(low)} or more]` : `[${text(low)}, ${text(high)}]`;
}

function measuredText({ measuredAt, axis }: ForecastEntry): string {
  return measuredAt === null ? '' : ` Measured accuracy is there with ${measuredAt} ${axis}.`;
}
