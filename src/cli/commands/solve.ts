import { Command, Option } from 'commander';
import { answerKindSchema } from '../../answers/answer.js';
import { totalTokens } from '../../core/budget.js';
import { type Solution, type SolveInput, solve } from '../../experiments/solve.js';
import { verifierKindSchema } from '../../verifiers/registry.js';
import { interruptSignal, notice, numberOption, writeJson, writeText } from '../output.js';

interface Options {
  readonly model?: string;
  readonly engine: 'auto' | 'llama' | 'node-llama-cpp' | 'scripted';
  readonly strategy: 'chain-of-thought' | 'self-consistency' | 'best-of-n';
  readonly verifier?: string;
  readonly samples?: number;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly stop?: string[];
  readonly seed?: number;
  readonly tokens?: number;
  readonly seconds?: number;
  readonly flops?: number;
  readonly answer?: string;
  readonly json: boolean;
}

export function solveCommand(): Command {
  const strategies = ['chain-of-thought', 'self-consistency', 'best-of-n'];
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
      new Option('--strategy <kind>', 'how samples become an answer')
        .choices(strategies)
        .default('self-consistency'),
    )
    .addOption(
      new Option('--verifier <kind>', 'for best-of-n (default: mean-log-likelihood)').choices(
        verifierKindSchema.options,
      ),
    )
    .option('--samples <count>', 'samples to draw (default: 8)', numberOption)
    .option('--temperature <value>', 'from 0 to 5 (default: 0.7)', numberOption)
    .option('--max-tokens <count>', 'new tokens a sample (default: 256)', numberOption)
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
  const { tokens, seconds, flops } = options;
  // Only what was given: the schema has the defaults.
  return given({
    question,
    model,
    engine: { kind: engine },
    strategy: given({ kind: strategy, verifier }),
    samples,
    seed,
    answer,
    sampling: given({ temperature, maxTokens, stop }),
    budget: given({ tokens, seconds, flops }),
  }) as SolveInput;
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
    `samples   ${samples.length}${stopReason === 'samples' ? '' : `, stopped by the budget of ${stopReason}`}`,
    `spent     ${totalTokens(spent)} tokens, ${spent.flops.toExponential(2)} FLOPs, ${spent.seconds.toFixed(2)} s`,
    `engine    ${engine.modelName} on ${engine.kind} (${engine.build})`,
  ].join('\n');
}
