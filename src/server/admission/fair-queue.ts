/** What waits for its turn. */
export interface Waiting {
  readonly keyId: string;
  /** What its turn takes from the share of its key, from 1. */
  readonly tokens: number;
  /** Higher goes first among those of its key. */
  readonly priority: number;
}

interface Share<Entry> {
  readonly keyId: string;
  /** Next one first. */
  readonly entries: Entry[];
  /** Tokens that it may take now. */
  deficit: number;
}

/** Tokens a round of a key with weight 1: about one short answer. */
export const quantum = 4096;

/**
 * Deficit round robin (Shreedhar and Varghese, SIGCOMM 1995) over tokens: each key with something to wait for gets
 * `quantum · weight` tokens a round and takes turns as long as they last. A key that has nothing to wait for saves nothing
 * up. So each key gets tokens in proportion to its weight, however many requests it sends and however long they are.
 */
export class FairQueue<Entry extends Waiting> {
  /** The key whose turn it is first. */
  readonly #shares: Share<Entry>[] = [];
  readonly #byKey = new Map<string, Share<Entry>>();
  #size = 0;
  #tokens = 0;

  /** @param weightOf above 0 */
  constructor(private readonly weightOf: (keyId: string) => number) {}

  get size(): number {
    return this.#size;
  }

  get tokens(): number {
    return this.#tokens;
  }

  push(entry: Entry): void {
    let share = this.#byKey.get(entry.keyId);
    if (share === undefined) {
      share = { keyId: entry.keyId, entries: [], deficit: 0 };
      this.#byKey.set(entry.keyId, share);
      this.#shares.push(share);
      // The first in the row is in its round already; whoever comes later gets its tokens when the round comes to it.
      if (this.#shares.length === 1) this.#fill(share, 1);
    }
    const at = share.entries.findLastIndex(({ priority }) => priority >= entry.priority) + 1;
    share.entries.splice(at, 0, entry);
    this.#size += 1;
    this.#tokens += entry.tokens;
  }

  /** Takes out whose turn it is; undefined if nobody waits. */
  next(): Entry | undefined {
    if (this.#size === 0) return undefined;
    for (let passed = 0; ; passed++) {
      const share = this.#shares[0] as Share<Entry>;
      const entry = share.entries[0] as Entry;
      if (entry.tokens <= share.deficit) {
        share.deficit -= entry.tokens;
        this.#remove(share, entry);
        return entry;
      }
      this.#shares.push(this.#shares.shift() as Share<Entry>);
      // Nobody could take a turn in a whole round: the rounds until somebody can go by at once.
      if (passed === this.#shares.length) this.#skipRounds();
      this.#fill(this.#shares[0] as Share<Entry>, 1);
    }
  }

  /** Takes out an entry before its turn; one that is not there is ignored. */
  remove(entry: Entry): void {
    const share = this.#byKey.get(entry.keyId);
    if (share?.entries.includes(entry)) this.#remove(share, entry);
  }

  /** Gives tokens of a turn back to its key, if it waits for more. */
  giveBack(keyId: string, tokens: number): void {
    const share = this.#byKey.get(keyId);
    if (share !== undefined) share.deficit += tokens;
  }

  #fill(share: Share<Entry>, rounds: number): void {
    share.deficit += rounds * quantum * this.weightOf(share.keyId);
  }

  #skipRounds(): void {
    const rounds = this.#shares.map(({ keyId, entries, deficit }) =>
      Math.ceil(((entries[0]?.tokens ?? 0) - deficit) / (quantum * this.weightOf(keyId))),
    );
    const skipped = Math.min(...rounds) - 1;
    if (skipped > 0) for (const share of this.#shares) this.#fill(share, skipped);
  }

  #remove(share: Share<Entry>, entry: Entry): void {
    share.entries.splice(share.entries.indexOf(entry), 1);
    this.#size -= 1;
    this.#tokens -= entry.tokens;
    if (share.entries.length > 0) return;
    const wasFirst = this.#shares[0] === share;
    this.#byKey.delete(share.keyId);
    this.#shares.splice(this.#shares.indexOf(share), 1);
    const [first] = this.#shares;
    if (wasFirst && first !== undefined) this.#fill(first, 1);
  }
}
