import { describe, expect, it } from 'vitest';
import { deriveSeed, Random } from '../../src/core/random.js';
import { plantedScore } from '../../src/engine/scripted/planted.js';
import { auroc, bestOfNAtAuroc } from '../../src/native/calibration.js';
import { weightedVote } from '../../src/native/native.js';
import { answerNumbers } from '../../src/strategies/answer-pool.js';
import { scriptedEngine, sumProblem } from '../support/scripted.js';
import { makeVerifier, scoresOf } from '../support/verifying.js';

const problems = 400;
const n = 8;
/** Share of the samples that are right. */
const p = 0.35;
/** Different wrong answers. */
const wrongAnswers = 4;

/** Samples of one problem: what each answers; the first of the answers is right. */
function plantedAnswers(random: Random): number[] {
  return Array.from({ length: n }, () => (random.next() < p ? 0 : random.integer(1, wrongAnswers)));
}

function isBestRight(answers: readonly number[], scores: readonly number[]): boolean {
  return answers[scores.indexOf(Math.max(...scores))] === 0;
}

/** Whether the answer with the largest sum of probabilities is right; a tie goes to the one that came first. */
function isVoteRight(answers: readonly number[], probabilities: readonly number[]): boolean {
  const numbers = answerNumbers(answers.map(String));
  const vote = weightedVote(numbers, Float64Array.from(probabilities), Uint32Array.of(0, answers.length));
  return answers[numbers.indexOf(vote.answers[0] ?? -1)] === 0;
}

/** What weighted best-of-n is expected to get right: simulated, with the same planted scores but no verifier. */
function expectedVote(area: number): number {
  const random = new Random(deriveSeed('expected vote', area));
  const runs = 10_000;
  let right = 0;
  for (let run = 0; run < runs; run += 1) {
    const answers = plantedAnswers(random);
    const logistic = answers.map((it) => 1 / (1 + Math.exp(-plantedScore(it === 0, area, random))));
    if (isVoteRight(answers, logistic)) right += 1;
  }
  return right / runs;
}

describe.each([0.6, 0.75, 0.9])('a generative verifier planted with AUROC %d', (area) => {
  const verifier = makeVerifier('generative');
  const engine = scriptedEngine({ judgeAuroc: area });

  it('buys what the closed form says, by best-of-n and by weighted votes', async () => {
    const scores: number[] = [];
    const correct: number[] = [];
    let best = 0;
    let voted = 0;
    for (let left = 1; left <= problems; left += 1) {
      const answers = plantedAnswers(new Random(deriveSeed('planted', left)));
      // Each text once: a judge says of equal texts the same.
      const samples = answers.map((answer, at) => `Attempt ${at}: it is ${left + 4 + answer}`);
      const found = await scoresOf(verifier, { engine, samples, problem: sumProblem(left, 4) });
      scores.push(...found);
      correct.push(...answers.map((answer) => Number(answer === 0)));
      if (isBestRight(answers, found)) best += 1;
      if (isVoteRight(answers, found)) voted += 1;
    }
    const within = (share: number, expected: number): void => {
      const deviation = Math.sqrt((expected * (1 - expected)) / problems);
      expect(Math.abs(share - expected)).toBeLessThan(3 * deviation);
    };
    within(best / problems, bestOfNAtAuroc(p, n, area));
    within(voted / problems, expectedVote(area));
    const measured = auroc(Float64Array.from(scores), Uint8Array.from(correct));
    expect(Math.abs((measured ?? 0) - area)).toBeLessThan(0.03);
  }, 60_000);
});
