import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseInput } from '../../src/core/parse.js';
import { expectFailure, thrownBy } from '../support/failures.js';

const shape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('circle'), radius: z.number().gt(0).default(1) }),
  z.strictObject({
    kind: z.literal('square'),
    side: z.int().min(1).max(9),
    tags: z.array(z.string()).default([]),
  }),
]);

const schema = z.strictObject({
  name: z.string().min(2).default('drawing'),
  shape: shape.prefault({ kind: 'circle' }),
  layers: z.array(z.strictObject({ depth: z.int(), shapes: z.array(shape).min(1) })).default([]),
  opacity: z
    .union([z.number().min(0).max(1), z.strictObject({ from: z.number(), to: z.number() })])
    .default(1),
  id: z.union([z.string().min(1), z.int()]).default('a'),
  mode: z.enum(['fill', 'line']).default('fill'),
  limits: z
    .strictObject({ width: z.number().nullable().default(null) })
    .readonly()
    .prefault({}),
});

const circle = { kind: 'circle' };

describe('parseInput', () => {
  it('fills in the defaults, nested ones too', () => {
    expect(parseInput(schema, { layers: [{ depth: 1, shapes: [circle] }] })).toEqual({
      name: 'drawing',
      shape: { kind: 'circle', radius: 1 },
      layers: [{ depth: 1, shapes: [{ kind: 'circle', radius: 1 }] }],
      opacity: 1,
      id: 'a',
      mode: 'fill',
      limits: { width: null },
    });
  });

  it.each([
    ['at the top', { colour: 1 }, 'colour', 'name, shape, layers, opacity, id, mode, limits'],
    ['behind a default and readonly', { limits: { height: 1 } }, 'limits.height', 'width'],
    ['in an array', { layers: [{ depth: 1, shapes: [circle], z: 0 }] }, 'layers[0].z', 'depth, shapes'],
    ['of the chosen kind only', { shape: { kind: 'circle', side: 1 } }, 'shape.side', 'kind, radius'],
    [
      'of a kind inside arrays',
      { layers: [{ depth: 1, shapes: [circle, { kind: 'square', side: 1, radius: 1 }] }] },
      'layers[0].shapes[1].radius',
      'kind, side, tags',
    ],
    [
      'rather than that its right name is missing',
      { layers: [{ dept: 1, shapes: [] }] },
      'layers[0].dept',
      'depth, shapes',
    ],
    ['in a branch of a union', { opacity: { from: 0, to: 1, by: 2 } }, 'opacity.by', 'from, to'],
  ])('names an unknown key %s, its path and the keys known there', (_, value, path, known) => {
    const error = thrownBy(() => parseInput(schema, value));
    expectFailure(error, 'TS_CONFIG_UNKNOWN_KEY');
    expect(error.message).toBe(`Unknown key \`${path}\`; known keys here: ${known}.`);
  });

  it.each([
    ['a wrong type', { name: 5 }, 'name', 'a string', '5 (number)'],
    ['a wrong type of the whole', null, 'the value', 'an object', 'null (null)'],
    ['a list for an object', { limits: [] }, 'limits', 'an object', '[] (array)'],
    ['an object for a list', { layers: {} }, 'layers', 'an array', '{} (object)'],
    ['a fraction', { layers: [{ depth: 1.5 }] }, 'layers[0].depth', 'a whole number', '1.5 (number)'],
    ['something missing', { layers: [{ shapes: [circle] }] }, 'layers[0].depth', 'a number', 'nothing'],
    ['a short text', { name: 'x' }, 'name', 'at least 2 characters', '"x" (string)'],
    [
      'a short list',
      { layers: [{ depth: 1, shapes: [] }] },
      'layers[0].shapes',
      'at least 1 entries',
      '[] (array)',
    ],
    ['a bound', { shape: { kind: 'circle', radius: 0 } }, 'shape.radius', 'above 0', '0 (number)'],
    ['a limit', { shape: { kind: 'square', side: 10 } }, 'shape.side', 'at most 9', '10 (number)'],
    ['an unknown choice', { mode: 'dots' }, 'mode', 'one of "fill", "line"', '"dots" (string)'],
    [
      'an unknown kind',
      { shape: { kind: 'star' } },
      'shape.kind',
      'one of "circle", "square"',
      '"star" (string)',
    ],
    ['a missing kind', { shape: { radius: 1 } }, 'shape.kind', 'one of "circle", "square"', 'nothing'],
    ['a kind that is no object', { shape: 'circle' }, 'shape', 'an object', '"circle" (string)'],
    ['no branch of a union', { id: true }, 'id', 'a string or a number', 'true (boolean)'],
    [
      'the branch that got furthest',
      { opacity: { from: 0, to: 'x' } },
      'opacity.to',
      'a number',
      '"x" (string)',
    ],
    ['a branch out of its range', { opacity: 2 }, 'opacity', 'at most 1', '2 (number)'],
    ['NaN', { limits: { width: Number.NaN } }, 'limits.width', 'a number', 'NaN (number)'],
    ['infinity', { limits: { width: -1 / 0 } }, 'limits.width', 'a number', '-Infinity (number)'],
    ['a bigint', { limits: { width: 5n } }, 'limits.width', 'a number', '5 (bigint)'],
  ])('says for %s what was expected and what came', (_, value, path, expected, got) => {
    const error = thrownBy(() => parseInput(schema, value));
    expectFailure(error, 'TS_CONFIG_INVALID');
    expect(error.params).toEqual({ path, expected, got });
  });

  it('puts the root in front of the path', () => {
    expectFailure(
      thrownBy(() => parseInput(schema, { mode: 1 }, 'config')),
      'TS_CONFIG_INVALID',
      '`config.mode`',
    );
    const rootError = thrownBy(() => parseInput(schema, 1, 'config'));
    expectFailure(rootError, 'TS_CONFIG_INVALID', 'Expected `config` to be an object');
  });

  it('shortens what it shows of a long value', () => {
    const { params } = thrownBy(() => parseInput(schema, { mode: 'x'.repeat(1000) }));
    expect(String('got' in params ? params.got : '')).toBe(`"${'x'.repeat(76)}... (string)`);
  });
});
