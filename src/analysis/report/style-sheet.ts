import { svgMarkup } from './html.js';

/** The report's looks: one column, both colour schemes, phones and paper. Figures keep a white card in the dark. */
export const styleSheet = svgMarkup(`
:root { --paper: #ffffff; --ink: #1c1e21; --soft: #5b6068; --rule: #dfe2e6; --panel: #f6f7f9; --accent: #0072b2; --warn: #a34700; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15171a; --ink: #e8eaed; --soft: #a4abb5; --rule: #33383f; --panel: #1e2126; --accent: #6cbcf0; --warn: #f0a35e; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.75rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--rule); font-size: 1.35rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1.05rem; }
h4 { margin: 0 0 .25rem; font-size: 1rem; overflow-wrap: anywhere; }
p, ul { max-width: 80ch; }
.lead { margin: .5rem 0 0; color: var(--soft); font-size: 1.1rem; overflow-wrap: anywhere; }
.small { margin: .4rem 0 0; color: var(--soft); font-size: .85rem; }
.findings { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 32rem), 1fr)); gap: .5rem; max-width: none; padding: 0; list-style: none; }
.findings li { padding: .45rem .8rem; border-left: 4px solid var(--rule); background: var(--panel); overflow-wrap: anywhere; text-wrap: pretty; }
.findings .shown { border-left-color: var(--accent); }
figure { margin: 1rem 0; padding: .5rem; border: 1px solid var(--rule); border-radius: 8px; background: #ffffff; overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 680px; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; text-align: right; white-space: nowrap; }
th:first-child { text-align: left; white-space: normal; min-width: 9rem; max-width: 22rem; font-weight: 600; overflow-wrap: anywhere; }
thead th { border-bottom: 2px solid var(--rule); color: var(--soft); font-size: .85rem; }
tbody .first > * { border-top: 1px solid var(--rule); }
.interval { color: var(--soft); }
.laws { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: .75rem; }
.law { padding: .75rem 1rem; border: 1px solid var(--rule); border-radius: 8px; background: var(--panel); min-width: 0; }
.law ul { margin: .4rem 0 0; padding-left: 1.1rem; font-size: .92rem; }
.law p { margin: 0; }
.law .small { margin-top: .4rem; }
.law details, .residuals { margin-top: .4rem; font-size: .85rem; }
.law summary { color: var(--soft); overflow-wrap: anywhere; }
.ranking th:first-child { font-weight: normal; min-width: 12rem; }
.ranking th, .ranking td { vertical-align: top; }
.equation { font-family: "DejaVu Serif", Georgia, serif; font-size: 1.05rem; overflow-wrap: anywhere; }
.name { font-style: italic; }
sup { font-size: .75em; line-height: 0; }
.refused { border-style: dashed; }
.refused h4 { color: var(--warn); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1.25rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: .9rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { padding: .75rem 1rem; border-radius: 8px; background: var(--panel); overflow-x: auto; }
summary { cursor: pointer; }
@media (max-width: 40rem) { dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: .5rem; } main { padding-top: 1.25rem; } }
@media print {
  :root { --paper: #ffffff; --ink: #000000; --soft: #444444; --rule: #bbbbbb; --panel: #ffffff; --accent: #0072b2; --warn: #8a3c00; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; }
  figure, .law, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  figure { overflow: visible; } figure svg { min-width: 0; }
}
`);
