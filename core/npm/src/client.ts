// The HTTP API, as far as runs go: ask for one, follow it, read it, check it.
import { FoliocastError } from "./errors.js";
import { EventStreamParser } from "./event-stream.js";
import type { ServerSentEvent } from "./event-stream.js";
import type { components, paths } from "./openapi.js";
import {
  MOST_RETRIES,
  Transport,
  askedToWait,
  isPassing,
  json,
  networkError,
  pause,
  pieces,
  unexpected,
} from "./transport.js";
import type { CallOptions, ClientOptions } from "./transport.js";
import type { Configuration, ConfigurationInput, Verification, VerifyOptions } from "./types.js";
import { verify } from "./verify.js";

export type { CallOptions, ClientOptions } from "./transport.js";

type Schemas = components["schemas"];

/** A finished run, as the API answers it. */
export type Run = Schemas["Run"] & {
  /** The canonical configuration, complete. */
  configuration: Configuration;
};
/** A request for a run, attached to the computation that makes it. */
export type Job = Schemas["Job"];
/** Instead of a configuration: a fund's stored one, else the default fund's. */
export type StoredForm = Schemas["StoredForm"];

/** How far a job is. */
export interface JobProgress {
  /** How much is done, 0–100. */
  percent: number;
  /** What is being done, in words. */
  step: string;
}

/** Something that happened to a job: how far it is now, or how it ended. */
export type JobEvent =
  | { type: "progress"; id: string; progress: JobProgress }
  | { type: "complete" | "failed" | "cancelled"; id: string; job: Job };

/** What may be asked while a job is waited for. */
export interface WaitOptions extends CallOptions {
  /** Hears how far the job is, as often as the server tells. */
  onProgress?: (progress: JobProgress) => void;
}

/** What may be asked of a run by the API. */
export interface SimulateOptions extends WaitOptions {
  /**
   * How long the server may hold its first answer back for the run to be in it, milliseconds, 0–60,000. 10,000 unless
   * given, or 200 with `onProgress`, which hears nothing before that answer.
   */
  waitMs?: number;
}

/** What may be asked of a stream of events. */
export interface EventsOptions extends CallOptions {
  /** `id` of the last event seen; what came before is not told again. */
  lastEventId?: string;
}

/** The JSON that an operation answers with. */
type Answer<
  Path extends keyof paths,
  Method extends keyof paths[Path],
  Status extends number = 200,
> = paths[Path][Method] extends { responses: Record<Status, { content: { "application/json": infer Body } }> }
  ? Body
  : never;

/** Block digests of a page: as many as the API gives. */
const BLOCKS_OF_A_PAGE = 10_000;
/** The first answer's wait where somebody wants to hear of progress, milliseconds. */
const WAIT_WITH_PROGRESS_MS = 200;
/** Between two looks at a job, milliseconds: at first, and at most. */
const LOOK_MS = 250;
const LONGEST_LOOK_MS = 5_000;
/** Connections in a row without an event after which a stream is given up: with the pauses, half a minute. */
const MOST_BROKEN_CONNECTIONS = 7;
/** Between two connections, milliseconds: at first, and at most. */
const RECONNECT_MS = 500;
const LONGEST_RECONNECT_MS = 10_000;

/**
 * The HTTP API. What it refuses is thrown as {@link FoliocastError}: `VALIDATION_ERROR` with all faults of an input,
 * `UNAUTHORIZED`, `NOT_FOUND`, `TOO_MANY_REQUESTS` …; where no answer came, as `NETWORK_ERROR`.
 */
export class FoliocastClient {
  readonly #api: Transport;

  /**
   * @param options - Where the API is, and who asks.
   */
  constructor(options: ClientOptions = {}) {
    this.#api = new Transport(options);
  }

