// Which folder of src may import which: docs/architecture.md draws this table, test/project/imports.test.ts proves it.
const foundation = ['core', 'native', 'answers', 'engine', 'tools'];

/** @type {Record<string, string[]>} */
const mayImport = {
  core: [],
  native: ['core'],
  telemetry: ['core'],
  answers: ['core', 'native'],
  engine: ['core', 'native', 'telemetry'],
  store: ['core', 'native', 'telemetry'],
  tools: ['core'],
  tasks: ['core', 'native', 'answers'],
  verifiers: foundation,
  strategies: [...foundation, 'verifiers'],
  queue: ['core', 'telemetry'],
  analysis: ['core', 'native', 'store'],
  policy: ['core', 'native', 'analysis'],
};
const below = Object.keys(mayImport);
mayImport.experiments = below;
mayImport.server = [...below, 'experiments'];
mayImport.cli = [...mayImport.server, 'server'];

const folders = Object.keys(mayImport);

const folderRules = folders.map((folder) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may import ${mayImport[folder].join(', ') || 'nothing of src'}.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...mayImport[folder]].join('|')})/` },
}));

/** Packages that have one door, so that exchanging or lazily loading one touches one folder. */
const doors = [
  ['better-sqlite3', 'better-sqlite3', '^src/store/'],
  ['node-llama-cpp', 'node-llama-cpp', '^src/engine/(node-llama-cpp|model-files)/'],
  ['chat-templates', '@huggingface/jinja', '^src/engine/llama/'],
  ['plots', 'echarts|@resvg|dejavu-fonts-ttf', '^src/analysis/'],
  ['mathematics', 'mathjs', '^src/(answers/|core/(arithmetic|expression)\\.ts$)'],
  ['tables', 'csv-parse', '^src/analysis/fits/csv\\.ts$'],
  ['terminal', 'commander', '^src/cli/'],
  ['http', 'fastify|fastify-type-provider-zod|@fastify', '^src/server/'],
  ['metrics', 'prom-client', '^src/telemetry/'],
  ['logs', 'pino', '^src/telemetry/'],
];

const doorRules = doors.map(([name, packages, home]) => ({
  name: `${name}-door`,
  comment: `${packages} may be imported only from ${home}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: home },
  to: { path: `(^|node_modules/)(${packages})(/|$)` },
}));

export default {
  forbidden: [
    ...folderRules,
    ...doorRules,
    {
      name: 'binding-door',
      comment: 'Only src/native imports the Rust binding.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/native/' },
      to: { path: '^(crates/|#binding$)' },
    },
    {
      name: 'unknown-folder',
      comment: 'A new folder of src needs a row in the table above.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${folders.join('|')})/` },
      to: {},
    },
    {
      name: 'nothing-imports-cli',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-serve-starts-server',
      severity: 'error',
      from: { path: '^src/cli/', pathNot: '^src/cli/commands/(serve|keys)\\.ts$' },
      to: { path: '^src/server/' },
    },
    {
      name: 'source-only',
      comment: 'What is published never imports tests, scripts or benches.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench)/' },
    },
    {
      name: 'no-development-packages',
      comment: 'An installed package does not have them.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: '^(node_modules|crates|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
