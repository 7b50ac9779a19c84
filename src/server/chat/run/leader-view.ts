import { isFinished } from '../../../core/sample.js';
import type { ChatPlan } from '../chat-plan.js';
import type { Addition, WrittenSample } from './transcript.js';

/** What a choice's stream shows of its samples before the answer is decided. */
export interface ViewOptions {
  readonly view: ChatPlan['view'];
  /** Samples of the problem's pool at most. */
  readonly samples: number;
  readonly extract: (text: string) => string | null;
  /** Whether a sample belongs to the problem's pool; others are calls that a strategy makes on the way. */
  readonly isVote: (sample: WrittenSample) => boolean;
  readonly emit: (text: string) => void;
}

/**
 * Turns many samples into one text that only grows: what the first of them writes, and whenever another answer takes the
 * lead, a note and what the first sample with that answer had written. As 'progress' it has the notes alone, one a sample.
 */
export class LeaderView {
  #shown: WrittenSample | null = null;
  #hasText = false;
  #finished = 0;
  #leader: string | null = null;
  readonly #votes = new Map<string, WrittenSample[]>();
  readonly #seen = new Set<WrittenSample>();

  constructor(private readonly options: ViewOptions) {}

  hear({ sample, text, thought, finish }: Addition): void {
    const { view, isVote } = this.options;
    if (view === 'none' || view === 'answer' || sample.purpose === 'verifier') return;
    if (view === 'leader') this.#follow(sample, thought + text);
    if (finish === null) return;
    if (this.#shown === sample) this.#shown = null;
    if (isVote(sample)) this.#count(sample);
  }

  #follow(sample: WrittenSample, text: string): void {
    const isCall = !this.options.isVote(sample);
    // Of votes only the first is followed; a call is followed if none is just now.
    if (this.#shown === null && !this.#seen.has(sample) && (isCall || this.#seen.size === 0)) {
      this.#shown = sample;
      this.#seen.add(sample);
      if (this.#hasText) this.#emit('\n\n');
    }
    if (this.#shown === sample) this.#emit(text);
  }

  #count(sample: WrittenSample): void {
    this.#finished += 1;
    const finishReason = sample.finish ?? 'end';
    const answer = isFinished({ finishReason }) ? this.options.extract(sample.text) : null;
    if (answer !== null) this.#votes.set(answer, [...(this.#votes.get(answer) ?? []), sample]);
    if (this.options.samples === 1) return;
    // The first of equals leads, as in the vote itself.
    const [leader] = [...this.#votes].sort(([, a], [, b]) => b.length - a.length);
    const isNew = leader !== undefined && leader[0] !== this.#leader;
    this.#leader = leader?.[0] ?? null;
    if (this.options.view === 'progress') this.#emit(`${this.#note(leader)}\n`);
    else if (isNew && this.#leader !== null) this.#lead(leader);
  }

  #lead(leader: [string, WrittenSample[]]): void {
    this.#emit(`\n\n[${this.#note(leader)}]\n`);
    const [first] = leader[1];
    if (first === undefined || this.#seen.has(first)) return;
    this.#seen.add(first);
    this.#shown = null;
    this.#emit(`\n${first.thinking}${first.text}`);
  }

  #note(leader: [string, WrittenSample[]] | undefined): string {
    const so = `${this.#finished} of at most ${this.options.samples} samples`;
    if (leader === undefined) return `${so}: none with an answer yet`;
    const [answer, supporters] = leader;
    const shown = answer.length > 60 ? `${answer.slice(0, 57)}…` : answer;
    return `${so}: ${shown} leads with ${supporters.length}`;
  }

  #emit(text: string): void {
    if (text === '') return;
    this.#hasText = true;
    this.options.emit(text);
  }
}
