import type { Message } from '../../src/core/problem.js';
import { scriptedSchema } from '../../src/engine/scripted/options.js';
import { ScriptedEngine } from '../../src/engine/scripted/scripted-engine.js';

/** A scripted engine that remembers the conversations that it was shown, those that were only counted too. */
export class RecordingEngine extends ScriptedEngine {
  readonly conversations: (readonly Message[])[] = [];

  constructor(options: Readonly<Record<string, unknown>> = {}) {
    super(scriptedSchema.parse({ kind: 'scripted', ...options }));
  }

  override async tokenize(messages: readonly Message[]): Promise<Int32Array> {
    this.conversations.push(messages);
    return super.tokenize(messages);
  }

  /** The last turns of the conversations. */
  get questions(): string[] {
    return this.conversations.map((messages) => messages.at(-1)?.content ?? '');
  }
}
