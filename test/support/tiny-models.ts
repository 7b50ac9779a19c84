import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import planted from './tiny-models/planted.json' with { type: 'json' };

/**
 * `successor-think` (template opens thinking), `think-tags` (the model opens it), `channels` (analysis and final),
 * `plain` (neither thinking nor tokens for it) and `never-closes` are planted: greedily and at temperature 1 alike they say
 * what planted.json holds (the planted token leads by about 20 in the logits); `random-llama`, `random-gemma3` (sliding
 * window of 16 in layer 0) and `random-mamba` never draw a special token, so they end only by a limit; `ranker` has one
 * score and `embedder` 32 numbers, both of 512 tokens of context; the last two do not load.
 */
export type TinyModel =
  | keyof typeof planted
  | 'random-llama'
  | 'random-gemma3'
  | 'random-mamba'
  | 'ranker'
  | 'embedder'
  | 'unknown-architecture'
  | 'truncated';

/**
 * Path of a GGUF file under 2 MB that set-up wrote.
 * @throws Error naming the set-up command if it is missing
 */
export function tinyModel(name: TinyModel): string {
  const path = fileURLToPath(new URL(`../../.setup/tiny-models/${name}.gguf`, import.meta.url));
  if (existsSync(path)) return path;
  throw new Error(`expected the tiny model ${name} at ${path}: run \`node scripts/setup.mjs --for test\``);
}
