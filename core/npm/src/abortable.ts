// Promises that end when nobody wants them any more.

/** Settles as `promise` does, or is rejected with a signal's reason as soon as one is aborted. */
export function abortable<T>(promise: PromiseLike<T>, ...signals: (AbortSignal | undefined)[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const heard = new AbortController();
    const settled = () => heard.abort();
    for (const signal of signals) {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason), { signal: heard.signal });
    }
    promise.then(resolve, reject).then(settled, settled);
  });
}
