import { html, joined } from '../../report/html.js';
import type { PlotFormat } from '../../report/plot-format.js';
import { plotPage, tableOf } from '../../report/plot-page.js';
import { renderChart, renderPng } from '../../report/render.js';
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

function fitPage(fit: FileFit, title: string, svg: string): string {
  const predictions = predictionRows(fit);
  const rest = html`${tableOf(parameterRows(fit))}
${predictions.length > 1 ? tableOf(predictions) : html``}
<ul class="findings">${joined(fit.warnings.map((sentence) => html`<li>${sentence}</li>`))}</ul>
${joined(fitFacts(fit).map((fact) => html`<p class="small">${fact}</p>`))}`;
  return plotPage(title, svg, rest, html`<p class="lead">${fit.file}</p>`);
}
