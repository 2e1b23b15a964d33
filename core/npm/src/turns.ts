// Working in slices.

/** Longest stretch of work before others have their turn, milliseconds. */
export const SLICE_MS = 8;

const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.onmessage = () => {
  waiting.shift()?.();
  hold();
};

/** Node waits for a port that listens: only while somebody waits for a turn. */
function hold(): void {
  const port = port1 as MessagePort & { ref?(): void; unref?(): void };
  if (waiting.length > 0) port.ref?.();
  else port.unref?.();
}
hold();

/** Lets waiting events in. A message port comes back at once, where a timer would wait for 4 ms. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    hold();
    port2.postMessage(undefined);
  });
}
