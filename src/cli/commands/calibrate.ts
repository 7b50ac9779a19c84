import { Command, Option } from 'commander';
import { atLevel, bracket, counted, decimal, percent } from '../../analysis/format.js';
import { aligned, listed } from '../../analysis/report/terminal-table.js';
import {
  type CalibratedEnsemble,
  type CalibratedScores,
  type CalibrateOptions,
  type Calibration,
  calibrate,
} from '../../experiments/calibrate.js';
import type { ProbabilityQuality } from '../../experiments/calibration/quality.js';
import type { Area } from '../../native/calibration.js';
import { writeJson, writeText } from '../output.js';

interface Options {
  readonly method: NonNullable<CalibrateOptions['method']>;
  readonly out?: string;
  readonly json: boolean;
}

export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description(
      "Measure how well a run's verifiers tell right from wrong, and learn to weigh them together.",
    )
    .argument('<run>', "the run's folder, such as runs/arithmetic-scaling")
    .option('--out <file>', 'also write the ensemble, for the verifier `ensemble` to read')
    .addOption(
      new Option('--method <kind>', 'learn weights from grades, or from the agreement of verifiers alone')
        .choices(['labels', 'agreement'])
        .default('labels'),
    )
    .option('--json', 'print everything as JSON', false)
    .action(async (directory: string, { method, out, json }: Options) => {
      const calibration = await calibrate(directory, { method, out: out ?? null });
      if (json) writeJson(calibration);
      else writeText(calibrationText(calibration));
    });
}

function calibrationText({ level, scores, ensemble, refusal, path }: Calibration): string {
  const header = [
    'strategy',
    'samples',
    'right',
    'AUROC',
    'interval',
    'pooled',
    'interval',
    'isotonic Brier',
    'ECE',
    'Platt Brier',
    'ECE',
  ];
  const sections = [
    aligned([header, ...scores.map(rowOf)], 1),
    ensemble === null ? `No ensemble: ${refusal ?? ''}.` : ensembleText(ensemble),
    `AUROC compares samples of one problem, pooled all samples; ${percent(level)} intervals over problems. Brier score and ECE are of probabilities that were learned on the other half of the problems.`,
    ...(path === null ? [] : [`Wrote ${path}, learned on all problems: use it on others.`]),
  ];
  return sections.join('\n\n');
}

function rowOf(scores: CalibratedScores): readonly string[] {
  const { strategy, oracle, thinkingTokens, samples, shareRight, auroc, isotonic, platt } = scores;
  return [
    `${strategy}${oracle ? ' (oracle)' : ''}${atLevel(thinkingTokens)}`,
    String(samples),
    decimal(shareRight),
    ...areaCells(auroc.within),
    ...areaCells(auroc.pooled),
    ...qualityCells(isotonic),
    ...qualityCells(platt),
  ];
}

function areaCells(area: Area | null): readonly string[] {
  return area === null ? ['', ''] : [decimal(area.value), bracket(area.low, area.high)];
}

function qualityCells(quality: ProbabilityQuality | null): readonly string[] {
  return quality === null ? ['', ''] : [quality.brier.toFixed(3), quality.ece.toFixed(3)];
}

function ensembleText({ method, samples, problems, file, warnings, quality }: CalibratedEnsemble): string {
  const weights = file.verifiers.map(({ kind }, at) => `${kind} ${decimal(file.weights[at] ?? 0)}`);
  const within = quality?.auroc.within ?? null;
  const judged =
    quality === null
      ? 'too few problems to judge it on those that it was not learned on'
      : `AUROC ${areaCells(within).join(' ')}, Brier ${quality.brier.toFixed(3)}, ECE ${quality.ece.toFixed(3)}`;
  return [
    `Ensemble learned from ${method} on ${counted(samples, 'sample')} of ${counted(problems, 'problem')}; weights of standardised scores: ${weights.join(', ')}.`,
    `On the half of the problems that it was not learned on: ${judged}.`,
    ...(warnings.length === 0 ? [] : [listed(warnings)]),
  ].join('\n');
}
