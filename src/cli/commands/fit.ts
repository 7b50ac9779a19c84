import { Command, InvalidArgumentError, Option } from 'commander';
import { type FileFit, fitFile } from '../../analysis/fits/fit-file.js';
import { fitText } from '../../analysis/fits/fit-text.js';
import { listLaws } from '../../analysis/fits/law-list.js';
import { lawText } from '../../analysis/fits/law-text.js';
import { parseMapping } from '../../analysis/fits/mapping.js';
import type { FitFileOptions } from '../../analysis/fits/options.js';
import { plotFit } from '../../analysis/fits/plot/plot-fit.js';
import { replaceFiles } from '../../analysis/report/replace-files.js';
import { notice, numberOption, type Plot, plotOption, writeJson, writeText } from '../output.js';

interface Options {
  readonly list: boolean;
  readonly law?: string;
  readonly map?: string;
  readonly filter?: string;
  readonly objective?: NonNullable<FitFileOptions['objective']>;
  readonly delta?: number;
  readonly scale?: NonNullable<FitFileOptions['scale']>;
  readonly fix?: Readonly<Record<string, number>>;
  readonly free?: readonly string[];
  readonly bootstrap?: number;
  readonly seed?: number;
  readonly level?: number;
  readonly holdout?: string;
  readonly predict?: string;
  readonly target?: number;
  readonly gain?: number;
  readonly flops?: number;
  readonly plot?: Plot;
  readonly json: boolean;
}

export function fitCommand(): Command {
  return new Command('fit')
    .description(
      'Fit a law to the rows of a CSV file: parameters with intervals, a holdout, and what to distrust.',
    )
    .argument('[file]', 'a CSV file with a header')
    .option('--list', 'explain every law and end', false)
    .option('--law <name>', 'the law, or auto for the one that describes the rows best')
    .option(
      '--map <pairs>',
      'what columns, or expressions of columns, are to the law: n=COL,d=COL,y=COL, or count=COL,total=COL for y; also problem=COL, weight=COL',
    )
    .option('--filter <expression>', `rows to use, such as 'dataset == "rpj" and tokens > 1e9'`)
    .addOption(
      new Option(
        '--objective <kind>',
        "what is minimised (default: the law's own, binomial with counts)",
      ).choices(['huber', 'lad', 'gaussian', 'binomial']),
    )
    .option('--delta <x>', 'where huber turns linear, in units of the residual', numberOption)
    .addOption(
      new Option('--scale <kind>', "where residuals are taken (default: the law's own)").choices([
        'raw',
        'log',
        'log-plus-one',
      ]),
    )
    .option('--fix <name=value>', 'hold a parameter; may be repeated', fixed)
    .option('--free <name>', 'fit a parameter that the law holds; may be repeated', collected)
    .option('--bootstrap <n>', 'resamples behind the intervals, 0 for none (default: 1000)', numberOption)
    .option('--seed <n>', 'of the resamples (default: 0)', numberOption)
    .option('--level <x>', 'of the intervals (default: 0.95)', numberOption)
    .option(
      '--holdout <expression>',
      'rows that a second fit does not see and predicts: a condition, top-third or none (default: top-third)',
    )
    .option('--predict <file>', 'a CSV file with rows at which the law is asked')
    .option('--target <y>', 'a value of y: also say what budget it takes', numberOption)
    .option(
      '--gain <y>',
      'a change of y: also say from which budget on doubling it changes less',
      numberOption,
    )
    .option(
      '--flops <c>',
      'also split this budget between n and d (default: the largest of the rows)',
      numberOption,
    )
    .option('--plot <file>', 'also draw data, law, band and residuals: .svg, .png or .html', plotOption)
    .option('--json', 'print the fit as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  thinkscale fit runs.csv --law chinchilla --map n=params,d=tokens,y=loss --plot loss.svg
  thinkscale fit s1.csv --law logistic --map x=tokens/1000,count=correct,total=questions
  thinkscale fit --list`,
    )
    .action(async (file: string | undefined, options: Options, command: Command) => {
      if (options.list) return list(options.json);
      const { law, map, plot, json } = options;
      if (file === undefined) return command.error("error: missing required argument 'file'");
      if (law === undefined) return command.error("error: required option '--law <name>' not specified");
      if (map === undefined) return command.error("error: required option '--map <pairs>' not specified");
      const fit = await fitFile(file, { ...given(options), law, map: parseMapping(map, 'map') });
      if (plot !== undefined) await draw(fit, plot);
      if (json) writeJson(fit);
      else writeText(fitText(fit));
    });
}

/** The options that were given: commander leaves the others out, so that defaults stay where they are defined. */
function given(options: Options): Omit<FitFileOptions, 'law' | 'map'> {
  const { list: _list, law: _law, map: _map, json: _json, plot, ...named } = options;
  return { ...named, curves: plot !== undefined };
}

function list(isJson: boolean): void {
  const laws = listLaws();
  if (isJson) writeJson(laws);
  else writeText(laws.map(lawText).join('\n\n'));
}

async function draw(fit: FileFit, { path, format }: Plot): Promise<void> {
  await replaceFiles([[path, await plotFit(fit, format)]]);
  notice(`Wrote ${path}.`);
}

function fixed(
  text: string,
  previous: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value.');
  return { ...previous, [text.slice(0, at).trim()]: numberOption(text.slice(at + 1)) };
}

function collected(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}
