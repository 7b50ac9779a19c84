import type { FittedParameter } from '../../native/fit.js';

/** What `take` makes of each parameter, under its name. */
export function byName<Value>(
  parameters: readonly FittedParameter[],
  take: (parameter: FittedParameter) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, take(parameter)]));
}
