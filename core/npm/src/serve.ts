// A worker's first message brings the engine module; all others go to its side.
import type { FromWorker, ToWorker } from "./messages.js";
import { instantiate } from "./module.js";
import { WorkerSide } from "./worker-side.js";

/** Serves the engine that `post` reaches; gives what takes its messages. */
export function serve(post: (message: FromWorker, transfer: ArrayBuffer[]) => void): (message: ToWorker) => void {
  const side = new WorkerSide(post, "worker");
  return (message) => {
    if (message.kind !== "start") return side.receive(message);
    try {
      instantiate(message.module);
      post({ kind: "ready" }, []);
    } catch (error) {
      post({ kind: "unavailable", message: error instanceof Error ? error.message : String(error) }, []);
    }
  };
}
