import { html, joined, svgMarkup } from '../report/html.js';
import type { PlotFormat } from '../report/plot-format.js';
import { renderPng, renderSvg } from '../report/render.js';
import { styleSheet } from '../report/style-sheet.js';
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
  const [header = [], ...rows] = comparisonRows(comparison);
  const title = comparisonTitle(comparison);
  const cells = ([name = '', ...numbers]: readonly string[]) =>
    html`<tr><th scope="row">${name}</th>${joined(numbers.map((cell) => html`<td>${cell}</td>`))}</tr>`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
<header><h1>${title}</h1></header>
<figure>${svgMarkup(svg)}</figure>
<ul class="findings">${joined(comparison.pairs.map(({ sentence }) => html`<li>${sentence}</li>`))}</ul>
<div class="scroll"><table>
<thead><tr>${joined(header.map((name) => html`<th scope="col">${name}</th>`))}</tr></thead>
<tbody>${joined(rows.map(cells))}</tbody>
</table></div>
${joined(comparison.notes.map((note) => html`<p class="small">${note}</p>`))}
${joined(
  comparisonLegend(comparison)
    .split('\n')
    .map((line) => html`<p class="small">${line}</p>`),
)}
</main>
</body>
</html>
`;
  return page.markup;
}
