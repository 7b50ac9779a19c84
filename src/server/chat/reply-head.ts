import { randomUUID } from 'node:crypto';
import { sha256 } from '../../core/hash.js';
import type { EngineIdentity } from '../../core/identity.js';
import type { ReplyHead } from './reply-schema.js';

/** @param model as the request named it */
export function replyHead(model: string, { kind, build, modelSha256 }: EngineIdentity): ReplyHead {
  return {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: `fp_${sha256([kind, build, modelSha256]).slice(0, 10)}`,
  };
}
