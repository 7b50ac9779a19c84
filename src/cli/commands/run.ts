import { relative } from 'node:path';
import { Command } from 'commander';
import { terminalTable } from '../../analysis/report/terminal-table.js';
import { run } from '../../experiments/run.js';
import { interruptSignal, notice, writeJson, writeText } from '../output.js';
import { ProgressLine, progressText } from '../progress-line.js';

export function runCommand(): Command {
  return new Command('run')
    .description('Run an experiment file, write its report, and print its table. Run again, it resumes.')
    .argument('<file>', 'experiment file, YAML or JSON (docs/experiments.md lists its keys)')
    .option('--directory <folder>', 'folder of all runs', 'runs')
    .option('--allow-mixed-engines', 'pool samples of other engine builds with those of this one', false)
    .option('--json', 'print the analysis as JSON', false)
    .action(
      async (file: string, options: { directory: string; allowMixedEngines: boolean; json: boolean }) => {
        const line = new ProgressLine(process.stderr);
        const { signal, done } = interruptSignal();
        try {
          const outcome = await run(file, {
            directory: options.directory,
            allowMixedEngines: options.allowMixedEngines,
            signal,
            onNotice: notice,
            onProgress: (progress) => line.show(progress),
          }).finally(() => line.end());
          notice(progressText(outcome.progress));
          const files = outcome.files.map((path) => relative('.', path));
          if (options.json) writeJson({ directory: outcome.directory, files, analysis: outcome.analysis });
          else writeText(`${terminalTable(outcome.analysis)}\nWrote ${files.join(', ')}.`);
        } finally {
          done();
        }
      },
    );
}
