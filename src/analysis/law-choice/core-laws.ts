import type { FittedLaw } from '../../native/fit.js';
import { significant } from '../format.js';
import type { LawParameter } from '../result.js';
import { parameterOf, parameterValue } from './core-fit.js';
import type { CoreLaw } from './core-sample-law.js';

const sigma = 'σ(x) = 1/(1 + e^−x)';

/** Coverage as exp(a k^b) (Brown et al. 2024). */
export const exponentiatedPowerLaw: CoreLaw = {
  name: 'exponentiated-power-law',
  form: 'exponentiated-power-law',
  freed: [],
  parameters: 2,
  describe: (fit) => ({
    equation: `pass@k = exp(${significant(parameterValue(fit, 'a'))} · k^${significant(parameterValue(fit, 'b'))})`,
    parameters: [
      parameterOf(fit, 'a', { meaning: 'logarithm of pass@1' }),
      parameterOf(fit, 'b', { meaning: 'exponent: how fast the logarithm of pass@k shrinks' }),
    ],
  }),
};

/** Ends of a logistic curve that are fitted, from the fewest. */
const freedEnds = [[], ['ceiling'], ['floor'], ['floor', 'ceiling']] as const;

const endMeanings = { floor: 'accuracy at the low end', ceiling: 'accuracy at the high end' } as const;

/** Accuracy as a logistic curve in ln k, with each choice of fitted ends. */
export const logisticLaws: readonly CoreLaw[] = freedEnds.map((freed) => ({
  name: 'logistic',
  form: 'logistic',
  freed,
  parameters: 2 + freed.length,
  describe: (fit) => ({
    equation: `accuracy(k) = ${logisticText(fit)}, ${sigma}`,
    parameters: [
      parameterOf(fit, 'a', { meaning: 'log-odds between the ends at k = 1' }),
      parameterOf(fit, 'b', { meaning: 'change of the log-odds for each factor of e in k' }),
      ...freed.map((end) => parameterOf(fit, end, { meaning: endMeanings[end] })),
    ],
  }),
}));

function logisticText(fit: FittedLaw): string {
  const [floor, ceiling] = [parameterValue(fit, 'floor'), parameterValue(fit, 'ceiling')];
  const [start, slope] = [parameterValue(fit, 'a'), parameterValue(fit, 'b')];
  const sign = slope < 0 ? '−' : '+';
  const curve = `σ(${significant(start)} ${sign} ${significant(Math.abs(slope))} · ln k)`;
  const scaled = ceiling - floor === 1 ? curve : `${significant(ceiling - floor)} · ${curve}`;
  return floor === 0 ? scaled : `${significant(floor)} + ${scaled}`;
}

/** Accuracy of a majority vote over a mixture of easy and hard problems (Chen et al. 2024). */
export const votingMixture: CoreLaw = {
  name: 'voting-mixture',
  form: 'voting-mixture',
  freed: [],
  parameters: 3,
  describe: (fit) => {
    const [share, easy, hard] = [
      parameterValue(fit, 'w'),
      parameterValue(fit, 'p1'),
      parameterValue(fit, 'p2'),
    ];
    const part = (weight: number, chance: number): string =>
      `${significant(weight)} · I(${significant(chance)}; h, h)`;
    return {
      equation: `accuracy(k) = ${part(share, easy)} + ${part(1 - share, hard)}, h = (k + 1)/2, I the regularised incomplete beta function`,
      parameters: [
        parameterOf(fit, 'w', { meaning: 'share of problems that votes make certain' }),
        parameterOf(fit, 'p1', { meaning: 'accuracy of a sample on those' }),
        parameterOf(fit, 'p2', { meaning: 'accuracy of a sample on the others, which votes lose' }),
        ...bestCalls(fit),
      ],
    };
  },
};

/** Only where it is a number: a vote that keeps gaining has none. */
function bestCalls({ derived }: FittedLaw): readonly LawParameter[] {
  const best = derived.find(({ name }) => name === 'bestCalls');
  const { value = null, low = null, high = null } = best ?? {};
  if (value === null || low === null || high === null || !Number.isFinite(value)) return [];
  return [{ name: 'k*', value, low, high, meaning: 'samples at which the vote is most accurate' }];
}
