import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/core/problem.js';
import { maskNumber } from '../../src/verifiers/masked-question.js';
import { scriptedEngine, sumProblem } from '../support/scripted.js';
import { makeVerifier, rankingEngine, scoresOf, transcriptsOf } from '../support/verifying.js';

function asked(content: string, id = 'a'): Problem {
  return { id, groupId: id, messages: [{ role: 'user', content }], metadata: {} };
}

describe('maskNumber', () => {
  it.each([
    ['It costs 1,250.50 dollars.', 'It costs X dollars.', '1,250.50'],
    ['Version v2 has 3 parts', 'Version v2 has X parts', '3'],
    ['X has 3, Y has more', 'X has Z, Y has more', '3'],
    ['Is -5 cold?', 'Is -X cold?', '5'],
    ['There are 12.', 'There are X.', '12'],
  ])('of %j gives %j', (question, text, masked) => {
    expect(maskNumber(asked(question))).toMatchObject({ text, masked });
  });

  it('masks nothing where there is no number', () => {
    expect(maskNumber(asked('Who wrote Hamlet in a1 and b2?'))).toBeNull();
  });

  it('masks the same number of a problem every time, and every number of some problem', () => {
    const masked = Array.from({ length: 40 }, (_, at) => maskNumber(asked('1 2 3', String(at)))?.masked);
    expect(new Set(masked)).toEqual(new Set(['1', '2', '3']));
    expect(maskNumber(asked('1 2 3'))).toEqual(maskNumber(asked('1 2 3')));
  });

  it('masks in the last question of a conversation', () => {
    const messages = [
      { role: 'user' as const, content: 'I have 2.' },
      { role: 'assistant' as const, content: 'Fine, 2.' },
      { role: 'user' as const, content: 'And 9 more?' },
    ];
    expect(maskNumber({ ...asked(''), messages })?.text).toBe(
      'User: I have 2.\n\nAssistant: Fine, 2.\n\nUser: And X more?',
    );
  });
});

describe('self-verification by likelihood', () => {
  const verifier = makeVerifier('self-verification');

  it('is the log-likelihood of the masked number, the answer given', async () => {
    const engine = scriptedEngine();
    const transcripts = transcriptsOf(engine);
    const problem = asked('What is 12 + 34?');
    const [score] = await scoresOf(verifier, { engine, problem, samples: ['12 + 34 = 46'] });
    const transcript = transcripts.at(-1) ?? '';
    const masked = maskNumber(problem)?.masked ?? '';
    expect(transcript).toContain('\n> 46\n');
    expect(transcript).not.toContain(masked);
    const lease = engine.lease();
    const branch = await lease.prefix(Int32Array.from([...transcript], (it) => it.codePointAt(0) ?? 0));
    const [logs = new Float32Array()] = await lease.score(branch, [masked]);
    expect(score).toBeCloseTo(
      logs.reduce((sum, log) => sum + log, 0),
      6,
    );
  });

  it('scores each answer once, whatever the texts', async () => {
    const engine = scriptedEngine();
    const scores = await scoresOf(verifier, { engine, samples: ['3 + 4 = 7', 'So it is 7', '8'] });
    expect(scores[0]).toBe(scores[1]);
    expect(scores[0]).not.toBe(scores[2]);
  });

  it('asks True or False where the question has no number', async () => {
    const engine = rankingEngine({ judgeAuroc: 0.9 });
    const transcripts = transcriptsOf(engine);
    const problem = asked('Who wrote Hamlet?');
    const [score = 0] = await scoresOf(verifier, {
      engine,
      problem,
      samples: ['Bacon'],
      extract: (it) => it,
    });
    expect(score).toBeLessThan(0);
    expect(score).toBeGreaterThan(-20);
    expect(transcripts.at(-1)).toContain('> Bacon');
    expect(transcripts.at(-1)).toContain('Answer True or False');
  });
});

describe('self-verification by votes', () => {
  const verifier = makeVerifier({ kind: 'self-verification', by: 'votes', votes: 8, maxTokens: 32 });

  it('is the share of replies that find the masked number again', async () => {
    const problem = sumProblem();
    const { masked, letter } = maskNumber(problem) ?? { masked: '', letter: '' };
    const engine = scriptedEngine({
      replies: [
        { when: '> 7', texts: [`${letter} must be ${masked}.00`] },
        { when: '> 8', texts: ['it can not be'] },
        { when: '> 9', texts: [`answer: ${masked}`, 'answer: 77'] },
      ],
    });
    const [right, wrong, mixed = 0] = await scoresOf(verifier, { engine, problem, samples: ['7', '8', '9'] });
    expect([right, wrong]).toEqual([1, 0]);
    expect(mixed).toBeGreaterThan(0);
    expect(mixed).toBeLessThan(1);
    expect(engine.drawn).toBe(24);
  });

  it('counts replies that say True where the question has no number', async () => {
    const engine = scriptedEngine({
      replies: [
        { when: '> Bacon', texts: ['False', 'Not true', 'falsehood'] },
        { when: '> Shakespeare', texts: ['True', 'true.', '**True**'] },
      ],
    });
    const samples = ['Bacon', 'Shakespeare'];
    const problem = asked('Who wrote Hamlet?');
    expect(await scoresOf(verifier, { engine, problem, samples, extract: (it) => it })).toEqual([0, 1]);
  });
});
