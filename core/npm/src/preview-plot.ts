// A distribution laid out for drawing, as the workbench lays it out: bars of equal width on a logarithmic axis.
import type { Numbers } from "./preview-numbers.js";
import type { Distribution } from "./types.js";

/** The plot's own units both ways; it stretches to the room at hand. Finer than pixels, so that whole units will do. */
export const UNITS = 10_000;
/** Units left of the axis for scenarios that return next to nothing, where there are enough of them to see. */
const ZERO_UNITS = 360;
/** Units between that column and the axis. */
const ZERO_GAP = 140;
/** Scenarios cut off at each end of the axis, as a share; the note under the drawing counts them. */
const CUT = 0.001;
/** What the axis always shows, so that "lost" and "doubled" are both in sight. */
const [ALWAYS_LOW, ALWAYS_HIGH] = [0.5, 4];
/** Places in an octave that an end of the axis can be at, so that it rarely moves while inputs do. */
const STEPS_PER_OCTAVE = 4;
/** Where a reader looks for a label; 1 first of all. */
const TICKS = [1, 0.02, 0.05, 0.1, 0.25, 0.5, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000];
/** Labels closer than this share of the width would touch on a narrow screen. */
const CLOSEST_TICKS = 0.1;

/** Bars as path data. */
export interface BarPaths {
  /** Below 1×. */
  losses: string;
  /** From 1× up. */
  gains: string;
}

/** A distribution laid out. Places are fractions of the whole width. */
export interface Plot {
  /** What lies between P10 and P90. */
  inside: BarPaths;
  /** What lies below and above. */
  outside: BarPaths;
  ticks: { at: number; multiple: number }[];
  /** Where the scenarios that return next to nothing stand, where they have a column. */
  zeroAt: number | undefined;
  p10At: number;
  p50At: number;
  p90At: number;
  oneAt: number;
  /** The bin that most scenarios are in. */
  mode: { low: number; high: number | undefined };
  /** Shares of the scenarios that lie outside the axis, and its ends. */
  below: { share: number; edge: number };
  above: { share: number; edge: number };
}

/** Lays a distribution out. */
export function plotOf({ histogram: { edges, counts }, quantiles }: Distribution): Plot {
  const total = Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
  const shares = counts.map((count) => count / total);
  const edge = (index: number) => edges[index] ?? Infinity;
  const [low, high] = ends(shares, edges);
  const zeroShare = shares[0] ?? 0;
  const hasZero = zeroShare >= CUT;
  const offset = hasZero ? ZERO_UNITS + ZERO_GAP : 0;
  const onAxis = (multiple: number) => Math.min(1, Math.max(0, Math.log2(multiple / low) / Math.log2(high / low)));
  const unitsOf = (multiple: number) => offset + onAxis(multiple) * (UNITS - offset);

  const drawn = shares
    .map((share, index) => ({ share, low: edge(index), high: edge(index + 1) }))
    .filter((bin, index) => index > 0 && bin.low >= low * 0.999 && bin.high <= high * 1.001);
  const highest = Math.max(...shares);
  const bars = drawn.map((bin) => ({ ...bin, left: unitsOf(bin.low), right: unitsOf(bin.high) }));
  if (hasZero) bars.unshift({ share: zeroShare, low: 0, high: edge(1), left: 0, right: ZERO_UNITS });

  // A quantile within the column at the left is marked in its middle.
  const place = (multiple: number) => (hasZero && multiple < edge(1) ? ZERO_UNITS / 2 : unitsOf(multiple));
  const [p10, p50, p90] = [place(quantiles.p10), place(quantiles.p50), place(quantiles.p90)];
  const zeroAt = hasZero ? ZERO_UNITS / 2 / UNITS : undefined;
  const plot: Plot = {
    inside: { losses: "", gains: "" },
    outside: { losses: "", gains: "" },
    ticks: [],
    zeroAt,
    p10At: p10 / UNITS,
    p50At: p50 / UNITS,
    p90At: p90 / UNITS,
    oneAt: unitsOf(1) / UNITS,
    mode: modeOf(shares, edges),
    below: { share: 0, edge: low },
    above: { share: 0, edge: high },
  };
  for (const { share, left, right, low, high } of bars) {
    if (share === 0) continue;
    // That column has no places within.
    const [from, to] = low > 0 ? [p10, p90] : quantiles.p10 < high ? [left, right] : [right, right];
    const kind = high <= 1 ? "losses" : "gains";
    const top = UNITS * (1 - share / highest);
    plot.outside[kind] += bar(left, Math.min(right, from), top) + bar(Math.max(left, to), right, top);
    plot.inside[kind] += bar(Math.max(left, from), Math.min(right, to), top);
  }
  for (const [index, share] of shares.entries()) {
    const isDrawn = index === 0 && hasZero;
    if (!isDrawn && edge(index + 1) <= low * 1.001) plot.below.share += share;
    if (edge(index) >= high * 0.999) plot.above.share += share;
  }
  for (const multiple of TICKS) {
    const at = unitsOf(multiple) / UNITS;
    const isOn = multiple >= low * 0.999 && multiple <= high * 1.001;
    const others = [...plot.ticks.map((tick) => tick.at), ...(zeroAt === undefined ? [] : [zeroAt])];
    if (isOn && others.every((other) => Math.abs(other - at) >= CLOSEST_TICKS)) plot.ticks.push({ at, multiple });
  }
  return plot;
}

/** The axis that holds all but {@link CUT} at each end, moved outwards to whole steps. */
function ends(shares: number[], edges: number[]): [number, number] {
  const firstBeyond = (inOrder: number[]) => {
    let sum = 0;
    return inOrder.findIndex((share) => (sum += share) > CUT);
  };
  // The first bin reaches down to 0, which has no place on a logarithmic axis; the last one has no upper edge.
  const first = Math.max(1, firstBeyond(shares));
  const last = shares.length - 1 - firstBeyond([...shares].reverse());
  const low = Math.min(ALWAYS_LOW, edges[first] ?? ALWAYS_LOW);
  const high = Math.max(ALWAYS_HIGH, edges[last + 1] ?? edges.at(-1) ?? ALWAYS_HIGH);
  const step = (multiple: number) => Math.log2(multiple) * STEPS_PER_OCTAVE;
  return [
    2 ** (Math.floor(step(low) + 1e-9) / STEPS_PER_OCTAVE),
    2 ** (Math.ceil(step(high) - 1e-9) / STEPS_PER_OCTAVE),
  ];
}

function modeOf(shares: number[], edges: number[]): Plot["mode"] {
  const index = shares.indexOf(Math.max(...shares));
  return { low: edges[index] ?? 0, high: edges[index + 1] };
}

function bar(left: number, right: number, top: number): string {
  const [from, to, y] = [left, right, top].map(Math.round);
  return from !== undefined && to !== undefined && from < to ? `M${from} ${UNITS}V${y}H${to}V${UNITS}Z` : "";
}

/** What the axis leaves out, in words; empty where that is nothing. */
export function notDrawn({ below, above }: Plot, numbers: Numbers): string {
  const parts = [
    below.share > 0 && `${numbers.share(below.share)} below ${numbers.multiple(below.edge)}`,
    above.share > 0 && `${numbers.share(above.share)} above ${numbers.multiple(above.edge)}`,
  ].filter(Boolean);
  return parts.length > 0 ? `Not drawn, of all scenarios: ${parts.join(" and ")}.` : "";
}
