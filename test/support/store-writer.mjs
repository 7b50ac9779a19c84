// Commits samples to a store until it is killed or may not write any more, telling each commit on stdout:
// node store-writer.mjs FILE
import { SqliteStore } from '../../dist/store/sqlite-store.js';

const engine = { kind: 'scripted', build: '1', modelName: 'm', modelSha256: 'ab' };
const say = (line) => process.stdout.write(`${line}\n`);

try {
  const store = new SqliteStore(process.argv[2]);
  say('open');
  for (let index = 0; index < 100_000; index++) {
    const sample = {
      index,
      seed: index,
      text: 'x'.repeat(500),
      thinking: '',
      tokens: Int32Array.from({ length: 500 }, () => index),
      logProbabilities: new Float32Array(500).fill(-index),
      confidences: new Float32Array(500).fill(index),
      forcedTokens: 0,
      finishReason: 'end',
      batchTokens: { min: 1, max: 1 },
      recomputedTokens: 0,
      seconds: index,
    };
    store.commit({ engine, slot: `slot-${index}`, key: `key-${index}-1` }, sample);
    say(`committed ${index}`);
  }
} catch (error) {
  say(`failed ${error.code}`);
}
