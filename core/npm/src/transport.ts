// Requests to the API and their answers: what is sent with each, what is thrown, what is worth another try.
import { FoliocastError } from "./errors.js";
import type { components } from "./openapi.js";

/** Where the API is, and who asks. */
export interface ClientOptions {
  /** Address of the server, with the path that it is under, if any; in a page, its own origin unless given. */
  baseUrl?: string | URL;
  /** Access key. Not needed where the server has none, nor in a page whose visitor has signed in. */
  accessKey?: string;
  /** Instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** What may be asked of a call. */
export interface CallOptions {
  /** Ends the call: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** A request, as `fetch` takes it. */
export type Init = Omit<RequestInit, "signal"> & CallOptions;

/** How often what is refused for the moment is asked again. */
export const MOST_RETRIES = 3;
/** Whoever is to wait longer than this, milliseconds, decides alone. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Sends requests to the API, and throws what is no success. */
export class Transport {
  readonly #baseUrl: string;
  readonly #accessKey: string | undefined;
  readonly #fetch: typeof globalThis.fetch;

  constructor({ baseUrl, accessKey, fetch }: ClientOptions) {
    this.#baseUrl = httpAddress(baseUrl ?? globalThis.location?.origin);
    // Here and not by the first call, whose error would show the key.
    if (accessKey !== undefined && !/^[\x21-\x7e]+$/.test(accessKey)) {
      throw new TypeError("accessKey is none: it is empty, or has blanks or other characters that no key has");
    }
    this.#accessKey = accessKey;
    // The global one must not be called as a method of this.
    this.#fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** Sends a request, again up to three times where the server says when. */
  async sendPatiently(path: string, init: Init): Promise<Response> {
    for (let retries = 0; ; retries += 1) {
      try {
        return await this.send(path, init);
      } catch (error) {
        const retryAfterMs = isPassing(error) ? askedToWait(error) : undefined;
        if (retryAfterMs === undefined || retries === MOST_RETRIES) throw error;
        await pause(retryAfterMs, init.signal);
      }
    }
  }

  /** Sends a request; what is no success is thrown. */
  async send(path: string, init: Init): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("accept")) headers.set("accept", "application/json");
    if (this.#accessKey !== undefined) headers.set("authorization", `Bearer ${this.#accessKey}`);
    const url = this.#baseUrl + path;
    let response: Response;
    try {
      response = await this.#fetch(url, { ...init, headers });
    } catch (cause) {
      throwIfAborted(init.signal);
      throw networkError(`${url} could not be reached`, cause);
    }
    if (response.ok) return response;
    throw await refusal(response, `${init.method ?? "GET"} ${url}`, init.signal);
  }
}

/** An address without its trailing slashes. */
function httpAddress(text: string | URL | undefined): string {
  let url: URL | undefined;
  try {
    url = new URL(text ?? "");
  } catch {
    // Told below, with all else that is no address of a server.
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new TypeError("baseUrl must be the address of a server, as in https://folio.example");
  }
  return url.href.replace(/\/+$/, "");
}

export function networkError(message: string, cause?: unknown): FoliocastError {
  return new FoliocastError(message, { code: "NETWORK_ERROR", cause });
}

export function unexpected(message: string, status?: number, cause?: unknown): FoliocastError {
  return new FoliocastError(message, { code: "UNEXPECTED_ANSWER", status, cause });
}

/** Whether it may be otherwise soon: the connection broke, or the server or what is before it has no time for this. */
export function isPassing(error: unknown): error is FoliocastError {
  if (!(error instanceof FoliocastError)) return false;
  return error.code === "NETWORK_ERROR" || [429, 502, 503, 504].includes(error.status ?? 0);
}

/** How long the server asks to wait, milliseconds; thrown where that is longer than anybody would expect of a call. */
export function askedToWait(error: FoliocastError): number | undefined {
  if (error.retryAfterMs !== undefined && error.retryAfterMs > LONGEST_RETRY_AFTER_MS) throw error;
  return error.retryAfterMs;
}

/** The body of an answer, whole. */
async function text(response: Response, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    throwIfAborted(signal);
    throw networkError(`the answer of ${response.url} broke off`, cause);
  }
}

/** The body of an answer that is JSON. */
export async function json<Body>(response: Response, signal: AbortSignal | undefined): Promise<Body> {
  const body = await text(response, signal);
  try {
    return JSON.parse(body) as Body;
  } catch (cause) {
    throw unexpected(`the answer of ${response.url} is not JSON`, response.status, cause);
  }
}

/** A refusal of the API, or of something before it. */
async function refusal(response: Response, request: string, signal: AbortSignal | undefined): Promise<FoliocastError> {
  const { status } = response;
  const retryAfterMs = retryAfter(response.headers.get("retry-after"));
  const body = await text(response, signal);
  let problem: Partial<components["schemas"]["Problem"]> | undefined;
  try {
    problem = (JSON.parse(body) as Partial<components["schemas"]["ErrorBody"]> | null)?.error;
  } catch {
    // Proxies answer in HTML.
  }
  if (typeof problem?.code !== "string" || typeof problem.message !== "string") {
    const code = "UNEXPECTED_ANSWER";
    return new FoliocastError(`${request} was answered ${status}, not by the API`, { code, status, retryAfterMs });
  }
  const { code, message, details: errors, requestId } = problem;
  return new FoliocastError(message, { code, errors, status, requestId, retryAfterMs });
}

/** What `Retry-After` says, seconds or a date, in milliseconds from now. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^[0-9]+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** The pieces of a stream of events as they come. Leaving the loop ends the connection. */
export async function* pieces(
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  try {
    if (!reader || !isStream) throw unexpected(`${response.url} is no stream of events`, response.status);
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throwIfAborted(signal);
        throw networkError(`the events of ${response.url} broke off`, cause);
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Where the connection is gone already there is nothing left to end.
    reader?.cancel().catch(() => {});
  }
}

/** What an aborted call is rejected with; browsers before 2022 keep no reason. */
const reason = (signal: AbortSignal): unknown =>
  signal.reason ?? new DOMException("This operation was aborted", "AbortError");

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw reason(signal);
}

/** Waits; rejected with the signal's reason when that comes first. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    throwIfAborted(signal);
    const abort = () => {
      clearTimeout(timer);
      if (signal) reject(reason(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
