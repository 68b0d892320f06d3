// The keyboard: every key that the help names.

import { copy } from "./inspector.js";
import { state, toggleOverlay, update } from "./state.js";
import { toast } from "./query.js";

const OVERLAY_KEYS = { 1: "masks", 2: "boxes", 3: "names", 4: "amodal", 5: "solids", 6: "keypoints" };
const LAYER_KEYS = { b: ["render"], 7: ["depth"], 8: ["normals"], 9: ["flow_forward", "flow_backward"], 0: ["ids"] };

/** Show the next of some layers that the data set has, and the picture after the last. */
export function cycleLayer(names, { quiet = false } = {}) {
  const there = names.filter((name) => state.sets[state.set].layers.includes(name));
  if (!there.length) {
    const name = names[0].replace("_forward", "");
    const how = name === "render" ? "refine with keep_render: true" : `render with --set output.${names[0]}=true`;
    toast(`this data set has no ${name}; ${how} to have it`);
    return;
  }
  const next = there[there.indexOf(state.layer) + 1] ?? "image";
  update({ layer: next });
  if (state.view === "grid" && !quiet) toast(next === "image" ? "pictures again" : `${next.replace("_", " ")} is shown in the single view`);
}

/** One set, the other, both. */
export function cycleSets() {
  if (state.sets.length < 2) {
    toast("give view a second data set to compare: synthvision view FIRST SECOND");
    return;
  }
  if (state.compare) update({ compare: false, set: 0 });
  else if (state.set === 0) update({ set: 1 });
  else update({ set: 0, compare: true });
}

/** Listen; `page` holds what keys act on. */
export function listen(page) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=text], select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey || typing || page.help.open) return;
    // Space and Enter press the button that has the focus.
    const onButton = event.target.matches("button, summary, input");
    if (onButton && (event.key === " " || event.key === "Enter")) return;
    if (event.target.matches("input[type=range]") && event.key.startsWith("Arrow")) return;
    const act = action(event.key, page);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function action(key, page) {
  if (OVERLAY_KEYS[key]) return () => toggleOverlay(OVERLAY_KEYS[key]);
  if (LAYER_KEYS[key]) return () => cycleLayer(LAYER_KEYS[key]);
  const single = state.view === "single";
  const everywhere = {
    "/": () => page.query.input.focus(),
    "?": () => page.help.showModal(),
    h: () => update({ facetsOpen: !state.facetsOpen }),
    i: () => update({ inspectorOpen: !state.inspectorOpen }),
    s: cycleSets,
    r: () => update({ filters: [] }),
    c: () => page.copyCommand(copy),
  };
  const inSingle = {
    ArrowLeft: () => page.step(-1),
    ArrowRight: () => page.step(1),
    ArrowUp: () => page.step(-page.grid.columns),
    ArrowDown: () => page.step(page.grid.columns),
    Home: () => page.step(-Infinity),
    End: () => page.step(Infinity),
    " ": () => page.close(),
    Escape: () => page.close(),
    "+": () => page.single.surface.zoom(1.5),
    "=": () => page.single.surface.zoom(1.5),
    "-": () => page.single.surface.zoom(1 / 1.5),
    f: () => page.single.surface.fit(),
    x: () => page.single.surface.actual(),
    "[": () => page.single.surface.moveDivider(page.single.surface.share - 0.05),
    "]": () => page.single.surface.moveDivider(page.single.surface.share + 0.05),
  };
  const { grid } = page;
  const rows = Math.max(1, Math.floor(grid.element.clientHeight / (grid.rowHeight || 1)));
  const inGrid = {
    ArrowLeft: () => grid.move(-1),
    ArrowRight: () => grid.move(1),
    ArrowUp: () => grid.move(-grid.columns),
    ArrowDown: () => grid.move(grid.columns),
    PageUp: () => grid.move(-grid.columns * rows),
    PageDown: () => grid.move(grid.columns * rows),
    Home: () => grid.go(0),
    End: () => grid.go(Infinity),
    " ": () => grid.open(),
    Enter: () => grid.open(),
    "[": () => grid.resizeTiles(state.tile - 30),
    "]": () => grid.resizeTiles(state.tile + 30),
  };
  return everywhere[key] ?? (single ? inSingle : inGrid)[key];
}
