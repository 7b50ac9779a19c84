import { relative } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { terminalTable } from '../../analysis/report/terminal-table.js';
import { type RunOptions, run } from '../../experiments/run.js';
import { ExperimentMetrics } from '../../telemetry/experiment-metrics.js';
import { type MetricsServer, serveMetrics } from '../../telemetry/metrics-server.js';
import { createRegistry } from '../../telemetry/registry.js';
import { interruptSignal, notice, numberOption, writeJson, writeText } from '../output.js';
import { ProgressLine, progressText } from '../progress-line.js';

interface Options {
  readonly directory: string;
  readonly allowMixedEngines: boolean;
  readonly metricsPort?: number;
  readonly json: boolean;
}

export function runCommand(): Command {
  return new Command('run')
    .description('Run an experiment file, write its report, and print its table. Run again, it resumes.')
    .argument('<file>', 'experiment file, YAML or JSON (docs/experiments.md lists its keys)')
    .option('--directory <folder>', 'folder of all runs', 'runs')
    .option('--allow-mixed-engines', 'pool samples of other engine builds with those of this one', false)
    .option(
      '--metrics-port <port>',
      'serve the run’s metrics to Prometheus on 127.0.0.1 while it runs; 0 takes a free port',
      portOption,
    )
    .option('--json', 'print the analysis as JSON', false)
    .action(async (file: string, options: Options) => {
      const line = new ProgressLine(process.stderr);
      const { signal, done } = interruptSignal();
      const metrics = options.metricsPort === undefined ? null : await startMetrics(options.metricsPort);
      try {
        const outcome = await run(file, {
          directory: options.directory,
          allowMixedEngines: options.allowMixedEngines,
          signal,
          onNotice: notice,
          ...metrics?.listeners,
          onProgress: (progress) => {
            line.show(progress);
            metrics?.listeners.onProgress(progress);
          },
        }).finally(() => line.end());
        notice(progressText(outcome.progress));
        const files = outcome.files.map((path) => relative('.', path));
        if (options.json) writeJson({ directory: outcome.directory, files, analysis: outcome.analysis });
        else writeText(`${terminalTable(outcome.analysis)}\nWrote ${files.join(', ')}.`);
      } finally {
        await metrics?.server.close();
        done();
      }
    });
}

interface RunMetrics {
  readonly server: MetricsServer;
  readonly listeners: Required<Pick<RunOptions, 'onStart' | 'onProgress' | 'onTrial'>>;
}

async function startMetrics(port: number): Promise<RunMetrics> {
  const metrics = new ExperimentMetrics(createRegistry());
  const server = await serveMetrics(metrics.registry, { port });
  notice(`Metrics at ${server.url}.`);
  return {
    server,
    listeners: {
      onStart: (manifest) => metrics.start(manifest),
      onProgress: (progress) => metrics.progress(progress),
      onTrial: (record) => metrics.trial(record),
    },
  };
}

function portOption(text: string): number {
  const port = numberOption(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Expected a port from 0 to 65535.');
}
