/**
 * The Foliocast engine for Node: ready when it is imported.
 *
 * @packageDocumentation
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import type { FromWorker } from "./messages.js";
import { init } from "./module.js";
import { setPlatform } from "./platform.js";

setPlatform({
  loadModule: () => readFileSync(new URL("./foliocast_bg.wasm", import.meta.url)),
  startWorker: (url, { onMessage, onFailure }) => {
    const script = new URL(url ?? new URL("./node-worker.js", import.meta.url));
    // What a program's text is, the worker's script need not be.
    const execArgv = process.execArgv.filter((flag) => !flag.startsWith("--input-type"));
    const worker = new Worker(script, { name: "foliocast", execArgv });
    worker.on("message", (message: FromWorker) => onMessage(message));
    worker.on("error", (error) => onFailure(error instanceof Error ? error.message : String(error)));
    worker.on("exit", () => onFailure("it ended"));
    worker.unref();
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      terminate: () => void worker.terminate(),
      // Idle workers keep no program alive.
      hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    };
  },
  threads: availableParallelism,
});

await init();

export * from "./exports.js";
