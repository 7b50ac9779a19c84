import { ThinkscaleError } from '../../core/errors.js';
import type { FitRequest, LawAbout } from '../../native/fit.js';
import type { Measurements } from './measurements.js';
import type { ResolvedFit } from './options.js';

/** The δ of Huber's objective where neither the caller nor the law has one: a tenth of a percent on ln y. */
const usualDelta = 1e-3;

/** Measurements and options as the core takes them. */
export function requestOf(law: LawAbout, measurements: Measurements, options: ResolvedFit): FitRequest {
  const { y, count, total, weight, problem } = measurements;
  const { objective, delta, holdout } = options;
  const named = objective ?? (delta === null ? null : 'huber');
  return {
    inputs: rowMajor(law, measurements.inputs),
    y: array(y),
    count: array(count),
    total: array(total),
    weights: array(weight),
    groups: problem === undefined ? null : numbered(problem),
    objective: named,
    delta: named === 'huber' ? (delta ?? law.delta ?? usualDelta) : null,
    scale: options.scale,
    fixed: Object.entries(options.fix).map(([name, value]) => ({ name, value })),
    freed: options.free,
    resamples: options.bootstrap,
    seed: options.seed,
    level: options.level,
    holdout: typeof holdout === 'string' ? holdout : 'rows',
    held: typeof holdout === 'string' ? null : Uint8Array.from(holdout, Number),
    predict: options.predict === null ? new Float64Array() : rowMajor(law, options.predict),
    target: options.target,
    gain: options.gain,
    flops: options.flops,
  };
}

function array(values: readonly number[] | undefined): Float64Array | null {
  return values === undefined ? null : Float64Array.from(values);
}

function rowMajor({ inputs }: LawAbout, columns: Measurements['inputs']): Float64Array {
  const lists = inputs.map(({ name }) => columns[name] ?? []);
  const rows = lists[0]?.length ?? 0;
  const values = Array.from({ length: rows }, (_, row) => lists.map((list) => list[row] ?? Number.NaN));
  return Float64Array.from(values.flat());
}

/** Ids in the order in which names appear. */
export function numbered(names: readonly (string | number)[]): Uint32Array {
  const ids = new Map<string | number, number>();
  return Uint32Array.from(names, (name) => {
    const id = ids.get(name) ?? ids.size;
    ids.set(name, id);
    return id;
  });
}

/** What the core refuses becomes TS_FIT_REFUSED: it is the data's fault, not that of a call. */
export async function refusing<T>(law: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ThinkscaleError) || error.code !== 'TS_NATIVE_INPUT') throw error;
    const detail = String(error.params.detail);
    throw new ThinkscaleError('TS_FIT_REFUSED', { law, detail }, { cause: error });
  }
}
