/** The whole text as the answer: outer space removed, inner space runs made one, compatibility forms made equal. */
export function extractText(text: string): string | null {
  const canonical = text.normalize('NFKC').trim().replace(/\s+/g, ' ');
  return canonical === '' ? null : canonical;
}
