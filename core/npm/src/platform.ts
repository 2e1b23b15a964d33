// What differs between a browser, a page whose bundler embeds everything, and Node.
import type { FromWorker, ToWorker } from "./messages.js";

/** A worker, of whatever kind. */
export interface WorkerHandle {
  /** Sends a message; the buffers in `transfer` go along and are gone here. */
  post(message: ToWorker, transfer: ArrayBuffer[]): void;
  /** Ends it, whatever it does. */
  terminate(): void;
  /** Says whether a program should wait for it. Only Node asks. */
  hold?(isBusy: boolean): void;
}

/** Who hears of a worker. */
export interface WorkerListener {
  onMessage(message: FromWorker): void;
  /** It could not be started, or it died. */
  onFailure(reason: string): void;
}

/** Where the package runs. */
export interface Platform {
  /** The engine module, where the caller of `init` does not say. */
  loadModule(): Promise<Response | BufferSource> | Response | BufferSource;
  /** Starts a worker; throws where there are none. */
  startWorker(url: string | URL | undefined, listener: WorkerListener): WorkerHandle;
  /** Threads of this machine. */
  threads(): number;
}

let current: Platform | undefined;

/** Says where the package runs: each entry does so before anything else. */
export function setPlatform(platform: Platform): void {
  current = platform;
}

/** Where the package runs. */
export function platform(): Platform {
  if (!current) throw new Error("import one of the package's entries");
  return current;
}
