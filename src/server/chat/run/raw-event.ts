import type { FinishReason } from '../../../core/sample.js';
import type { ChatFinish, ToolCall } from '../chat-event.js';
import type { TokenEntry } from './transcript.js';

/** An event of a choice whose tokens are still numbers. */
export type RawEvent =
  | { readonly kind: 'reasoning'; readonly choice: number; readonly text: string }
  | {
      readonly kind: 'content';
      readonly choice: number;
      readonly text: string;
      readonly entries: readonly TokenEntry[];
      /** Nothing follows, and no stop text was cut off: what is left of the tokens belongs here. */
      readonly isLast: boolean;
    }
  | { readonly kind: 'tool-calls'; readonly choice: number; readonly calls: readonly ToolCall[] }
  | { readonly kind: 'finish'; readonly choice: number; readonly reason: ChatFinish };

export function finishOf(calls: readonly ToolCall[], finish: FinishReason): ChatFinish {
  if (calls.length > 0) return 'tool_calls';
  return finish === 'end' || finish === 'stop' ? 'stop' : 'length';
}
