import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../setup/command.mjs';
import { programOf } from '../setup/python-clients.mjs';

const environment = '.setup/all-clients';
const sources = resolve('test/integration/clients');

/** An evaluation of inspect_ai; resolves to its accuracy, which has to be 1. */
export async function inspectAi({ baseUrl, key, model }, options) {
  return inFolder(async (folder) => {
    // inspect_ai names the two variables after the provider.
    const env = { THINKSCALE_BASE_URL: baseUrl, THINKSCALE_API_KEY: key };
    const what = ['eval', 'inspect_task.py', '--model', `openai-api/thinkscale/${model}`];
    const how = [
      '--epochs',
      '2',
      '--max-connections',
      '2',
      '--reasoning-effort',
      'low',
      '--display',
      'plain',
    ];
    const log = ['--log-dir', folder, '--log-format', 'json'];
    await program('inspect', [...what, ...how, ...log, ...options], { env, cwd: sources });
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const { status, results, stats } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const accuracy = results.scores[0].metrics.accuracy.value;
    const [usage] = Object.values(stats.model_usage);
    if (status !== 'success' || accuracy !== 1) throw new Error(`status ${status}, accuracy ${accuracy}`);
    if (!(usage.reasoning_tokens > 0)) throw new Error(`no reasoning tokens in ${JSON.stringify(usage)}`);
    return `accuracy ${accuracy}, ${usage.output_tokens} tokens, of them ${usage.reasoning_tokens} reasoning`;
  });
}

/** A task of lm-eval; resolves to its accuracy, which has to be 1. */
export async function lmEval({ baseUrl, key, model }) {
  return inFolder(async (folder) => {
    const env = { OPENAI_API_KEY: key, HF_HUB_OFFLINE: '1', HF_HOME: folder };
    const where = `model=${model},base_url=${baseUrl}/chat/completions,num_concurrent=2,max_retries=2`;
    const tasks = join(sources, 'lm-eval');
    const args = ['run', '--model', 'local-chat-completions', '--model_args', where];
    const task = ['--tasks', 'thinkscale_sums', '--include_path', tasks, '--apply_chat_template'];
    const out = ['--output_path', folder, '--log_samples'];
    await program('lm-eval', [...args, ...task, ...out], { env, cwd: tasks });
    const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
      /results_[^/]*\.json$/.test(name),
    );
    const { results } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const accuracy = results.thinkscale_sums['exact_match,last-number'];
    if (accuracy !== 1) throw new Error(`exact match ${accuracy}`);
    return `exact match ${accuracy}`;
  });
}

/** One question at once and in a stream through langchain-openai. */
export async function langChain({ baseUrl, key, model }) {
  const output = await program('python', [join(sources, 'langchain_client.py'), baseUrl, model, key], {});
  const { content, streamed, usage } = JSON.parse(output.trimEnd().split('\n').at(-1));
  if (content !== '3 + 4 = 7' || streamed !== content) throw new Error(`answered ${content} and ${streamed}`);
  const reasoning = usage.output_token_details.reasoning;
  if (!(reasoning > 0)) throw new Error(`no reasoning tokens in ${JSON.stringify(usage)}`);
  return `the same answer twice, ${reasoning} reasoning tokens`;
}

async function program(name, args, options) {
  const { code, output } = await run(resolve(programOf(environment, name)), args, options);
  if (code !== 0) throw new Error(`${name} ended with code ${code}\n${output}`);
  return output;
}

async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'thinkscale-suite-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
