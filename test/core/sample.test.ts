import { describe, expect, test } from 'vitest';
import { parseInput } from '../../src/core/parse.js';
import { samplingSchema } from '../../src/core/sample.js';
import { expectFailure, thrownBy } from '../support/failures.js';

const parse = (value: object) => parseInput(samplingSchema, value, 'sampling');

describe('sampling options', () => {
  test('have the documented defaults', () => {
    expect(parse({})).toEqual({
      temperature: 0.7,
      topK: 40,
      topP: 1,
      minP: 0,
      repeatPenalty: 1,
      frequencyPenalty: 0,
      presencePenalty: 0,
      penaltyWindow: 64,
      logitBias: [],
      grammar: null,
      jsonSchema: null,
      thinking: null,
      maxTokens: 256,
      stop: [],
    });
    expect(parse({ thinking: { maxTokens: 100 } }).thinking).toEqual({
      format: 'auto',
      maxTokens: 100,
      minTokens: 0,
      waits: 1,
      wait: 'Wait',
      answerReserve: 32,
      softClose: 16,
      open: null,
      close: null,
    });
  });

  test('take the ends of every range', () => {
    const ends = {
      frequencyPenalty: -2,
      presencePenalty: 2,
      penaltyWindow: 0,
      logitBias: [
        { token: 0, bias: -100 },
        { token: 151_643, bias: 100 },
      ],
      jsonSchema: { type: 'object', properties: { nested: { enum: [1, null, 'a'] } } },
      thinking: { maxTokens: 0, answerReserve: 1 },
      maxTokens: 2,
    };
    expect(parse(ends)).toMatchObject(ends);
  });

  test.each([
    [{ repeatPenalty: 0 }, '`sampling.repeatPenalty` to be above 0'],
    [{ frequencyPenalty: 2.1 }, '`sampling.frequencyPenalty` to be at most 2'],
    [{ presencePenalty: -3 }, '`sampling.presencePenalty` to be at least -2'],
    [{ penaltyWindow: -1 }, '`sampling.penaltyWindow` to be at least 0'],
    [{ logitBias: [{ token: 1, bias: -101 }] }, '`sampling.logitBias[0].bias` to be at least -100'],
    [{ logitBias: [{ token: -1, bias: 0 }] }, '`sampling.logitBias[0].token` to be at least 0'],
    [{ logitBias: [{ token: 1 }] }, '`sampling.logitBias[0].bias`'],
    [{ grammar: '' }, '`sampling.grammar` to be at least 1 characters'],
    [{ jsonSchema: 'integer' }, '`sampling.jsonSchema`'],
    [{ thinking: {} }, '`sampling.thinking.maxTokens`'],
    [{ thinking: { maxTokens: 1, format: 'xml' } }, '`sampling.thinking.format` to be one of "auto"'],
    [{ thinking: { maxTokens: 1, answerReserve: 0 } }, '`sampling.thinking.answerReserve` to be at least 1'],
    [
      { thinking: { maxTokens: 1, answerReserve: 64 }, maxTokens: 64 },
      '`sampling.thinking.answerReserve` to be below `maxTokens` of the sample',
    ],
    [
      { grammar: 'root ::= "a"', jsonSchema: {} },
      '`sampling.jsonSchema` to be null where `grammar` is given: at most one of `grammar` and `jsonSchema`',
    ],
  ])('%j is refused with what was expected', (value, sentence) => {
    expectFailure(
      thrownBy(() => parse(value)),
      'TS_CONFIG_INVALID',
      sentence,
    );
  });

  test('a grammar or a JSON schema goes with thinking', () => {
    const thinking = { maxTokens: 10 };
    expect(parse({ thinking, grammar: 'root ::= "a"' }).grammar).toBe('root ::= "a"');
    expect(parse({ thinking, jsonSchema: {} }).jsonSchema).toEqual({});
  });
});
