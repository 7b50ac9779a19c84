/** Which model on which engine; samples of different identities are never pooled unasked. */
export interface EngineIdentity {
  readonly kind: string;
  /** Version of the engine and of what it computes with. */
  readonly build: string;
  readonly modelName: string;
  readonly modelSha256: string;
}
