import { ThinkscaleError } from '../../core/errors.js';

/** What a column (or an expression of columns) is to a law: `n`, `d`, `y`, …, by the law's names. */
export type Mapping = Readonly<Record<string, string>>;

/** What every law may read besides its inputs. */
export const responseNames = ['y', 'count', 'total', 'problem', 'weight'] as const;

/**
 * Reads `n=Params,d=Tokens,y=loss / 2`: pairs at the commas that stand in no parentheses and no quotes, each cut at its
 * first equals sign.
 * @throws TS_CONFIG_INVALID
 */
export function parseMapping(text: string, field: string): Mapping {
  const pairs = pieces(text).map((piece): readonly [string, string] => {
    const at = piece.indexOf('=');
    const [name, value] = [piece.slice(0, Math.max(0, at)).trim(), piece.slice(at + 1).trim()];
    if (at >= 0 && /^\w+$/.test(name) && value !== '') return [name, value];
    throw wrong(field, 'pairs such as n=COLUMN,y=COLUMN', JSON.stringify(piece));
  });
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw wrong(field, 'every name once', `${twice} twice`);
  return Object.fromEntries(pairs);
}

function pieces(text: string): readonly string[] {
  const found: string[] = [''];
  let [depth, quote] = [0, ''];
  for (const character of text) {
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (character === ',' && depth === 0 && quote === '') found.push('');
    else found.push(`${found.pop() ?? ''}${character}`);
  }
  return found;
}

function wrong(path: string, expected: string, got: string): ThinkscaleError {
  return new ThinkscaleError('TS_CONFIG_INVALID', { path, expected, got });
}
