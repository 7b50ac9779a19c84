import { Command } from 'commander';
import { forecastText } from '../../analysis/fits/forecast-text.js';
import { forecast } from '../../experiments/forecast.js';
import { numberOption, writeJson, writeText } from '../output.js';

interface Options {
  readonly target: number;
  readonly strategy?: string;
  readonly json: boolean;
}

export function forecastCommand(): Command {
  return new Command('forecast')
    .description(
      'Say what compute a target accuracy takes by the laws of a run, with its interval, or why not.',
    )
    .argument('<run>', "the run's folder, such as runs/arithmetic-scaling")
    .requiredOption('--target <share>', 'the share of problems to solve, such as 0.8', numberOption)
    .option('--strategy <name>', 'only this strategy of the run, or coverage (default: all)')
    .option('--json', 'print the forecast as JSON', false)
    .action(async (directory: string, { target, strategy, json }: Options) => {
      const result = await forecast(directory, { target, strategy: strategy ?? null });
      if (json) writeJson(result);
      else writeText(forecastText(result));
    });
}
