// What a worker does: it serves one engine, one message after the other, in slices. On a page without workers the same
// code serves the engine on the page's own thread.
import { ColumnOrder, MatrixBlocks, Run } from "../pkg/engine.js";
import type { Failure, FromWorker, MadeBlocks, ToWorker } from "./messages.js";
import { Slices } from "./turns.js";
import type { Fault } from "./types.js";

type Post = (message: FromWorker, transfer: ArrayBuffer[]) => void;
type RunMessage = Exclude<ToWorker, { kind: "start" }>;
type Waiting = Exclude<RunMessage, { kind: "end" }>;

const BLOCK_ROWS = 1024;
const DIGEST_BYTES = 32;
/** Rows of the first partial result; each further one has ten times as many. */
const FIRST_PARTIAL_ROWS = 1024;
/** Values of the largest partial result, which is summarised in one go: some tens of milliseconds for a worker, less than a
 *  slice for a page's own thread. */
const MOST_PARTIAL_VALUES = { worker: 1_000_000, page: 20_000 };

/** A run at its home. */
interface Home {
  run: Run;
  nextPartialRows: number;
  columns: number;
  /** Buffers of columns that came back, for those that still go out. */
  room: ArrayBuffer[];
  wantsRows: boolean;
  /** Whether everything but the outcome is asked for. */
  isFinishing: boolean;
}

/** A run at one that helps. */
interface Helper {
  blocks: MatrixBlocks;
  /** Values of the run. */
  values: number;
  /** Values of a block, but for the last one. */
  blockValues: number;
}

/** Serves an engine; the engine module must be instantiated by now. */
export class WorkerSide {
  readonly #post: Post;
  readonly #waiting: Waiting[] = [];
  readonly #mostPartialValues: number;
  readonly #slices = new Slices();
  #isWorking = false;
  /** The run under way. */
  #id = 0;
  #configuration = "";
  #home: Home | undefined;
  /** What a helper makes blocks with. */
  #helper: Helper | undefined;

  constructor(post: Post, where: keyof typeof MOST_PARTIAL_VALUES) {
    this.#post = post;
    this.#mostPartialValues = MOST_PARTIAL_VALUES[where];
  }

