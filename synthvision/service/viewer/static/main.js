// The page: reads the address, asks what there is, and joins grid, single view, histograms, filters and keys.

import { ask, FrameList } from "./api.js";
import { Facets } from "./facets.js";
import { Grid } from "./grid.js";
import { cycleLayer, listen } from "./keys.js";
import { Query, toast } from "./query.js";
import { Single } from "./single.js";
import { announceAll, onChange, readAddress, state, toggleOverlay, update } from "./state.js";

const POLL_MS = 4000;
const byId = (id) => document.getElementById(id);
const TOGGLES = [
  ["masks", "Masks", "1"], ["boxes", "Boxes", "2"], ["names", "Names", "3"], ["amodal", "Amodal", "4"],
  ["solids", "3D boxes", "5"], ["keypoints", "Keypoints", "6"],
];
const LAYERS = [
  [["render"], "Before", "b"],
  [["depth"], "Depth", "7"], [["normals"], "Normals", "8"], [["flow_forward", "flow_backward"], "Flow", "9"], [["ids"], "Ids", "0"],
];

class Page {
  constructor() {
    this.frames = new FrameList();
    this.facets = new Facets(byId("facets"));
    this.query = new Query((frame) => this.open(frame));
    this.grid = new Grid(byId("grid"), this.frames, (frame) => this.open(frame));
    this.grid.shown = () => this.pictureShown();
    this.single = new Single();
    this.help = byId("help");
    this.loads = 0;
  }

  async start() {
    readAddress();
    // Both questions at once: what passes the filters of the address does not hang on what else there is.
    this.early = this.frames.load();
    this.early.catch(() => {});
    try {
      await this.about();
    } catch (error) {
      this.empty(error.message);
      return;
    }
    if (state.sets.length < 2 && (state.set || state.compare)) {
      Object.assign(state, { set: 0, compare: false });
      this.early = null;
    }
    this.controls();
    onChange((changed) => this.changed(changed));
    listen(this);
    window.addEventListener("popstate", () => {
      readAddress();
      announceAll();
    });
    announceAll();
    this.poll();
  }

  async about() {
    const answer = await ask("sets");
    const names = answer.sets.map((set) => set.name);
    answer.sets.forEach((set, index) => {
      // Two sets of one job have one name: their folders tell them apart.
      set.label = names.length > 1 && names[0] === names[1] ? set.folder.split("/").filter(Boolean).pop() : set.name;
      set.letter = "AB"[index];
    });
    state.sets = answer.sets;
    this.sorts = answer.sorts;
  }

  controls() {
    const toggles = byId("toggles");
    for (const [name, title, key] of TOGGLES) {
      toggles.append(this.toggle(title, key, () => toggleOverlay(name), () => state.show.has(name)));
    }
    for (const [names, title, key] of LAYERS) {
      const shown = () => names.includes(state.layer);
      const button = this.toggle(title, key, () => cycleLayer(names), shown);
      button.classList.toggle("absent", !state.sets.some((set) => names.some((name) => set.layers.includes(name))));
      toggles.append(button);
    }
    const sort = byId("sort");
    for (const [name, title] of Object.entries(this.sorts)) sort.append(new Option(title, name));
    sort.addEventListener("change", () => update({ sort: sort.value }));
    byId("tile").addEventListener("input", (event) => this.grid.resizeTiles(Number(event.target.value)));
    const actions = {
      "toggle-facets": () => update({ facetsOpen: !state.facetsOpen }),
      "toggle-inspector": () => update({ inspectorOpen: !state.inspectorOpen }),
      "help-open": () => this.help.showModal(),
      back: () => this.close(),
      previous: () => this.step(-1),
      next: () => this.step(1),
      fit: () => this.single.surface.fit(),
      actual: () => this.single.surface.actual(),
    };
    for (const [id, act] of Object.entries(actions)) byId(id).addEventListener("click", act);
    if (state.sets.length > 1) this.setSwitch();
  }

  toggle(title, key, act, isOn) {
    const button = document.createElement("button");
    button.className = "toggle";
    const hint = document.createElement("kbd");
    hint.textContent = key;
    button.append(title, hint);
    button.title = `${title} (${key})`;
    button.addEventListener("click", act);
    const show = () => button.setAttribute("aria-pressed", String(isOn()));
    onChange(show);
    return button;
  }

  setSwitch() {
    const holder = byId("set-switch");
    holder.hidden = false;
    const kinds = [
      [`A  ${state.sets[0].label}`, { set: 0, compare: false }],
      [`B  ${state.sets[1].label}`, { set: 1, compare: false }],
      ["A | B", { set: 0, compare: true }],
    ];
    for (const [title, changes] of kinds) {
      const button = document.createElement("button");
      button.textContent = title;
      button.addEventListener("click", () => update(changes));
      onChange(() => {
        const on = state.compare === changes.compare && (state.compare || state.set === changes.set);
        button.setAttribute("aria-pressed", String(on));
      });
      holder.append(button);
    }
  }

  changed(changed) {
    const has = (...names) => names.some((name) => changed.has(name));
    if (has("facetsOpen", "inspectorOpen", "view")) this.arrange();
    if (has("set")) this.facets.build(state.sets[state.set]);
    if (has("filters", "sort", "set", "sets")) {
      this.load(has("set") && !has("filters"));
      return;
    }
    if (has("compare")) this.grid.reset({ keepPlace: true });
    if (has("show")) {
      this.grid.refresh();
      this.single.refresh();
    }
    if (state.view === "single" && has("view", "frame", "layer", "compare")) this.showSingle();
    if (state.view === "grid" && has("view")) this.grid.layout();
  }

