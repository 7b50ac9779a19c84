import type { Message } from '../../../core/problem.js';
import type { ToolFunction, WireToolCall } from './tool-schema.js';

/** Where a reply's calls stand (the format of Nous Research's Hermes models, which Qwen's templates use too). */
export const openTag = '<tool_call>';
export const closeTag = '</tool_call>';

/** What the model is told of the tools. */
export interface ToolBriefing {
  readonly functions: readonly ToolFunction[];
  readonly isRequired: boolean;
  readonly mayRepeat: boolean;
}

/** The tools in the system turn, behind what it says already. Not every chat template has a place for tools. */
export function withTools(messages: readonly Message[], briefing: ToolBriefing): Message[] {
  const text = briefingText(briefing);
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return [{ role: 'system', content: text }, ...messages];
  return [{ role: 'system', content: `${first.content}\n\n${text}` }, ...rest];
}

function briefingText({ functions, isRequired, mayRepeat }: ToolBriefing): string {
  const list = functions.map(({ name, description, parameters }) => {
    return json({ type: 'function', function: { name, description, parameters: parameters ?? noArguments } });
  });
  const form = '{"name": FUNCTION, "arguments": {ARGUMENT: VALUE}}';
  const how = isRequired
    ? [`Call one of them: reply with a JSON object of the form ${form} and nothing else.`]
    : [
        `To call ${mayRepeat ? 'one or more of them' : 'one of them'}, write ${mayRepeat ? 'for each call ' : ''}a JSON object between tags:`,
        `${openTag}\n${form}\n${closeTag}`,
        'Reply in plain words where no call is needed.',
      ];
  return [
    'These functions are available, each with the JSON schema of its arguments:',
    '<tools>',
    ...list,
    '</tools>',
    ...how,
    'Results come back between <tool_response> and </tool_response>.',
  ].join('\n');
}

/** JSON schema of a function without arguments. */
export const noArguments = { type: 'object', properties: {}, additionalProperties: false } as const;

/** An assistant turn with the calls that it made. */
export function callTurn(content: string, calls: readonly WireToolCall[]): string {
  const blocks = calls.map(({ function: { name, arguments: text } }) => {
    return `${openTag}\n${json({ name, arguments: parsed(text) })}\n${closeTag}`;
  });
  return [...(content === '' ? [] : [content]), ...blocks].join('\n');
}

/** What a tool gave back. */
export function responseTurn(name: string, content: string): string {
  return `<tool_response>\n${json({ name, content })}\n</tool_response>`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** JSON that no closing tag can stand in: a tool's result must not end its own block. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll('</', '<\\/');
}
