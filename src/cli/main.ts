#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { ThinkscaleError } from '../core/errors.js';
import { version } from '../core/version.js';
import { benchCommand } from './commands/bench.js';
import { calibrateCommand } from './commands/calibrate.js';
import { compareCommand } from './commands/compare.js';
import { doctorCommand } from './commands/doctor.js';
import { fitCommand } from './commands/fit.js';
import { forecastCommand } from './commands/forecast.js';
import { keysCommand } from './commands/keys.js';
import { modelsCommand } from './commands/models.js';
import { reportCommand } from './commands/report.js';
import { runCommand } from './commands/run.js';
import { serveCommand } from './commands/serve.js';
import { solveCommand } from './commands/solve.js';
import { strategiesCommand, verifiersCommand } from './commands/techniques.js';

const program = new Command('thinkscale')
  .description(
    'Spend compute at inference time to make a local model answer better, and measure what it buys.',
  )
  .version(version)
  .showHelpAfterError('(--help lists the options)')
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    'after',
    `
Examples:
  thinkscale solve "What is 17 + 25?" --samples 16
  thinkscale serve --model smollm2
  thinkscale run examples/arithmetic-scaling.yaml
  thinkscale compare runs/arithmetic-scaling --at tokens
  thinkscale fit runs.csv --law auto --map x=flops,y=loss
  thinkscale forecast runs/arithmetic-scaling --target 0.8
  thinkscale strategies
  thinkscale doctor

Exit codes: 0 done, 1 failed, 2 bad input or an unwritable disk, 130 interrupted (the same command resumes).`,
  );

for (const command of [
  solveCommand(),
  serveCommand(),
  keysCommand(),
  runCommand(),
  reportCommand(),
  compareCommand(),
  calibrateCommand(),
  fitCommand(),
  forecastCommand(),
  strategiesCommand(),
  verifiersCommand(),
  modelsCommand(),
  benchCommand(),
  doctorCommand(),
]) {
  program.addCommand(command.exitOverride());
}

/** Runs the command line and returns the process's exit code. */
async function main(): Promise<number> {
  try {
    await program.exitOverride().parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has already written its own message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const failure = ThinkscaleError.from(error);
    process.stderr.write(`${failure.code}: ${failure.message}\n`);
    if (failure.code === 'TS_INTERNAL' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return failure.exitCode;
  }
}

// The reader of a pipe may have had enough: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main();
