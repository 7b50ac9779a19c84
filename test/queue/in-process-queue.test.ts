import { InProcessQueue } from '../../src/queue/in-process/in-process-queue.js';
import { describeQueueContract } from '../contract/queue.contract.js';

describeQueueContract('in-process', async () => new InProcessQueue());
