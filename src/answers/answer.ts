import { z } from 'zod';
import { extractChoice } from './choice.js';
import { extractGrid } from './grid.js';
import { extractJson } from './json.js';
import { extractMath } from './math.js';
import { extractNumber } from './number.js';
import { extractText } from './text.js';

/**
 * Finds the answer in a sample's text, in canonical form: two samples agree exactly when their answers are the same
 * string. null where there is none; such a sample has no vote. It never throws, and its time is linear in the text.
 */
export type Extract = (text: string) => string | null;

export const answerKindSchema = z.enum(['number', 'text', 'choice', 'json', 'math', 'grid']);

export type AnswerKind = z.output<typeof answerKindSchema>;

export const extractors: Readonly<Record<AnswerKind, Extract>> = {
  number: extractNumber,
  text: extractText,
  choice: extractChoice,
  json: extractJson,
  math: extractMath,
  grid: extractGrid,
};
