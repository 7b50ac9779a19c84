import { describeEngineContract } from '../contract/engine.contract.js';
import { openSmolLm2 } from './smollm2.js';

describeEngineContract('llama with SmolLM2', () => openSmolLm2('llama'));
