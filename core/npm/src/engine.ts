/// <reference lib="esnext.disposable" preserve="true" />
// An engine: runs on its workers, one at a time, the blocks of each spread over all of them.
import { abortable } from "./abortable.js";
import { textOf } from "./configuration.js";
import { FoliocastError } from "./errors.js";
import type { FinishedRun, FromWorker, ToWorker } from "./messages.js";
import { asking, compiledModule } from "./module.js";
import { platform, type WorkerHandle, type WorkerListener } from "./platform.js";
import type { ConfigurationInput, EngineOptions, Progress, RunOptions, RunResult } from "./types.js";
import { WorkerSide } from "./worker-side.js";

/** Workers unless said otherwise, at most: more threads than this do not make a preview sooner. */
const MOST_WORKERS = 8;
/** Above this many scenarios no rows are kept. */
const MOST_KEPT_ROWS = 10_000_000;
/** Deal draws of the longest task, some tens of milliseconds of work: a worker looks up from it every few. */
const TASK_DRAWS = 1_200_000;
/** Blocks of the longest task. */
const TASK_BLOCKS = 32;
/** Tasks that a worker has at a time: while it makes one, the next is on its way. */
const TASKS_AHEAD = 2;
/** Deal draws of a run that is over before further workers would be there. */
const SHORT_DRAWS = 1_500_000;
/** Rows from which on it is worth sending columns to be put in order elsewhere. */
const SPREAD_ROWS = 50_000;
/** The longest run on the calling thread: beyond, single steps take longer than a slice. */
const MOST_ROWS_HERE = 250_000;
/** Values of a run after which workers are replaced: WebAssembly never gives memory back. */
const LASTING_VALUES = 16_000_000;
/** Shortest time between two reports of progress, milliseconds. */
const PROGRESS_MS = 50;

/** A worker of an engine. */
interface Member {
  handle: WorkerHandle;
  isReady: boolean;
  /** Tasks of the run under way that it has not answered. */
  tasks: number;
}

/** A run under way. */
interface Job {
  id: number;
  configuration: string;
  options: RunOptions;
  blocks: number;
  mostTaskBlocks: number;
  rows: number;
  columns: number;
  /** Whether it is not worth starting workers for it. */
  isShort: boolean;
  /** The first block that nobody was asked for. */
  nextBlock: number;
  home: Member | undefined;
  /** Tasks of helpers that the home has not taken yet. */
  untaken: number;
  /** Members that know of the run. */
  members: Set<Member>;
  /** Helpers with nothing left to do, while columns are put in order. */
  idle: Member[];
  isFinishing: boolean;
  reportedMs: number;
  resolve(finished: FinishedRun): void;
  reject(reason: unknown): void;
}

/**
 * Makes an engine. Its workers start at once, and load the engine module as {@link init} does.
 *
 * ```js
 * const engine = createEngine();
 * const { summary } = await engine.run(configuration, { signal });
 * ```
 */
export function createEngine(options: EngineOptions = {}): Engine {
  return new Engine(options);
}

/** Makes runs on workers. See {@link createEngine}. */
export class Engine {
  readonly #workerUrl: string | URL | undefined;
  readonly #wanted: number;
  #members: Member[] = [];
  /** Workers that were started, of those that are wanted. */
  #started = 0;
  #isOnCallingThread = false;
  #job: Job | undefined;
  #lastId = 0;
  /** Settles when the last run that was asked for has ended. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #disposal = new AbortController();

  /** See {@link createEngine}. */
  constructor({ workers, workerUrl }: EngineOptions = {}) {
    if (workers !== undefined && !(Number.isInteger(workers) && workers >= 0)) {
      throw new RangeError(`workers is ${workers}: give a whole number, 0 for the calling thread`);
    }
    this.#wanted = workers ?? Math.max(1, Math.min(platform().threads(), MOST_WORKERS));
    this.#workerUrl = workerUrl;
    this.#start();
  }

  /** Workers there are; 0 where the work is done on the calling thread. */
  get workers(): number {
    return this.#isOnCallingThread ? 0 : this.#members.length + this.#wanted - this.#started;
  }

