import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildsFile, hashLibraries } from '../../scripts/bindings/builds.mjs';
import { libraries } from '../../scripts/bindings/functions.mjs';
import { bindingsFolder } from '../../scripts/bindings/generate.mjs';
import { unpackHeaders } from '../../scripts/bindings/headers.mjs';
import { headOf } from '../../scripts/bindings/marked.mjs';

const declarations = libraries.map(({ file }) => join(bindingsFolder, file));
const remedy = 'npm run bindings';

describe.each([...declarations, buildsFile])('%s', (path) => {
  const text = readFileSync(path, 'utf8');
  const { mark, facts, bodySha256 } = headOf(text);

  it('says how it was made and was not edited since', () => {
    expect(mark).toContain(remedy);
    expect(facts['body-sha256']).toBe(bodySha256);
  });

  it('shows one changed byte of its body', () => {
    const end = text.lastIndexOf(';');
    const edited = `${text.slice(0, end)} ${text.slice(end)}`;
    expect(headOf(edited).bodySha256).not.toBe(facts['body-sha256']);
  });
});

describe('declarations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thinkscale-headers-'));
  let installed: { readonly release: string; readonly sha256: string };
  beforeAll(async () => {
    installed = await unpackHeaders(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(declarations)('%s come from the headers that node-llama-cpp installs', (path) => {
    const { facts } = headOf(readFileSync(path, 'utf8'));
    expect(facts).toMatchObject({ release: installed.release, 'headers-sha256': installed.sha256 });
  });

  it('stand in the folder alone', () => {
    expect(readdirSync(bindingsFolder).sort()).toEqual(libraries.map(({ file }) => file).sort());
  });
});

describe('pinned builds', () => {
  const text = readFileSync(buildsFile, 'utf8');
  const entries = text.matchAll(/package: "([^"]+)",\s+version: "([^"]+)",([^\]]+)\]/g);
  const pinned = new Map(
    [...entries].map(([, name = '', version, rest = '']) => {
      const files = [...rest.matchAll(/\("([^"]+)", "([^"]+)"\)/g)].map(([, path, digest]) => [path, digest]);
      return [name, { version, files }];
    }),
  );
  const manifest = JSON.parse(readFileSync('node_modules/node-llama-cpp/package.json', 'utf8'));
  const packages = Object.entries<string>(manifest.optionalDependencies);
  const installed = packages.filter(([name]) => existsSync(join('node_modules', name, 'bins')));

  it('have an entry for every platform package of the installed node-llama-cpp', () => {
    expect(new Map([...pinned].map(([name, { version }]) => [name, version]))).toEqual(new Map(packages));
  });

  it('were installed here for at least one platform', () => {
    expect(installed.length).toBeGreaterThan(0);
  });

  it.each(installed)('equal the libraries of %s', (name) => {
    const { files } = hashLibraries(join('node_modules', name, 'bins'));
    expect(pinned.get(name)?.files).toEqual(files);
  });
});
