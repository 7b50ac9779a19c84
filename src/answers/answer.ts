import { z } from 'zod';
import { extractNumber } from './number.js';
import { extractText } from './text.js';

/**
 * Finds the answer in a sample's text, in canonical form: two samples agree exactly when their answers are the same
 * string. null where there is none; such a sample has no vote.
 */
export type Extract = (text: string) => string | null;

export const answerKindSchema = z.enum(['number', 'text']);

export type AnswerKind = z.output<typeof answerKindSchema>;

export const extractors: Readonly<Record<AnswerKind, Extract>> = { number: extractNumber, text: extractText };
