// The single view: fetches a frame of one data set or of both, keeps neighbours ready, tells what is under the cursor.

import { ask, askPicture } from "./api.js";
import { idImage } from "./draw.js";
import { Inspector } from "./inspector.js";
import { filterWords, state } from "./state.js";
import { Surface } from "./surface.js";

const KEPT = 16;
const PROBE_MS = 70;
const byId = (id) => document.getElementById(id);

export class Single {
  constructor() {
    this.surface = new Surface(byId("canvas"), byId("divider"), (point) => this.hover(point));
    this.inspector = new Inspector(byId("inspector"), (id) => this.bringOut(id));
    this.pictures = new Map();
    this.details = new Map();
    this.turn = 0;
    this.point = null;
    this.probing = null;
  }

  /** Forget what was fetched: the data set or the filters have changed. */
  forget() {
    this.details.clear();
  }

  /** Show the frame of the state; `neighbours` are fetched after it. */
  async load(neighbours = []) {
    const turn = (this.turn += 1);
    const frame = state.frame;
    const sets = state.compare ? [0, 1] : [state.set];
    byId("stage").setAttribute("aria-busy", "true");
    const sides = await Promise.all(sets.map((set) => this.side(set, frame)));
    if (turn !== this.turn) return;
    byId("stage").removeAttribute("aria-busy");
    this.surface.show = state.show;
    this.surface.only = null;
    this.surface.set([sides[0], sides[1] ?? null]);
    const first = sides.find((side) => side.detail) ?? sides[0];
    this.inspector.set(first.detail ?? null, first.set, first.message);
    this.notes(sides);
    this.hover(null);
    document.documentElement.dataset.frame = frame;
    // What comes next is ready before it is asked for.
    for (const next of neighbours) {
      for (const set of sets) this.picture(set, next, "image").catch(() => {});
    }
  }

  /** Draw again with other overlays. */
  refresh() {
    this.surface.show = state.show;
    this.surface.redraw();
  }

  async side(set, frame) {
    const side = { set, bitmap: null, labels: null, size: [4, 3], message: "", note: "", detail: null };
    try {
      side.detail = await this.detail(set, frame);
      side.labels = side.detail;
      side.size = side.detail.size;
    } catch (error) {
      side.message = error.message;
    }
    try {
      const { bitmap, note } = await this.picture(set, frame, state.layer);
      side.bitmap = bitmap;
      side.note = note;
      if (!side.detail) side.size = [bitmap.width, bitmap.height];
    } catch (error) {
      side.message = error.message;
    }
    return side;
  }

  detail(set, frame) {
    const words = set === state.set ? filterWords() : null;
    return kept(this.details, `${set} ${frame} ${words} ${state.sets[set].version}`, () =>
      ask(`sets/${set}/frames/${frame}`, { words }));
  }

  picture(set, frame, layer) {
    const key = `${set} ${frame} ${layer} ${state.sets[set].version}`;
    return kept(this.pictures, key, () => askPicture(set, frame, layer), (old) => old.then((it) => it.bitmap.close(), () => {}));
  }

  notes(sides) {
    const note = byId("note");
    const text = [...new Set(sides.map((side) => side.note).filter(Boolean))].join(" | ");
    const left = sides.reduce((sum, side) => sum + (side.detail?.left_out ?? 0), 0);
    note.textContent = [text, left ? `${left} masks or objects are left out: too many to draw` : ""].filter(Boolean).join(" · ");
    note.hidden = !note.textContent;
    for (const [id, side] of [["left-name", sides[0]], ["right-name", sides[1]]]) {
      byId(id).hidden = !state.compare;
      if (side) byId(id).textContent = state.sets[side.set].label;
    }
  }

  bringOut(id) {
    this.surface.only = id;
    this.surface.redraw();
  }

  hover(point) {
    const readout = byId("readout");
    this.point = point;
    const side = point && this.surface.sides[point.side];
    if (!side) {
      readout.textContent = "";
      this.inspector.mark(null);
      return;
    }
    const { x, y } = point;
    const id = side.labels ? idImage(side.labels)[y * side.size[0] + x] : 0;
    const item = id ? side.labels.objects.find((one) => one.id === id) : null;
    const words = [`x ${x}  y ${y}`];
    if (item) words.push(`#${id} ${item.category ?? item.role}  ${item.name}`);
    const known = this.probed?.key === probeKey(side, x, y) ? this.probed.values : null;
    if (known?.depth) words.push(known.depth[0] === null ? "sky" : `${known.depth[0].toFixed(2)} m`);
    else if (item?.distance_m) words.push(`object at ${item.distance_m.toFixed(2)} m`);
    for (const [name, label] of [["flow_forward", "flow"], ["flow_backward", "flow back"]]) {
      const flow = known?.[name];
      if (flow && state.layer === name) words.push(`${label} ${flow.map((value) => value?.toFixed(1) ?? "?").join(", ")} px`);
    }
    if (known?.normals && state.layer === "normals") words.push(`normal ${known.normals.map((value) => value.toFixed(2)).join(" ")}`);
    readout.textContent = words.join("   ·   ");
    this.inspector.mark(id || null);
    if (!known && side.detail?.layers.length > 1 && !this.probing) this.probe(side, x, y);
  }

  /** Ask for the layers' numbers under the cursor, one question at a time. */
  probe(side, x, y) {
    this.probing = setTimeout(async () => {
      try {
        const words = new URLSearchParams({ x, y });
        const values = await ask(`sets/${side.set}/frames/${side.detail.frame}/pixel`, { words });
        this.probed = { key: probeKey(side, x, y), values };
      } catch {
        this.probed = { key: probeKey(side, x, y), values: {} };
      }
      this.probing = null;
      if (this.point) this.hover(this.point);
    }, PROBE_MS);
  }
}

const probeKey = (side, x, y) => `${side.set} ${side.detail?.frame} ${x} ${y}`;

/** The promise kept under a key, or a new one; the oldest are dropped, one that failed is not kept. */
function kept(map, key, make, drop = () => {}) {
  let promise = map.get(key);
  if (promise) map.delete(key);
  else {
    promise = make();
    promise.catch(() => map.delete(key));
  }
  map.set(key, promise);
  while (map.size > KEPT) {
    const oldest = map.keys().next().value;
    drop(map.get(oldest));
    map.delete(oldest);
  }
  return promise;
}
