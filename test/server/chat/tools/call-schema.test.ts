import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { callSchema } from '../../../../src/server/chat/tools/call-schema.js';
import { offeredTools } from '../../../../src/server/chat/tools/offered-tools.js';

const tree = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://example.org/tree',
  type: 'object',
  properties: { leaf: { $ref: '#/$defs/leaf' }, below: { $ref: '#' }, note: { const: { $ref: '#' } } },
  additionalProperties: false,
  $defs: { leaf: { type: 'integer' } },
};

describe('the schema of a required call', () => {
  const validate = new Ajv2020({ strict: false }).compile(
    callSchema([{ name: 'grow', parameters: tree }, { name: 'stop' }]),
  );

  it.each([
    [{ name: 'grow', arguments: { leaf: 1, below: { leaf: 2, below: {} } } }, true],
    [{ name: 'grow', arguments: { note: { $ref: '#' } } }, true],
    [{ name: 'stop', arguments: {} }, true],
    [{ name: 'grow', arguments: { leaf: 'one' } }, false],
    [{ name: 'grow', arguments: { below: { leaf: 'one' } } }, false],
    [{ name: 'stop', arguments: { leaf: 1 } }, false],
    [{ name: 'other', arguments: {} }, false],
    [{ name: 'grow' }, false],
  ])('keeps references inside the arguments: %o is a call: %s', (call, isCall) => {
    expect(validate(call)).toBe(isCall);
  });
});

describe('a required call', () => {
  const tools = offeredTools({
    tools: [{ function: { name: 'stop' } }],
    tool_choice: 'required',
  });

  it('is read when the reply is whole; until then nothing is said', () => {
    const splitter = tools?.splitter();
    expect(splitter?.push('{"name":"stop",')).toBe('');
    expect(splitter?.push('"arguments":{}}')).toBe('');
    expect(splitter?.end()).toMatchObject({ text: '', calls: [{ name: 'stop', arguments: '{}' }] });
  });

  it('stays text where it was cut', () => {
    expect(tools?.parse('{"name":"st')).toEqual({ text: '{"name":"st', calls: [] });
  });
});
