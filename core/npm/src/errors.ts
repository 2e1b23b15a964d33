// What the package throws.
import type { Fault } from "./types.js";

/** What is known of a failure beside its message. */
export interface FoliocastErrorDetails extends ErrorOptions {
  /** What kind of failure it is. */
  code: string;
  /** Where in the input; that of the first fault unless given. */
  path?: string;
  /** All faults of the input. */
  errors?: readonly Fault[];
  /** HTTP status of the answer. */
  status?: number;
  /** Id of the request in the server's log. */
  requestId?: string;
  /** When the server wants to be asked again, milliseconds from its answer. */
  retryAfterMs?: number;
}

/** Why something was refused or failed: by the engine, or by the HTTP API. */
export class FoliocastError extends Error {
  override readonly name = "FoliocastError";
  /**
   * What kind of failure it is, stable for programs. Of the engine that of the first fault, in lower case (`conflict`,
   * `duplicate`, `too-large` …); of the API its own, in upper case (`VALIDATION_ERROR`, `NOT_FOUND` …); of the
   * package: `NETWORK_ERROR` where no answer came, `UNEXPECTED_ANSWER` for one that is not the API's, `ENGINE_UNAVAILABLE`,
   * `NOT_INITIALISED`, `WORKER_FAILED`, `DISPOSED`, and `NOTHING_TO_COMPARE` of a verification.
   */
  readonly code: string;
  /** Where in the input the first fault is: `buckets[2].moicCalibration.p90`; empty for the whole. */
  readonly path: string;
  /** All faults of the input, in its order; empty where it is not the input that is at fault. */
  readonly errors: readonly Fault[];
  /** HTTP status of the answer; absent where it was no answer that failed. */
  declare readonly status?: number;
  /** Id of the request in the server's log; absent for the engine's. */
  declare readonly requestId?: string;
  /** When the server wants to be asked again, milliseconds from its answer; absent where it has not said. */
  declare readonly retryAfterMs?: number;

  /**
   * @param message - For people.
   * @param details - For programs.
   */
  constructor(message: string, { code, path, errors = [], cause, ...answer }: FoliocastErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path ?? errors[0]?.path ?? "";
    this.errors = errors;
    // Only what is known becomes a member, so that a printed error has no line of undefined ones.
    for (const [name, value] of Object.entries(answer)) {
      if (value !== undefined) Object.defineProperty(this, name, { value, enumerable: true });
    }
  }

  /** The engine's refusal of an input; `faults` are all of its faults, at least one. */
  static of(faults: readonly Fault[]): FoliocastError {
    const lines = faults.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
    return new FoliocastError(lines.join("\n"), { code: faults[0]?.code ?? "", errors: faults });
  }
}
