import { ThinkscaleError, throwIfAborted } from '../core/errors.js';
import type { Engine } from '../engine/engine.js';
import { type OpenOptions, openChosen } from '../experiments/engine-choice.js';
import type { ServerConfig } from './config.js';
import type { ServedModel } from './served-model.js';

/**
 * Opens the configured models one after the other into `models`, each as soon as it is loaded.
 * @throws as `openChosen`; TS_CONFIG_INVALID for two models of one name. What is open by then stays in `models`.
 */
export async function openModels(
  configured: ServerConfig['models'],
  models: Map<string, ServedModel>,
  options: OpenOptions,
): Promise<void> {
  refuseSameNames(configured);
  for (const [index, { model, name: given, engine: choice }] of configured.entries()) {
    throwIfAborted(options.signal);
    const engine = await openChosen(choice, model, options);
    const name = given ?? servedName(engine.info.identity.modelName);
    if (models.has(name)) {
      await engine.close();
      throw sameName(index, name);
    }
    models.set(name, { name, engine, created: Math.floor(Date.now() / 1000) });
  }
}

/** Ends all engines; requests that still use one fail. */
export async function closeModels(models: ReadonlyMap<string, ServedModel>): Promise<void> {
  const engines: Engine[] = [...models.values()].map(({ engine }) => engine);
  await Promise.all(engines.map((engine) => engine.close()));
}

/** What is known before anything is loaded is said then. */
function refuseSameNames(configured: ServerConfig['models']): void {
  const names = configured.map(({ name }) => name);
  for (const [index, name] of names.entries())
    if (name !== null && names.indexOf(name) !== index) throw sameName(index, name);
}

function sameName(index: number, name: string): ThinkscaleError {
  const expected = 'a name that no model before it has';
  return new ThinkscaleError('TS_CONFIG_INVALID', { path: `models[${index}].name`, expected, got: name });
}

/** A name without path or colon: `hf:owner/Model-GGUF:Q4_K_M` is served as `Model-GGUF-Q4_K_M`. */
function servedName(modelName: string): string {
  const last = modelName.split('/').at(-1) ?? '';
  const plain = last.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return plain.slice(0, 64) || 'model';
}
