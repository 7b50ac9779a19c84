import { html, joined, svgMarkup } from '../../report/html.js';
import type { PlotFormat } from '../../report/plot-format.js';
import { renderChart, renderPng } from '../../report/render.js';
import { styleSheet } from '../../report/style-sheet.js';
import type { FileFit } from '../fit-file.js';
import { fitFacts, parameterRows, predictionRows } from '../fit-text.js';
import { fitChart } from './chart.js';

/** The figure of a fit with curves, or a page that has its table and its warnings too. */
export async function plotFit(fit: FileFit, format: PlotFormat): Promise<string | Uint8Array> {
  const { chart, title, caption } = fitChart(fit);
  const svg = await renderChart(chart, `${title}. ${caption}`, 'fit');
  if (format === 'svg') return svg;
  return format === 'png' ? renderPng(svg) : fitPage(fit, title, svg);
}

function table([header = [], ...rows]: readonly (readonly string[])[]) {
  const cells = ([name = '', ...numbers]: readonly string[]) =>
    html`<tr><th scope="row">${name}</th>${joined(numbers.map((cell) => html`<td>${cell}</td>`))}</tr>`;
  return html`<div class="scroll"><table>
<thead><tr>${joined(header.map((name) => html`<th scope="col">${name}</th>`))}</tr></thead>
<tbody>${joined(rows.map(cells))}</tbody>
</table></div>`;
}

function fitPage(fit: FileFit, title: string, svg: string): string {
  const predictions = predictionRows(fit);
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
<header><h1>${title}</h1><p class="lead">${fit.file}</p></header>
<figure>${svgMarkup(svg)}</figure>
${table(parameterRows(fit))}
${predictions.length > 1 ? table(predictions) : html``}
<ul class="findings">${joined(fit.warnings.map((sentence) => html`<li>${sentence}</li>`))}</ul>
${joined(fitFacts(fit).map((fact) => html`<p class="small">${fact}</p>`))}
</main>
</body>
</html>
`;
  return page.markup;
}
