import { atLevel, counted, percent, significant, strategyLabel } from '../format.js';
import { gap } from '../law-choice/choose.js';
import { formName, isThinkingForm } from '../law-choice/forms.js';
import type { Analysis, Law, LawChoice, Stratum } from '../result.js';
import { concatenated, type Html, html, joined, svgMarkup } from './html.js';
import { type FoundLaw, isFound } from './law-figure.js';

/**
 * The laws of a stratum, a card each, and the figure with their residuals, folded away.
 * @param figure an SVG text of this package's own making, or null without a law
 */
export function lawCards(analysis: Analysis, stratum: Stratum, figure: string | null): Html {
  const laws = analysis.laws.filter((law) => law.stratum === stratum.name);
  if (laws.length === 0) return html``;
  const labels = new Map(analysis.strategies.map((it) => [it.name, strategyLabel(it)]));
  const cards = laws.map((law) => card(law, titleOf(law, labels.get(law.strategy ?? '') ?? law.strategy)));
  const drawing =
    figure === null
      ? html``
      : html`<details class="residuals"><summary>Residuals and held-out points</summary><figure class="laws-figure">${svgMarkup(figure)}</figure></details>`;
  return html`<div class="laws">${joined(cards)}</div>${drawing}`;
}

function titleOf({ form, strategy, thinkingTokens }: Law, label: string | null): string {
  if (isThinkingForm(form)) return 'Single samples over thinking tokens';
  if (form === 'two-axes') return `Accuracy of ${label ?? ''} over thinking tokens and samples`;
  const subject = strategy === null ? 'Coverage (pass@k)' : `Accuracy of ${label ?? strategy}`;
  return `${subject}${atLevel(thinkingTokens)}`;
}

function card(law: Law, title: string): Html {
  if (!isFound(law))
    return html`<div class="law refused"><h4>${title}: no law</h4><p>${law.detail}</p></div>`;
  const rows = law.parameters.map(
    ({ name, value, low, high, meaning }) =>
      html`<li><span class="name">${name}</span> = ${significant(value)} <span class="interval">[${significant(low)}, ${significant(high)}]</span>: ${raised(meaning)}</li>`,
  );
  const compared = 'choice' in law ? comparison(law.choice) : html``;
  return html`<div class="law"><h4>${title}</h4><p class="equation">${raised(law.equation)}</p><ul>${joined(rows)}</ul>
<p class="small">${factsOf(law)}</p>${compared}</div>`;
}

/** How far the law was fitted, how well, and how it extrapolates, in one paragraph. */
function factsOf(law: FoundLaw): string {
  const reach = isThinkingForm(law.form)
    ? counted(law.measuredUpTo, 'thinking token')
    : `k = ${law.measuredUpTo}`;
  const fitted = `Fitted up to ${reach} on ${counted(law.problems, 'problem')}; root-mean-square distance from the points ${significant(law.residual)}.`;
  const { holdout } = law;
  if (holdout.status === 'unchecked') return `${fitted} ${holdout.reason}`;
  const { held, kept, mape, max, maxAbsolute, coverage } = holdout;
  const errors =
    mape === null || max === null
      ? `largest error ${significant(maxAbsolute)}`
      : `mean error ${percentText(mape)}, largest ${percentText(max)}`;
  return `${fitted} Held out, the largest ${held} of ${held + kept} budgets: ${errors}; ${percent(Number(coverage.toFixed(3)))} of them lie inside the interval of the extrapolation.`;
}

function percentText(share: number): string {
  return `${significant(100 * share)} %`;
}

/** Why the law was taken, and behind a click what it was compared with. */
function comparison({ criterion, reason, ranking, leftOut }: LawChoice): Html {
  const score = criterion === 'aicc' ? 'AICc' : 'Error';
  const [best] = ranking;
  const rows = ranking.map(
    (it) =>
      html`<tr><th scope="row">${formName(it)}${it.refusal === null ? '' : html` <span class="interval">(${it.refusal})</span>`}</th><td>${it.parameters}</td><td>${significant(it.score)}</td><td>${best === undefined || it === best ? '' : gap(it, best)}</td></tr>`,
  );
  const missing = leftOut.map(
    (it) => html`<tr><th scope="row">${formName(it)}</th><td colspan="3">${it.refusal ?? ''}</td></tr>`,
  );
  return html`<details><summary>${reason}</summary><div class="scroll"><table class="ranking">
<thead><tr><th scope="col">Law</th><th scope="col">Parameters</th><th scope="col">${score}</th><th scope="col">Above the best</th></tr></thead>
<tbody>${joined([...rows, ...missing])}</tbody></table></div></details>`;
}

/** Exponents as superscripts: `k^−0.5`. */
function raised(text: string): Html {
  const pieces = text.split(/\^([−\w.α]+)/);
  return concatenated(
    pieces.map((piece, index) => (index % 2 === 0 ? html`${piece}` : html`<sup>${piece}</sup>`)),
  );
}
