import type { Effort, Policy, PolicyChoice, PolicyQuestion } from './policy.js';

/** What an effort spends. */
interface Spend {
  readonly samples: number;
  readonly thinkingTokens: number;
}

/**
 * The documented default, for a model without a fitted law: each effort about doubles the samples and the thinking of the one
 * before, so that a step up costs about four times as much. `none` answers at once.
 */
export const effortTable: Readonly<Record<Effort, Spend>> = {
  none: { samples: 1, thinkingTokens: 0 },
  minimal: { samples: 1, thinkingTokens: 256 },
  low: { samples: 4, thinkingTokens: 512 },
  medium: { samples: 8, thinkingTokens: 1024 },
  high: { samples: 16, thinkingTokens: 2048 },
  xhigh: { samples: 32, thinkingTokens: 4096 },
  max: { samples: 64, thinkingTokens: 8192 },
};

/** Ends a vote when at most one in twenty votes would come out otherwise. */
const stop = { kind: 'certified', error: 0.05 } as const;

/** Reads {@link effortTable}; it knows no law and so no expected accuracy, and a target changes nothing. */
export class TablePolicy implements Policy {
  choose({ effort, thinks, votes }: PolicyQuestion): PolicyChoice {
    const { samples, thinkingTokens } = effortTable[effort];
    const common = { thinkingTokens: thinks ? thinkingTokens : null, expectedAccuracy: null };
    if (samples === 1 || !votes) return { strategy: { kind: 'chain-of-thought' }, samples: 1, ...common };
    return { strategy: { kind: 'self-consistency', stop }, samples, ...common };
  }
}
