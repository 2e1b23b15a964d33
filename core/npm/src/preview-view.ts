// What the element shows. It is made of nodes, never of HTML text: names come from other people, and pages may forbid it.
import { ABSENT, Numbers } from "./preview-numbers.js";
import { type Plot, UNITS, notDrawn, plotOf } from "./preview-plot.js";
import { CSS } from "./preview-style.js";
import type { Distribution, Fault, Summary, Warning } from "./types.js";

/** Height of the drawing, and in it of the highest bar and of the axis, pixels. */
const HEIGHT = 214;
const TOP = 52;
const BASE = 190;
/** Height of the line from P10 to P90, and of its letters. */
const RANGE = 42;
const RANGE_TEXT = 36;
/** Warnings that show at once; fifty buckets can have fifty of them. */
const MOST_WARNINGS = 3;
/** Of all intervals. */
const CONFIDENCE = 0.95;
/** Quantiles of the table. */
const QUANTILES = ["p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99"] as const;

/** What a run says, whole or so far. */
export interface Figures {
  summary: Summary;
  warnings: Warning[];
  /** Rows of the whole run. */
  rows: number;
  hasRecycling: boolean;
  /** Of a finished run. */
  runKey?: string;
}

type Child = Node | string;

/** Draws into an element's shadow tree. */
export class PreviewView {
  readonly #label = html("span", { class: "label", part: "label" });
  readonly #note = html("span", { class: "note" });
  readonly #state = html("span", { class: "state note", part: "state" });
  readonly #problem = html("div", { class: "problem small", part: "problem", hidden: "" });
  readonly #chart = svg("svg", { height: HEIGHT, role: "img", part: "chart", "aria-label": "No figures yet" });
  readonly #notDrawn = html("p", { class: "note" });
  readonly #figures = html("dl", { class: "figures", part: "figures" });
  readonly #warnings = html("div", { class: "warnings small", part: "warnings", hidden: "" });
  readonly #tables = html("div", { class: "tables", role: "region", "aria-label": "Table", tabindex: "0" });
  readonly #details = html("details", { part: "details" }, html("summary", {}, "Table"), this.#tables);
  readonly #said = html("p", { class: "unseen", role: "status" });
  readonly #card: HTMLElement;
  #numbers = new Numbers("");
  #shown: Figures | undefined;
  /** What is said of the run under way. */
  #busy = "";

