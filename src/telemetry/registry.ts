import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { version } from '../core/version.js';

/** A registry with the metrics of the process (memory, CPU, event loop) and of the build. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: 'thinkscale_build_info',
    help: 'Always 1; its label is the version that runs.',
    labelNames: ['version'] as const,
    registers: [registry],
  });
  build.set({ version }, 1);
  return registry;
}