  /**
   * Has a run made, or found where it was made before, and waits for it. What the server refuses for the moment is asked
   * again up to three times, when it says. Aborting also lets the job go: the computation stops when nobody waits for it.
   *
   * @param configuration - A configuration, as an object or as JSON text, which is sent as it is; or the short form.
   * @param options - What may be asked.
   * @returns The finished run.
   * @throws {@link FoliocastError} With `CONFLICT` where it was cancelled: asking again would begin it anew.
   */
  async simulate(
    configuration: ConfigurationInput | StoredForm,
    { waitMs, signal, onProgress }: SimulateOptions = {},
  ): Promise<Run> {
    const path = "/api/monte-carlo/simulate";
    const wait = waitMs ?? (onProgress && WAIT_WITH_PROGRESS_MS);
    const response = await this.#api.sendPatiently(wait === undefined ? path : `${path}?wait=${wait}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof configuration === "string" ? configuration : JSON.stringify(configuration),
      signal,
    });
    if (response.status !== 202) return await json<Run>(response, signal);
    const { jobId } = await json<Answer<typeof path, "post", 202>>(response, signal);
    try {
      return await this.wait(jobId, { signal, onProgress });
    } catch (error) {
      if (signal?.aborted) {
        // Nobody waits for this, nor hears whether it could be done.
        void this.cancel(jobId).catch(() => {});
      }
      throw error;
    }
  }

  /**
   * Waits for a job: by its events, or by looking at it now and then where no events get through. Aborting ends only the
   * waiting.
   *
   * @param jobId - The job.
   * @param options - What may be asked.
   * @returns The finished run.
   * @throws {@link FoliocastError} Why it failed, or with `CONFLICT` where it was cancelled.
   */
  async wait(jobId: string, { signal, onProgress }: WaitOptions = {}): Promise<Run> {
    const job =
      (await this.#followed(jobId, { signal, onProgress })) ?? (await this.#watched(jobId, { signal, onProgress }));
    if (job.state === "complete") {
      return await json<Run>(
        await this.#api.sendPatiently(address("/api/runs/{runKey}", job.runKey), { signal }),
        signal,
      );
    }
    if (job.state === "failed") {
      const { code = "INTERNAL_ERROR", message = `job ${jobId} failed`, details, requestId } = job.error ?? {};
      throw new FoliocastError(message, { code, errors: details, requestId });
    }
    // The code is that of a request that waits while this happens.
    throw new FoliocastError(`job ${jobId} was cancelled: it was let go, or an operator ended it`, {
      code: "CONFLICT",
    });
  }

  /**
   * Follows a job: its present state first, then each change, and last how it ended. A connection that breaks is made
   * again, and goes on after the last event; it is given up after half a minute without any.
   *
   * @param jobId - The job.
   * @param options - What may be asked.
   */
  async *events(jobId: string, { signal, lastEventId }: EventsOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    let seen = lastEventId;
    let reconnectMs = RECONNECT_MS;
    for (let broken = 0; ;) {
      let failure: FoliocastError;
      try {
        const headers = { accept: "text/event-stream", ...(seen && { "last-event-id": seen }) };
        const response = await this.#api.send(address("/api/jobs/{id}/events", jobId), {
          headers,
          cache: "no-store",
          signal,
        });
        // There is nothing after the last event seen.
        if (response.status === 204) return;
        const parser = new EventStreamParser();
        for await (const piece of pieces(response, signal)) {
          for (const event of parser.push(piece)) {
            broken = 0;
            seen = event.lastEventId || seen;
            const told = jobEvent(event);
            if (told) yield told;
            if (told && told.type !== "progress") return;
          }
          reconnectMs = parser.retryMs ?? reconnectMs;
        }
        // A server that shuts down ends its streams; another goes on with them.
        failure = networkError(`the events of job ${jobId} ended before the job did`);
      } catch (error) {
        if (!isPassing(error)) throw error;
        failure = error;
      }
      broken += 1;
      if (broken >= MOST_BROKEN_CONNECTIONS) throw failure;
      const pauseMs = Math.min(reconnectMs * 2 ** (broken - 1), LONGEST_RECONNECT_MS);
      await pause(Math.max(jittered(pauseMs), askedToWait(failure) ?? 0), signal);
    }
  }

  /**
   * A kept run.
   *
   * @param runKey - Its key, 64 hexadecimal digits.
   * @param options - What may be asked.
   */
  async run(runKey: string, { signal }: CallOptions = {}): Promise<Run> {
    return await json<Run>(await this.#api.send(address("/api/runs/{runKey}", runKey), { signal }), signal);
  }

  /**
   * A job, as it is now.
   *
   * @param jobId - The job.
   * @param options - What may be asked.
   */
  async job(jobId: string, { signal }: CallOptions = {}): Promise<Job> {
    return await json<Job>(await this.#api.send(address("/api/jobs/{id}", jobId), { signal }), signal);
  }

  /**
   * Lets a job go; its computation stops when nobody waits for it any more.
   *
   * @param jobId - The job.
   * @param options - What may be asked.
   * @returns The job as it then is: `cancelled`, unless it had ended before.
   */
  async cancel(jobId: string, { signal }: CallOptions = {}): Promise<Job> {
    // The page may be about to close, which this is to outlive.
    const init = { method: "DELETE", keepalive: true, signal };
    return await json<Job>(await this.#api.send(address("/api/jobs/{id}", jobId), init), signal);
  }

  /**
   * Digests of all blocks of a matrix.
   *
   * @param matrixKey - Key of the matrix, 64 hexadecimal digits.
   * @param options - What may be asked.
   * @returns 64 hexadecimal digits for each block of 1,024 rows, in order.
   */
  async blocks(matrixKey: string, { signal }: CallOptions = {}): Promise<string[]> {
    const path = `${address("/api/matrices/{matrixKey}/blocks", matrixKey)}?limit=${BLOCKS_OF_A_PAGE}`;
    const digests: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page: Answer<"/api/matrices/{matrixKey}/blocks", "get"> = await json(
        await this.#api.send(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path, { signal }),
        signal,
      );
      for (const { block, digest } of page.items) {
        if (block !== digests.length) {
          throw unexpected(`the digest of block ${digests.length} was to come, and that of block ${block} did`);
        }
        digests.push(digest);
      }
      cursor = page.nextCursor;
    } while (cursor);
    return digests;
  }

  /**
   * Makes blocks of a run again, here, and compares: keys, digests and figures.
   *
   * @param runOrKey - A run that the API answered, or the key of one, which is then fetched.
   * @param options - How much of it, and with which engine.
   */
  async verify(runOrKey: Run | string, options: VerifyOptions = {}): Promise<Verification> {
    const { signal } = options;
    const run = typeof runOrKey === "string" ? await this.run(runOrKey, { signal }) : runOrKey;
    const blockDigests = await this.blocks(run.matrixKey, { signal });
    // A block that the server does not have is one that differs.
    return await verify(
      { ...run, blockDigests },
      (blocks) => blocks.map((block) => blockDigests[block] ?? ""),
      options,
    );
  }

  /** The job at its end, by its events; `undefined` where they do not get through. */
  async #followed(jobId: string, { signal, onProgress }: WaitOptions): Promise<Job | undefined> {
    try {
      for await (const event of this.events(jobId, { signal })) {
        if (event.type !== "progress") return event.job;
        onProgress?.(event.progress);
      }
    } catch (error) {
      const isOfStreams = isPassing(error) || (error instanceof FoliocastError && error.code === "UNEXPECTED_ANSWER");
      if (!isOfStreams) throw error;
    }
    return undefined;
  }

  /** The job at its end, by looking at it now and then. */
  async #watched(jobId: string, { signal, onProgress }: WaitOptions): Promise<Job> {
    let told: Job | undefined;
    let failures = 0;
    for (let lookMs = LOOK_MS; ; lookMs = Math.min(lookMs * 1.5, LONGEST_LOOK_MS)) {
      let pauseMs = jittered(lookMs);
      try {
        const job = await this.job(jobId, { signal });
        if (job.state !== "waiting" && job.state !== "active") return job;
        const { percent, step } = job;
        if (percent !== told?.percent || step !== told.step) onProgress?.({ percent, step });
        told = job;
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!isPassing(error) || failures > MOST_RETRIES) throw error;
        pauseMs = Math.max(pauseMs, askedToWait(error) ?? 0);
      }
      await pause(pauseMs, signal);
    }
  }
}

/** An address of the API's document, with its parameter. */
function address(path: keyof paths, parameter: string): string {
  return path.replace(/\{\w+\}/, () => encodeURIComponent(parameter));
}

/** An event of the API; `undefined` for one of a kind that came later than this package. */
function jobEvent({ type, data, lastEventId: id }: ServerSentEvent): JobEvent | undefined {
  const read = <Data>(): Data => {
    try {
      return JSON.parse(data) as Data;
    } catch (cause) {
      throw unexpected(`an event \`${type}\` is not JSON`, undefined, cause);
    }
  };
  switch (type) {
    case "progress":
      return { type, id, progress: read() };
    case "complete":
    case "failed":
    case "cancelled":
      return { type, id, job: read() };
    default:
      return undefined;
  }
}

/** At most `ms` and at least half of it, so that those whom one event threw out do not all come back at once. */
const jittered = (ms: number): number => ms * (0.5 + Math.random() / 2);
