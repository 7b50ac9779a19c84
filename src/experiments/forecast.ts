import {
  type Forecast,
  type ForecastOptions,
  forecast as forecastRecords,
} from '../analysis/fits/forecast.js';
import { readRecords } from './records.js';

/**
 * The samples, tokens and FLOPs a problem that a target accuracy takes, by the laws of a run, each with its interval, or
 * why that can't be said.
 * @param directory the run's own folder
 * @throws TS_RUN_MISSING, TS_STORE_UNREADABLE, TS_CONFIG_INVALID
 * @example
 * const { entries } = await forecast('runs/arithmetic-scaling', { target: 0.8 });
 */
export function forecast(directory: string, options: ForecastOptions): Promise<Forecast> {
  return forecastRecords(readRecords(directory), options);
}
