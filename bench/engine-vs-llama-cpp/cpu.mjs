import { draw, openFor, warmUp } from './engines.mjs';
import { threadTimes } from './thread-times.mjs';

/** The decode thread, and by inheritance the compute threads that llama.cpp starts from it. */
const decodeThread = 'decode';

/**
 * CPU time of all threads that don't decode, as a share of those that do, in the engine's child process. llama.cpp's
 * compute threads live only for a batch, so decoding is what is left of the whole process's time.
 */
export async function measureCpu({ model, threads, story }, work, rounds, isOver) {
  if (process.platform !== 'linux')
    throw new Error('CPU time by thread is read from /proc, which only Linux has.');
  const engine = await openFor('llama', model, work, threads);
  const shares = [];
  try {
    await warmUp(engine, story);
    const processId = await engine.processId();
    for (let round = 0; round < rounds && !isOver(); round++) {
      const before = threadTimes(processId);
      const parent = process.cpuUsage();
      const { tokens, seconds } = await draw(engine, work, { story, round, forks: true, seed: round * 1000 });
      const share = compare(before, threadTimes(processId));
      const { user, system } = process.cpuUsage(parent);
      if (tokens !== work.samples * work.newTokens) {
        process.stderr.write(
          `round ${round + 1} is left out: a sample ended early, after ${tokens} tokens in all\n`,
        );
        continue;
      }
      shares.push({ ...share, wallSeconds: seconds, parentSeconds: (user + system) / 1e6 });
      process.stderr.write(
        `round ${round + 1}: ${share.decodeSeconds.toFixed(2)} s decode, ${share.otherSeconds.toFixed(2)} s others\n`,
      );
    }
  } finally {
    await engine.close();
  }
  return { work: work.name, most: 0.05, rounds: shares };
}

function compare(before, after) {
  const byName = {};
  for (const [id, { name, seconds }] of after.threads) {
    if (name === decodeThread) continue;
    byName[name] = (byName[name] ?? 0) + seconds - (before.threads.get(id)?.seconds ?? 0);
  }
  const otherSeconds = Object.values(byName).reduce((sum, value) => sum + value, 0);
  const decodeSeconds = after.all - before.all - otherSeconds;
  return { decodeSeconds, otherSeconds, share: otherSeconds / decodeSeconds, byName };
}

/** The figures in words. */
export function cpuText({ work, most, rounds }) {
  if (rounds.length === 0) return 'CPU time by thread: no round was measured';
  const share = rounds.map((round) => round.share);
  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  const sum = (key) => rounds.reduce((total, round) => total + round[key], 0);
  const names = Object.entries(rounds.at(-1).byName)
    .filter(([, seconds]) => seconds > 0)
    .map(([name, seconds]) => `${name} ${seconds.toFixed(2)} s`);
  return [
    `CPU time of threads that don't decode, ${work}, ${rounds.length} rounds:`,
    `${percent(sum('otherSeconds') / sum('decodeSeconds'))} of the decode threads' (worst round ${percent(Math.max(...share))}, at most ${percent(most)} wanted)`,
    `last round by thread: ${names.join(', ') || 'nothing'}; this process, which reads the tokens: ${rounds.at(-1).parentSeconds.toFixed(2)} s`,
  ].join('\n');
}
