import { z } from 'zod';
import { type Sampling, samplingSchema } from '../core/sample.js';

const fields = Object.entries(samplingSchema.unwrap().shape);

/** What differs from another sampling: some of its keys, without defaults. */
export const samplingOverridesSchema = z.strictObject(
  Object.fromEntries(fields.map(([key, field]) => [key, field.unwrap().optional()])),
) as unknown as z.ZodType<Partial<Sampling>, Partial<z.input<typeof samplingSchema>>>;
