// How the element looks: the workbench's colours and sizes, unless the page says otherwise.

/** Colours that a page can set, in light and in dark. Texts reach 4.5:1 on the background. */
const COLORS = {
  background: ["#fff", "#1a1d20"],
  text: ["#1b1e22", "#e9e7e1"],
  muted: ["#5f656c", "#9aa1a8"],
  line: ["#e6e3dc", "#2a2e32"],
  color: ["#0b6b63", "#4fb8ab"],
  loss: ["#b5483a", "#e07f70"],
  accent: ["#1a6ae0", "#7fb2ff"],
  warning: ["#7d5600", "#e0b65a"],
  error: ["#a33327", "#f0948a"],
} as const;

const properties = (value: (light: string, dark: string) => string) =>
  Object.entries(COLORS)
    .map(([name, [light, dark]]) => `--_${name}: var(--foliocast-${name}, ${value(light, dark)});`)
    .join("\n");

/** The element's style sheet. */
export const CSS = `
:host {
  ${properties((light) => light)}
  display: block;
  min-width: 0;
  color: var(--_text);
  font: var(--foliocast-size, 14px) / 1.45 var(--foliocast-font, ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif);
  font-variant-numeric: tabular-nums;
  text-align: start;
}
/* The page's scheme, where the browser can tell: a page of one scheme is not the system's. */
@supports (color: light-dark(red, red)) {
  :host { ${properties((light, dark) => `light-dark(${light}, ${dark})`)} }
}
@media (forced-colors: active) {
  :host {
    --_background: Canvas; --_text: CanvasText; --_muted: CanvasText; --_line: GrayText; --_color: CanvasText;
    --_loss: GrayText; --_accent: Highlight; --_warning: CanvasText; --_error: CanvasText;
  }
}
:host([hidden]), [hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
figure, figcaption, p, dl, dd, ul { margin: 0; padding: 0; }
ul { list-style: none; }
.unseen { position: absolute; overflow: hidden; width: 1px; height: 1px; clip-path: inset(50%); white-space: nowrap; }
.small, .note { font-size: 0.857em; }
.note { color: var(--_muted); }

.card {
  position: relative;
  padding: 14px 16px 12px;
  border: 1px solid var(--_line);
  border-radius: var(--foliocast-radius, 10px);
  background: var(--_background);
}
/* Its own container, for a box of a known width: the element itself would have no width beside others in a row. */
header { container-type: inline-size; }
.head { display: flex; align-items: baseline; gap: 2px 10px; }
.label { font-weight: 600; overflow-wrap: anywhere; }
.state { margin-inline-start: auto; white-space: nowrap; }
.state.busy::before, .state.done::before { content: ""; display: inline-block; width: 6px; height: 6px; margin-inline-end: 7px; border-radius: 50%; background: var(--_color); vertical-align: 0.12em; }
.state.busy::before { background: var(--_muted); }
/* Each on a line of its own, whatever the state says: what is below must not move. */
@container (max-width: 600px) { .head { flex-direction: column; } .state { margin-inline-start: 0; } .state:empty { display: none; } }
@media (prefers-reduced-motion: no-preference) {
  .state.busy::before { animation: breathe 1.6s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: 0.25; } }
}

.problem { padding: 9px 12px; border: 1px solid currentcolor; border-radius: 7px; margin-top: 10px; color: var(--_error); }
.problem b { font-weight: 600; }
.problem li { margin-top: 4px; overflow-wrap: anywhere; }
.problem li span { color: var(--_text); }
code { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; font-size: 0.92em; overflow-wrap: anywhere; }

svg { display: block; width: 100%; overflow: visible; margin-top: 8px; }
svg svg { margin: 0; }
svg + .note { margin-top: 2px; }
text { fill: var(--_muted); font-size: 11px; }
line, path { vector-effect: non-scaling-stroke; }
/* The gap between bars is a line of the background's colour, one pixel at every width. */
.bars path { stroke: var(--_background); stroke-width: 1; }
.gains { fill: var(--_color); }
.losses { fill: var(--_loss); }
.outside { fill-opacity: 0.5; }
.old .bars path { fill-opacity: 0.3; }
.bare > :is(svg, svg + .note, .figures) { display: none; }
.axis { stroke: var(--_line); }
.tick, .range { stroke: var(--_muted); }
.one { stroke: var(--_muted); stroke-dasharray: 2 3; }
.median { stroke: var(--_text); stroke-width: 1.3; }
.knob { fill: var(--_background); stroke: var(--_text); stroke-width: 1.3; }
text.answer { fill: var(--_text); font-size: 13px; font-weight: 600; }

.figures { display: grid; padding-top: 12px; border-top: 1px solid var(--_line); margin-top: 10px; gap: 14px 20px; grid-template-columns: repeat(auto-fit, minmax(min(114px, 100%), 1fr)); }
.figures dt { color: var(--_muted); font-size: 0.857em; }
.figures .value { display: block; font-size: 1.36em; font-weight: 600; letter-spacing: -0.02em; line-height: 1.4; }
.figures .sure { display: block; min-height: 1.45em; color: var(--_muted); font-size: 0.857em; white-space: nowrap; }

.warnings { margin-top: 10px; }
.warnings li + li { margin-top: 4px; }
.warnings li { padding-inline-start: 10px; border-inline-start: 2px solid var(--_warning); overflow-wrap: anywhere; }

details { margin-top: 10px; }
summary { width: max-content; border-radius: 4px; color: var(--_muted); cursor: pointer; font-size: 0.857em; }
summary:hover { color: var(--_text); }
:focus-visible { border-radius: 4px; outline: 2px solid var(--_accent); outline-offset: 2px; }
.tables { display: flex; flex-wrap: wrap; align-items: start; max-height: 25em; padding: 2px; margin-top: 8px; gap: 16px 48px; overflow: auto; scrollbar-width: thin; }
table { border-collapse: collapse; font-size: 0.857em; }
caption { padding-bottom: 4px; color: var(--_muted); text-align: start; }
th { font-weight: 400; text-align: start; white-space: nowrap; }
thead th { color: var(--_muted); }
th, td { padding: 3px 16px 3px 0; border-bottom: 1px solid var(--_line); }
td, th.number { text-align: end; white-space: nowrap; }
.key { flex-basis: 100%; }
`;
