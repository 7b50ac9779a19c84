import { closeSync, fstatSync, openSync } from 'node:fs';
import { GgufProblem, HeaderReader } from './header-reader.js';

/** What a GGUF header promises about its file. */
export interface GgufExtent {
  readonly version: number;
  readonly tensors: number;
  /** Bytes that the file must have at least for all of its tensors. */
  readonly neededBytes: number;
  readonly fileBytes: number;
}

const valueBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const textType = 8;
const arrayType = 9;

/** Weights in a block and bytes of a block by ggml type; of a type that is not listed only the start is checked. */
const blocks: Readonly<Record<number, readonly [number, number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  20: [32, 18],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  29: [256, 56],
  30: [1, 2],
  34: [256, 54],
  35: [256, 66],
  39: [32, 17],
};

/**
 * Walks the header of a GGUF file without loading its weights (tens of milliseconds for a vocabulary of 250,000).
 * Every length is checked against the file, so that a damaged header ends in a sentence and never in a huge allocation.
 * @throws GgufProblem if it is no GGUF of version 2 or 3, or its header does not hold together
 */
export function readGgufExtent(path: string): GgufExtent {
  const file = openSync(path, 'r');
  try {
    return walk(new HeaderReader(file, fstatSync(file).size));
  } finally {
    closeSync(file);
  }
}

function walk(reader: HeaderReader): GgufExtent {
  if (reader.size < 24)
    throw new GgufProblem(`expected a GGUF header of 24 bytes, got a file of ${reader.size}`);
  const magic = reader.bytes(4).toString('latin1');
  if (magic !== 'GGUF') throw new GgufProblem(`expected it to begin with GGUF, got ${JSON.stringify(magic)}`);
  const version = reader.uint32();
  if (version !== 2 && version !== 3) throw new GgufProblem(`expected GGUF version 2 or 3, got ${version}`);
  const tensors = reader.length();
  const pairs = reader.length();
  let alignment = 32;
  for (let pair = 0; pair < pairs; pair += 1) {
    const key = reader.text();
    const type = reader.uint32();
    if (key === 'general.alignment' && type === 4) alignment = reader.uint32();
    else skipValue(reader, type);
  }
  let dataEnd = 0;
  for (let tensor = 0; tensor < tensors; tensor += 1) dataEnd = Math.max(dataEnd, tensorEnd(reader));
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  return { version, tensors, neededBytes: dataStart + dataEnd, fileBytes: reader.size };
}

function skipValue(reader: HeaderReader, type: number): void {
  if (type !== arrayType) {
    reader.skip(type === textType ? reader.length() : fixedBytes(type));
    return;
  }
  const element = reader.uint32();
  const count = reader.length();
  if (element === arrayType || element === textType) {
    for (let index = 0; index < count; index += 1) skipValue(reader, element);
  } else {
    reader.skip(count * fixedBytes(element));
  }
}

function fixedBytes(type: number): number {
  const bytes = valueBytes[type];
  if (bytes === undefined || bytes === 0)
    throw new GgufProblem(`its header holds a value of unknown type ${type}`);
  return bytes;
}

/** Where a tensor ends, in bytes after the start of the data. */
function tensorEnd(reader: HeaderReader): number {
  reader.skip(reader.length());
  const dimensions = reader.uint32();
  if (dimensions > 8) throw new GgufProblem(`its header holds a tensor of ${dimensions} dimensions`);
  let weights = 1;
  for (let dimension = 0; dimension < dimensions; dimension += 1) weights *= reader.count();
  const [blockWeights, blockBytes] = blocks[reader.uint32()] ?? [1, 0];
  return reader.count() + Math.ceil(weights / blockWeights) * blockBytes;
}
