/**
 * @typedef {{ law: string, about: string, command: readonly string[] }} Example
 */

/** One worked example a law, in the order of `thinkscale fit --list`. @type {readonly Example[]} */
export const examples = [
  {
    law: 'power-law',
    about:
      'A quantity that grows with compute: a straight line on logarithmic axes, whose slope is the exponent b.',
    command: ['power-law.csv', '--law', 'power-law', '--map', 'x=compute,y=size'],
  },
  {
    law: 'inverse-power-law',
    about:
      'Real losses at 20 tokens for each parameter. With `--free c` the loss that remains is fitted too; six rows say little about it, and the interval shows it.',
    command: [
      'inverse-power-law.csv',
      '--law',
      'inverse-power-law',
      '--map',
      'x=flops,y=loss',
      '--free',
      'c',
    ],
  },
  {
    law: 'bnsl',
    about: 'An error that falls slowly, then fast. Six parameters need rows on both sides of the break.',
    command: ['bnsl.csv', '--law', 'bnsl', '--map', 'x=examples,y=error', '--bootstrap', '200'],
  },
  {
    law: 'kaplan-n',
    about: 'The exponent and the scale of the published law come back.',
    command: ['kaplan-n.csv', '--law', 'kaplan-n', '--map', 'n=parameters,y=loss'],
  },
  {
    law: 'kaplan-d',
    about: 'The same over data.',
    command: ['kaplan-d.csv', '--law', 'kaplan-d', '--map', 'd=tokens,y=loss'],
  },
  {
    law: 'kaplan-c',
    about: 'The same over compute, in the unit of its published constant.',
    command: ['kaplan-c.csv', '--law', 'kaplan-c', '--map', 'c=pf_days,y=loss'],
  },
  {
    law: 'kaplan-joint',
    about: 'Both at once. Its constants are its own: those of the single laws do not belong in it.',
    command: ['kaplan-joint.csv', '--law', 'kaplan-joint', '--map', 'n=parameters,d=tokens,y=loss'],
  },
  {
    law: 'chinchilla',
    about: 'Loss over parameters and tokens, and the best division of a budget of 10²⁴ FLOPs.',
    command: [
      'chinchilla.csv',
      '--law',
      'chinchilla',
      '--map',
      'n=parameters,d=tokens,y=loss',
      '--flops',
      '1e24',
    ],
  },
  {
    law: 'ladder-loss',
    about: 'Step one of the ladder on MMLU: a model of 13B parameters from models of 1.3B and less.',
    command: [
      'ladder-loss.csv',
      '--law',
      'ladder-loss',
      '--map',
      'n=parameters,d=tokens,y=bpb',
      '--predict',
      'ladder-loss-large.csv',
    ],
  },
  {
    law: 'ladder-accuracy',
    about:
      'Step two: accuracy over that loss. The paper uses every checkpoint; here each run has one row, so the numbers differ.',
    command: ['ladder-accuracy.csv', '--law', 'ladder-accuracy', '--map', 'loss=bpb,y=accuracy'],
  },
  {
    law: 'gadre-loss',
    about: 'Five small models predict two large ones, one of them trained on 640 tokens for each parameter.',
    command: [
      'gadre-loss.csv',
      '--law',
      'gadre-loss',
      '--map',
      'n=parameters,m=tokens_each,y=loss',
      '--predict',
      'gadre-loss-large.csv',
    ],
  },
  {
    law: 'gadre-error',
    about: 'Mean error on 17 tasks over the loss, asked at the losses of the two large models.',
    command: [
      'gadre-error.csv',
      '--law',
      'gadre-error',
      '--map',
      'loss=loss,y=error',
      '--predict',
      'gadre-loss-large.csv',
    ],
  },
  {
    law: 'exponentiated-power-law',
    about: 'A curve of pass@k as papers print it.',
    command: [
      'exponentiated-power-law.csv',
      '--law',
      'exponentiated-power-law',
      '--map',
      'k=samples,y=coverage',
      '--target',
      '0.95',
    ],
  },
  {
    law: 'logistic',
    about:
      'Right answers of 30 questions at seven lengths of thought. None of 30 is a row like the others. `tokens/1000` makes a the log-odds at a thousand tokens.',
    command: [
      'logistic.csv',
      '--law',
      'logistic',
      '--filter',
      'benchmark == "AIME24"',
      '--map',
      'x=tokens/1000,count=right,total=questions',
    ],
  },
  {
    law: 'saturating-power-law',
    about:
      'A vote with a ceiling below 1, and the number of samples from which a doubling gains less than 0.01.',
    command: [
      'saturating-power-law.csv',
      '--law',
      'saturating-power-law',
      '--map',
      'x=samples,count=right,total=questions',
      '--gain',
      '0.01',
    ],
  },
  {
    law: 'voting-mixture',
    about: 'Accuracy rises, then falls: there is a best number of calls.',
    command: ['voting-mixture.csv', '--law', 'voting-mixture', '--map', 'k=calls,count=right,total=votes'],
  },
  {
    law: 'two-axes',
    about: 'Thinking tokens and samples varied together.',
    command: [
      'two-axes.csv',
      '--law',
      'two-axes',
      '--map',
      't=thinking,k=samples,count=right,total=questions',
    ],
  },
  {
    law: 'chained-calls',
    about: 'Chains of steps that must all be right.',
    command: ['chained-calls.csv', '--law', 'chained-calls', '--map', 'k=steps,count=right,total=chains'],
  },
  {
    law: 'beta-binomial',
    about:
      'Problems that were sampled until their first success. The mean share of successes is far above the true 0.2; the law is not, because its likelihood does not depend on why the sampling ended.',
    command: [
      'beta-binomial.csv',
      '--law',
      'beta-binomial',
      '--map',
      'problem=problem,count=successes,total=samples',
    ],
  },
];

/** A command as one types it. @param {Example} example */
export function typed({ command }) {
  const words = command.map((word) => (/^[\w.,=/-]+$/.test(word) ? word : `'${word}'`));
  return ['thinkscale', 'fit', ...words].join(' ');
}

/** The page with all examples. @param {(example: Example) => string} resultOf what the command prints */
export function examplesPage(resultOf) {
  const sections = examples.map((example) =>
    [
      `## ${example.law}`,
      '',
      example.about,
      '',
      '```sh',
      typed(example),
      '```',
      '',
      '```text',
      resultOf(example).trimEnd(),
      '```',
    ].join('\n'),
  );
  return `# Fits, one a law

Each command runs in this folder; \`--plot fit.svg\` draws it, \`--json\` has every number. What each law means stands in
[docs/laws.md](../../docs/laws.md). The comment above each table says where its rows are from. Written by
\`npm run fits-examples\`.

${sections.join('\n\n')}
`;
}
