const text = (value: string) => Buffer.concat([uint64(Buffer.byteLength(value)), Buffer.from(value)]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/**
 * A sound GGUF with a value of every shape (text, number, array of texts, array of numbers, alignment) and two tensors:
 * 64 × F32 at 0, and 64 × Q4_1 (two blocks of 20 bytes) at 256.
 */
export function smallGguf({ version = 3, alignment = 64 } = {}): Buffer {
  const pairs = [
    [text('general.architecture'), uint32(8), text('llama')],
    [text('llama.block_count'), uint32(4), uint32(1)],
    [text('general.alignment'), uint32(4), uint32(alignment)],
    [text('tokenizer.ggml.tokens'), uint32(9), uint32(8), uint64(2), text('a'), text('bc')],
    [text('tokenizer.ggml.token_type'), uint32(9), uint32(5), uint64(2), uint32(1), uint32(1)],
  ];
  const tensors = [
    [text('first.weight'), uint32(2), uint64(8), uint64(8), uint32(0), uint64(0)],
    [text('second.weight'), uint32(1), uint64(64), uint32(3), uint64(256)],
  ];
  const start = [Buffer.from('GGUF'), uint32(version), uint64(tensors.length), uint64(pairs.length)];
  const header = Buffer.concat([...start, ...pairs.flat(), ...tensors.flat()]);
  const padding = Buffer.alloc(Math.ceil(header.length / alignment) * alignment - header.length);
  return Buffer.concat([header, padding, Buffer.alloc(256 + 40, 7)]);
}
