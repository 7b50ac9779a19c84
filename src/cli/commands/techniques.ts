import { Command } from 'commander';
import { costLegend, listStrategies, listVerifiers, type Technique } from '../../experiments/techniques.js';
import { writeJson, writeText } from '../output.js';

export function strategiesCommand(): Command {
  return listCommand(
    'strategies',
    'List the strategies: what each does, costs, and takes as options.',
    listStrategies,
  );
}

export function verifiersCommand(): Command {
  return listCommand(
    'verifiers',
    'List the verifiers: what each does, costs, and takes as options.',
    listVerifiers,
  );
}

function listCommand(name: string, description: string, list: () => readonly Technique[]): Command {
  return new Command(name)
    .description(description)
    .argument('[kind]', 'only this one')
    .option('--json', 'print the list as JSON', false)
    .action((kind: string | undefined, { json }: { json: boolean }, command: Command) => {
      const all = list();
      const shown = kind === undefined ? all : all.filter((technique) => technique.kind === kind);
      if (shown.length === 0) {
        const known = all.map((technique) => technique.kind).join(', ');
        command.error(`error: unknown kind '${kind}'; known kinds: ${known}`);
      }
      if (json) writeJson(shown);
      else
        writeText(
          `${shown.map((it) => techniqueText(it, shown.length === 1)).join('\n\n')}\n\n${costLegend}`,
        );
    });
}

/** @param isWhole with the options inside of options, which many techniques share */
function techniqueText({ kind, summary, source, cost, options }: Technique, isWhole: boolean): string {
  const shown = options.filter(({ key }) => isWhole || !key.includes('.'));
  const rows = shown.map(({ key, type, fallback, kinds }) => {
    const named = kinds === null ? '' : ` (${kinds.join(', ')})`;
    return [
      `${key}${named}`,
      type.replaceAll('`', ''),
      fallback === null ? 'required' : `default ${fallback}`,
    ];
  });
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([key = '', type = '', fallback = '']) =>
    `    ${key.padEnd(widths[0] ?? 0)}  ${type.padEnd(widths[1] ?? 0)}  ${fallback}`.trimEnd(),
  );
  return [kind, `  ${summary}`, `  source  ${source}`, `  cost    ${cost}`, ...lines].join('\n');
}
