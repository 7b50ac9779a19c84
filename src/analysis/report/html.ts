/** Markup that is safe to put in a page. Only this file makes it. */
export interface Html {
  readonly markup: string;
}

/** A template whose values are escaped, unless they are {@link Html} already. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Html)[]): Html {
  const markup = parts.map((part, index) => {
    const value = values[index];
    if (value === undefined) return part;
    return part + (typeof value === 'object' ? value.markup : escapeHtml(String(value)));
  });
  return { markup: markup.join('') };
}

/** Pieces a line each. */
export function joined(pieces: readonly Html[]): Html {
  return { markup: pieces.map(({ markup }) => markup).join('\n') };
}

/** Pieces with nothing between them. */
export function concatenated(pieces: readonly Html[]): Html {
  return { markup: pieces.map(({ markup }) => markup).join('') };
}

/** Markup that this package wrote itself, an SVG or a fixed attribute; never anything of a user's. */
export function svgMarkup(markup: string): Html {
  return { markup };
}

/** Text for an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
