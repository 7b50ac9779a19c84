import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTask, taskSchema } from '../../src/tasks/registry.js';
import type { Task } from '../../src/tasks/task.js';
import { describeTaskContract } from '../contract/task.contract.js';
import { expectFailure, thrownBy } from '../support/failures.js';
import { temporaryDirectory } from '../support/temporary.js';

type Grader = 'exact' | 'number' | 'regex' | 'choice' | 'json' | 'math' | 'grid';

function taskOf(
  content: string | readonly unknown[],
  grader: Grader = 'exact',
  groupBy: string | null = null,
): Task {
  const path = join(temporaryDirectory(), 'problems.jsonl');
  const text = typeof content === 'string' ? content : content.map((line) => JSON.stringify(line)).join('\n');
  writeFileSync(path, text);
  return createTask(taskSchema.parse({ kind: 'jsonl', path, grader, groupBy }));
}

const capitals = [
  { id: 'fr', prompt: 'Capital of France?', target: 'Paris', metadata: { continent: 'Europe', size: 68 } },
  { id: 7, prompt: 'Capital of Peru?', target: ' Lima ', metadata: { continent: 'South America', size: 34 } },
];

function gradeOf(grader: Grader, target: unknown, text: string): number {
  const task = taskOf([{ id: 'a', prompt: 'Question?', target }], grader);
  const answer = task.extract(text);
  return task.grade('a', answer === null ? [] : [answer]);
}

describeTaskContract('jsonl, exact', () => ({
  task: taskOf(capitals, 'exact', 'continent'),
  again: taskOf(capitals, 'exact', 'continent'),
  rightText: (id) => (id === 'fr' ? ' Paris\n' : 'Lima'),
  wrongText: () => 'Rome',
}));

describeTaskContract('jsonl, number', () => {
  const lines = [
    { id: 'half', prompt: 'One half?', target: 0.5 },
    { id: 'big', prompt: 'Big?', target: '123,456,789,012,345,678,901' },
  ];
  return {
    task: taskOf(lines, 'number'),
    again: taskOf(lines, 'number'),
    rightText: (id) => (id === 'half' ? 'It is .50' : 'It is 123456789012345678901'),
    wrongText: (id) => (id === 'half' ? '5' : '123456789012345678900'),
  };
});

describeTaskContract('jsonl, regex', () => {
  const lines = [{ id: 'colour', prompt: 'Colour of grass?', target: '(?:dark )?gr(?:ee|üü)n' }];
  const make = () => taskOf(lines, 'regex');
  return { task: make(), again: make(), rightText: () => 'dark  green', wrongText: () => 'green, I think' };
});

describe('jsonl', () => {
  it('reads id, prompt or messages, and metadata', () => {
    const messages = [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Capital of Chad?' },
    ];
    const { problems } = taskOf([...capitals, { id: 'td', messages, target: "N'Djamena" }]);
    expect(problems).toEqual([
      {
        id: 'fr',
        groupId: 'fr',
        messages: [{ role: 'user', content: 'Capital of France?' }],
        metadata: { continent: 'Europe', size: 68 },
      },
      {
        id: '7',
        groupId: '7',
        messages: [{ role: 'user', content: 'Capital of Peru?' }],
        metadata: { continent: 'South America', size: 34 },
      },
      { id: 'td', groupId: 'td', messages, metadata: {} },
    ]);
  });

  it('keeps the target out of the problems', () => {
    const { problems } = taskOf([{ id: 'a', prompt: 'Secret?', target: 'xyzzy' }]);
    expect(JSON.stringify(problems)).not.toContain('xyzzy');
  });

  it.each([
    ['exact', 'Paris', '  Paris \n', 1],
    ['exact', 'New  York', 'New\nYork', 1],
    ['exact', 'Paris', 'paris', 0],
    ['exact', 'Paris', 'Paris.', 0],
    ['exact', 5, '5', 1],
    ['exact', 'a.c', 'abc', 0],
    ['number', 7, 'The answer is 7.0', 1],
    ['number', '#### 1,000', '1 and then 1000', 1],
    ['number', -0.5, 'x = -.5', 1],
    ['number', 0, '-0', 1],
    ['number', 7, 'The answer is 70', 0],
    ['number', 7, 'none', 0],
    ['number', '12345678901234567890', '12345678901234567890', 1],
    ['number', '12345678901234567890', '12345678901234567891', 0],
    ['choice', 'B', 'The answer is (B).', 1],
    ['choice', '(b)', 'B', 1],
    ['choice', 'B', 'The answer is (C).', 0],
    ['json', '{"a": 1, "b": 2}', 'It is {"b": 2.0, "a": 1}', 1],
    ['json', '{"a": 1}', '{"a": 2}', 0],
    ['math', '\\frac{1}{2}', 'So \\boxed{0.5}', 1],
    ['math', '5 cm', 'So \\boxed{5\\text{ cm}}', 1],
    ['math', 'x+1', '\\boxed{1 + x}', 1],
    ['math', 7, '\\boxed{8}', 0],
    ['grid', '[[1,2],[3,4]]', 'Output:\n1 2\n3 4', 1],
    ['grid', '12\n34', '12\n35', 0],
    ['regex', '\\d+ apples?', '12 apples', 1],
    ['regex', '\\d+ apples?', 'some 12 apples', 0],
    ['regex', 'yes|no', 'yes', 1],
    ['regex', 'yes|no', 'yesno', 0],
    ['regex', '\\p{L}+', 'Straße', 1],
    ['regex', '.*', '', 0],
  ] as const)('grades by %s: target %j, text %j → %i', (grader, target, text, grade) => {
    expect(gradeOf(grader, target, text)).toBe(grade);
  });

  it('changes the fingerprint with the target and with the grader', () => {
    const print = (target: string, grader: Grader) =>
      taskOf([{ id: 'a', prompt: 'p', target }], grader).fingerprint('a');
    const prints = [print('1', 'exact'), print('2', 'exact'), print('1', 'number'), print('1', 'regex')];
    expect(new Set(prints).size).toBe(4);
  });

  it.each([
    ['CRLF', '\r\n'],
    ['blank lines', '\n\n  \n'],
    ['CRLF and blank lines', '\r\n \r\n'],
  ])('reads a file with %s', (_, separator) => {
    const task = taskOf(
      `${separator}${capitals.map((line) => JSON.stringify(line)).join(separator)}${separator}`,
    );
    expect(task.problems).toEqual(taskOf(capitals).problems);
  });

  it('reads a file that begins with a byte order mark', () => {
    const task = taskOf(`\uFEFF${capitals.map((line) => JSON.stringify(line)).join('\n')}`);
    expect(task.problems).toEqual(taskOf(capitals).problems);
  });

  it('counts blank lines when it names a line', () => {
    const text = `${JSON.stringify(capitals[0])}\r\n\r\n\r\n{`;
    expectFailure(
      thrownBy(() => taskOf(text)),
      'TS_FILE_MALFORMED',
      'line 4: ',
    );
  });
});

