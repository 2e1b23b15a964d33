/**
 * The element `<foliocast-preview>`: a fund's distribution in other people's pages. Importing this defines it.
 *
 * @packageDocumentation
 */
import { type Engine, FoliocastError, canonicalize, createEngine, init } from "./index.js";
import { PreviewView } from "./preview-view.js";
import type { Configuration, EngineOptions, ModuleSource, RunResult } from "./types.js";

/** The element's name. */
const NAME = "foliocast-preview";
/** Its heading, where the page gives none. */
const LABEL = "Fund multiple";

/** What the page's elements share. */
export interface PreviewOptions extends EngineOptions {
  /** Where the engine's module is, or what it is; that beside the package unless given. */
  module?: ModuleSource;
}

let options: PreviewOptions = {};
/** One engine for all elements of a page, from the first run on and as long as there are any. */
let engine: Engine | undefined;
const present = new Set<FoliocastPreview>();

/**
 * Says where the elements of a page find the engine, where that is not beside the package, and how many workers they
 * share. Elements that are there already run again. A module that is loaded stays.
 *
 * ```js
 * configurePreview({ module: "/assets/foliocast_bg.wasm", workerUrl: "/assets/worker.js", workers: 2 });
 * ```
 */
export function configurePreview(changes: PreviewOptions): void {
  options = { ...options, ...changes };
  for (const element of present) element.rerun();
  disposeEngine();
}

function disposeEngine(): void {
  engine?.dispose();
  engine = undefined;
}

/** On a server there are no elements: there it is a class that nobody makes one of. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * Shows what a fund could return: runs its configuration in this browser, draws the distribution, and writes the figures
 * below it. Dispatches `foliocast-result` and `foliocast-error`.
 */
export class FoliocastPreview extends Base {
  /** What is heard of. */
  static readonly observedAttributes = ["config", "scenarios", "label", "lang"];

  readonly #view = new PreviewView(this);
  #config: Configuration | string | null = null;
  /** The configuration as text, for the engine's parser and to tell whether it changed. */
  #text: string | null = null;
  #running: AbortController | undefined;
  /** Whether what is shown is of what is asked. */
  #isCurrent = false;
  #isDue = false;

  constructor() {
    super();
    this.#view.label = LABEL;
  }

  /** The configuration, as an object or as JSON text. An object that was changed must be set again. */
  get config(): Configuration | string | null {
    return this.#config;
  }

  set config(config: Configuration | string | null | undefined) {
    const text = typeof config === "string" ? config : config == null ? null : JSON.stringify(config);
    this.#config = config ?? null;
    // Frameworks set what is there already.
    if (text === this.#text) return;
    this.#text = text;
    this.rerun();
  }

  /** Scenarios, in the place of the configuration's `numScenarios`. */
  get scenarios(): number | null {
    const text = this.getAttribute("scenarios");
    return text === null ? null : Number(text);
  }

  set scenarios(scenarios: number | null | undefined) {
    this.#reflect("scenarios", scenarios);
  }

  /** The heading. */
  get label(): string | null {
    return this.getAttribute("label");
  }

  set label(label: string | null | undefined) {
    this.#reflect("label", label);
  }

  /** @internal */
  connectedCallback(): void {
    // What was set before the element was defined hides what it has now.
    for (const name of ["config", "scenarios", "label"] as const) {
      const own = Object.getOwnPropertyDescriptor(this, name);
      if (!own) continue;
      delete this[name];
      Object.assign(this, { [name]: own.value });
    }
    present.add(this);
    this.#setLanguage();
    if (!this.#isCurrent) this.rerun();
  }

  /** @internal */
  disconnectedCallback(): void {
    present.delete(this);
    this.#running?.abort();
    // An element that only moves is back by then.
    queueMicrotask(() => {
      if (present.size === 0) disposeEngine();
    });
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (before === value) return;
    if (name === "config") this.config = value;
    else if (name === "scenarios") this.rerun();
    else if (name === "label") this.#view.label = value || LABEL;
    else this.#setLanguage();
  }

  /**
   * Ends the run under way and begins anew, once all that is set at the same time is set.
   *
   * @internal
   */
  rerun(): void {
    this.#isCurrent = false;
    this.#running?.abort();
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      if (this.isConnected) void this.#run();
    });
  }

  async #run(): Promise<void> {
    const text = this.#text;
    if (text === null) return this.#view.clear();
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.#view.begin();
    try {
      await init(options.module);
      if (signal.aborted) return;
      const { asked, rows, hasRecycling } = this.#asked(text);
      this.#view.begin(rows);
      engine ??= createEngine(options);
      const result = await engine.run(asked, {
        signal,
        onProgress: ({ blocksDone, blocks }) => this.#view.advance(blocksDone / blocks),
        onPartial: ({ summary, warnings }) => this.#view.showPartial({ summary, warnings, rows, hasRecycling }),
      });
      if (signal.aborted) return;
      this.#isCurrent = true;
      const { summary, warnings, runKey } = result;
      this.#view.showResult({ summary, warnings, rows, hasRecycling, runKey });
      this.#dispatch("foliocast-result", result);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** The text to run, and what is to be known of it beforehand. */
  #asked(text: string): { asked: string; rows: number; hasRecycling: boolean } {
    const scenarios = this.getAttribute("scenarios") || null;
    const canonical = JSON.parse(canonicalize(text));
    let asked = text;
    let rows: number = canonical.numScenarios;
    if (scenarios !== null) {
      // What is no number is left to the engine to refuse. Names may be whole numbers that JavaScript would round.
      const numScenarios = /^\s*\d+\s*$/.test(scenarios) ? Number(scenarios) : scenarios;
      const { fundId, seed } = canonical;
      asked = JSON.stringify({ ...JSON.parse(text), fundId, seed, numScenarios });
      rows = JSON.parse(canonicalize(asked)).numScenarios;
    }
    return { asked, rows, hasRecycling: canonical.recycling?.enabled === true };
  }

  #fail(reason: unknown): void {
    const error =
      reason instanceof FoliocastError
        ? reason
        : new FoliocastError(reason instanceof Error ? reason.message : String(reason), {
            code: "RUN_FAILED",
            cause: reason,
          });
    if (error.errors.length > 0) this.#view.showFaults(error.errors);
    else if (error.code === "ENGINE_UNAVAILABLE") this.#view.showFailure("There is no engine here", error.message);
    else this.#view.showFailure("The run failed", error.message);
    this.#dispatch("foliocast-error", error);
  }

  #dispatch<Name extends keyof FoliocastPreviewEvents>(
    name: Name,
    detail: FoliocastPreviewEvents[Name]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #reflect(name: string, value: number | string | null | undefined): void {
    if (value == null) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }

  #setLanguage(): void {
    this.#view.language = (this.closest("[lang]") ?? document.documentElement).getAttribute("lang") ?? "";
  }
}

/** The element's events; both bubble, also out of other shadow trees. */
export interface FoliocastPreviewEvents {
  /** A run is whole. */
  "foliocast-result": CustomEvent<RunResult>;
  /** A configuration was refused, or the run failed. */
  "foliocast-error": CustomEvent<FoliocastError>;
}

declare global {
  interface HTMLElementTagNameMap {
    "foliocast-preview": FoliocastPreview;
  }
  interface HTMLElementEventMap extends FoliocastPreviewEvents {}
}

// Two copies of this may meet on a page; the first one is it.
if (globalThis.customElements && !customElements.get(NAME)) customElements.define(NAME, FoliocastPreview);
