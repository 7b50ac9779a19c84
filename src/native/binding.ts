import { ThinkscaleError } from '../core/errors.js';

/** The generated declarations of crates/thinkscale-node. */
export type Binding = typeof import('#binding');

// A failed load must not break the import of everything that can do without the core, so it is kept for the first call.
const loaded: { binding: Binding } | { failure: unknown } = await import('#binding').then(
  (binding) => ({ binding }),
  (failure: unknown) => ({ failure }),
);

/** Codes that say the core failed, not its caller. */
const internalCodes: ReadonlySet<unknown> = new Set(['PANIC', 'GenericFailure']);

function translate(name: string, thrown: unknown): ThinkscaleError {
  if (thrown instanceof ThinkscaleError) return thrown;
  if (!(thrown instanceof Error) || !('code' in thrown) || internalCodes.has(thrown.code)) {
    return ThinkscaleError.from(thrown);
  }
  return new ThinkscaleError(
    'TS_NATIVE_INPUT',
    { function: name, detail: thrown.message },
    { cause: thrown },
  );
}

function requireBinding(): Binding {
  if ('failure' in loaded) throw new ThinkscaleError('TS_NATIVE_MISSING', {}, { cause: loaded.failure });
  return loaded.binding;
}

/** Runs a synchronous native function and translates what it throws. */
export function call<T>(name: keyof Binding, run: (binding: Binding) => T): T {
  const binding = requireBinding();
  try {
    return run(binding);
  } catch (thrown) {
    throw translate(name, thrown);
  }
}

/** The same for one that returns a Promise; a missing core and bad argument types reject too. */
export async function callAsync<T>(name: keyof Binding, run: (binding: Binding) => Promise<T>): Promise<T> {
  const binding = requireBinding();
  try {
    return await run(binding);
  } catch (thrown) {
    throw translate(name, thrown);
  }
}
