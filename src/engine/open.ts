import type { Engine } from './engine.js';
import { HostedEngine } from './host/hosted-engine.js';
import type { EngineSpec } from './spec.js';

/** Opens the engine of `spec`: real engines in a supervised child process, the scripted one here unless `hosted`. */
export async function openEngine(spec: EngineSpec): Promise<Engine> {
  if (spec.kind === 'scripted' && !spec.hosted) return openHere(spec);
  return HostedEngine.open(spec);
}

/** Opens the engine in this process. */
export async function openHere(spec: EngineSpec): Promise<Engine> {
  switch (spec.kind) {
    case 'scripted': {
      const { ScriptedEngine } = await import('./scripted/scripted-engine.js');
      return new ScriptedEngine(spec);
    }
    case 'llama': {
      const { LlamaEngine } = await import('./llama/llama-engine.js');
      return LlamaEngine.open(spec);
    }
    case 'node-llama-cpp': {
      const { NodeLlamaCppEngine } = await import('./node-llama-cpp/node-llama-cpp-engine.js');
      return NodeLlamaCppEngine.open(spec);
    }
  }
}
