import { html, joined } from '../report/html.js';
import type { PlotFormat } from '../report/plot-format.js';
import { plotPage, tableOf } from '../report/plot-page.js';
import { renderPng, renderSvg } from '../report/render.js';
import { makeComparisonFigure } from './figure.js';
import type { CostComparison } from './result.js';
import { comparisonLegend, comparisonRows, comparisonTitle } from './table.js';

/** The comparison's figure, or a page that has the table and the sentences too. */
export async function plotComparison(
  comparison: CostComparison,
  format: PlotFormat,
): Promise<string | Uint8Array> {
  const svg = await renderSvg(makeComparisonFigure(comparison), 'comparison');
  if (format === 'svg') return svg;
  return format === 'png' ? renderPng(svg) : comparisonPage(comparison, svg);
}

function comparisonPage(comparison: CostComparison, svg: string): string {
  const rest = html`<ul class="findings">${joined(comparison.pairs.map(({ sentence }) => html`<li>${sentence}</li>`))}</ul>
${tableOf(comparisonRows(comparison))}
${joined(comparison.notes.map((note) => html`<p class="small">${note}</p>`))}
${joined(
  comparisonLegend(comparison)
    .split('\n')
    .map((line) => html`<p class="small">${line}</p>`),
)}`;
  return plotPage(comparisonTitle(comparison), svg, rest);
}
