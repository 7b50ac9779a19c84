import { type Html, html, joined, svgMarkup } from './html.js';
import { styleSheet } from './style-sheet.js';

/** Rows of cells as a table: the first row is its header, the first cell of a row names it. */
export function tableOf([header = [], ...rows]: readonly (readonly string[])[]): Html {
  const cells = ([name = '', ...numbers]: readonly string[]) =>
    html`<tr><th scope="row">${name}</th>${joined(numbers.map((cell) => html`<td>${cell}</td>`))}</tr>`;
  return html`<div class="scroll"><table>
<thead><tr>${joined(header.map((name) => html`<th scope="col">${name}</th>`))}</tr></thead>
<tbody>${joined(rows.map(cells))}</tbody>
</table></div>`;
}

/** A page of its own around one figure: `lead` below the title, `rest` below the figure. */
export function plotPage(title: string, svg: string, rest: Html, lead = html``): string {
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
<header><h1>${title}</h1>${lead}</header>
<figure>${svgMarkup(svg)}</figure>
${rest}
</main>
</body>
</html>
`;
  return page.markup;
}
