import type { Policy } from '../policy/policy.js';
import type { Logger } from '../telemetry/logger.js';
import type { ServingMetrics } from '../telemetry/serving-metrics.js';
import type { Admission } from './admission/admission.js';
import type { ApiKeys } from './auth/keys.js';
import type { ServerConfig } from './config.js';
import type { Lifecycle } from './lifecycle.js';
import type { ServedModel } from './served-model.js';

/** What routes share. */
export interface ServerContext {
  readonly config: ServerConfig;
  readonly lifecycle: Lifecycle;
  /** By the name that clients write; filled while the server loads. */
  readonly models: ReadonlyMap<string, ServedModel>;
  readonly policy: Policy;
  readonly admission: Admission;
  /** null serves everybody. */
  readonly keys: ApiKeys | null;
  readonly metrics: ServingMetrics;
  readonly log: Logger;
}
