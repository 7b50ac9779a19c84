import { readFileSync } from 'node:fs';
import { loadOfAutocannon } from './load.mjs';
import { chatSubset, forModel } from './openai-subset.mjs';
import { inspectAi, langChain, lmEval } from './python-suites.mjs';
import { schemathesis } from './schemathesis.mjs';
import { vitestFile } from './vitest-file.mjs';

const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Version of a Python package, as the requirements pin it. */
function pinned(name) {
  for (const file of ['requirements-test.txt', 'requirements-clients.txt']) {
    const text = readFileSync(`test/integration/clients/${file}`, 'utf8');
    const version = text.split('\n').find((line) => line.startsWith(`${name}==`));
    if (version !== undefined) return /==(\S+)/.exec(version)[1];
  }
  throw new Error(`Expected requirements to pin ${name}.`);
}

/** Short answers, for those who send thousands of requests. */
const short = { effort: 'none', maxCompletionTokens: 16 };

/**
 * `run` resolves to what it found, in a few words, and throws what was wrong.
 * @type {readonly { name: string, version: string, does: string, config?: object, run: (on: any) => Promise<string> }[]}
 */
export const clients = [
  {
    name: 'openai (npm)',
    version: devDependencies.openai,
    does: 'chat, choices, streams, tools, log-probabilities, models, errors, retries, giving up; on SmolLM2 too',
    run: () => vitestFile('openai'),
  },
  {
    name: 'ai and @ai-sdk/openai-compatible',
    version: `${devDependencies.ai}, ${devDependencies['@ai-sdk/openai-compatible']}`,
    does: 'text, reasoning parts, usage, tools, errors; an object by its schema on SmolLM2',
    run: () => vitestFile('ai-sdk'),
  },
  {
    name: 'openai (PyPI)',
    version: pinned('openai'),
    does: 'chat, choices, streams, extra_body, errors, models',
    run: () => vitestFile('python-clients'),
  },
  {
    name: 'schemathesis',
    version: pinned('schemathesis'),
    does: "OpenAI's description of chat and models",
    config: short,
    run: ({ baseUrl, ...on }) => noFlaw(chatSubset(), baseUrl, on),
  },
  {
    name: 'schemathesis',
    version: pinned('schemathesis'),
    does: "the server's own description",
    config: short,
    run: async ({ url, ...on }) => {
      const reply = await fetch(`${url}/openapi.json`, { headers: { authorization: `Bearer ${on.key}` } });
      return noFlaw(await reply.json(), url, on);
    },
  },
  {
    name: 'inspect_ai',
    version: pinned('inspect-ai'),
    does: 'an evaluation of 4 sums, 2 epochs',
    run: (on) => inspectAi(on, []),
  },
  {
    name: 'inspect_ai',
    version: pinned('inspect-ai'),
    does: 'the same in streams',
    run: (on) => inspectAi(on, ['-M', 'stream=true']),
  },
  {
    name: 'lm-eval',
    version: pinned('lm-eval'),
    does: 'generate_until on 4 sums',
    run: lmEval,
  },
  {
    name: 'langchain-openai',
    version: pinned('langchain-openai'),
    does: 'invoke and stream',
    run: langChain,
  },
  {
    name: 'autocannon',
    version: devDependencies.autocannon,
    does: '8 connections for 5 s',
    config: short,
    run: loadOfAutocannon,
  },
];

async function noFlaw(description, url, { key, model, examples }) {
  const environment = '.setup/clients';
  const work = { environment, description: forModel(description, model), url, key, examples, seed: 1 };
  const { code, output, cases } = await schemathesis(work);
  if (code !== 0) throw new Error(`flaws were found\n${output}`);
  return `no flaw in ${cases} requests`;
}
