import { Command } from 'commander';
import { newKey } from '../../server/auth/new-key.js';
import { notice, writeText } from '../output.js';

export function keysCommand(): Command {
  const keys = new Command('keys').description('Make API keys for `thinkscale serve --keys FILE`.');
  keys
    .command('new')
    .description('Print a new key and append its hash to the file; the key is shown this once.')
    .argument('<id>', 'whose key it is, as logs and limits name it')
    .option('--file <file>', 'file of hashes, one a line', 'keys.jsonl')
    .action((id: string, { file }: { file: string }) => {
      const key = newKey(id, file);
      notice(`Its hash is in ${file}. A server that runs reads the file again on SIGHUP.`);
      writeText(key);
    });
  return keys;
}
