import { median, ratioInterval } from '../statistics/ratio.mjs';
import { batchedBench } from './batched-bench.mjs';
import { enginePeer } from './engines.mjs';
import { llamaServer } from './llama-server.mjs';

/** Seconds that one measurement of a peer may take. */
const patience = 1800;

const ours = 'thinkscale';

/** All that do the same work; ours first. */
export function peersOf(context) {
  return [
    enginePeer(ours, 'llama', true, context),
    enginePeer('node-llama-cpp with forks', 'node-llama-cpp', true, context),
    enginePeer('node-llama-cpp without forks', 'node-llama-cpp', false, context),
    batchedBench(context),
    llamaServer('llama-server with n', true, context),
    llamaServer('llama-server with requests', false, context),
  ];
}

/**
 * Measures every peer on every piece of work, round by round; the peer that comes first changes with the round. A peer
 * that fails is left out from then on, and `report.failures` says why. Stops between measurements when `isOver()`.
 */
export async function measurePeers(peers, works, rounds, isOver) {
  const cells = works.flatMap((work) =>
    peers.filter((peer) => peer.does(work)).map((peer) => ({ work, peer, seconds: [], failure: null })),
  );
  for (const { work, peer } of cells)
    process.stderr.write(`${work.name}, ${peer.name}: ${peer.command(work)}\n`);
  for (let round = 0; round < rounds; round++) {
    for (const work of works) {
      const turn = rotated(
        cells.filter((cell) => cell.work === work),
        round,
      );
      for (const cell of turn) {
        if (isOver()) return summarise(cells, works);
        await measure(cell, round);
      }
    }
  }
  return summarise(cells, works);
}

async function measure(cell, round) {
  if (cell.failure !== null) return;
  const { work, peer } = cell;
  try {
    cell.seconds[round] = await peer.run(work, round, patience);
    process.stderr.write(
      `round ${round + 1}, ${work.name}, ${peer.name}: ${cell.seconds[round].toFixed(2)} s\n`,
    );
  } catch (error) {
    cell.failure = error.message;
    process.stderr.write(`round ${round + 1}, ${work.name}, ${peer.name} failed: ${error.message}\n`);
  }
}

function rotated(list, by) {
  const at = by % Math.max(list.length, 1);
  return [...list.slice(at), ...list.slice(0, at)];
}

function summarise(cells, works) {
  return works.map(({ name, samples, newTokens, promptTokens }) => {
    const here = cells.filter(({ work }) => work.name === name);
    const own = here.find(({ peer }) => peer.name === ours)?.seconds ?? [];
    const peers = here.map(({ peer, work, seconds, failure }) => {
      const measured = seconds.filter((value) => value !== undefined);
      const ratios = seconds.flatMap((value, round) =>
        value === undefined || own[round] === undefined ? [] : [own[round] / value],
      );
      return {
        name: peer.name,
        command: peer.command(work),
        seconds: measured,
        medianSeconds: median(measured),
        tokensPerSecond: (samples * newTokens) / median(measured),
        oursToPeer: { rounds: ratios.length, ...ratioInterval(ratios) },
        failure,
      };
    });
    return { name, samples, promptTokens, newTokens, peers };
  });
}

/** The figures as a table in Markdown. */
export function peersTable(works) {
  const lines = [
    '| work | engine | median s | tokens/s | time of ours / theirs [95 % interval] | rounds |',
    '| --- | --- | ---: | ---: | --- | ---: |',
  ];
  const text = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '–');
  for (const { name, peers } of works) {
    for (const peer of peers) {
      const { ratio, low, high, rounds } = peer.oursToPeer;
      const interval = peer.name === ours ? '' : `${text(ratio, 2)} [${text(low, 2)}, ${text(high, 2)}]`;
      const last = peer.failure === null ? interval : `failed: ${peer.failure.split('\n')[0]}`;
      const figures = [text(peer.medianSeconds, 2), text(peer.tokensPerSecond, 1)];
      lines.push(`| ${[name, peer.name, ...figures, last, rounds].join(' | ')} |`);
    }
  }
  return lines.join('\n');
}
