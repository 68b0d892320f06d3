// What is shown, in one place: every change goes through `update`, which tells listeners and writes the address.

const LAYERS = ["image", "render", "depth", "normals", "flow_forward", "flow_backward", "ids"];
const OVERLAYS = ["masks", "boxes", "names", "amodal", "solids", "keypoints"];
const OWN = new Set(["set", "view", "at", "show", "layer", "tile", "sort", "side"]);

export const state = {
  sets: [], // what the server says of each data set
  set: 0, // which one's frames are listed
  compare: false, // both side by side
  view: "grid",
  frame: null, // index of the current frame
  filters: [], // [key, value] pairs, as in the address
  sort: "frame",
  show: new Set(["masks", "boxes", "names"]),
  layer: "image",
  tile: 230,
  facetsOpen: window.innerWidth > 900,
  inspectorOpen: window.innerWidth > 900,
};

const listeners = [];

/** Call `listener(changed)` after every change, with the set of names that changed. */
export function onChange(listener) {
  listeners.push(listener);
}

/** Change some of the state. `push` makes a step that the browser's Back undoes. */
export function update(changes, { push = false } = {}) {
  const changed = new Set();
  for (const [name, value] of Object.entries(changes)) {
    if (state[name] !== value) {
      state[name] = value;
      changed.add(name);
    }
  }
  if (!changed.size) return;
  writeAddress(push);
  for (const listener of listeners) listener(changed);
}

/** Take the state from the address; called at the start and when the browser goes back. */
export function readAddress() {
  const words = new URLSearchParams(window.location.search);
  const number = Number(words.get("set") ?? 0);
  state.set = number === 1 ? 1 : 0;
  state.compare = words.get("side") === "both";
  state.view = words.get("view") === "single" ? "single" : "grid";
  state.frame = /^\d{1,8}$/.test(words.get("at") ?? "") ? Number(words.get("at")) : null;
  state.sort = words.get("sort") ?? "frame";
  state.layer = LAYERS.includes(words.get("layer")) ? words.get("layer") : "image";
  if (words.has("show")) state.show = new Set(words.get("show").split(",").filter((name) => OVERLAYS.includes(name)));
  const tile = Number(words.get("tile"));
  if (tile >= 110 && tile <= 420) state.tile = tile;
  state.filters = [...words].filter(([key]) => !OWN.has(key));
}

/** Tell all listeners that everything may have changed. */
export function announceAll() {
  const everything = new Set(Object.keys(state));
  for (const listener of listeners) listener(everything);
}

/** The words that the server takes: filters and order. */
export function filterWords() {
  const words = new URLSearchParams(state.filters);
  if (state.sort !== "frame") words.set("sort", state.sort);
  return words;
}

/** Values of a filter. */
export function filterValues(key) {
  return state.filters.filter(([name]) => name === key).map(([, value]) => value);
}

/** Replace the values of a filter; none takes it away. */
export function setFilter(key, values) {
  const others = state.filters.filter(([name]) => name !== key);
  update({ filters: [...others, ...values.map((value) => [key, value])] });
}

/** Turn a level of a filter on or off. */
export function toggleLevel(key, level) {
  const values = filterValues(key);
  setFilter(key, values.includes(level) ? values.filter((value) => value !== level) : [...values, level]);
}

export function toggleOverlay(name) {
  const show = new Set(state.show);
  if (!show.delete(name)) show.add(name);
  update({ show });
}

function writeAddress(push) {
  const words = new URLSearchParams(state.filters);
  if (state.set) words.set("set", state.set);
  if (state.compare) words.set("side", "both");
  if (state.view !== "grid") words.set("view", state.view);
  if (state.frame !== null) words.set("at", state.frame);
  if (state.sort !== "frame") words.set("sort", state.sort);
  if (state.layer !== "image") words.set("layer", state.layer);
  if (state.tile !== 230) words.set("tile", state.tile);
  const show = OVERLAYS.filter((name) => state.show.has(name)).join(",");
  if (show !== "masks,boxes,names") words.set("show", show);
  // Commas and dots read better as they are, and need no escape in a query.
  const text = words.toString().replaceAll("%2C", ",");
  const address = text ? `?${text}` : window.location.pathname;
  if (push) window.history.pushState(null, "", address);
  else window.history.replaceState(null, "", address);
}
