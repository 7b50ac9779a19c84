import type { OfferedTools } from '../chat-request.js';
import { requestError } from '../request-error.js';
import { callSchema } from './call-schema.js';
import { CallSplitter } from './call-splitter.js';
import { RequiredCall } from './required-call.js';
import type { ToolFunction, WireToolChoice } from './tool-schema.js';
import type { ToolBriefing } from './tool-turns.js';

/** The fields of a request that tools depend on. */
interface ToolFields {
  readonly tools?: readonly { readonly function: ToolFunction }[] | undefined;
  readonly tool_choice?: WireToolChoice | undefined;
  readonly parallel_tool_calls?: boolean | undefined;
}

/**
 * The tools that a model may call; null where it may call none.
 * @throws TS_REQUEST_INVALID for two functions of one name, and for a choice of tools that are not there
 */
export function offeredTools({
  tools = [],
  tool_choice: choice,
  parallel_tool_calls: mayRepeat = true,
}: ToolFields): (OfferedTools & ToolBriefing) | null {
  const all = tools.map((tool) => tool.function);
  checkNames(all);
  const { functions, isRequired } = chosen(all, choice ?? (all.length > 0 ? 'auto' : 'none'));
  if (functions.length === 0) return null;
  const names = functions.map(({ name }) => name);
  const splitter = () => (isRequired ? new RequiredCall(names) : new CallSplitter(names, mayRepeat));
  return {
    functions,
    isRequired,
    mayRepeat,
    schema: isRequired ? callSchema(functions) : null,
    splitter,
    parse(reply) {
      const whole = splitter();
      const begin = whole.push(reply);
      const { text, calls } = whole.end();
      return { text: begin + text, calls };
    },
  };
}

function checkNames(functions: readonly ToolFunction[]): void {
  const seen = new Set<string>();
  for (const [index, { name }] of functions.entries()) {
    if (seen.has(name)) {
      throw requestError(`tools[${index}].function.name`, 'a name that no other tool has', `"${name}"`);
    }
    seen.add(name);
  }
}

function chosen(
  all: readonly ToolFunction[],
  choice: WireToolChoice,
): { readonly functions: readonly ToolFunction[]; readonly isRequired: boolean } {
  if (choice === 'none') return { functions: [], isRequired: false };
  if (all.length === 0) {
    throw requestError('tool_choice', 'none where there are no tools', JSON.stringify(choice).slice(0, 80));
  }
  if (typeof choice === 'string') return { functions: all, isRequired: choice === 'required' };
  if (choice.type === 'function') {
    return { functions: [find(all, choice.function.name, 'tool_choice.function.name')], isRequired: true };
  }
  const { mode, tools } = choice.allowed_tools;
  const functions = tools.map(({ function: { name } }, index) => {
    return find(all, name, `tool_choice.allowed_tools.tools[${index}].function.name`);
  });
  return { functions: [...new Set(functions)], isRequired: mode === 'required' };
}

function find(all: readonly ToolFunction[], name: string, param: string): ToolFunction {
  const found = all.find((tool) => tool.name === name);
  if (found !== undefined) return found;
  throw requestError(param, 'the name of one of the tools', JSON.stringify(name.slice(0, 64)));
}
