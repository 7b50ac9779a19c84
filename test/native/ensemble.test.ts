import { describe, expect, test } from 'vitest';
import { Random } from '../../src/core/random.js';
import { auroc } from '../../src/native/calibration.js';
import {
  applyAgreementEnsemble,
  applyLearnedEnsemble,
  fitAgreementEnsemble,
  fitLearnedEnsemble,
} from '../../src/native/ensemble.js';

/** [sensitivity, specificity] of independent verifiers. */
const rates = [
  [0.9, 0.7],
  [0.7, 0.85],
  [0.8, 0.8],
  [0.75, 0.7],
] as const;

function planted(samples: number): { votes: Int8Array; correct: Uint8Array } {
  const random = new Random(7);
  const correct = Uint8Array.from({ length: samples }, () => Number(random.next() < 0.4));
  const votes = [...correct].flatMap((right) =>
    rates.map(([sensitivity, specificity]) => {
      const agrees = random.next() < (right === 1 ? sensitivity : specificity);
      return agrees ? right : 1 - right;
    }),
  );
  return { votes: Int8Array.from(votes), correct };
}

const { votes, correct } = planted(6000);
const scores = Float64Array.from(votes);

describe('an ensemble from agreement', () => {
  test('recovers the verifiers without outcomes', async () => {
    const fit = await fitAgreementEnsemble(votes, 4, { prior: null });
    expect(fit).toMatchObject({ converged: true, identified: true, informative: 4 });
    expect(fit.prior).toBeCloseTo(0.4, 1);
    rates.forEach(([sensitivity, specificity], verifier) => {
      expect(Math.abs((fit.sensitivities[verifier] ?? 0) - sensitivity)).toBeLessThan(0.06);
      expect(Math.abs((fit.specificities[verifier] ?? 0) - specificity)).toBeLessThan(0.06);
    });
    expect(fit.excessAgreement?.standardErrors).toBeLessThan(3);
    expect(applyAgreementEnsemble(fit, votes)).toEqual(fit.posteriors);
    const silent = applyAgreementEnsemble(fit, Int8Array.of(-1, -1, -1, -1));
    expect(silent[0]).toBeCloseTo(fit.prior, 12);
  });

  test('keeps a given prior and refuses what agreement cannot settle', async () => {
    const fit = await fitAgreementEnsemble(votes, 4, { prior: 0.4 });
    expect(fit.prior).toBe(0.4);
    const refused = (code: string) => ({ code: 'TS_NATIVE_INPUT', cause: { code } });
    await expect(fitAgreementEnsemble(votes, 2, { prior: null })).rejects.toMatchObject(
      refused('TOO_FEW_VERIFIERS'),
    );
    await expect(fitAgreementEnsemble(Int8Array.of(1, 1, 1), 3, { prior: null })).rejects.toMatchObject(
      refused('ONE_SIDED_VERIFIER'),
    );
    await expect(fitAgreementEnsemble(Int8Array.of(1, 5, 1), 3, { prior: null })).rejects.toMatchObject(
      refused('BAD_VOTE'),
    );
  });
});

describe('an ensemble from outcomes', () => {
  test('separates better than its best member and comes near agreement', async () => {
    const fit = await fitLearnedEnsemble(scores, 4, correct, { penalty: 1 });
    expect(fit.converged).toBe(true);
    const restored = JSON.parse(JSON.stringify(fit));
    const probabilities = applyLearnedEnsemble(restored, scores);
    const area = auroc(probabilities, correct) ?? 0;
    for (let verifier = 0; verifier < 4; verifier += 1) {
      const column = scores.filter((_, index) => index % 4 === verifier);
      expect(area).toBeGreaterThan((auroc(column, correct) ?? 1) + 0.05);
    }
    const { posteriors } = await fitAgreementEnsemble(votes, 4, { prior: null });
    expect(Math.abs((auroc(posteriors, correct) ?? 0) - area)).toBeLessThan(0.01);
  });

  test('refuses a penalty of 0 and rows of another length', async () => {
    await expect(fitLearnedEnsemble(scores, 4, correct, { penalty: 0 })).rejects.toMatchObject({
      cause: { code: 'BAD_PENALTY' },
    });
    const model = { weights: [1, 2], intercept: 0 };
    expect(() => applyLearnedEnsemble(model, Float64Array.of(1, 2, 3))).toThrowError('a multiple of 2');
  });
});
