/** Whether a piece is short enough. */
type Fits = (piece: string) => Promise<boolean>;

/** Where a text is cut, best places first: after paragraphs, sentences and words. */
const borders = [/(?<=\n[ \t]*\n)(?=\S)/, /(?<=[.!?]["'”’)\]]*\s)(?=\S)/, /(?<=\s)(?=\S)/];

/**
 * Cuts a text into pieces that fit, each as long as it can be: at the ends of paragraphs, inside those that are too long at
 * the ends of sentences, then of words, then anywhere. A single character is never cut, whether it fits or not.
 */
export async function cutText(text: string, fits: Fits): Promise<string[]> {
  const pieces = (await cut(text, fits, 0)).map((piece) => piece.trim());
  const written = pieces.filter((piece) => piece !== '');
  return written.length === 0 ? [text] : written;
}

async function cut(text: string, fits: Fits, level: number): Promise<string[]> {
  if (await fits(text.trim())) return [text];
  const border = borders[level];
  if (border === undefined) return halves(text, fits);
  const pieces: string[] = [];
  let open = '';
  for (const unit of text.split(border)) {
    if (await fits((open + unit).trim())) {
      open += unit;
      continue;
    }
    const parts = await cut(unit, fits, level + 1);
    if (open !== '') pieces.push(open);
    open = parts.pop() ?? '';
    pieces.push(...parts);
  }
  return open === '' ? pieces : [...pieces, open];
}

async function halves(text: string, fits: Fits): Promise<string[]> {
  const characters = [...text];
  if (characters.length < 2 || (await fits(text))) return [text];
  const middle = Math.floor(characters.length / 2);
  const [left, right] = [characters.slice(0, middle).join(''), characters.slice(middle).join('')];
  return [...(await halves(left, fits)), ...(await halves(right, fits))];
}

/** Texts in groups that fit together, in order; all but the last hold two at least, so that there are fewer groups. */
export async function groupTexts(
  texts: readonly string[],
  fits: (group: readonly string[]) => Promise<boolean>,
): Promise<string[][]> {
  const groups: string[][] = [];
  for (const text of texts) {
    const open = groups.at(-1);
    const isRoom = open !== undefined && (open.length < 2 || (await fits([...open, text])));
    if (isRoom) open.push(text);
    else groups.push([text]);
  }
  return groups;
}
