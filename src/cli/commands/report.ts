import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Command } from 'commander';
import { terminalTable } from '../../analysis/report/terminal-table.js';
import { unwritable } from '../../core/files.js';
import { exportSamples, report } from '../../experiments/run.js';
import { writeJson, writeText } from '../output.js';

export function reportCommand(): Command {
  return new Command('report')
    .description("Analyse a run's records again, write its report anew, and print its table.")
    .argument('<run>', "the run's folder, such as runs/arithmetic-scaling")
    .option(
      '--samples <file>',
      'also write every sample to a JSON Lines file, which the scripted engine can replay',
    )
    .option('--json', 'print the analysis as JSON', false)
    .action(async (directory: string, options: { samples?: string; json: boolean }) => {
      const outcome = await report(directory);
      const files = outcome.files.map((path) => relative('.', path));
      if (options.samples !== undefined) {
        writeSamples(directory, options.samples);
        files.push(options.samples);
      }
      if (options.json) writeJson({ directory: outcome.directory, files, analysis: outcome.analysis });
      else writeText(`${terminalTable(outcome.analysis)}\nWrote ${files.join(', ')}.`);
    });
}

function writeSamples(directory: string, path: string): void {
  const lines = exportSamples(directory).map(({ problemId, messages, sample }) => {
    const { index, seed, text, thinking, finishReason, tokens, logProbabilities } = sample;
    return JSON.stringify({
      problemId,
      index,
      seed,
      messages,
      text,
      thinking,
      finishReason,
      tokens: [...tokens],
      logProbabilities: [...logProbabilities],
    });
  });
  try {
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  } catch (error) {
    throw unwritable(path, error) ?? error;
  }
}