  /**
   * Makes a run. Runs wait for each other: the newest of several previews is had soonest by aborting those before it.
   *
   * @throws {@link FoliocastError} with every fault of a configuration that is refused; the signal's reason where it was
   *   aborted.
   */
  async run(
    configuration: ConfigurationInput,
    options: RunOptions & { rows: true },
  ): Promise<RunResult & { rows: Float32Array }>;
  async run(configuration: ConfigurationInput, options?: RunOptions): Promise<RunResult>;
  async run(configuration: ConfigurationInput, options: RunOptions = {}): Promise<RunResult> {
    options.signal?.throwIfAborted();
    const text = textOf(configuration);
    const made = Promise.all([compiledModule(), this.#queue]).then(() => this.#make(text, options));
    // What it gives is not kept.
    this.#queue = made.then(
      () => {},
      () => {},
    );
    return abortable(made, options.signal, this.#disposal.signal);
  }

  /** Ends the workers. A run under way is rejected. */
  dispose(): void {
    this.#disposal.abort(new FoliocastError("The engine was disposed of.", { code: "DISPOSED" }));
    this.#job?.reject(this.#disposal.signal.reason);
    this.#stop();
  }

  /** Ends the workers: what `using` calls. */
  declare [Symbol.dispose]: () => void;

  static {
    // Not every browser has the symbol yet.
    if (Symbol.dispose) this.prototype[Symbol.dispose] = this.prototype.dispose;
  }

  async #make(text: string, options: RunOptions): Promise<RunResult> {
    options.signal?.throwIfAborted();
    this.#disposal.signal.throwIfAborted();
    const begun = performance.now();
    const { matrixKey, runKey } = asking((engine) => engine.keys(text));
    const canonical = JSON.parse(asking((engine) => engine.canonicalize(text))) as RunResult["configuration"] & {
      numScenarios: number;
    };
    const finished = await this.#finished(text, canonical, options);
    const { digest, summaryDigest, rows } = finished;
    return {
      configuration: canonical,
      runKey,
      matrixKey,
      digest,
      summaryDigest,
      numScenarios: canonical.numScenarios,
      bucketNames: canonical.buckets.map(({ name }) => name),
      summary: JSON.parse(finished.summary),
      warnings: JSON.parse(finished.warnings),
      blockDigests: hexadecimal(finished.blockDigests),
      ...(rows && { rows }),
      durationMs: performance.now() - begun,
    };
  }

  #finished(
    text: string,
    canonical: RunResult["configuration"] & { numScenarios: number },
    options: RunOptions,
  ): Promise<FinishedRun> {
    if (this.#members.length === 0) this.#start();
    const rows = canonical.numScenarios;
    const columns = canonical.buckets.length;
    const refused = this.#refusal(rows, options);
    if (refused) return Promise.reject(refused);
    const blocks = Math.ceil(rows / 1024);
    const blockDraws = 1024 * canonical.buckets.reduce((deals, bucket) => deals + (bucket.deals ?? 1), 0);
    return new Promise<FinishedRun>((resolve, reject) => {
      const id = (this.#lastId += 1);
      const job: Job = {
        id,
        configuration: text,
        options,
        blocks,
        rows,
        columns,
        isShort: blocks * blockDraws <= SHORT_DRAWS,
        mostTaskBlocks: Math.max(1, Math.min(Math.floor(TASK_DRAWS / blockDraws), TASK_BLOCKS)),
        nextBlock: 0,
        home: undefined,
        untaken: 0,
        members: new Set(),
        idle: [],
        isFinishing: false,
        reportedMs: performance.now(),
        resolve: (finished) => end(() => resolve(finished)),
        reject: (reason) => end(() => reject(reason)),
      };
      const onAbort = () => job.reject(options.signal?.reason);
      const end = (settle: () => void) => {
        if (this.#job !== job) return;
        this.#job = undefined;
        options.signal?.removeEventListener("abort", onAbort);
        for (const member of job.members) {
          member.tasks = 0;
          this.#post(member, { kind: "end", id });
        }
        for (const member of this.#members) member.handle.hold?.(false);
        if (job.rows * job.columns > LASTING_VALUES && !this.#isOnCallingThread) this.#stop();
        else if (this.#members.some(({ isReady }) => isReady)) this.#startOthers();
        settle();
      };
      options.signal?.addEventListener("abort", onAbort);
      this.#job = job;
      for (const member of this.#members) member.handle.hold?.(true);
      for (const member of this.#members) if (member.isReady) this.#join(member);
    });
  }

  /** Starts the first worker. The others follow when it is there: they would only keep it from coming sooner. */
  #start(): void {
    this.#isOnCallingThread = this.#wanted === 0;
    this.#started = 0;
    if (this.#isOnCallingThread) this.#enlist(onCallingThread);
    else this.#startWorker();
  }

  #startOthers(): void {
    if (this.#isOnCallingThread || this.#disposal.signal.aborted) return;
    while (this.#started < this.#wanted) this.#startWorker();
  }

  #startWorker(): void {
    this.#started += 1;
    try {
      this.#enlist((listener) => platform().startWorker(this.#workerUrl, listener));
    } catch (error) {
      // Those that are there do without it.
      if (this.#members.length === 0) this.#workHere(error instanceof Error ? error.message : String(error));
    }
  }

  #enlist(start: (listener: WorkerListener) => WorkerHandle): void {
    const member: Member = {
      handle: start({
        onMessage: (message) => this.#hear(member, message),
        onFailure: (reason) => this.#lose(member, reason),
      }),
      isReady: false,
      tasks: 0,
    };
    member.handle.hold?.(this.#job !== undefined);
    this.#members.push(member);
    compiledModule().then(
      (module) => this.#post(member, { kind: "start", module }),
      (error) => {
        // The next run tries again.
        this.#members = this.#members.filter((other) => other !== member);
        member.handle.terminate();
        this.#job?.reject(error);
      },
    );
  }

  /** What is left where workers cannot be started. */
  #workHere(reason: string): void {
    if (this.#isOnCallingThread || this.#disposal.signal.aborted) return;
    console.warn(`foliocast: no workers (${reason}); runs are made on this thread, a few milliseconds at a time`);
    this.#stop();
    this.#isOnCallingThread = true;
    this.#enlist(onCallingThread);
  }

  #stop(): void {
    for (const { handle } of this.#members) handle.terminate();
    this.#members = [];
  }

  #lose(member: Member, reason: string): void {
    if (!this.#members.includes(member)) return;
    if (!member.isReady) {
      // It never was there: the others do without it, or there are none.
      this.#members = this.#members.filter((other) => other !== member);
      member.handle.terminate();
      if (this.#members.length === 0) this.#workHere(reason);
      return;
    }
    const failed = new FoliocastError(`A worker of the engine failed: ${reason}`, { code: "WORKER_FAILED" });
    // New ones for the next run: what became of their memory is not known.
    this.#stop();
    this.#job?.reject(failed);
  }

  #post(member: Member, message: ToWorker, transfer: ArrayBuffer[] = []): void {
    member.handle.post(message, transfer);
  }

  #hear(member: Member, message: FromWorker): void {
    if (message.kind === "ready") {
      member.isReady = true;
      this.#join(member);
      if (!this.#job?.isShort) this.#startOthers();
      return;
    }
    if (message.kind === "unavailable") {
      this.#lose(member, message.message);
      return;
    }
    const job = this.#job;
    if (message.id !== job?.id) return;
    const { id } = job;
    switch (message.kind) {
      case "made": {
        member.tasks -= 1;
        const { first, made, progress } = message;
        if (made && job.home) {
          job.untaken += 1;
          this.#post(job.home, { kind: "take", id, first, made }, [made.rows.buffer, made.digests.buffer]);
        }
        this.#deal(job, member);
        if (progress) this.#advance(job, progress);
        return;
      }
      case "taken":
        job.untaken -= 1;
        this.#deal(job, member);
        return this.#advance(job, message.progress);
      case "partial":
        return this.#tell(job, () => job.options.onPartial?.(message.partial));
      case "column": {
        const helper = job.idle.pop();
        const { handedOut } = message;
        if (helper && handedOut) {
          const { column, values } = handedOut;
          this.#post(helper, { kind: "order", id, column, values }, [values.buffer]);
        }
        return;
      }
      case "ordered": {
        const { column, ordered } = message;
        if (!job.home) return;
        this.#post(job.home, { kind: "takeColumn", id, column, ordered }, [
          ordered.statistics.buffer,
          ordered.ranks.buffer,
        ]);
        job.idle.push(member);
        this.#post(job.home, { kind: "handOut", id });
        return;
      }
      case "finished":
        return job.resolve(message.finished);
      case "failed": {
        const { faults, message: reason } = message.failure;
        if (faults.length > 0) job.reject(FoliocastError.of(faults));
        else this.#lose(member, reason);
      }
    }
  }

  /** A member takes part in the run under way. */
  #join(member: Member): void {
    const job = this.#job;
    if (!job || job.isFinishing || job.nextBlock >= job.blocks) return;
    const refused = this.#refusal(job.rows, job.options);
    if (refused) return job.reject(refused);
    const isHome = job.home === undefined;
    if (isHome) job.home = member;
    job.members.add(member);
    const { id, configuration } = job;
    this.#post(member, {
      kind: "begin",
      id,
      configuration,
      rows: job.rows,
      columns: job.columns,
      isHome,
      wantsPartials: job.options.onPartial !== undefined,
    });
    this.#deal(job, member);
  }

  /**
   * Gives a member as many tasks as it should have: short ones first, for early figures, then longer ones, which are fewer
   * messages, and short ones last, so that all members are done at the same time. The home first takes what others made.
   */
  #deal(job: Job, member: Member): void {
    if (member === job.home && job.untaken > 0) return;
    while (member.tasks < TASKS_AHEAD && job.nextBlock < job.blocks) {
      const first = job.nextBlock;
      const left = job.blocks - first;
      const share = Math.ceil(Math.min(first + 1, left) / (2 * this.#members.length));
      const count = Math.min(share, job.mostTaskBlocks, left);
      job.nextBlock += count;
      member.tasks += 1;
      this.#post(member, { kind: "make", id: job.id, first, count });
    }
  }

  /** Calls what the caller gave; what it throws ends the run. */
  #tell(job: Job, call: () => void): void {
    try {
      call();
    } catch (error) {
      job.reject(error);
    }
  }

  /** Why a run of so many rows cannot be made as it is asked for, if it cannot. */
  #refusal(rows: number, options: RunOptions): FoliocastError | undefined {
    const refused = (message: string) =>
      FoliocastError.of([{ code: "too-large", path: "numScenarios", message: `${rows} scenarios: ${message}` }]);
    if (options.rows && rows > MOST_KEPT_ROWS) return refused(`above ${MOST_KEPT_ROWS} no rows are kept`);
    if (this.#isOnCallingThread && rows > MOST_ROWS_HERE) {
      return refused(`without workers, at most ${MOST_ROWS_HERE} are made`);
    }
    return undefined;
  }

  /** More blocks are at the run's home. */
  #advance(job: Job, progress: Progress): void {
    const isComplete = progress.blocksDone === progress.blocks;
    const now = performance.now();
    if (isComplete || now - job.reportedMs >= PROGRESS_MS) {
      job.reportedMs = now;
      this.#tell(job, () => job.options.onProgress?.(progress));
    }
    if (!isComplete || job.isFinishing || !job.home || this.#job !== job) return;
    job.isFinishing = true;
    const { id, home } = job;
    if (job.rows >= SPREAD_ROWS) {
      job.idle = [...job.members].filter((member) => member !== home);
      for (const _ of job.idle) this.#post(home, { kind: "handOut", id });
    }
    this.#post(home, { kind: "finish", id, wantsRows: job.options.rows === true });
  }
}

/** The calling thread, in the place of a worker. */
function onCallingThread({ onMessage }: WorkerListener): WorkerHandle {
  let isEnded = false;
  const side = new WorkerSide((message) => queueMicrotask(() => isEnded || onMessage(message)), "page");
  return {
    post: (message) => {
      if (message.kind === "start") queueMicrotask(() => isEnded || onMessage({ kind: "ready" }));
      else side.receive(message);
    },
    terminate: () => {
      isEnded = true;
      side.end();
    },
  };
}

/** Digests of 32 bytes, one behind the other, as texts. */
function hexadecimal(digests: Uint8Array): string[] {
  const texts: string[] = [];
  for (let from = 0; from < digests.length; from += 32) {
    let text = "";
    for (let index = from; index < from + 32; index += 1) text += BYTES[digests[index] ?? 0];
    texts.push(text);
  }
  return texts;
}

/** Each byte as two digits. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
