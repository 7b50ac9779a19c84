/** One turn of a conversation. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/**
 * What a strategy is asked to solve. It never holds the target: only the task that made the problem knows it.
 */
export interface Problem {
  /** Unique in its task. */
  readonly id: string;
  /** Problems that are scored together (one ARC task's test inputs); equals `id` where each stands alone. */
  readonly groupId: string;
  readonly messages: readonly Message[];
  /** Facts to group results by, such as a difficulty level. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

/** The text of the last user turn: what is being asked. */
export function question(messages: readonly Message[]): string {
  return messages.findLast((message) => message.role === 'user')?.content ?? '';
}
