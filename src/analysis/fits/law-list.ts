import { type LawAbout, listLaws as listNative } from '../../native/fit.js';
import { betaBinomialAbout } from './beta-binomial-about.js';
import { type Measurements, wrong } from './measurements.js';

/** Every law that a table can be fitted to: name, equation, source, inputs, parameters and what is minimised. */
export function listLaws(): readonly LawAbout[] {
  return [...listNative(), betaBinomialAbout];
}

/** @throws TS_CONFIG_INVALID */
export function lawNamed(name: string): LawAbout {
  const laws = listLaws();
  const law = laws.find((it) => it.name === name);
  if (law !== undefined) return law;
  const known = laws.map((it) => it.name).join(', ');
  throw wrong('law', `auto or one of ${known}`, JSON.stringify(name));
}

/**
 * The laws that `auto` chooses among: those with exactly the inputs that there are, and with counts those whose values are
 * probabilities. Problems without inputs have the Beta-Binomial law only.
 * @throws TS_CONFIG_INVALID where there is none
 */
export function candidatesFor({ inputs, y }: Measurements): readonly LawAbout[] {
  const given = Object.keys(inputs).sort();
  if (given.length === 0 && y === undefined) return [betaBinomialAbout];
  const laws = listNative().filter(
    (law) =>
      (y !== undefined || law.probability) &&
      law.inputs.length === given.length &&
      law.inputs.every(({ name }) => given.includes(name)),
  );
  const [first] = laws;
  // Rows are handed over once for all laws, so those that read the same inputs in another order are left out.
  if (first !== undefined) return laws.filter((law) => inputNames(law) === inputNames(first));
  const sets = new Set(listNative().map((law) => inputNames(law)));
  throw wrong('map', `inputs of some law: ${[...sets].join('; ')}`, given.join(' and ') || 'none');
}

function inputNames({ inputs }: LawAbout): string {
  return inputs.map(({ name }) => name).join(' and ');
}
