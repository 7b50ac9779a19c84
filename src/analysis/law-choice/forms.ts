import type { FittedLaw, FittedThinkingLaw, Law, LawForm, ThinkingForm } from '../result.js';

const names: Readonly<Record<LawForm, string>> = {
  'beta-binomial': 'Beta-Binomial law',
  'exponentiated-power-law': 'exponentiated power law',
  'saturating-power': 'saturating power law',
  logistic: 'logistic in ln k',
  'voting-mixture': 'voting mixture',
  'logistic-thinking': 'logistic in ln(1 + t)',
  'saturating-power-thinking': 'saturating power law',
  'two-axes': 'law of two axes',
};

const thinkingForms: ReadonlySet<LawForm> = new Set<ThinkingForm>([
  'logistic-thinking',
  'saturating-power-thinking',
]);

/** Whether a law is over thinking tokens alone. */
export function isThinkingForm(form: LawForm): form is ThinkingForm {
  return thinkingForms.has(form);
}

/** Whether a law was found over thinking tokens alone. */
export function isThinkingLaw(law: Law): law is FittedThinkingLaw {
  return law.status === 'fitted' && isThinkingForm(law.form);
}

/** Whether a law was found over samples alone. */
export function isSampleLaw(law: Law): law is FittedLaw {
  return law.status === 'fitted' && law.form !== 'two-axes' && !isThinkingForm(law.form);
}

/** A form as sentences name it: `logistic in ln k, ceiling fitted`. */
export function formName({
  form,
  freed,
}: {
  readonly form: LawForm;
  readonly freed: readonly string[];
}): string {
  return freed.length === 0 ? names[form] : `${names[form]}, ${freed.join(' and ')} fitted`;
}
