import { type GgufFileInfo, readGgufFileInfo } from 'node-llama-cpp';
import type { ModelShape } from '../../core/budget.js';

/** The sizes that FLOPs follow from, read from the header of a GGUF file. */
export async function readModelShape(path: string): Promise<ModelShape> {
  return modelShape(await readGgufFileInfo(path, { sourceType: 'filesystem' }));
}

/** The sizes that FLOPs follow from. Of a mixture of experts only the experts used for a token count. */
export function modelShape(info: GgufFileInfo): ModelShape {
  const sizes = info.architectureMetadata as unknown as Record<string, unknown>;
  const number = (key: string): number => (typeof sizes[key] === 'number' ? (sizes[key] as number) : 0);
  const expertShare = number('expert_count') > 0 ? number('expert_used_count') / number('expert_count') : 1;
  const tensors = info.fullTensorInfo ?? [];
  // With an output matrix of its own, the embedding is only looked up; without, it is the output matrix.
  const separateOutput = tensors.some(({ name }) => name === 'output.weight');
  let activeParameters = 0;
  for (const { name, dimensions } of tensors) {
    if (separateOutput && name === 'token_embd.weight') continue;
    const parameters = dimensions.reduce<number>((product, size) => product * Number(size), 1);
    activeParameters += name.includes('_exps') ? parameters * expertShare : parameters;
  }
  return { activeParameters, layers: number('block_count'), width: number('embedding_length') };
}
