import { describeEngineContract } from '../../contract/engine.contract.js';
import { openTiny } from '../../support/tiny-engines.js';

describeEngineContract('llama with attention', () => openTiny('random-llama'));
describeEngineContract('llama with split streams', () =>
  openTiny('random-llama', { streams: 'split', parallel: 6 }),
);
describeEngineContract('llama with a sliding window, all cells kept', () => openTiny('random-gemma3'));
describeEngineContract('llama with a sliding window, cells of the window', () =>
  openTiny('random-gemma3', { slidingWindow: 'window' }),
);
describeEngineContract('llama with recurrent memory', () => openTiny('random-mamba', { parallel: 6 }));
