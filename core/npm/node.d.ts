export {
  MatrixBlocks,
  Preview,
  Run,
  canonicalize,
  defaultFund,
  engineInfo,
  f64Checksum,
  keys,
  summarise,
} from "./pkg/engine.js";
export type { EngineInfo, Fault, FoliocastError, Keys, Outcome, Progress, Summarised } from "./pkg/engine.js";