  /** Ask for what passes the filters as they are, and show it. */
  async load(otherSet) {
    const turn = (this.loads += 1);
    byId("sort").value = state.sort;
    byId("tile").value = state.tile;
    let histograms;
    try {
      const early = this.early;
      this.early = null;
      histograms = await (early ?? this.frames.load());
    } catch (error) {
      if (error.name !== "AbortError" && turn === this.loads) this.refused(error.message);
      return;
    }
    if (turn !== this.loads) return;
    this.awaiting = true;
    this.single.forget();
    this.facets.show(histograms.counts);
    this.query.show(state.sets[state.set], histograms.counts);
    this.grid.reset({ keepPlace: otherSet });
    this.summary();
    const set = state.sets[state.set];
    if (!this.frames.total) {
      this.empty(set.frames ? "No picture passes all filters. Press r to remove them." : this.nothing(set));
      this.settle();
    } else this.empty("");
    if (state.view === "single") this.showSingle();
    else await this.placeOf(state.frame).then((place) => place !== null && this.grid.go(place));
  }

  refused(message) {
    toast(message);
    this.settle();
    // A shared address may name what this set does not have.
    if (state.filters.length) this.empty(`${message}. Press r to remove all filters.`);
  }

  nothing(set) {
    if (set.failed) return `No frame was made, and ${set.failed} failed. The first: ${set.failures[0].reason}`;
    return "There is no frame yet. This page shows the first ones as soon as they are made.";
  }

  empty(text) {
    const element = byId("empty");
    element.textContent = text;
    element.hidden = !text;
  }

  summary() {
    const set = state.sets[state.set];
    byId("name").textContent = state.compare ? `${state.sets[0].label} | ${state.sets[1].label}` : set.name;
    document.title = `${set.name} · synthvision view`;
    const of = this.frames.total === set.frames ? "" : ` of ${set.frames.toLocaleString("en")}`;
    const parts = [`${this.frames.total.toLocaleString("en")}${of} pictures`, `${this.frames.objects.toLocaleString("en")} objects`];
    if (set.failed) parts.push(`${set.failed.toLocaleString("en")} failed`);
    if (set.frames + set.failed < set.expected) parts.push(`${set.expected.toLocaleString("en")} to come in all`);
    byId("summary").textContent = parts.join(" · ");
  }

  arrange() {
    const single = state.view === "single";
    byId("grid").hidden = single;
    byId("single").hidden = !single;
    byId("grid-tools").hidden = single;
    byId("single-tools").hidden = !single;
    byId("facets").hidden = !state.facetsOpen;
    byId("inspector").hidden = !state.inspectorOpen;
    byId("toggle-facets").setAttribute("aria-expanded", String(state.facetsOpen));
    byId("toggle-inspector").setAttribute("aria-expanded", String(state.inspectorOpen));
  }

  open(frame) {
    update({ view: "single", frame }, { push: state.view !== "single" });
    byId("canvas").focus({ preventScroll: true });
  }

  async close() {
    const { frame } = state;
    update({ view: "grid" }, { push: true });
    byId("grid").focus({ preventScroll: true });
    const place = await this.placeOf(frame);
    if (place !== null) this.grid.go(place);
  }

  /** The place of a frame among those that pass: near the last one known, or by a question. */
  async placeOf(frame) {
    if (frame === null) return null;
    if ((await this.frames.at(this.grid.place))?.frame === frame) return this.grid.place;
    try {
      const detail = await this.single.detail(state.set, frame);
      return detail.position;
    } catch {
      return null;
    }
  }

  async showSingle() {
    if (state.frame === null) {
      const first = await this.frames.at(0);
      if (first) update({ frame: first.frame });
      return;
    }
    const place = await this.placeOf(state.frame);
    if (place !== null) this.grid.place = place;
    byId("position").textContent = place === null
      ? `frame ${state.frame}, outside the filters`
      : `${(place + 1).toLocaleString("en")} / ${this.frames.total.toLocaleString("en")}`;
    const around = place === null ? [] : await Promise.all([this.frames.at(place + 1), this.frames.at(place - 1)]);
    await this.single.load(around.filter(Boolean).map((entry) => entry.frame));
    this.pictureShown();
  }

  /** Go some frames on among those that pass. */
  async step(count) {
    const place = Math.min(Math.max(this.grid.place + count, 0), this.frames.total - 1);
    const entry = await this.frames.at(place);
    if (!entry) return;
    this.grid.place = place;
    update({ frame: entry.frame });
  }

  async copyCommand(copy) {
    const frame = state.view === "single" ? state.frame : (await this.frames.at(this.grid.place))?.frame;
    if (frame === undefined || frame === null) return;
    try {
      copy((await this.single.detail(state.set, frame)).command);
    } catch (error) {
      toast(error.message);
    }
  }

  /** Called when a picture is on the page; marks tell how long that took. */
  pictureShown() {
    if (!this.firstShown) {
      this.firstShown = true;
      performance.mark("first-picture");
    }
    if (this.awaiting) this.settle();
  }

  settle() {
    this.awaiting = false;
    requestAnimationFrame(() => {
      document.documentElement.dataset.settled = Number(document.documentElement.dataset.settled ?? 0) + 1;
    });
  }

  /** Look now and then whether a data set that is being made has grown. */
  async poll() {
    const growing = state.sets.some((set) => set.frames + set.failed < set.expected);
    if (!growing) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const before = state.sets.map((set) => set.version);
    try {
      if (!document.hidden) await this.about();
    } catch {
      // The server may be busy; the next look tells.
    }
    if (state.sets.some((set, index) => set.version !== before[index])) {
      toast("new frames have come");
      this.facets.build(state.sets[state.set]);
      await this.load(true);
    }
    this.poll();
  }
}

new Page().start();