  constructor(host: HTMLElement) {
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet()];
    // The words are English whatever the page's language is; numbers are the page's.
    this.#card = html(
      "figure",
      { class: "card", part: "card", lang: "en", dir: "ltr" },
      ...[
        html("header", {}, html("div", { class: "head" }, this.#label, this.#note, this.#state)),
        this.#problem,
        this.#chart,
        this.#notDrawn,
      ],
      ...[this.#figures, this.#warnings, this.#details, this.#said],
    );
    root.append(this.#card);
    this.#details.addEventListener("toggle", () => this.#fillTables());
    this.#draw();
  }

  /** The heading, which is also what the whole is called. */
  set label(text: string) {
    this.#label.textContent = text;
    this.#card.setAttribute("aria-label", text);
  }

  /** Writes numbers in a page's language from now on. */
  set language(language: string) {
    this.#numbers = new Numbers(language);
    this.#draw();
  }

  /** A run of so many rows is under way; what is there stays until there is something newer. */
  begin(rows?: number): void {
    this.#busy = rows === undefined ? "previewing…" : `${this.#rows(rows)} · previewing…`;
    this.#setState(this.#busy, "busy");
  }

  /** How much of the run is made. */
  advance(share: number): void {
    this.#setState(`${this.#busy} ${this.#numbers.roundShare(share)}`, "busy");
  }

  /** The first rows of a run. */
  showPartial(figures: Figures): void {
    const { summary, rows } = figures;
    this.#showFigures(figures);
    this.#busy = `${this.#numbers.count(summary.numScenarios)} of ${this.#rows(rows)} · previewing…`;
    this.#setState(this.#busy, "busy");
  }

  /** A whole run. */
  showResult(figures: Figures): void {
    this.#showFigures(figures);
    this.#setState(this.#rows(figures.rows), "done");
    this.#said.textContent = this.#inWords(figures);
  }

  /** What is wrong with a configuration. */
  showFaults(faults: readonly Fault[]): void {
    const items = faults.map(({ path, message }) =>
      html(
        "li",
        { part: "fault" },
        ...(path ? [html("code", {}, path), " "] : []),
        html("span", { dir: "auto" }, message),
      ),
    );
    this.#showProblem(html("b", {}, "The configuration is refused"), html("ul", {}, ...items));
  }

  /** Why there are no figures. */
  showFailure(message: string, reason: string): void {
    this.#showProblem(html("b", {}, message), html("ul", {}, html("li", {}, html("span", {}, reason))));
  }

  /** Nothing was asked for. */
  clear(): void {
    this.#shown = undefined;
    this.#card.classList.add("bare");
    this.#draw();
    this.#problem.hidden = true;
    this.#said.textContent = "";
    this.#setState("no configuration", "none");
  }

  #showFigures(figures: Figures): void {
    this.#problem.hidden = true;
    this.#card.classList.remove("old", "bare");
    this.#shown = figures;
    this.#draw();
  }

  #showProblem(...children: Child[]): void {
    this.#problem.replaceChildren(...children);
    this.#problem.hidden = false;
    this.#said.textContent = this.#problem.firstElementChild?.textContent ?? "";
    // An editor's reader keeps the figures in sight while a text is half typed; where there are none, no room is kept.
    this.#card.classList.toggle("old", this.#shown !== undefined);
    this.#card.classList.toggle("bare", this.#shown === undefined);
    this.#setState(this.#shown ? "figures of the last valid configuration" : "", "none");
  }

  #setState(text: string, kind: "busy" | "done" | "none"): void {
    this.#state.textContent = text;
    this.#state.className = `state note ${kind}`;
    this.#card.setAttribute("aria-busy", String(kind === "busy"));
  }

  #rows(rows: number): string {
    return `${this.#numbers.count(rows)} scenario${rows === 1 ? "" : "s"}`;
  }

  #draw(): void {
    const distribution = this.#shown?.summary.fund.recycled;
    const recycling = this.#shown?.hasRecycling ? ", with recycling" : "";
    this.#note.textContent = `multiple of invested capital, before fees and carry${recycling}`;
    this.#figures.replaceChildren(...figureNodes(distribution, this.#numbers));
    this.#drawWarnings(this.#shown?.warnings ?? []);
    this.#details.hidden = distribution === undefined;
    this.#fillTables();
    if (!distribution || !this.#shown) {
      this.#chart.replaceChildren(axis());
      this.#chart.setAttribute("aria-label", "No figures yet");
      this.#notDrawn.textContent = "";
      return;
    }
    const plot = plotOf(distribution);
    this.#chart.replaceChildren(
      bars(plot),
      axis(),
      ...ticks(plot, this.#numbers),
      ...marks(plot, distribution, this.#numbers),
    );
    const { low, high } = plot.mode;
    const n = this.#numbers;
    const mode =
      high === undefined ? `from ${n.multiple(low)} up` : `between ${n.multiple(low)} and ${n.multiple(high)}`;
    this.#chart.setAttribute("aria-label", `Histogram. ${this.#inWords(this.#shown)} Most frequent: ${mode}.`);
    this.#notDrawn.textContent = notDrawn(plot, n);
  }

  #inWords({ summary }: Figures): string {
    const { quantiles, probabilities, mean } = summary.fund.recycled;
    const n = this.#numbers;
    return (
      `${this.#rows(summary.numScenarios)}: median ${n.multiple(quantiles.p50)}, ` +
      `P10 to P90 ${n.multiple(quantiles.p10)} to ${n.multiple(quantiles.p90)}, ` +
      `${n.share(probabilities.lt1)} lose money, ${n.share(probabilities.ge3)} return 3 × or more, mean ${n.multiple(mean)}.`
    );
  }

  #drawWarnings(warnings: Warning[]): void {
    const lines = warnings.map(({ message }) => html("li", { part: "warning", dir: "auto" }, sentence(message)));
    const rest = lines.splice(MOST_WARNINGS);
    const more = html("details", {}, html("summary", {}, `${rest.length} more`), html("ul", {}, ...rest));
    this.#warnings.hidden = warnings.length === 0;
    this.#warnings.replaceChildren(
      html("ul", { "aria-label": "Warnings" }, ...lines),
      ...(rest.length > 0 ? [more] : []),
    );
  }

  /** The tables are made while they are looked at. */
  #fillTables(): void {
    if (!this.#details.open || !this.#shown) return;
    const { summary, runKey } = this.#shown;
    const { recycled } = summary.fund;
    const key = runKey ? [html("p", { class: "key note" }, "Run key ", html("code", { part: "run-key" }, runKey))] : [];
    this.#tables.replaceChildren(quantileTable(recycled, this.#numbers), binTable(recycled, this.#numbers), ...key);
  }
}

