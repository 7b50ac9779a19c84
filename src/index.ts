/** The library of thinkscale: what the command line does, as functions. */
export type { Analysis } from './analysis/analysis.js';
export type { CompareOptions, CostComparison } from './analysis/compare/compare.js';
export { type ChainStep, chainLaws } from './analysis/fits/chain-laws.js';
export { type FileFit, fitFile } from './analysis/fits/fit-file.js';
export { fitLaw } from './analysis/fits/fit-law.js';
export type { Forecast, ForecastOptions } from './analysis/fits/forecast.js';
export { listLaws } from './analysis/fits/law-list.js';
export type { Measurements } from './analysis/fits/measurements.js';
export type { FitFileOptions, FitLawOptions } from './analysis/fits/options.js';
export type { LawFit } from './analysis/fits/result.js';
export type { Budget, Spending } from './core/budget.js';
export { type ErrorCode, errorRegistry, ThinkscaleError } from './core/errors.js';
export type { EngineIdentity } from './core/identity.js';
export type { Message, Problem } from './core/problem.js';
export type {
  Candidate,
  RankedAnswer,
  RunManifest,
  RunRecords,
  TrialRecord,
} from './core/record.js';
export type { Sample, Sampling } from './core/sample.js';
export { version } from './core/version.js';
export { type CalibrateOptions, type Calibration, calibrate } from './experiments/calibrate.js';
export { compare } from './experiments/compare.js';
export type { Config, ConfigInput } from './experiments/config.js';
export { forecast } from './experiments/forecast.js';
export type { Progress } from './experiments/progress.js';
export { type RunOptions, type RunOutcome, report, run } from './experiments/run.js';
export { type Solution, type SolveInput, type SolveOptions, solve } from './experiments/solve.js';
