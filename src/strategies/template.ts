import { z } from 'zod';
import { quote } from '../core/quote.js';

/** `{name}` or `{group.name}`; doubled braces stand for single ones. Other braces are plain text, as in JSON. */
const pattern = /\{\{([A-Za-z]\w*(?:\.[^{}\n]+)?)\}\}|\{([A-Za-z]\w*(?:\.[^{}\n]+)?)\}/g;

/** Names of the placeholders in a template, in their order. */
export function placeholders(template: string): string[] {
  return [...template.matchAll(pattern)].flatMap(([, , name]) => name ?? []);
}

/** What a template has to be, for an error. */
export function templateRule(known: readonly string[]): string {
  const names = known.map((name) => `{${name}}`).join(', ') || 'none';
  return `a text with no other placeholders than these: ${names}`;
}

/** A prompt whose placeholders are all `known`. */
export function promptSchema(known: readonly string[]) {
  return z
    .string()
    .min(1)
    .superRefine((template, context) => {
      const unknown = placeholders(template).find((name) => !known.includes(name));
      if (unknown === undefined) return;
      context.addIssue({ code: 'custom', message: templateRule(known), input: `{${unknown}}` });
    });
}

/**
 * Puts values into a template, each once: placeholders inside a value stay as they are.
 * @param plain what was not written by a model
 * @param quoted what was: it stands on lines of its own, quoted
 */
export function fill(
  template: string,
  plain: Readonly<Record<string, string>>,
  quoted: Readonly<Record<string, string>> = {},
): string {
  return template.replace(pattern, (match: string, literal?: string, name = '', offset = 0) => {
    if (literal !== undefined) return `{${literal}}`;
    const value = plain[name];
    if (value !== undefined) return value;
    const before = template[offset - 1] ?? '\n';
    const after = template[offset + match.length] ?? '\n';
    return `${before === '\n' ? '' : '\n'}${quote(quoted[name] ?? '')}${after === '\n' ? '' : '\n'}`;
  });
}
