/** The files of a model: big ones are split into `…-00001-of-00004.gguf` and its fellows, and are named by the first. */
export function filesOf(path: string): readonly string[] {
  const match = /^(.*)-00001-of-(\d{5})\.gguf$/.exec(path);
  if (match === null) return [path];
  const [, stem, total = '00001'] = match;
  return Array.from(
    { length: Number(total) },
    (_, part) => `${stem}-${String(part + 1).padStart(5, '0')}-of-${total}.gguf`,
  );
}