/** Lines that are refused, as the second line of a file. */
const refused: readonly (readonly [string, Grader, string, string])[] = [
  ['no JSON', 'exact', '{"id": "a", "prompt": ', 'JSON'],
  ['two values', 'exact', '{"id": "a"} {"id": "b"}', 'JSON'],
  ['no object', 'exact', '[1]', 'to be an object, got [1] (array)'],
  ['no id', 'exact', '{"prompt": "p", "target": "t"}', '`id` to be a string or a number, got nothing'],
  ['an empty id', 'exact', '{"id": "", "prompt": "p", "target": "t"}', '`id` to be at least 1 characters'],
  ['no target', 'exact', '{"id": "a", "prompt": "p"}', '`target` to be a string or a number, got nothing'],
  [
    'a target of a wrong type',
    'exact',
    '{"id": "a", "prompt": "p", "target": ["t"]}',
    '`target` to be a string or',
  ],
  [
    'a blank target',
    'exact',
    '{"id": "a", "prompt": "p", "target": " "}',
    '`target` to be a text that is not blank',
  ],
  [
    'both prompt and messages',
    'exact',
    '{"id":"a","prompt":"p","messages":[{"role":"user","content":"c"}],"target":"t"}',
    'either `prompt` or `messages`',
  ],
  ['neither prompt nor messages', 'exact', '{"id": "a", "target": "t"}', 'either `prompt` or `messages`'],
  [
    'no messages',
    'exact',
    '{"id": "a", "messages": [], "target": "t"}',
    '`messages` to be at least 1 entries',
  ],
  [
    'an unknown role',
    'exact',
    '{"id":"a","messages":[{"role":"robot","content":"c"}],"target":"t"}',
    '`messages[0].role` to be one of "system", "user", "assistant"',
  ],
  [
    'an unknown key',
    'exact',
    '{"id": "a", "prompt": "p", "targt": "t"}',
    'Unknown key `targt`; known keys here: id, prompt, messages, target, metadata',
  ],
  [
    'metadata that nest',
    'exact',
    '{"id":"a","prompt":"p","target":"t","metadata":{"x":{}}}',
    '`metadata.x` to be a string or a number or a boolean',
  ],
  [
    'an id that is there already',
    'exact',
    '{"id": "first", "prompt": "p", "target": "1"}',
    'the id "first" is there already',
  ],
  [
    'a number that is the id of another line',
    'exact',
    '{"id": 5, "prompt": "p", "target": "1"}\n{"id": "5", "prompt": "p", "target": "1"}',
    'the id "5" is there already',
  ],
  [
    'an invalid regular expression',
    'regex',
    '{"id": "a", "prompt": "p", "target": "(["}',
    'Invalid regular expression',
  ],
  [
    'a target that is no number',
    'number',
    '{"id": "a", "prompt": "p", "target": "many"}',
    'expected `target` to be a number, got "many"',
  ],
  [
    'a number that JSON cannot hold',
    'number',
    '{"id": "a", "prompt": "p", "target": 12345678901234567890}',
    '`target` to be a number of at most 15 digits, or a text',
  ],
  [
    'a number that is written with an exponent',
    'number',
    '{"id": "a", "prompt": "p", "target": 1e-7}',
    '`target` to be a number of at most 15 digits, or a text',
  ],
];

describe('jsonl refuses', () => {
  it.each(refused)('%s and names the line', (_, grader, line, detail) => {
    const error = thrownBy(() => taskOf(`{"id": "first", "prompt": "p", "target": "1"}\n${line}`, grader));
    const at = line.includes('\n') ? 3 : 2;
    expectFailure(error, 'TS_FILE_MALFORMED', `problems.jsonl, line ${at}: `, detail);
    expect(error.message).toMatch(/[^.]\.$/);
    expect(error.exitCode).toBe(2);
  });

  it.each([
    ['an empty file', ''],
    ['a file of blank lines', '\n  \r\n\n'],
    ['a byte order mark alone', '\uFEFF'],
  ])('%s', (_, content) => {
    const error = thrownBy(() => taskOf(content));
    expectFailure(error, 'TS_FILE_MALFORMED', 'line 1: expected at least one problem, got an empty file');
  });

  it('a missing file, naming the option', () => {
    const spec = taskSchema.parse({ kind: 'jsonl', path: join(temporaryDirectory(), 'none.jsonl') });
    expectFailure(
      thrownBy(() => createTask(spec)),
      'TS_FILE_MISSING',
      '`task.path`',
      'does not exist',
    );
  });
});
