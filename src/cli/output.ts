import { extname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { type PlotFormat, plotFormats } from '../analysis/report/plot-format.js';

/** Writes the result of a command: what a program reads goes to stdout and nothing else does. */
export function writeJson(value: unknown): void {
  const text = JSON.stringify(
    value,
    (_, inner: unknown) => (ArrayBuffer.isView(inner) ? Array.from(inner as Int32Array) : inner),
    2,
  );
  process.stdout.write(`${text}\n`);
}

export function writeText(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says something to the person who waits. */
export function notice(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** An option that is a number; its range is checked by the schema that it ends in. */
export function numberOption(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

/** An option that is a JSON object; its keys are checked by the schema that it ends in. */
export function objectOption(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('Expected a JSON object.');
}

/** An option that is one of many kinds, which help does not list. */
export function kindOption(kinds: readonly string[]): (text: string) => string {
  return (text) => {
    if (kinds.includes(text)) return text;
    throw new InvalidArgumentError(`Expected one of ${kinds.join(', ')}.`);
  };
}

/** A file to draw into, with the format that its name says. */
export interface Plot {
  readonly path: string;
  readonly format: PlotFormat;
}

/** An option that is a file to draw into. */
export function plotOption(path: string): Plot {
  const format = plotFormats.find((it) => extname(path).toLowerCase() === `.${it}`);
  if (format === undefined)
    throw new InvalidArgumentError('Expected a name that ends in .svg, .png or .html.');
  return { path, format };
}

/** 75 -> '1 min 15 s'. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ] as const;
  const shown = parts.filter(([amount]) => amount > 0).slice(0, 2);
  return shown.length === 0 ? '0 s' : shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}

/** A signal that Ctrl-C aborts; a second Ctrl-C ends the process at once. */
export function interruptSignal(): { readonly signal: AbortSignal; readonly done: () => void } {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    notice('Stopping after the current token; press Ctrl-C again to end at once.');
    controller.abort(new Error('interrupted; the same command resumes'));
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  const done = (): void => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  };
  return { signal: controller.signal, done };
}
