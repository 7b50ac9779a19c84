import { createHash } from 'node:crypto';
import { z } from 'zod';
import { keyLimitsSchema } from '../config.js';

/** Names an owner in logs and in the keys file; never the key itself. */
export const keyIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'up to 64 letters, digits, dots, dashes and underscores');

/** One line of the keys file. */
export const keyEntrySchema = z.strictObject({
  id: keyIdSchema,
  /** SHA-256 of the key, in hexadecimal. Keys are random and long, so a fast hash gives nothing away. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits in lower case'),
  /** Limits of this key; those of `keyLimits` in the configuration where it has none. */
  limits: keyLimitsSchema.optional(),
});

export function sha256Of(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}
