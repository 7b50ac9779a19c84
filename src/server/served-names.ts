import { type StrategyKind, strategyKinds, strategySchema } from '../strategies/registry.js';
import type { ServedModel } from './served-model.js';

/** Strategies that a model's name can ask for: all that need no option. */
const namedKinds: readonly StrategyKind[] = strategyKinds.filter(
  (kind) => strategySchema.safeParse({ kind }).success,
);

/** What clients may write as `model`, each with the model that it means: `name`, and `name:strategy`. */
export function servedNames(models: ReadonlyMap<string, ServedModel>): Map<string, ServedModel> {
  return new Map(
    [...models.values()].flatMap((model) => [
      [model.name, model] as const,
      ...namedKinds.map((kind) => [`${model.name}:${kind}`, model] as const),
    ]),
  );
}
