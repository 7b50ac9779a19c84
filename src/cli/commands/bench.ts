import { Command, Option } from 'commander';
import { parseInput } from '../../core/parse.js';
import { benchEngine, type EngineBench, engineBenchSchema } from '../../experiments/engine-bench.js';
import { engineChoiceSchema, openChosen } from '../../experiments/engine-choice.js';
import { notice, numberOption, writeJson, writeText } from '../output.js';

interface Options {
  readonly model: string;
  readonly engine: string;
  readonly samples: number[];
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly rounds: number;
  readonly json: boolean;
}

export function benchCommand(): Command {
  const defaults = engineBenchSchema.parse({});
  const engine = new Command('engine')
    .description(
      'Measure the engine: prompt evaluation, forks, and tokens a second at several sample counts.',
    )
    .option('--model <name>', 'the model to measure', 'smollm2')
    .addOption(
      new Option('--engine <kind>', 'which engine')
        .choices(['auto', 'llama', 'node-llama-cpp'])
        .default('auto'),
    )
    .option('--samples <counts>', 'samples drawn at once, such as 1,4,16', numberList, defaults.samples)
    .option('--prompt-tokens <count>', 'tokens of the prompt', numberOption, defaults.promptTokens)
    .option('--new-tokens <count>', 'new tokens a sample', numberOption, defaults.newTokens)
    .option('--rounds <count>', 'rounds over all counts', numberOption, defaults.rounds)
    .option('--json', 'print everything as JSON', false)
    .action(async ({ model, engine: kind, json, ...rest }: Options) => {
      const options = parseInput(engineBenchSchema, rest);
      const opened = await openChosen(
        parseInput(engineChoiceSchema, {
          kind,
          contextLength: Math.max(16, options.promptTokens + options.newTokens + 1),
          parallel: Math.min(256, Math.max(...options.samples)),
        }),
        model,
        { notify: notice },
      );
      try {
        const bench = await benchEngine(opened, options);
        if (json) writeJson(bench);
        else writeText(benchText(bench));
      } finally {
        await opened.close();
      }
    });
  return new Command('bench').description('Measure what this machine can do.').addCommand(engine);
}

function numberList(text: string): number[] {
  return text.split(',').map(numberOption);
}

function benchText({ engine, threads, gpu, options, rows }: EngineBench): string {
  const { promptTokens, newTokens, rounds } = options;
  return [
    `${engine.modelName} on ${engine.kind} (${engine.build}), ${threads} threads, ${gpu ?? 'no GPU'}`,
    `${promptTokens}-token prompt, up to ${newTokens} new tokens a sample, medians of ${rounds} rounds`,
    'samples   prompt s    forks ms   drawing s   tokens/s',
    ...rows.map(({ samples, promptSeconds, forkSeconds, drawSeconds, tokensPerSecond }) =>
      [
        String(samples).padStart(7),
        promptSeconds.toFixed(2).padStart(10),
        (1000 * forkSeconds).toFixed(1).padStart(11),
        drawSeconds.toFixed(2).padStart(11),
        tokensPerSecond.toFixed(1).padStart(10),
      ].join(' '),
    ),
  ].join('\n');
}
