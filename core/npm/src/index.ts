/**
 * The Foliocast engine for browsers and bundlers.
 *
 * @packageDocumentation
 */
import { hardwareThreads, webWorker } from "./browser.js";
import { setPlatform } from "./platform.js";

setPlatform({
  // Written out where they are used: bundlers look for just this.
  loadModule: () => fetch(new URL("./foliocast_bg.wasm", import.meta.url)),
  startWorker: (url, listener) =>
    webWorker(
      url === undefined
        ? new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "foliocast" })
        : new Worker(url, { type: "module", name: "foliocast" }),
      listener,
    ),
  threads: hardwareThreads,
});

export * from "./exports.js";
