import type { RunManifest, RunRecords } from '../../core/record.js';
import { bracket, counted, decimal, engineeringProse, percent, strategyLabel } from '../format.js';
import { subsetsDrawn } from '../pool-estimators.js';
import type { Analysis, Comparison, CurvePoint, Stratum } from '../result.js';
import { shownStrata } from './figure.js';
import { concatenated, type Html, html, joined, svgMarkup } from './html.js';
import { lawCards } from './law-cards.js';
import { levelColumns, type PointColumn, useColumns, useLegend } from './point-columns.js';
import { styleSheet } from './style-sheet.js';
import { pointKey } from './terminal-table.js';

/** Strata, all problems included, whose findings are shown without a click. */
const mostOpenStrata = 3;

/**
 * One page that needs nothing else: no script, no request. Everything that a user wrote is escaped.
 * @param figures SVG texts of this package's own making, most important first.
 * @param lawFigures the same of the laws of a stratum, by its name
 */
export function reportHtml(
  records: RunRecords,
  analysis: Analysis,
  figures: readonly string[],
  lawFigures: ReadonlyMap<string, string>,
): string {
  const { manifest } = records;
  const strata = shownStrata(analysis);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${manifest.name}: what inference compute buys</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
<header>
<h1>${manifest.name}</h1>
<p class="lead">${leadOf(records, analysis)}</p>
</header>
${findings(analysis, strata)}
<section>
<h2>Curves</h2>
${joined(figures.map((figure) => html`<figure>${svgMarkup(figure)}</figure>`))}
</section>
<section>
<h2>Points</h2>
<p>Accuracy is the share of problems solved, with its ${percent(analysis.level)} interval. Tokens, FLOPs and seconds are means a problem.${useColumns(analysis).length === 0 ? '' : ` ${useLegend}`}</p>
${joined(strata.map((stratum) => pointTable(analysis, stratum)))}
</section>
<section>
<h2>Fitted laws</h2>
${joined(strata.map((stratum) => lawsOf(analysis, stratum, lawFigures.get(stratum.name) ?? null)))}
</section>
${notesOf(analysis)}
${methods(analysis)}
${whatRan(manifest)}
</main>
</body>
</html>
`;
  return page.markup;
}

function leadOf(records: RunRecords, analysis: Analysis): string {
  const { engine, task, problems } = records.manifest;
  return `${engine.modelName} on the task ${task}: ${counted(problems.length, 'problem')}, ${counted(records.pool.length, 'sample')}, ${listOf(analysis.strategies.map(strategyLabel))}.`;
}

/** The findings on all problems first; those of many strata fold away, so that the figures stay near the top. */
function findings(analysis: Analysis, strata: readonly Stratum[]): Html {
  const item = ({ excludesZero, sentence }: Comparison) =>
    html`<li class="${excludesZero ? 'shown' : 'open'}">${sentence}</li>`;
  const lists = [...strata]
    .sort((left, right) => Number(right.isAll) - Number(left.isAll))
    .map((stratum) => ({
      stratum,
      found: analysis.comparisons.filter((comparison) => comparison.stratum === stratum.name),
    }))
    .filter(({ found }) => found.length > 0)
    .map(({ stratum, found }) => {
      const list = html`<ul class="findings">${joined(found.map(item))}</ul>`;
      return strata.length <= mostOpenStrata || stratum.isAll
        ? html`<h3>${capitalised(stratum.label)}</h3>${list}`
        : html`<details><summary>${capitalised(stratum.label)}</summary>${list}</details>`;
    });
  return lists.length === 0 ? html`` : html`<section><h2>Findings</h2>${joined(lists)}</section>`;
}

function pointTable(analysis: Analysis, stratum: Stratum): Html {
  const labels = new Map(analysis.strategies.map((it) => [it.name, strategyLabel(it)]));
  const seconds = new Map(analysis.timings.map((timing) => [pointKey(timing), timing.seconds]));
  const points = [...analysis.points, ...analysis.coverage].filter((point) => point.stratum === stratum.name);
  if (points.length === 0) return html``;
  const [levels, uses] = [levelColumns(analysis), useColumns(analysis)];
  const heads = (columns: readonly PointColumn[]): Html =>
    concatenated(columns.map(({ title }) => html`<th scope="col">${capitalised(title)}</th>`));
  const cells = (columns: readonly PointColumn[], point: CurvePoint): Html =>
    concatenated(columns.map((column) => html`<td>${column.text(point)}</td>`));
  const row = (
    point: CurvePoint,
    index: number,
  ) => html`<tr${startsCurve(points, index) ? svgMarkup(' class="first"') : ''}>
<th scope="row">${startsCurve(points, index) ? (labels.get(point.strategy ?? '') ?? 'coverage (pass@k)') : ''}</th>
${cells(levels, point)}<td>${point.samples}</td><td>${decimal(point.accuracy.value)} <span class="interval">${bracket(point.accuracy.low, point.accuracy.high)}</span></td>
<td>${point.tokens.toFixed(0)}</td><td>${engineeringProse(point.flops)}</td><td>${(seconds.get(pointKey(point)) ?? 0).toPrecision(3)}</td>${cells(uses, point)}</tr>`;
  return html`<h3>${capitalised(stratum.label)} (${points[0]?.problems ?? 0}${stratum.isAll ? '' : ' problems'})</h3>
<div class="scroll"><table>
<thead><tr><th scope="col">Strategy</th>${heads(levels)}<th scope="col">Samples</th><th scope="col">Accuracy</th><th scope="col">Tokens</th><th scope="col">FLOPs</th><th scope="col">Seconds</th>${heads(uses)}</tr></thead>
<tbody>${joined(points.map(row))}</tbody>
</table></div>`;
}

function startsCurve(points: readonly CurvePoint[], index: number): boolean {
  const [before, point] = [points[index - 1], points[index]];
  return before?.strategy !== point?.strategy || before?.thinkingTokens !== point?.thinkingTokens;
}

function lawsOf(analysis: Analysis, stratum: Stratum, figure: string | null): Html {
  const cards = lawCards(analysis, stratum, figure);
  return cards.markup === '' ? cards : html`<h3>${capitalised(stratum.label)}</h3>${cards}`;
}

function notesOf(analysis: Analysis): Html {
  if (analysis.notes.length === 0) return html``;
  return html`<section><h2>Left out</h2><ul>${joined(analysis.notes.map((note) => html`<li>${note}</li>`))}</ul></section>`;
}

function methods(analysis: Analysis): Html {
  const oracles = analysis.strategies.filter(({ oracle }) => oracle).map(({ name }) => name);
  const isWeighted = analysis.strategies.some(({ estimator }) => estimator === 'weighted');
  return html`<section><h2>How it was measured</h2><ul>
<li>All samples of a problem form one pool. Accuracy at k is the exact mean over every subset of k samples of the pool (majority vote, best-of and pass@k in closed form), so points of one curve share their samples. Strategies without such a form are the mean grade of their trials.</li>
<li>Intervals are BCa bootstrap intervals with ${analysis.resamples} resamples of whole problems (seed ${analysis.seed}), the percentile interval where BCa is undefined, and the exact binomial bound where every problem came out alike. Comparisons are paired: the same problems, resampled together.</li>
<li>Laws are chosen among several. Over samples, by cross-validation over problems, because the points of a pool depend on each other: a fit without a tenth of the problems is compared with their curves, and the simplest law within one standard error of the best is taken. Coverage: the Beta-Binomial law, fitted to each problem's successes and samples, or an exponentiated power law. Accuracy, at every k of the range and not only at those in the table: a saturating power law, a logistic curve in ln k, or for majority votes a mixture of easy and hard problems. Intervals come from refits to resampled problems. Data that cannot support a law get none.</li>
<li>Each law is checked on the largest budgets, the top third of their range in the logarithm and at least three, by a second fit that has not seen them.</li>
<li>Tokens count the prompt once, k mean samples and the verifier. Samples that a budget cut off are charged but never vote.</li>
${isWeighted ? html`<li>A weighted vote has no closed form: its accuracy at k is the mean over ${subsetsDrawn} random subsets of each pool, which adds at most 0.011 of standard error to a problem.</li>` : ''}
${analysis.thinkingTokens.length === 0 ? '' : html`<li>Each number of thinking tokens has pools of its own. The law of single samples is a logistic curve in ln(1 + t), whose ends are fitted only where the data show them, or a saturating power law of 1 + t, by binomial likelihood of each problem's samples at every level; every level was sampled by itself, so AICc chooses. A law of thinking and samples together is fitted where the run has three levels of each.</li>`}
${oracles.length === 0 ? '' : html`<li>Marked (oracle): ${listOf(oracles)}. The verifier knows what the grader knows, so this curve is an upper bound and not something to deploy.</li>`}
</ul></section>`;
}

function whatRan(manifest: RunManifest): Html {
  const { engine, name, version, task, groupBy, samples, thinkingTokens, seeds, sampling, config } = manifest;
  const facts: readonly (readonly [string, string])[] = [
    ['Model', engine.modelName],
    ['Model SHA-256', engine.modelSha256],
    ['Engine', `${engine.kind}, ${engine.build}`],
    ['Task', groupBy === null ? task : `${task}, grouped by ${groupBy}`],
    ['Samples', samples.join(', ')],
    ...(thinkingTokens.length === 0 ? [] : [['Thinking tokens', thinkingTokens.join(', ')] as const]),
    ['Seeds', seeds.join(', ')],
    [
      'Sampling',
      Object.entries(sampling)
        .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
        .join(', '),
    ],
    ['thinkscale', version],
  ];
  const rows = facts.map(([term, fact]) => html`<dt>${term}</dt><dd>${fact}</dd>`);
  return html`<section><h2>What was run</h2><dl>${joined(rows)}</dl>
<h3>Reproduce</h3>
<p>Save the configuration below as <code>experiment.json</code>. The same model file, engine build and seeds draw the same samples.</p>
<pre>thinkscale run experiment.json</pre>
<details><summary>Configuration of ${name}</summary><pre>${JSON.stringify(config, null, 2)}</pre></details></section>`;
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
