/**
 * The script of an engine's worker in a browser. Nothing to import: an address for `createEngine({workerUrl})`.
 *
 * @packageDocumentation
 */
import { serve } from "./serve.js";

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const receive = serve((message, transfer) => scope.postMessage(message, transfer));
scope.onmessage = ({ data }) => receive(data);

export {};