  /** Takes a message. */
  receive(message: RunMessage): void {
    if (message.kind === "end") {
      // Of a run that has ended, what still waits is not begun with.
      const others = this.#waiting.filter(({ id }) => id !== message.id);
      this.#waiting.splice(0, Infinity, ...others);
      if (message.id === this.#id) this.#forget();
      return;
    }
    this.#waiting.push(message);
    if (!this.#isWorking) void this.#work();
  }

  /** Stops, and forgets everything. */
  end(): void {
    this.#waiting.length = 0;
    this.#forget();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (;;) {
      if (this.#slices.isOver) await this.#slices.next();
      const message = this.#waiting.shift();
      const id = message?.id ?? this.#id;
      try {
        if (message?.kind === "begin") this.#begin(message);
        else if (message && message.id === this.#id) await this.#handle(message);
        else if (!message && !this.#finishStep()) break;
      } catch (error) {
        this.#post({ kind: "failed", id, failure: failure(error) }, []);
        if (id === this.#id) this.#forget();
      }
    }
    this.#isWorking = false;
  }

  #begin({ id, configuration, isHome, wantsPartials, rows, columns }: Extract<Waiting, { kind: "begin" }>): void {
    this.#forget();
    this.#id = id;
    this.#configuration = configuration;
    if (isHome) {
      const nextPartialRows = wantsPartials ? FIRST_PARTIAL_ROWS : Infinity;
      const run = new Run(configuration);
      this.#home = { run, nextPartialRows, columns, room: [], wantsRows: false, isFinishing: false };
    } else {
      const blocks = new MatrixBlocks(configuration);
      this.#helper = { blocks, values: rows * columns, blockValues: BLOCK_ROWS * columns };
    }
  }

  async #handle(message: Waiting): Promise<void> {
    switch (message.kind) {
      case "make":
        return this.#make(message);
      case "order":
        return this.#order(message);
      case "take":
        return this.#atHome(({ run }, id) => {
          run.take(message.first, message.made.rows, message.made.digests);
          this.#post({ kind: "taken", id, progress: run.progress() }, []);
        });
      case "handOut":
        return this.#atHome(({ run, room }, id) => {
          const handedOut = run.handOut(room.pop()) as Extract<FromWorker, { kind: "column" }>["handedOut"];
          this.#post({ kind: "column", id, handedOut }, handedOut ? [handedOut.values.buffer] : []);
        });
      case "takeColumn":
        return this.#atHome(({ run, room }) => {
          run.takeColumn(message.column, message.ordered.statistics, message.ordered.ranks);
          room.push(message.ordered.ranks.buffer);
        });
      case "finish":
        return this.#atHome((home) => {
          home.isFinishing = true;
          home.wantsRows = message.wantsRows;
        });
    }
  }

  #atHome(act: (home: Home, id: number) => void): void {
    if (!this.#home) return;
    act(this.#home, this.#id);
    this.#postPartial(this.#home);
  }

  async #make({ id, first, count }: Extract<Waiting, { kind: "make" }>): Promise<void> {
    const made = this.#helper && roomFor(this.#helper, first, count);
    for (let block = first; block < first + count; block += 1) {
      if (this.#slices.isOver) {
        await this.#slices.next();
        if (id !== this.#id) return;
      }
      if (this.#home) this.#home.run.make(block, 1);
      else if (this.#helper && made) {
        const { blocks, blockValues } = this.#helper;
        const [from, digestFrom] = [(block - first) * blockValues, (block - first) * DIGEST_BYTES];
        const rows = made.rows.subarray(from, from + blockValues);
        blocks.write(block, rows, made.digests.subarray(digestFrom, digestFrom + DIGEST_BYTES));
      }
    }
    if (this.#home) {
      this.#post({ kind: "made", id, first, made: undefined, progress: this.#home.run.progress() }, []);
      this.#postPartial(this.#home);
    } else if (made) {
      this.#post({ kind: "made", id, first, made, progress: undefined }, [made.rows.buffer, made.digests.buffer]);
    }
  }

  async #order({ id, column, values }: Extract<Waiting, { kind: "order" }>): Promise<void> {
    const order = new ColumnOrder(this.#configuration, column, values);
    try {
      while (!order.step()) {
        if (!this.#slices.isOver) continue;
        await this.#slices.next();
        if (id !== this.#id) return;
      }
      const ordered = order.finish(values.buffer) as Extract<FromWorker, { kind: "ordered" }>["ordered"];
      this.#post({ kind: "ordered", id, column, ordered }, [ordered.statistics.buffer, ordered.ranks.buffer]);
    } finally {
      order.free();
    }
  }

  /** Does a step of what is left of a run that is being finished; `false` where there is nothing to do for now. */
  #finishStep(): boolean {
    const home = this.#home;
    if (!home?.isFinishing) return false;
    const { run, wantsRows } = home;
    if (!run.finishStep()) return true;
    // Columns that were handed out come as messages.
    if (!run.isInOrder) return false;
    const { digest, summaryDigest, summary, warnings } = run.finish();
    const blockDigests = run.blockDigests() as Uint8Array<ArrayBuffer>;
    const rows = wantsRows ? (run.rows() as Float32Array<ArrayBuffer>) : undefined;
    const finished = { digest, summaryDigest, summary, warnings, blockDigests, rows };
    this.#post({ kind: "finished", id: this.#id, finished }, [blockDigests.buffer, ...(rows ? [rows.buffer] : [])]);
    this.#forget();
    return true;
  }

  #postPartial(home: Home): void {
    if (home.nextPartialRows * home.columns > this.#mostPartialValues) return;
    const text = home.run.summaryOfFirst(home.nextPartialRows);
    if (text === undefined) return;
    home.nextPartialRows *= 10;
    this.#post({ kind: "partial", id: this.#id, partial: JSON.parse(text) }, []);
  }

  #forget(): void {
    this.#id = 0;
    this.#home?.run.free();
    this.#helper?.blocks.free();
    this.#home = undefined;
    this.#helper = undefined;
  }
}

/** Room for neighbouring blocks; the last one of a run may be shorter. */
function roomFor({ values, blockValues }: Helper, first: number, count: number): MadeBlocks {
  const length = Math.min(count * blockValues, values - first * blockValues);
  return { rows: new Float32Array(length), digests: new Uint8Array(count * DIGEST_BYTES) };
}

function failure(error: unknown): Failure {
  const { message, errors } = error as { message?: string; errors?: Fault[] };
  return { message: message ?? String(error), faults: errors ?? [] };
}
