// The engine in Node: the module is read from this package, so that importing it is all there is to do.
import { readFileSync } from "node:fs";

import { initSync } from "./pkg/engine.js";

initSync({ module: readFileSync(new URL("./pkg/engine_bg.wasm", import.meta.url)) });

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
