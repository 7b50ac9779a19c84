import { ThinkscaleError } from '../../core/errors.js';
import { readGgufExtent } from './gguf-header.js';
import { GgufProblem } from './header-reader.js';
import { filesOf } from './parts.js';

/**
 * Checks that a model file (every part of a split one) is a GGUF whose tensors lie inside the file.
 * @param remedy what the user can do if not, without a full stop
 * @throws TS_MODEL_CORRUPT that says what was expected and what came
 */
export function verifyGguf(path: string, remedy = 'copy or download the file again'): void {
  for (const file of filesOf(path)) verifyPart(file, remedy);
}

function verifyPart(path: string, remedy: string): void {
  const corrupt = (detail: string, cause?: unknown) =>
    new ThinkscaleError('TS_MODEL_CORRUPT', { path, detail, remedy }, { cause });
  try {
    const { neededBytes, fileBytes } = readGgufExtent(path);
    if (fileBytes >= neededBytes) return;
    throw corrupt(`it is truncated: expected at least ${neededBytes} bytes, got ${fileBytes}`);
  } catch (error) {
    if (error instanceof ThinkscaleError) throw error;
    if (error instanceof GgufProblem) throw corrupt(error.message, error);
    throw corrupt(`it cannot be read (${error instanceof Error ? error.message : String(error)})`, error);
  }
}
