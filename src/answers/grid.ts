/** Rows and columns that a grid may have: 1 to 30, as in ARC (Chollet 2019, section III.1.2). */
const largest = 30;

/** An innermost array with what separates it from the next one. */
const array = /\[([\s\d,"']*)\][\s,]*/g;

/**
 * The last grid of digits in a text: lines of digits, with or without spaces, commas or pipes between them, or arrays in an
 * array. Canonical are rows of digits that line ends join. null if it is not rectangular, or larger than a grid may be:
 * an earlier grid is likely the one of the question.
 */
export function extractGrid(text: string): string | null {
  // The mark keeps rows together that were arrays after each other; blank lines separate all others.
  const lines = text
    .replaceAll('\uE000', '')
    .replace(array, (_, row: string) => `\n${row.replace(/\s/g, ' ')}\uE000\n`)
    .replaceAll('\uE000\n\n', '\n')
    .replaceAll('\uE000', '')
    .split(/\r?\n/);
  let end = lines.length - 1;
  while (end >= 0 && rowOf(lines[end] ?? '') === null) end--;
  const rows: string[] = [];
  for (let at = end; at >= 0 && rows.length <= largest; at--) {
    const row = rowOf(lines[at] ?? '');
    if (row === null) break;
    rows.unshift(row);
  }
  const width = rows[0]?.length ?? 0;
  const isGrid = width > 0 && width <= largest && rows.length <= largest;
  return isGrid && rows.every((row) => row.length === width) ? rows.join('\n') : null;
}

/**
 * The digits of a line: either one run of them, or one by one; '' for other numbers, which fit into no grid. null for a
 * line that is no row.
 */
function rowOf(line: string): string | null {
  if (!/^[\d\s,|"'[\]]+$/.test(line) || !/\d/.test(line)) return null;
  const cells = line
    .replace(/[^\d]+/g, ' ')
    .trim()
    .split(' ');
  return cells.length > 1 && cells.some((cell) => cell.length > 1) ? '' : cells.join('');
}
