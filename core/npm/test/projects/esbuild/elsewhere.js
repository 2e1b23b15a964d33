// The worker and the module are copied elsewhere, and the engine is told where.
import { createEngine, init } from "foliocast";

import { showRun } from "../show.js";

await init(new URL("./engine/foliocast_bg.wasm", import.meta.url));
await showRun(createEngine({ workerUrl: new URL("./engine/worker.js", import.meta.url) }));
