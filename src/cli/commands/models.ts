import { Command } from 'commander';
import { listModels, pullModel, resolveModel } from '../../engine/model-files/model-files.js';
import { notice, writeJson, writeText } from '../output.js';

export function modelsCommand(): Command {
  const models = new Command('models').description('Fetch, list and check model files.');
  models
    .command('pull')
    .description('Fetch a model into the cache (THINKSCALE_HOME) and check its sha256. Never fetches twice.')
    .argument('<name>', 'a name of the catalogue, or hf:owner/repo:quant')
    .option('--json', 'print the result as JSON', false)
    .action(async (name: string, { json }: { json: boolean }) => {
      notice(`Fetching ${name} unless it is here already.`);
      const path = await pullModel(name);
      if (json) writeJson({ name, path });
      else writeText(path);
    });
  models
    .command('list')
    .description('The models of the catalogue, and where those that were fetched are.')
    .option('--json', 'print the list as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const listed = await listModels();
      if (json) return writeJson(listed);
      for (const { name, description, licence, bytes, isDefault, path } of listed) {
        const size = bytes === null ? '' : `, ${Math.round(bytes / 1e6)} MB`;
        writeText(`${name}${isDefault ? ' (default)' : ''}: ${description}${size}, ${licence}`);
        writeText(`  ${path ?? `not fetched: thinkscale models pull ${name}`}`);
      }
    });
  models
    .command('verify')
    .description('Hash a model file again and check its structure.')
    .argument('<name>', 'a name of the catalogue, or the path of a GGUF file')
    .option('--json', 'print the result as JSON', false)
    .action(async (name: string, { json }: { json: boolean }) => {
      const model = await resolveModel(name, { fresh: true });
      if (json) writeJson(model);
      else writeText(`${model.path} is sound: ${model.bytes} bytes, sha256 ${model.sha256}`);
    });
  return models;
}
