import { cpus, freemem, availableParallelism as nodeParallelism } from 'node:os';
import { Command } from 'commander';
import { ThinkscaleError } from '../../core/errors.js';
import { parseInput } from '../../core/parse.js';
import { version } from '../../core/version.js';
import { listModels, thinkscaleHome } from '../../engine/model-files/model-files.js';
import { engineChoiceSchema, openChosen } from '../../experiments/engine-choice.js';
import { availableParallelism } from '../../native/native.js';
import { writeJson, writeText } from '../output.js';

/** One line of the examination. */
interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly detail: string;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'What thinkscale finds on this machine: cores, GPU, models, versions, and what to do about it.',
    )
    .option('--model <name>', 'the model to open', 'smollm2')
    .option('--json', 'print the findings as JSON', false)
    .action(async ({ model, json }: { model: string; json: boolean }) => {
      const findings = [versions(), cores(), memory(), await models(), ...(await engine(model))];
      if (json) writeJson(findings);
      else
        for (const { subject, ok, detail } of findings)
          writeText(`${ok ? 'ok ' : '!! '} ${subject}: ${detail}`);
      if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}

function versions(): Finding {
  return { subject: 'versions', ok: true, detail: `thinkscale ${version}, Node ${process.versions.node}` };
}

function cores(): Finding {
  const usable = availableParallelism();
  const installed = cpus().length;
  const seen = nodeParallelism();
  const why =
    usable === installed
      ? 'all that the machine has'
      : `the machine has ${installed}, this process may use ${usable} (CPU affinity${seen === usable ? '' : ' or container quota'})`;
  return { subject: 'cores', ok: true, detail: `${usable} decode threads at most: ${why}` };
}

function memory(): Finding {
  const gigabytes = freemem() / 2 ** 30;
  const remedy = 'too little for most models; lower engine.parallel or engine.contextLength, or free some';
  const ok = gigabytes > 1;
  return { subject: 'memory', ok, detail: `${gigabytes.toFixed(1)} GiB free${ok ? '' : `: ${remedy}`}` };
}

async function models(): Promise<Finding> {
  const fetched = (await listModels()).filter(({ path }) => path !== null).map(({ name }) => name);
  const here = fetched.join(', ') || 'none fetched, `thinkscale models pull smollm2` fetches the default,';
  const detail = `${here} in ${thinkscaleHome()}`;
  return { subject: 'models', ok: true, detail };
}

/** Opens the engine for real: only that shows that the model, the binary and the GPU go together. */
async function engine(model: string): Promise<Finding[]> {
  try {
    const refusals: string[] = [];
    const opened = await openChosen(parseInput(engineChoiceSchema, { kind: 'auto' }), model, {
      pull: false,
      notify: (message) => refusals.push(message),
    });
    const { identity, threads, gpu, contextLength, parallel, capabilities } = opened.info;
    await opened.close();
    const { logProbabilities, trim, ...flags } = capabilities;
    const can = Object.entries(flags).flatMap(([name, has]) => (has ? [name] : []));
    const cannot = Object.entries(flags).flatMap(([name, has]) => (has ? [] : [name]));
    return [
      { subject: 'GPU', ok: true, detail: gpu ?? 'none found, the CPU decodes' },
      ...refusals.map((detail) => ({ subject: 'native engine', ok: false, detail })),
      {
        subject: 'engine',
        ok: true,
        detail: `${identity.kind} (${identity.build}) opened ${identity.modelName}: ${threads} threads, ${parallel} samples a batch, context ${contextLength}`,
      },
      {
        subject: 'capabilities',
        ok: true,
        detail: `log-probabilities of the ${logProbabilities} distribution, trim ${trim}, ${can.join(', ')}${cannot.length > 0 ? `; not ${cannot.join(', ')}` : ''}`,
      },
    ];
  } catch (error) {
    const { code, message } = ThinkscaleError.from(error);
    return [{ subject: 'engine', ok: false, detail: `${code}: ${message}` }];
  }
}
