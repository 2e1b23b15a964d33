// The engine module itself, below the package's own functions.
import { readFileSync } from "node:fs";

import { initSync } from "../../core/npm/pkg/engine.js";

initSync({ module: readFileSync(new URL("../../core/npm/pkg/engine_bg.wasm", import.meta.url)) });

export * from "../../core/npm/pkg/engine.js";
