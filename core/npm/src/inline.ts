/**
 * The Foliocast engine in one file: the module and the worker's script are part of it, so that no bundler and no server
 * must find them. A content security policy has to allow `worker-src blob:`.
 *
 * @packageDocumentation
 */
import { hardwareThreads, webWorker } from "./browser.js";
import { setPlatform } from "./platform.js";

/** Written by the build: the module, gzip and base64; the worker's script. */
declare const INLINE_MODULE: string;
declare const INLINE_WORKER: string;

let workerUrl: string | undefined;

setPlatform({
  loadModule: async () => {
    const packed = Uint8Array.from(atob(INLINE_MODULE), (character) => character.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  },
  startWorker: (url, listener) => {
    workerUrl ??= URL.createObjectURL(new Blob([INLINE_WORKER], { type: "text/javascript" }));
    return webWorker(new Worker(url ?? workerUrl, { type: "module", name: "foliocast" }), listener);
  },
  threads: hardwareThreads,
});

export * from "./exports.js";
