import { run } from '../setup/command.mjs';

/** Runs a command to its end and returns what it printed; throws that where it fails. */
export async function demand(command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed with code ${code}:\n${output}`);
  return output;
}
