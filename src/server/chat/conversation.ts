import type { Message } from '../../core/problem.js';
import { contentText, type WireMessage } from './message-schema.js';
import { requestError } from './request-error.js';
import { callTurn, responseTurn } from './tools/tool-turns.js';

/**
 * A client's messages as turns of system, user and assistant: `developer` is another word for `system`, and calls of tools
 * and their results are written into assistant and user turns.
 * @throws TS_REQUEST_INVALID for an assistant message that says nothing, and for the result of a call that nobody made
 */
export function conversation(messages: readonly WireMessage[]): Message[] {
  const turns: Message[] = [];
  const calledNames = new Map<string, string>();
  for (const [index, message] of messages.entries()) {
    switch (message.role) {
      case 'system':
      case 'developer':
        turns.push({ role: 'system', content: contentText(message.content) });
        break;
      case 'user':
        turns.push({ role: 'user', content: contentText(message.content) });
        break;
      case 'assistant':
        for (const call of message.tool_calls ?? []) calledNames.set(call.id, call.function.name);
        turns.push({ role: 'assistant', content: replyText(message, index) });
        break;
      case 'tool':
        addResponse(turns, message, calledNames, index, messages[index - 1]?.role === 'tool');
        break;
    }
  }
  return turns;
}

function replyText(message: Extract<WireMessage, { role: 'assistant' }>, index: number): string {
  const { content, refusal, tool_calls: calls = [] } = message;
  const said = content ?? refusal ?? null;
  if (said === null && calls.length === 0) {
    throw requestError(`messages[${index}].content`, 'text where there are no tool_calls', 'none');
  }
  return callTurn(said === null ? '' : contentText(said), calls);
}

function addResponse(
  turns: Message[],
  message: Extract<WireMessage, { role: 'tool' }>,
  calledNames: ReadonlyMap<string, string>,
  index: number,
  follows: boolean,
): void {
  const name = calledNames.get(message.tool_call_id);
  if (name === undefined) {
    throw requestError(
      `messages[${index}].tool_call_id`,
      'the id of a call in an earlier assistant message',
      JSON.stringify(message.tool_call_id.slice(0, 64)),
    );
  }
  const text = responseTurn(name, contentText(message.content));
  // Results of calls of one reply share a turn, since many chat templates want turns to alternate.
  const before = follows ? turns.pop() : undefined;
  turns.push({ role: 'user', content: before === undefined ? text : `${before.content}\n${text}` });
}
