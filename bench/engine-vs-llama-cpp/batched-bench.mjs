import { start, within } from './process.mjs';
import { branchLength, sharedCells } from './work.mjs';

/**
 * llama-batched-bench: random tokens, no sampling, no stop texts. It decodes one batch more than we do, since it takes
 * no token from the prompt's logits. Its own time is used, which leaves out loading and warming up.
 */
export function batchedBench({ model, threads, programs }) {
  const name = 'llama-batched-bench';
  const args = ({ shared, samples, promptTokens, newTokens, ...rest }) => {
    const work = { samples, promptTokens, newTokens, ...rest };
    const cells = shared ? sharedCells(work) : branchLength(work) * samples;
    const sizes = [
      '-npp',
      promptTokens,
      '-ntg',
      newTokens,
      '-npl',
      samples,
      '-c',
      cells,
      '-b',
      2048,
      '-ub',
      512,
    ];
    const sharing = shared ? ['-pps', '-kvu'] : [];
    return [
      '-m',
      model.path,
      ...sharing,
      ...sizes,
      '-t',
      threads,
      '-tb',
      threads,
      '--output-format',
      'jsonl',
    ].map(String);
  };
  return {
    name,
    does: () => true,
    command: (work) => [name, ...args(work)].join(' '),
    async run(work, _round, limit) {
      const command = start(programs.path(name), args(work), programs.env);
      try {
        const code = await within(limit, name, command.ended);
        const line = /^\{.*"pp".*\}$/m.exec(command.output())?.[0];
        if (code !== 0 || line === undefined)
          throw new Error(`${name} failed:\n${command.output().slice(-2000)}`);
        const { pp, tg, pl, t } = JSON.parse(line);
        const done = [pp, tg, pl].join();
        const wanted = [work.promptTokens, work.newTokens, work.samples].join();
        if (done !== wanted) throw new Error(`${name} did ${done} instead of ${wanted}`);
        return t;
      } finally {
        await command.stop();
      }
    },
  };
}
