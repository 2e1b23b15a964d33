// Working in slices.

/** Longest stretch of work before others have their turn, milliseconds. */
export const SLICE_MS = 8;

/** Node has it: there, a port's messages would all be heard before anything else is. */
const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };

const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Lets waiting events in. A message port comes back at once, where a timer would wait for 4 ms. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate) return setImmediate(resolve);
    if (!channel) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => waiting.shift()?.();
    }
    waiting.push(resolve);
    channel.port2.postMessage(undefined);
  });
}

/** Turns by the clock: work in between takes no longer than a slice, or than its longest step. */
export class Slices {
  #beganMs = -Infinity;

  /** Whether the slice is over. */
  get isOver(): boolean {
    return performance.now() - this.#beganMs >= SLICE_MS;
  }

  /** Lets waiting events in, and begins a new slice. */
  async next(): Promise<void> {
    await turn();
    this.#beganMs = performance.now();
  }
}
