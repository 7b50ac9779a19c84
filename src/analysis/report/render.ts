import { createRequire } from 'node:module';
import { type Chart, chartOf } from './chart-option.js';
import type { Figure } from './figure.js';
import { escapeHtml } from './html.js';

/** PNG pixels a SVG pixel, for screens and slides. */
const pixelRatio = 2;

/**
 * Draws a figure as SVG. echarts is loaded on first use, which keeps it out of commands that draw nothing.
 * @param idPrefix Starts every id in the SVG, so that several can share a page and the same figure is the same text.
 */
export function renderSvg(figure: Figure, idPrefix: string): Promise<string> {
  return renderChart(chartOf(figure), `${figure.title}. ${figure.caption}`, idPrefix);
}

/** The same for a chart that is laid out already. @param label What it shows, for those who cannot see it. */
export async function renderChart(chart: Chart, label: string, idPrefix: string): Promise<string> {
  const svg = await drawChart(chart);
  const attributes = `role="img" aria-label="${escapeHtml(label)}"`;
  return withoutInteraction(svg)
    .replace(/\bzr\d+-/g, `${idPrefix}-`)
    .replace('<svg ', `<svg ${attributes} `);
}

/** echarts prepares pictures for hovering and clicking, under names that count up from one picture to the next. */
function withoutInteraction(svg: string): string {
  return svg
    .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/\n\s*(?=\n)/g, '');
}

async function drawChart({ width, height, option }: Chart): Promise<string> {
  const [core, charts, components, renderers] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  core.use([
    charts.LineChart,
    charts.CustomChart,
    components.GridComponent,
    components.LegendPlainComponent,
    components.TitleComponent,
    renderers.SVGRenderer,
  ]);
  const instance = core.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    instance.setOption(option);
    return instance.renderToSVGString();
  } finally {
    instance.dispose();
  }
}

/** The picture of an SVG from {@link renderSvg}, with the fonts that this package brings. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { renderAsync } = await import('@resvg/resvg-js');
  const image = await renderAsync(svg, {
    fitTo: { mode: 'zoom', value: pixelRatio },
    font: {
      loadSystemFonts: false,
      fontFiles: ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) =>
        createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}`),
      ),
      defaultFontFamily: 'DejaVu Sans',
    },
  });
  return image.asPng();
}
