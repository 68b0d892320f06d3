// The grid: only the tiles that can be seen exist, whatever the number of frames.

import { ask, thumbnailAddress } from "./api.js";
import { drawLabels } from "./draw.js";
import { filterWords, state, update } from "./state.js";

const GAP = 10;
const CAPTION = 24;
// Browsers lay out nothing taller; with more rows than fit, a pixel of scrolling stands for more than one.
const TALLEST = 8_000_000;
const SETTLE_MS = 60;
const LABEL_MS = 40;
const BATCH = 48;
const LABELS_KEPT = 400;
const DRAWN = ["masks", "boxes", "names", "amodal", "solids", "keypoints"];
const HEAVY = ["masks", "amodal", "solids", "keypoints"];

export class Grid {
  constructor(element, frames, opened) {
    this.element = element;
    this.frames = frames;
    this.opened = opened;
    this.spacer = element.querySelector("#spacer");
    this.layer = element.querySelector("#tiles");
    this.tiles = new Map();
    this.labels = new Map();
    this.asked = new Set();
    this.place = 0;
    this.lastTop = 0;
    this.shown = () => {};
    element.addEventListener("scroll", () => this.scrolled());
    new ResizeObserver(() => this.layout()).observe(element);
  }

  /** Begin anew: other frames, other filters. */
  reset({ keepPlace = false } = {}) {
    this.clear();
    this.labels.clear();
    this.asked.clear();
    if (!keepPlace) {
      this.place = 0;
      this.element.scrollTop = 0;
    }
    this.layout();
  }

  clear() {
    for (const tile of this.tiles.values()) tile.element.remove();
    this.tiles.clear();
  }

  layout() {
    const width = this.element.clientWidth - 2 * GAP;
    if (width <= 0) return;
    this.columns = Math.max(1, Math.round((width + GAP) / (state.tile + GAP)));
    this.cellWidth = (width + GAP) / this.columns - GAP;
    const [w, h] = this.frames.ready?.get(0)?.find((entry) => entry.size[0] > 0)?.size ?? [4, 3];
    // Pictures of mixed sizes are letterboxed in the cell of the first one; very tall ones are kept low.
    this.pictureHeight = Math.round(this.cellWidth * Math.min(h / w, 1.4));
    this.rowHeight = this.pictureHeight + CAPTION + GAP;
    this.rows = Math.ceil(this.frames.total / this.columns);
    const whole = this.rows * this.rowHeight + GAP;
    this.spacer.style.height = `${Math.min(whole, TALLEST)}px`;
    const room = this.element.clientHeight;
    this.stretch = whole > TALLEST ? (whole - room) / (TALLEST - room) : 1;
    this.clear();
    this.draw();
  }

