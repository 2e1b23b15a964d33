// What every entry gives.
export { canonicalize, defaultFund, matrixKey, recomputeBlock, runKey, validate } from "./configuration.js";
export * from "./client.js";
export { Engine, createEngine } from "./engine.js";
export { FoliocastError, type FoliocastErrorDetails } from "./errors.js";
export { init } from "./module.js";
export type * from "./types.js";
export { verify } from "./verify.js";
export { engineVersion } from "./version.js";
