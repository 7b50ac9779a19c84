import { describe, expect, it } from 'vitest';
import { crossFitted } from '../../../src/experiments/calibration/cross-fit.js';
import { type EnsembleMethod, fitEnsemble } from '../../../src/experiments/calibration/ensemble-fit.js';
import {
  correctOf,
  type ScoredSample,
  scoresOf,
} from '../../../src/experiments/calibration/scored-samples.js';
import { auroc } from '../../../src/native/calibration.js';
import { applyEnsemble, ensembleFileSchema } from '../../../src/verifiers/ensemble-file.js';
import { singleSchema } from '../../../src/verifiers/single.js';
import { plantedScores } from './planted-scores.js';

const verifiers = ['mean-log-likelihood', 'tail-log-likelihood', 'program-check', 'answer-agreement'].map(
  (kind) => singleSchema.parse(kind),
);
const shifts = [1.6, 1, 1, 0.8];
const samples = plantedScores({ problems: 60, samples: 12, shifts });

async function fitted(list: readonly ScoredSample[], method: EnsembleMethod) {
  const fit = await fitEnsemble(list, verifiers, method);
  if ('refusal' in fit) throw new Error(fit.refusal);
  return fit;
}

const columns = (list: readonly ScoredSample[]) => verifiers.map((_, at) => scoresOf(list, at));

describe.each(['labels', 'agreement'] as const)('an ensemble learned from %s', (method) => {
  it('weighs the best verifier most, and is a file that the verifier reads', async () => {
    const { file } = await fitted(samples, method);
    expect(ensembleFileSchema.parse(JSON.parse(JSON.stringify(file)))).toEqual(file);
    expect(file.weights.every((weight) => weight > 0)).toBe(true);
    expect(Math.max(...file.weights)).toBe(file.weights[0]);
    expect(file.means[0]).toBeCloseTo(3 + 2 * 1.6 * 0.5, 0);
  });

  it('tells right from wrong better than its best verifier, on problems that it was not learned on', async () => {
    const probabilities = await crossFitted(samples, async (training) => {
      const { file } = await fitted(training, method);
      return (others) => applyEnsemble(file, columns(others));
    });
    const correct = correctOf(samples);
    const alone = auroc(scoresOf(samples, 0), correct) ?? 1;
    expect(auroc(probabilities ?? new Float64Array(), correct)).toBeGreaterThan(alone + 0.02);
  });

  it('does not depend on the unit of the scores', async () => {
    const scaled = samples.map((sample) => ({
      ...sample,
      scores: sample.scores.map((score) => 100 * score - 7),
    }));
    const [{ file }, { file: other }] = [await fitted(samples, method), await fitted(scaled, method)];
    const [left, right] = [applyEnsemble(file, columns(samples)), applyEnsemble(other, columns(scaled))];
    for (const [at, probability] of left.entries()) expect(right[at]).toBeCloseTo(probability, 6);
  });
});

describe('an ensemble learned from agreement', () => {
  it('never looks at the grades', async () => {
    const flipped = samples.map((sample) => ({ ...sample, correct: !sample.correct }));
    expect(await fitEnsemble(flipped, verifiers, 'agreement')).toEqual(
      await fitEnsemble(samples, verifiers, 'agreement'),
    );
  });

  it('is refused with two verifiers, with chance, and with a verifier that says nothing', async () => {
    const two = samples.map((sample) => ({ ...sample, scores: sample.scores.slice(0, 2) }));
    expect(await fitEnsemble(two, verifiers.slice(0, 2), 'agreement')).toEqual({
      refusal: 'agreement needs at least 3 verifiers, got 2',
    });
    const chance = plantedScores({ problems: 60, samples: 12, shifts: [0, 0, 0, 0] });
    const refused = await fitEnsemble(chance, verifiers, 'agreement');
    expect('refusal' in refused ? refused.refusal : '').toContain('does not tell how good');
    const constant = samples.map((sample) => ({ ...sample, scores: [...sample.scores.slice(0, 3), 1] }));
    expect(await fitEnsemble(constant, verifiers, 'agreement')).toEqual({
      refusal: 'answer-agreement gives every sample the same score',
    });
  });

  it('warns of verifiers that share their errors', async () => {
    const shared = samples.map((sample) => ({
      ...sample,
      scores: [
        sample.scores[0] ?? 0,
        sample.scores[1] ?? 0,
        sample.scores[2] ?? 0,
        (sample.scores[2] ?? 0) + 0.01,
      ],
    }));
    // Which pair stands out is another matter: two that are alike can pass for the truth.
    expect((await fitted(shared, 'agreement')).warnings.join()).toMatch(
      /share their errors.* [\d.]+ standard errors/,
    );
    expect((await fitted(samples, 'agreement')).warnings).toEqual([]);
  });
});
