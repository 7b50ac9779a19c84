/**
 * Model files: which ones are known, where they are kept, how they are fetched and checked. Nothing else of thinkscale
 * knows where a model comes from.
 */
export { thinkscaleHome } from './cache.js';
export { type CatalogueModel, catalogue, defaultModel } from './catalogue.js';
export { type ListedModel, listModels } from './list.js';
export { type PullOptions, type PullProgress, pullModel } from './pull.js';
export { isPulled, modelPath, type ResolvedModel, type ResolveOptions, resolveModel } from './resolve.js';
