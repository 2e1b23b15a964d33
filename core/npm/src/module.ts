// The engine module of this thread.
import * as bindings from "../pkg/engine.js";
import { FoliocastError } from "./errors.js";
import { platform } from "./platform.js";
import type { Fault, ModuleSource } from "./types.js";

let compiled: Promise<WebAssembly.Module> | undefined;
let isReady = false;

/**
 * Loads the engine, once; a second call waits for the first. What returns a promise does it by itself, so that only
 * functions that answer at once need it, and who wants the module from somewhere else.
 *
 * @param source - Where the module is (an address, a request, a response), or what it is (bytes, a compiled module). From
 *   beside this package unless given.
 * @throws Where the module cannot be had, or WebAssembly with SIMD is missing; the next call tries again.
 */
export async function init(source?: ModuleSource | PromiseLike<ModuleSource>): Promise<void> {
  await compiledModule(source);
}

/**
 * The compiled module, to be sent to workers; instantiated on this thread, too.
 *
 * @internal
 */
export function compiledModule(source?: ModuleSource | PromiseLike<ModuleSource>): Promise<WebAssembly.Module> {
  compiled ??= load(source).catch((error: unknown) => {
    compiled = undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FoliocastError(`The engine could not be loaded: ${reason}`, { code: "ENGINE_UNAVAILABLE", cause: error });
  });
  return compiled;
}

async function load(source?: ModuleSource | PromiseLike<ModuleSource>): Promise<WebAssembly.Module> {
  const module = await compile(await (source ?? platform().loadModule()));
  // Not at once: on a page's own thread some browsers only do it in the background.
  if (!isReady) await bindings.default({ module_or_path: module });
  isReady = true;
  return module;
}

async function compile(source: ModuleSource | BufferSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source as BufferSource);
  const response = await (source instanceof Response ? source : fetch(source as RequestInfo | URL));
  if (!response.ok) throw new Error(`${response.url || "the module's address"} answers ${response.status}`);
  // Compiled while it arrives; only a server that sends it as something else must be waited for.
  if (response.headers.get("content-type") === "application/wasm") {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

/**
 * Makes the module this worker's.
 *
 * @internal
 */
export function instantiate(module: WebAssembly.Module): void {
  if (!isReady) bindings.initSync({ module });
  isReady = true;
}

/**
 * The engine's functions, once it is loaded.
 *
 * @internal
 */
export function engine(): typeof bindings {
  if (!isReady) {
    throw new FoliocastError("The engine is not loaded yet: `await init()` first.", { code: "NOT_INITIALISED" });
  }
  return bindings;
}

/**
 * What a call of the engine gives; what it refuses is thrown as the package's own error.
 *
 * @internal
 */
export function asking<T>(call: (bindings: typeof import("../pkg/engine.js")) => T): T {
  const loaded = engine();
  try {
    return call(loaded);
  } catch (error) {
    const faults = (error as { errors?: Fault[] }).errors;
    throw faults ? FoliocastError.of(faults) : error;
  }
}
