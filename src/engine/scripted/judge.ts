import { arithmeticIn } from '../../core/arithmetic.js';
import { deriveSeed, Random } from '../../core/random.js';
import { plantedScore } from './planted.js';

/** Lines of what is judged: verifiers quote a candidate so that nothing in it can pass for their own words. */
const quotation = /^> .*$(?:\n> .*$)*/gm;
const lastNumber = /-?\d+(?:\.\d+)?(?!.*\d)/s;

/** Log-odds by which the judge prefers what it reads first: whoever asks has to ask in both orders. */
const firstPlaceBias = 0.7;

/** What the judge goes on with, as first characters of words. */
const yes = 'YT';
const no = 'NF';
const grade = /^[1-9]$/;

/**
 * Log-probabilities with which the planted judge goes on with each token, after a transcript that quotes one candidate or
 * two. The scores behind it have the given AUROC: yes (`Y`, `T`) and no (`N`, `F`) share all probability by the score of the
 * one candidate, digits are graded by it, and `A` and `B` share all by the difference of two. Anything else has next to none.
 */
export async function judgement(
  transcript: string,
  tokens: Int32Array,
  auroc: number,
): Promise<Float32Array> {
  const unquoted = transcript.replace(quotation, '');
  const arithmetic = await arithmeticIn(unquoted);
  const [score = 0, other = 0] = [...transcript.matchAll(quotation)].map(([candidate]) => {
    const isRight = arithmetic !== null && Number(candidate.match(lastNumber)?.[0]) === arithmetic.value;
    return plantedScore(isRight, auroc, new Random(deriveSeed('judge', unquoted, candidate)));
  });
  const characters = Array.from(tokens, (token) => String.fromCodePoint(token));
  const highest = Math.max(...characters.filter((it) => grade.test(it)).map(Number));
  return Float32Array.from(characters, (character) => {
    if (yes.includes(character)) return logistic(score);
    if (no.includes(character)) return logistic(-score);
    if (character === 'A') return logistic(score - other + firstPlaceBias);
    if (character === 'B') return logistic(other - score - firstPlaceBias);
    return grade.test(character) ? gradeLog(Number(character), highest, score) : -20;
  });
}

/** ln(1 / (1 + exp(−x))). */
function logistic(x: number): number {
  return -Math.log1p(Math.exp(-x));
}

/** Log-probability of a digit from 1 to `highest`: the nearer it is to the level of the score, the higher. */
function gradeLog(digit: number, highest: number, score: number): number {
  const level = 1 + (highest - 1) * Math.exp(logistic(score));
  const log = (value: number): number => -((value - level) ** 2);
  const all = Array.from({ length: highest }, (_, at) => Math.exp(log(at + 1)));
  return log(digit) - Math.log(all.reduce((sum, share) => sum + share, 0));
}
