import { Command, Option } from 'commander';
import { answerKindSchema } from '../../answers/answer.js';
import { totalTokens } from '../../core/budget.js';
import { type Solution, type SolveInput, solve } from '../../experiments/solve.js';
import { strategyKinds } from '../../strategies/registry.js';
import { verifierKinds } from '../../verifiers/registry.js';
import {
  interruptSignal,
  kindOption,
  notice,
  numberOption,
  objectOption,
  writeJson,
  writeText,
} from '../output.js';

interface Options {
  readonly model?: string;
  readonly engine: 'auto' | 'llama' | 'node-llama-cpp' | 'scripted';
  readonly strategy: string;
  readonly verifier?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly samples?: number;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly thinking?: number;
  readonly stop?: string[];
  readonly seed?: number;
  readonly tokens?: number;
  readonly seconds?: number;
  readonly flops?: number;
  readonly answer?: string;
  readonly json: boolean;
}

export function solveCommand(): Command {
  return new Command('solve')
    .description('Answer one question, spending more than one sample on it.')
    .argument('<question>', 'the question, as the model will see it')
    .option('--model <name>', 'catalogue name, GGUF file or hf:owner/repo:quant (default: smollm2)')
    .addOption(
      new Option('--engine <kind>', 'what evaluates the model; scripted answers arithmetic without one')
        .choices(['auto', 'llama', 'node-llama-cpp', 'scripted'])
        .default('auto'),
    )
    .addOption(
      new Option('--strategy <kind>', 'how samples become an answer; `thinkscale strategies` explains them')
        .argParser(kindOption(strategyKinds))
        .default('self-consistency'),
    )
    .addOption(
      new Option('--verifier <kind>', 'what scores samples; `thinkscale verifiers` explains them').argParser(
        kindOption(verifierKinds),
      ),
    )
    .option(
      '--options <json>',
      `more options of the strategy, such as '{"stop": {"kind": "beta"}}'`,
      objectOption,
    )
    .option('--samples <count>', 'samples to draw (default: 8)', numberOption)
    .option('--temperature <value>', 'from 0 to 5 (default: 0.7)', numberOption)
    .option('--max-tokens <count>', 'new tokens a sample (default: 256)', numberOption)
    .option('--thinking <count>', 'tokens of thinking before the answer, within --max-tokens', numberOption)
    .option('--stop <text...>', 'texts that end a sample')
    .option('--seed <number>', 'same seed, same samples (default: 1)', numberOption)
    .option('--tokens <count>', 'budget: evaluated tokens, prompt included', numberOption)
    .option('--seconds <count>', 'budget: seconds of drawing', numberOption)
    .option('--flops <count>', 'budget: floating-point operations', numberOption)
    .addOption(
      new Option('--answer <kind>', 'what an answer is (default: number)').choices(answerKindSchema.options),
    )
    .option('--json', 'print everything as JSON: answers, candidates, samples, what was spent', false)
    .action(async (question: string, options: Options) => {
      const { signal, done } = interruptSignal();
      try {
        const solution = await solve(toInput(question, options), { signal, onNotice: notice });
        if (options.json) writeJson(solution);
        else writeText(solutionText(solution));
      } finally {
        done();
      }
    });
}

function toInput(question: string, options: Options): SolveInput {
  const { model, engine, strategy, verifier, samples, temperature, maxTokens, stop, seed, answer } = options;
  const { tokens, seconds, flops, thinking } = options;
  // Only what was given: the schema has the defaults.
  return given({
    question,
    model,
    engine: { kind: engine },
    strategy: given({ ...options.options, kind: strategy, verifier: verifier ?? options.options?.verifier }),
    samples,
    seed,
    answer,
    sampling: given({
      temperature,
      maxTokens,
      stop,
      thinking: thinking === undefined ? undefined : { maxTokens: thinking },
    }),
    budget: given({ tokens, seconds, flops }),
  }) as SolveInput;
}

function stopText(reason: Solution['stopReason']): string {
  if (reason === 'samples') return '';
  if (reason === 'rule') return ', which were enough';
  return reason === 'context' ? ', stopped by the context' : `, stopped by the budget of ${reason}`;
}

function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function solutionText({ answer, answers, samples, spent, stopReason, engine }: Solution): string {
  const ranked = answers
    .slice(0, 5)
    .map((entry) => `${entry.answer} (${Number(entry.score.toPrecision(3))})`);
  return [
    answer ?? 'No answer was found in the samples.',
    '',
    `answers   ${ranked.join(', ') || 'none'}`,
    `samples   ${samples.length}${stopText(stopReason)}`,
    `spent     ${totalTokens(spent)} tokens, ${spent.flops.toExponential(2)} FLOPs, ${spent.seconds.toFixed(2)} s`,
    `engine    ${engine.modelName} on ${engine.kind} (${engine.build})`,
  ].join('\n');
}