let shared: CSSStyleSheet | undefined;

/** One sheet for all elements. A constructed one needs nothing from a content security policy. */
function sheet(): CSSStyleSheet {
  if (!shared) {
    shared = new CSSStyleSheet();
    shared.replaceSync(CSS);
  }
  return shared;
}

function html<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string>,
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function svg(tag: string, attributes: Record<string, string | number>, ...children: Child[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A fraction of the width, to a hundredth of a percent. */
const percent = (fraction: number) => `${(Math.min(1, Math.max(0, fraction)) * 100).toFixed(2)}%`;

function bars({ inside, outside }: Plot): SVGElement {
  const paths = [
    svg("path", { class: "losses outside", part: "bar bar-loss", d: outside.losses }),
    svg("path", { class: "gains outside", part: "bar bar-gain", d: outside.gains }),
    svg("path", { class: "losses", part: "bar bar-loss", d: inside.losses }),
    svg("path", { class: "gains", part: "bar bar-gain", d: inside.gains }),
  ];
  // Bars stretch with the room at hand; letters lie outside, and do not.
  const box = { viewBox: `0 0 ${UNITS} ${UNITS}`, preserveAspectRatio: "none", "aria-hidden": "true" };
  return svg("svg", { class: "bars", x: 0, y: TOP, width: "100%", height: BASE - TOP, ...box }, ...paths);
}

function axis(): SVGElement {
  return svg("line", { class: "axis", x1: 0, x2: "100%", y1: BASE, y2: BASE });
}

function ticks({ ticks, zeroAt, oneAt }: Plot, numbers: Numbers): SVGElement[] {
  const labels = ticks.map(({ at, multiple }) => ({ at, text: numbers.tick(multiple) }));
  if (zeroAt !== undefined) labels.push({ at: zeroAt, text: "≈ 0" });
  return [
    svg("line", { class: "one", x1: percent(oneAt), x2: percent(oneAt), y1: TOP, y2: BASE }),
    ...labels.flatMap(({ at, text }) => [
      svg("line", { class: "tick", x1: percent(at), x2: percent(at), y1: BASE, y2: BASE + 4 }),
      svg("text", { x: percent(at), y: BASE + 19, "text-anchor": "middle" }, text),
    ]),
  ];
}

/** Median, and the line from P10 to P90. */
function marks({ p10At, p50At, p90At }: Plot, { quantiles }: Distribution, numbers: Numbers): SVGElement[] {
  const median = percent(p50At);
  const end = (at: number) =>
    svg("line", { class: "range", x1: percent(at), x2: percent(at), y1: RANGE - 3, y2: RANGE + 3 });
  const name = (at: number, text: string, anchor: string) =>
    svg("text", { x: percent(at), y: RANGE_TEXT, "text-anchor": anchor }, text);
  // Words stand on the side that has room.
  const isLeft = p50At > 0.52;
  const words = { "text-anchor": isLeft ? "end" : "start", dx: isLeft ? -13 : 13 };
  return [
    svg("line", { class: "range", x1: percent(p10At), x2: percent(p90At), y1: RANGE, y2: RANGE }),
    ...[end(p10At), end(p90At)],
    // Where both ends are close, their names stand away from each other.
    name(p10At, "P10", p90At - p10At < 0.25 && p10At > 0.1 ? "end" : "start"),
    name(p90At, "P90", p90At - p10At < 0.25 && p90At < 0.9 ? "start" : "end"),
    svg("line", { class: "median", x1: median, x2: median, y1: 18, y2: BASE }),
    svg("circle", { class: "knob", cx: median, cy: 12, r: 6 }),
    svg("text", { class: "answer", x: median, y: 16, ...words }, `Median ${numbers.multiple(quantiles.p50)}`),
  ];
}

function figureNodes(of: Distribution | undefined, n: Numbers): HTMLElement[] {
  const node = (name: string, exact: number[], value: string, sure: string) =>
    html(
      "div",
      {},
      html("dt", {}, name),
      // Programs read the figures as they are.
      html("dd", {}, html("data", { class: "value", part: "value", value: exact.join(" ") }, value)),
      html("dd", { class: "sure" }, sure),
    );
  if (!of) return ["Median", "P10 – P90", "Mean", "Loses money", "Triples"].map((name) => node(name, [], ABSENT, ""));
  const { quantiles, probabilities, mean, errors } = of;
  const median = errors.quantiles.p50;
  const interval = ({ low, high }: { low: number; high: number }, write: (value: number) => string) =>
    `${n.roundShare(CONFIDENCE)}: ${n.range(low, high, write)}`;
  const multiple = (value: number) => n.multipleDigits(value);
  const share = (value: number) => n.share(value);
  return [
    node("Median", [quantiles.p50], n.multiple(quantiles.p50), median ? interval(median, multiple) : ""),
    node("P10 – P90", [quantiles.p10, quantiles.p90], n.range(quantiles.p10, quantiles.p90), "eight scenarios in ten"),
    node("Mean", [mean], n.multiple(mean), typeof errors.mean === "number" ? `± ${n.error(errors.mean)}` : ""),
    node("Loses money", [probabilities.lt1], share(probabilities.lt1), interval(errors.probabilities.lt1, share)),
    node("Triples", [probabilities.ge3], share(probabilities.ge3), interval(errors.probabilities.ge3, share)),
  ];
}

function table(caption: string, heads: string[], rows: string[][]): HTMLElement {
  return html(
    "table",
    {},
    html("caption", {}, caption),
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        ...heads.map((text, index) => html("th", { scope: "col", ...(index > 0 && { class: "number" }) }, text)),
      ),
    ),
    html(
      "tbody",
      {},
      ...rows.map(([name = "", ...cells]) =>
        html("tr", {}, html("th", { scope: "row" }, name), ...cells.map((cell) => html("td", {}, cell))),
      ),
    ),
  );
}

function quantileTable({ quantiles, errors }: Distribution, n: Numbers): HTMLElement {
  const rows = QUANTILES.map((name) => {
    const interval = errors.quantiles[name];
    const sure = interval ? n.range(interval.low, interval.high, (value) => n.multipleDigits(value)) : ABSENT;
    return [name.toUpperCase(), n.multipleDigits(quantiles[name]), sure];
  });
  return table("Quantiles, ×", ["Quantile", "Multiple", n.roundShare(CONFIDENCE)], rows);
}

function binTable({ histogram: { edges, counts } }: Distribution, n: Numbers): HTMLElement {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rows = counts.map((count, index) => {
    const [low = 0, high] = [edges[index], edges[index + 1]];
    const bin = high === undefined ? `${n.edge(low)} and above` : `${n.edge(low)} – ${n.edge(high)}`;
    return [bin, n.count(count), n.share(count / total)];
  });
  const first = counts.findIndex((count) => count > 0);
  const after = counts.length - [...counts].reverse().findIndex((count) => count > 0);
  return table("Scenarios by multiple, ×", ["From – to", "Scenarios", "Share"], rows.slice(first, after));
}

/** A message that begins with a capital letter and ends with a full stop. */
function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith(".") ? "" : "."}`;
}
