import type { LawAbout, LawParameterAbout } from '../../native/fit.js';
import { significant } from '../format.js';

/** A law as `thinkscale fit --list` explains it. */
export function lawText(law: LawAbout): string {
  const { name, summary, equation, source, inputs, output, parameters } = law;
  const rows = [
    ...inputs.map((input) => [input.name, input.meaning]),
    [responseOf(law), output],
    ...parameters.map((parameter) => [parameter.name, parameterText(parameter)]),
  ];
  const width = Math.max(...rows.map(([first = '']) => first.length));
  return [
    name,
    `  ${summary}`,
    `  ${equation}`,
    `  source     ${source}`,
    `  objective  ${objectiveText(law)}`,
    ...rows.map(([first = '', meaning = '']) => `    ${first.padEnd(width)}  ${meaning}`),
  ].join('\n');
}

/** What is minimised unless the caller says otherwise. */
export function objectiveText({ objective, delta, scale, probability }: LawAbout): string {
  if (objective === 'binomial') return 'binomial';
  const width = delta === null ? '' : ` (delta ${significant(delta)})`;
  const place = { raw: 'y', log: 'ln y', 'log-plus-one': 'ln(1 + y)' }[scale];
  return `${objective}${width} on ${place}${probability ? '; binomial with count and total' : ''}`;
}

/** Names of the columns that hold what was measured. */
export function responseOf({ objective, probability }: LawAbout): string {
  if (objective === 'binomial') return 'count, total';
  return probability ? 'y, or count and total' : 'y';
}

/** A parameter with its range and what it is held at. */
export function parameterText({ meaning, low, high, held }: LawParameterAbout): string {
  const ends = [
    Number.isFinite(low) ? `from ${plain(low)}` : '',
    Number.isFinite(high) ? `to ${plain(high)}` : '',
  ];
  const range = ends.filter((end) => end !== '').join(' ');
  const notes = [
    ...(range === '' ? [] : [range]),
    ...(held === null ? [] : [`held at ${plain(held)}, can be freed`]),
  ];
  return notes.length === 0 ? meaning : `${meaning} (${notes.join('; ')})`;
}

function plain(value: number): string {
  return String(value).replace('-', '−');
}
