import { ThinkscaleError } from '../../../core/errors.js';
import { parseInput } from '../../../core/parse.js';
import { type StrategySpec, strategyKinds, strategySchema } from '../../../strategies/registry.js';
import type { ServedModel } from '../../served-model.js';
import type { ChatOutcome } from '../chat-event.js';
import type { ChatRequest } from '../chat-request.js';

export interface NamedModel {
  readonly model: ServedModel;
  /** The part after the colon, or null. */
  readonly strategyKind: string | null;
}

/**
 * The model that `name` or `name:strategy` means. A name is only ever looked up: it never becomes a path.
 * @throws TS_MODEL_UNKNOWN
 */
export function namedModel(name: string, models: ReadonlyMap<string, ServedModel>): NamedModel {
  const colon = name.indexOf(':');
  const model = models.get(colon < 0 ? name : name.slice(0, colon));
  const strategyKind = colon < 0 ? null : name.slice(colon + 1);
  const isKnown = strategyKind === null || strategyKinds.some((kind) => kind === strategyKind);
  if (model !== undefined && isKnown) return { model, strategyKind };
  const shown = name.length > 100 ? `${name.slice(0, 97)}…` : name;
  throw new ThinkscaleError('TS_MODEL_UNKNOWN', { model: shown, served: [...models.keys()].join(', ') });
}

export interface NamedStrategy {
  readonly strategy: StrategySpec;
  readonly chosenBy: Exclude<ChatOutcome['chosenBy'], 'effort'>;
}

/**
 * The strategy that a request names, in its model or in its `thinkscale` object, or null where the policy chooses.
 * @throws TS_REQUEST_INVALID, TS_CONFIG_INVALID, TS_CONFIG_UNKNOWN_KEY
 */
export function chosenStrategy(request: ChatRequest, ofModel: string | null): NamedStrategy | null {
  const { strategy, options } = request.thinkscale;
  if (ofModel !== null && strategy !== null && ofModel !== strategy) {
    const param = 'thinkscale.strategy';
    const expected = `the strategy that the model's name asks for, ${ofModel}`;
    throw new ThinkscaleError('TS_REQUEST_INVALID', { param, expected, got: strategy });
  }
  const kind = strategy ?? ofModel;
  if (kind === null) {
    if (Object.keys(options).length === 0) return null;
    const expected = 'no options without a strategy';
    throw new ThinkscaleError('TS_REQUEST_INVALID', {
      param: 'thinkscale.options',
      expected,
      got: Object.keys(options).join(', '),
    });
  }
  if (!strategyKinds.some((known) => known === kind)) {
    const expected = `one of ${strategyKinds.join(', ')}`;
    throw new ThinkscaleError('TS_REQUEST_INVALID', { param: 'thinkscale.strategy', expected, got: kind });
  }
  refuseFiles(options);
  return {
    strategy: parseStrategy({ ...options, kind }),
    chosenBy: strategy === null ? 'model' : 'request',
  };
}

/** @throws TS_CONFIG_INVALID, TS_CONFIG_UNKNOWN_KEY with a path below `thinkscale.options` */
export function parseStrategy(spec: Readonly<Record<string, unknown>>): StrategySpec {
  return parseInput(strategySchema, spec, 'thinkscale.options');
}

/** A request must not make the server read a file: options that name one are for whoever runs it. */
function refuseFiles(options: unknown, path = 'thinkscale.options'): void {
  if (typeof options !== 'object' || options === null) return;
  for (const [key, value] of Object.entries(options)) {
    if (key === 'file') {
      const expected = 'left out: requests may not name files of the server';
      throw new ThinkscaleError('TS_REQUEST_INVALID', { param: `${path}.file`, expected, got: 'a file' });
    }
    refuseFiles(value, `${path}.${key}`);
  }
}
