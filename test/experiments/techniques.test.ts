import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { techniqueOptions } from '../../src/experiments/technique-options.js';
import { listStrategies, listVerifiers } from '../../src/experiments/techniques.js';
import { strategyKinds, strategySchema } from '../../src/strategies/registry.js';
import { verifierKinds } from '../../src/verifiers/registry.js';

const named = new Set(['judge', 'likelihood']);

describe('techniqueOptions', () => {
  it('says type, range and default of each option but the kind', () => {
    const schema = z.strictObject({
      kind: z.literal('x'),
      count: z.int().min(1).max(9).default(4),
      share: z.number().gt(0).max(1),
      place: z.enum(['first', 'last']).nullable().default(null),
      prompt: z.string().min(1).default('Why?'),
      on: z.boolean().default(false),
      list: z.array(z.int().min(0)).min(2),
    });
    const rows = techniqueOptions(schema, named).map(({ key, type, fallback }) => [key, type, fallback]);
    expect(rows).toEqual([
      ['count', 'whole number, 1 to 9', '4'],
      ['share', 'number above 0, at most 1', null],
      ['place', '`first` or `last`, or null', 'null'],
      ['prompt', 'text, not empty', '"Why?"'],
      ['on', 'true or false', 'false'],
      ['list', 'list of whole numbers from 0, at least 2', null],
    ]);
  });

  it('goes into objects, lists and choices by kind, and names techniques', () => {
    const judge = z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('judge'), model: z.string() }),
      z.strictObject({ kind: z.literal('likelihood') }),
    ]);
    const schema = z.strictObject({
      kind: z.literal('x'),
      verifier: judge,
      examples: z.array(z.strictObject({ question: z.string() })),
      stop: z
        .discriminatedUnion('kind', [
          z.strictObject({
            kind: z.literal('beta'),
            threshold: z.number().default(0.95),
            wave: z.int().default(1),
          }),
          z.strictObject({ kind: z.literal('window'), wave: z.int().default(1) }),
        ])
        .nullable()
        .default(null),
    });
    const options = techniqueOptions(schema, named);
    expect(options.map(({ key, kinds }) => [key, kinds])).toEqual([
      ['verifier', null],
      ['examples', null],
      ['examples[].question', null],
      ['stop', null],
      ['stop.kind', null],
      ['stop.threshold', ['beta']],
      ['stop.wave', null],
    ]);
    expect(options.find(({ key }) => key === 'stop.kind')?.type).toBe('`beta` or `window`');
    expect(options[0]?.type).toContain('a verifier');
  });
});

describe('lists of techniques', () => {
  it('have every kind, with a summary, a source and a cost', () => {
    expect(listStrategies().map(({ kind }) => kind)).toEqual(strategyKinds);
    expect(listVerifiers().map(({ kind }) => kind)).toEqual(verifierKinds);
    for (const { kind, summary, source, cost } of [...listStrategies(), ...listVerifiers()]) {
      expect(summary, kind).toMatch(/^[A-Z].*\.$/);
      expect(
        [source, cost].every((text) => text.length > 0),
        kind,
      ).toBe(true);
    }
  });

  it('give defaults that the schemas have', () => {
    for (const { kind, options } of listStrategies()) {
      const required = options.filter(({ key, fallback }) => fallback === null && !/[.[]/.test(key));
      const parsed = strategySchema.safeParse({ kind });
      expect(parsed.success, kind).toBe(required.length === 0);
      for (const { key, fallback } of options) {
        if (!parsed.success || fallback === null || /[.[]/.test(key)) continue;
        const given = strategySchema.parse({ kind, [key]: JSON.parse(fallback) });
        expect(given, `${kind}.${key}`).toEqual(parsed.data);
      }
    }
  });
});