  scrolled() {
    const top = this.element.scrollTop;
    // While it races past, thumbnails are not worth asking for.
    this.racing = Math.abs(top - this.lastTop) > this.element.clientHeight;
    this.lastTop = top;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.racing = false;
      this.draw();
    }, SETTLE_MS);
    if (!this.drawing) this.drawing = requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.drawing);
    this.drawing = null;
    if (!this.rowHeight) return;
    const scroll = this.element.scrollTop;
    const top = scroll * this.stretch;
    const first = Math.max(0, Math.floor(top / this.rowHeight) - 1) * this.columns;
    const rows = Math.ceil(this.element.clientHeight / this.rowHeight) + 3;
    const stop = Math.min(this.frames.total, first + rows * this.columns);
    for (const [place, tile] of this.tiles) {
      if (place < first || place >= stop) {
        tile.element.remove();
        this.tiles.delete(place);
      }
    }
    for (let place = first; place < stop; place += 1) this.tile(place, scroll - top);
    // Pictures first: labels are drawn over them a moment later.
    clearTimeout(this.labelling);
    if (!this.racing) this.labelling = setTimeout(() => this.fetchLabels(), LABEL_MS);
    this.mark();
  }

  tile(place, shift) {
    let tile = this.tiles.get(place);
    if (!tile) {
      tile = { element: document.createElement("div"), place, entry: null };
      tile.element.className = "tile";
      tile.element.id = `tile-${place}`;
      tile.element.setAttribute("role", "option");
      tile.element.style.width = `${this.cellWidth}px`;
      tile.element.style.height = `${this.rowHeight - GAP}px`;
      tile.element.addEventListener("click", () => {
        this.place = place;
        if (tile.entry) this.opened(tile.entry.frame);
      });
      this.tiles.set(place, tile);
      this.layer.append(tile.element);
    }
    const [row, column] = [Math.floor(place / this.columns), place % this.columns];
    tile.element.style.transform = `translate(${GAP + column * (this.cellWidth + GAP)}px, ${GAP + row * this.rowHeight + shift}px)`;
    if (!tile.entry && !this.racing) {
      const entry = this.frames.peek(place, () => this.draw());
      if (entry) this.fill(tile, entry);
    }
  }

  fill(tile, entry) {
    tile.entry = entry;
    const picture = document.createElement("div");
    picture.className = "picture";
    picture.style.height = `${this.pictureHeight}px`;
    const sets = state.compare ? [0, 1] : [state.set];
    sets.forEach((set, index) => {
      const image = document.createElement("img");
      image.alt = index ? "" : `frame ${entry.frame}`;
      image.decoding = "async";
      image.draggable = false;
      if (index) image.className = "other";
      image.addEventListener("load", () => this.shown(tile.place));
      image.addEventListener("error", () => {
        image.hidden = true;
        picture.classList.add("broken");
        picture.dataset.message = entry.broken ? "record broken" : index ? "only in the first set" : "picture missing or broken";
        this.shown(tile.place);
      });
      image.src = thumbnailAddress(set, entry.frame);
      picture.append(image);
    });
    tile.canvas = document.createElement("canvas");
    picture.append(tile.canvas);
    const caption = document.createElement("div");
    caption.className = "caption";
    const name = document.createElement("span");
    name.textContent = `frame ${entry.frame}`;
    const count = document.createElement("span");
    count.textContent = entry.broken ? "broken" : `${entry.count} object${entry.count === 1 ? "" : "s"}`;
    caption.append(name, count);
    tile.element.setAttribute("aria-label", `${name.textContent}, ${count.textContent}`);
    tile.element.replaceChildren(picture, caption);
    this.overlay(tile);
  }

  /** Draw labels over a tile if they are there and asked for. */
  overlay(tile) {
    const labels = tile.entry && this.labels.get(tile.entry.frame);
    const context = tile.canvas?.getContext("2d");
    if (!context) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    tile.canvas.width = Math.round(this.cellWidth * ratio);
    tile.canvas.height = Math.round(this.pictureHeight * ratio);
    if (!labels?.objects || !DRAWN.some((name) => state.show.has(name))) return;
    const [width, height] = labels.size;
    const scale = Math.min(tile.canvas.width / width, tile.canvas.height / height);
    const place = { x: (tile.canvas.width - width * scale) / 2, y: (tile.canvas.height - height * scale) / 2, scale };
    const show = new Set(state.show);
    // Names in a small tile would hide what they name.
    if (this.cellWidth < 300) show.delete("names");
    drawLabels(context, labels, place, show, { unit: ratio * 0.85 });
    // Bitmaps of many tiles would fill the memory; they are made again when an overlay changes.
    labels.prepared = null;
    for (const item of labels.objects) delete item.rleSpans, delete item.amodal_rleSpans;
  }

  /** Draw all overlays again, after a toggle. */
  refresh() {
    if ([...state.show].some((name) => HEAVY.includes(name) && !this.partsAsked?.has(name))) {
      this.labels.clear();
      this.asked.clear();
    }
    for (const tile of this.tiles.values()) this.overlay(tile);
    this.fetchLabels();
  }

  async fetchLabels() {
    if (!DRAWN.some((name) => state.show.has(name)) || state.view !== "grid") return;
    const wanted = [...this.tiles.values()]
      .filter((tile) => tile.entry && !tile.entry.broken)
      .map((tile) => tile.entry.frame)
      .filter((frame) => !this.labels.has(frame) && !this.asked.has(frame))
      .slice(0, BATCH);
    if (!wanted.length) return;
    for (const frame of wanted) this.asked.add(frame);
    const [labels, asked] = [this.labels, this.asked];
    this.partsAsked = new Set(HEAVY.filter((name) => state.show.has(name)));
    const words = filterWords();
    words.delete("sort");
    words.set("frames", wanted.join(","));
    words.set("parts", [...this.partsAsked].join(","));
    try {
      const answer = await ask(`sets/${state.set}/labels`, { words });
      if (asked !== this.asked || !asked.has(wanted[0])) return;
      for (const item of answer.frames) labels.set(item.frame, item);
      while (labels.size > LABELS_KEPT) {
        const oldest = labels.keys().next().value;
        labels.delete(oldest);
        asked.delete(oldest);
      }
      for (const tile of this.tiles.values()) if (tile.entry && wanted.includes(tile.entry.frame)) this.overlay(tile);
      this.fetchLabels();
    } catch {
      for (const frame of wanted) asked.delete(frame);
    }
  }

  /** Move the mark by some tiles, as far as there are any. */
  move(step) {
    this.go(this.place + step);
  }

  go(place) {
    if (!this.frames.total) return;
    this.place = Math.min(Math.max(place, 0), this.frames.total - 1);
    const row = Math.floor(this.place / this.columns);
    const top = row * this.rowHeight;
    const [from, room] = [this.element.scrollTop * this.stretch, this.element.clientHeight];
    if (top < from) this.element.scrollTop = top / this.stretch;
    else if (top + this.rowHeight + GAP > from + room) this.element.scrollTop = (top + this.rowHeight + GAP - room) / this.stretch;
    this.draw();
  }

  mark() {
    for (const [place, tile] of this.tiles) {
      const current = place === this.place;
      tile.element.classList.toggle("current", current);
      tile.element.setAttribute("aria-selected", String(current));
    }
    this.element.setAttribute("aria-activedescendant", `tile-${this.place}`);
  }

  /** Open the marked frame. */
  async open() {
    const entry = await this.frames.at(this.place);
    if (entry) this.opened(entry.frame);
  }

  resizeTiles(tile) {
    const place = this.place;
    update({ tile: Math.min(Math.max(tile, 110), 420) });
    this.layout();
    this.go(place);
  }
}
