import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { thinkscaleHome } from './cache.js';
import { catalogue, defaultModel } from './catalogue.js';
import { hubFolder, readHubNote } from './hub.js';
import { isPulled, modelPath } from './resolve.js';

/** One line of `thinkscale models list`. */
export interface ListedModel {
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  /** Size of the file, or null where only the file would tell. */
  readonly bytes: number | null;
  readonly isDefault: boolean;
  /** Where it lies, or null if it is not fetched. */
  readonly path: string | null;
}

/** The catalogue's models, fetched or not, then what was fetched from the hub. */
export async function listModels(home: string = thinkscaleHome()): Promise<ListedModel[]> {
  const known = catalogue.map(async ({ name, description, licence, bytes }) => ({
    name,
    description,
    licence,
    bytes,
    isDefault: name === defaultModel,
    path: (await isPulled(name, home)) ? (modelPath(name, home) ?? null) : null,
  }));
  return [...(await Promise.all(known)), ...(await listHub(home))];
}

async function listHub(home: string): Promise<ListedModel[]> {
  const folder = hubFolder(home);
  const files = await readdir(folder).catch(() => []);
  const notes = await Promise.all(
    files.filter((file) => file.endsWith('.json')).map((file) => readHubNote(join(folder, file))),
  );
  return notes.flatMap((note) =>
    note === undefined
      ? []
      : [
          {
            name: note.name,
            description: 'fetched from the Hugging Face hub',
            licence: 'see the model’s page',
            bytes: null,
            isDefault: false,
            path: note.path,
          },
        ],
  );
}
