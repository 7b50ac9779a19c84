import { studentQuantile } from '../statistics/ratio.mjs';
import { scrape } from './metrics.mjs';

const blocks = 20;

/** Notes the resident memory of a server every `every` seconds until `stop`, which resolves to the notes. */
export function watchMemory(url, every) {
  const started = performance.now();
  const notes = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const samples = await scrape(url);
      const bytes = samples.get('process_resident_memory_bytes');
      notes.push({ seconds: (performance.now() - started) / 1000, bytes });
      await new Promise((resolve) => setTimeout(resolve, every * 1000));
    }
  })();
  // Whoever stops it hears of a failure.
  watching.catch(() => undefined);
  return {
    async stop() {
      isOver = true;
      await watching;
      return notes;
    },
  };
}

/**
 * Growth of memory in bytes a minute with its 95 % interval: a straight line through the means of 20 blocks, since notes
 * that follow each other are alike. NaN for less than two notes a block.
 */
export function growth(notes) {
  const size = Math.floor(notes.length / blocks);
  if (size < 2) return { slope: Number.NaN, low: Number.NaN, high: Number.NaN };
  const means = Array.from({ length: blocks }, (_, at) => {
    const block = notes.slice(at * size, (at + 1) * size);
    return { x: mean(block.map(({ seconds }) => seconds / 60)), y: mean(block.map(({ bytes }) => bytes)) };
  });
  const [x, y] = [mean(means.map((it) => it.x)), mean(means.map((it) => it.y))];
  const spread = sum(means.map((it) => (it.x - x) ** 2));
  const slope = sum(means.map((it) => (it.x - x) * (it.y - y))) / spread;
  const rest = sum(means.map((it) => (it.y - y - slope * (it.x - x)) ** 2));
  const half = studentQuantile(blocks - 2) * Math.sqrt(rest / (blocks - 2) / spread);
  return { slope, low: slope - half, high: slope + half };
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => sum(values) / values.length;
