// Workers of a browser.
import type { FromWorker } from "./messages.js";
import type { WorkerHandle, WorkerListener } from "./platform.js";

/** A started worker as an engine's. */
export function webWorker(worker: Worker, { onMessage, onFailure }: WorkerListener): WorkerHandle {
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    onFailure(event.message || "its script could not be loaded");
  };
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}

/** Threads of this machine, as far as the browser says. */
export function hardwareThreads(): number {
  return navigator.hardwareConcurrency || 2;
}
