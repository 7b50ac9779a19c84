import { readSync } from 'node:fs';

/** Why a file is no usable GGUF, as the second half of a sentence. */
export class GgufProblem extends Error {
  override readonly name = 'GgufProblem';
}

/** Sequential reads through a window, each checked against the end of the file. */
export class HeaderReader {
  position = 0;
  readonly #window = Buffer.alloc(1 << 18);
  #windowStart = 0;
  #windowBytes = 0;

  constructor(
    private readonly file: number,
    readonly size: number,
  ) {}

  /** The next `count` bytes, valid until the next call. */
  bytes(count: number): Buffer {
    this.#require(count);
    if (this.position < this.#windowStart || this.position + count > this.#windowStart + this.#windowBytes) {
      this.#windowStart = this.position;
      this.#windowBytes = readSync(this.file, this.#window, 0, this.#window.length, this.position);
    }
    const start = this.position - this.#windowStart;
    this.position += count;
    return this.#window.subarray(start, start + count);
  }

  skip(count: number): void {
    this.#require(count);
    this.position += count;
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE();
  }

  /** A 64-bit number. */
  count(): number {
    return Number(this.bytes(8).readBigUInt64LE());
  }

  /** A 64-bit number of things of at least one byte each, hence at most what is left of the file. */
  length(): number {
    const length = this.count();
    this.#require(length);
    return length;
  }

  /** A key: longer ones than the window do not occur in a sound file. */
  text(): string {
    const length = this.length();
    if (length > this.#window.length) throw new GgufProblem(`its header holds a key of ${length} bytes`);
    return this.bytes(length).toString('utf8');
  }

  #require(count: number): void {
    if (this.position + count <= this.size) return;
    throw new GgufProblem(
      `its header is cut off or damaged: expected ${count} more bytes at ${this.position}, got a file of ${this.size}`,
    );
  }
}
