/** Differences of saved shares below which neither rule is called better on a single pool. */
const tolerance = 0.005;

/** The settings that the sources use. */
const usual = ['beta 0.95', 'dirichlet 0.95', 'window 5', 'supermajority 0.8 from 4'];

/** The text of one N: the rules, the frontiers on average, and pool by pool where the usual settings stand. */
export function reportOf({ samples, rules, average, pools }, orders) {
  const heads = ['disagrees %', 'saves %', 'certified saves %', 'more'];
  const perPool = (keep) =>
    pools.flatMap(({ name, settings }) =>
      settings.filter(keep).map((point) => [name, ruleText(point.rule), ...cellsOf(point)]),
    );
  const inReach = pools.flatMap(({ settings }) => settings.filter(({ certified }) => certified !== null));
  const loses = ({ certified, saved }) => certified !== null && certified < saved - tolerance;
  const losses = perPool(loses);
  return [
    `N = ${samples}, ${orders} orders of ${pools.length} pools`,
    '\nEach setting on average over the pools, and on the pool where it disagrees most',
    table(
      ['rule', 'disagrees %', 'at worst %', 'saves %'],
      rules.map((row) => [
        ruleText(row.rule),
        percent(row.disagreement),
        percent(row.worst),
        percent(row.saved),
      ]),
    ),
    '\nSaved % at equal disagreement, on average over the pools (- where a rule has no such setting)',
    table(
      ['disagrees %', ...Object.keys(average.levels[0].saved)],
      average.levels.map(({ disagreement, saved }) => [
        String(100 * disagreement),
        ...Object.values(saved).map(percent),
      ]),
    ),
    '\nEach setting against certified at its disagreement, on average over the pools',
    table(
      ['rule', ...heads],
      average.settings.map((point) => [ruleText(point.rule), ...cellsOf(point)]),
    ),
    verdict(average.settings),
    '\nPool by pool, at the usual settings',
    table(
      ['pool', 'rule', ...heads],
      perPool(({ rule }) => usual.includes(ruleText(rule))),
    ),
    `\nPool by pool, settings at which certified saves at least ${percent(tolerance)} points less: ${losses.length} of ${
      inReach.length
    } that it can match`,
    ...(losses.length > 0 ? [table(['pool', 'rule', ...heads], losses)] : []),
  ].join('\n');
}

function verdict(settings) {
  const matched = settings.filter(({ certified }) => certified !== null);
  const names = (points) => points.map(({ rule }) => ruleText(rule)).join(', ') || 'none';
  const lost = matched.filter(({ certified, saved }) => certified < saved);
  const beyond = settings.filter(({ certified }) => certified === null);
  return [
    `Certified saves less at ${lost.length} of ${matched.length} settings: ${names(lost)}`,
    `Settings that save more and disagree more often than certified ever does: ${names(beyond)}`,
  ].join('\n');
}

function ruleText(rule) {
  switch (rule.kind) {
    case 'window':
      return `window ${rule.size}`;
    case 'supermajority':
      return `supermajority ${rule.share} from ${rule.least}`;
    case 'certified':
      return `certified ${rule.epsilon}`;
    default:
      return `${rule.kind} ${rule.threshold}`;
  }
}

function cellsOf({ disagreement, saved, certified }) {
  return [disagreement, saved, certified, certified === null ? null : certified - saved].map(percent);
}

function percent(value) {
  return value === null ? '-' : (100 * value).toFixed(1);
}

function table(heads, rows) {
  const lines = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...lines.map((row) => row[column].length)));
  const cell = (text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]));
  return lines.map((row) => row.map(cell).join('  ')).join('\n');
}
