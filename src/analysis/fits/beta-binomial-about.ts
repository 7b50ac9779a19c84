import type { LawAbout } from '../../native/fit.js';

/**
 * The law of coverage that is fitted to problems instead of to points of a curve.
 *
 * Problem i is solved by a sample with probability p_i ~ Beta(α, β). Whatever rule ended its sampling, as long as the rule
 * looked only at the samples so far, c successes and n − c failures have the likelihood p^c (1 − p)^(n − c) times a factor
 * without p: C(n, c) where n was fixed, C(n − 1, c − 1) where sampling went on until the c-th success. The factor moves the
 * log-likelihood and leaves the estimates, so that pools that stopped at a success are fitted like any other, although
 * their shares c/n are too high and pass@k beyond n is not defined for them.
 */
export const betaBinomialAbout: LawAbout = {
  name: 'beta-binomial',
  summary:
    'Coverage (pass@k) from the samples and successes of each problem; sampling may have stopped at a success.',
  equation: 'coverage = 1 - B(alpha, beta + k) / B(alpha, beta)',
  source: 'Levi 2024 (arXiv 2410.16377); Schaeffer et al. 2025 (arXiv 2502.17578), scale 1',
  inputs: [{ name: 'k', meaning: 'samples a problem, in --predict only', low: 0, closed: false }],
  output: 'share of problems with at least one success among k samples',
  parameters: [
    {
      name: 'alpha',
      meaning: 'first shape of the spread of difficulty; 1 - coverage falls like k^-alpha',
      low: 0,
      high: Number.POSITIVE_INFINITY,
      held: null,
    },
    {
      name: 'beta',
      meaning: 'second shape of the spread of difficulty',
      low: 0,
      high: Number.POSITIVE_INFINITY,
      held: null,
    },
  ],
  objective: 'binomial',
  delta: null,
  scale: 'raw',
  probability: true,
};
