import { z } from 'zod';
import { arithmeticSchema, createArithmetic } from './arithmetic/arithmetic.js';
import { createJsonl, jsonlSchema } from './jsonl/jsonl.js';
import type { Task } from './task.js';

export const taskSchema = z.discriminatedUnion('kind', [arithmeticSchema, jsonlSchema]);

export type TaskSpec = z.output<typeof taskSchema>;

/** @throws TS_FILE_MISSING, TS_FILE_MALFORMED for a task that reads a file */
export function createTask(spec: TaskSpec): Task {
  switch (spec.kind) {
    case 'arithmetic':
      return createArithmetic(spec);
    case 'jsonl':
      return createJsonl(spec);
  }
}
