import { Command, Option } from 'commander';
import type { CostComparison, MatchedCost } from '../../analysis/compare/compare.js';
import { plotComparison } from '../../analysis/compare/plot.js';
import { comparisonTable } from '../../analysis/compare/table.js';
import { replaceFiles } from '../../analysis/report/replace-files.js';
import { compare } from '../../experiments/compare.js';
import { notice, numberOption, type Plot, plotOption, writeJson, writeText } from '../output.js';

interface Options {
  readonly at: MatchedCost;
  readonly budget?: number;
  readonly reference?: string;
  readonly plot?: Plot;
  readonly json: boolean;
}

export function compareCommand(): Command {
  return new Command('compare')
    .description('Compare strategies, of one run or of several on the same problems, at equal cost.')
    .argument('<run...>', "the runs' folders, such as runs/small runs/large")
    .addOption(
      new Option('--at <cost>', 'what is made equal')
        .choices(['tokens', 'flops', 'seconds'])
        .default('tokens'),
    )
    .option(
      '--budget <cost>',
      'the cost a problem (default: a ladder up to the largest common one)',
      numberOption,
    )
    .option('--reference <strategy>', 'what the others are compared with (default: chain-of-thought)')
    .option('--plot <file>', 'also draw accuracy against cost: .svg, .png or .html', plotOption)
    .option('--json', 'print the comparison as JSON', false)
    .action(async (runs: string[], { at, budget, reference, plot, json }: Options) => {
      const given = { budget: budget ?? null, reference: reference ?? null };
      const comparison = await compare(runs, { at, ...given });
      if (plot !== undefined) await draw(comparison, plot);
      if (json) writeJson(comparison);
      else writeText(comparisonTable(comparison).trimEnd());
    });
}

async function draw(comparison: CostComparison, { path, format }: Plot): Promise<void> {
  await replaceFiles([[path, await plotComparison(comparison, format)]]);
  notice(`Wrote ${path}.`);
}
