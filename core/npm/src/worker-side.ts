// What a worker does: it serves one engine, one message after the other, in slices. On a page without workers the same
// code serves the engine on the page's own thread.
import { ColumnOrder, MatrixBlocks, Run } from "../pkg/engine.js";
import type { Failure, FromWorker, MadeBlocks, ToWorker } from "./messages.js";
import { Slices } from "./turns.js";
import type { Fault } from "./types.js";

type Post = (message: FromWorker, transfer: ArrayBuffer[]) => void;
type RunMessage = Exclude<ToWorker, { kind: "start" }>;
type Waiting = Exclude<RunMessage, { kind: "end" }>;

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
  wantsRows: boolean;
  /** Whether everything but the outcome is asked for. */
  isFinishing: boolean;
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
  #blocks: MatrixBlocks | undefined;

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

  #begin({ id, configuration, isHome, wantsPartials, columns }: Extract<Waiting, { kind: "begin" }>): void {
    this.#forget();
    this.#id = id;
    this.#configuration = configuration;
    if (isHome) {
      const nextPartialRows = wantsPartials ? FIRST_PARTIAL_ROWS : Infinity;
      this.#home = { run: new Run(configuration), nextPartialRows, columns, wantsRows: false, isFinishing: false };
    } else {
      this.#blocks = new MatrixBlocks(configuration);
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
        return this.#atHome(({ run }, id) => {
          const handedOut = run.handOut() as Extract<FromWorker, { kind: "column" }>["handedOut"];
          this.#post({ kind: "column", id, handedOut }, handedOut ? [handedOut.values.buffer] : []);
        });
      case "takeColumn":
        return this.#atHome(({ run }) => {
          run.takeColumn(message.column, message.ordered.statistics, message.ordered.ranks);
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
    const parts: MadeBlocks[] = [];
    for (let block = first; block < first + count; block += 1) {
      if (this.#slices.isOver) {
        await this.#slices.next();
        if (id !== this.#id) return;
      }
      if (this.#home) this.#home.run.make(block, 1);
      else if (this.#blocks) parts.push(this.#blocks.make(block, 1) as MadeBlocks);
    }
    if (this.#home) {
      this.#post({ kind: "made", id, first, made: undefined, progress: this.#home.run.progress() }, []);
      this.#postPartial(this.#home);
      return;
    }
    const made = parts.length === 1 && parts[0] ? parts[0] : joined(parts);
    this.#post({ kind: "made", id, first, made, progress: undefined }, [made.rows.buffer, made.digests.buffer]);
  }

  async #order({ id, column, values }: Extract<Waiting, { kind: "order" }>): Promise<void> {
    const order = new ColumnOrder(this.#configuration, column, values);
    try {
      while (!order.step()) {
        if (!this.#slices.isOver) continue;
        await this.#slices.next();
        if (id !== this.#id) return;
      }
      const ordered = order.finish() as Extract<FromWorker, { kind: "ordered" }>["ordered"];
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
    this.#blocks?.free();
    this.#home = undefined;
    this.#blocks = undefined;
  }
}

/** Neighbouring blocks as one. */
function joined(parts: MadeBlocks[]): MadeBlocks {
  const rows = new Float32Array(parts.reduce((length, part) => length + part.rows.length, 0));
  const digests = new Uint8Array(parts.reduce((length, part) => length + part.digests.length, 0));
  let [row, digest] = [0, 0];
  for (const part of parts) {
    rows.set(part.rows, row);
    digests.set(part.digests, digest);
    row += part.rows.length;
    digest += part.digests.length;
  }
  return { rows, digests };
}

function failure(error: unknown): Failure {
  const { message, errors } = error as { message?: string; errors?: Fault[] };
  return { message: message ?? String(error), faults: errors ?? [] };
}
