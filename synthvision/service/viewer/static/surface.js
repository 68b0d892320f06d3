// The canvas of the single view: one picture, or two with a divider; zoom, panning, what is under the cursor.

import { drawLabels } from "./draw.js";

const MOST = 64;

export class Surface {
  /** `moved(point)` is called with the pixel under the cursor, or null. */
  constructor(canvas, divider, moved) {
    this.canvas = canvas;
    this.divider = divider;
    this.moved = moved;
    this.sides = [null, null]; // {bitmap, labels, size, message}
    this.share = 0.5;
    this.fitted = true;
    this.place = { x: 0, y: 0, scale: 1 };
    this.only = null;
    this.show = new Set();
    this.waiting = false;
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
    this.listen();
  }

  /** Show one side, or two; the place stays if the picture has the size of the last one. */
  set(sides, { keep = false } = {}) {
    const before = this.size;
    this.sides = sides;
    const after = this.size;
    if (!keep && (this.fitted || before[0] !== after[0] || before[1] !== after[1])) this.fit();
    this.divider.hidden = !sides[1];
    this.redraw();
  }

  get size() {
    return this.sides[0]?.size ?? this.sides[1]?.size ?? [4, 3];
  }

  resize() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(box.width * ratio));
    this.canvas.height = Math.max(1, Math.round(box.height * ratio));
    if (this.fitted) this.fit();
    this.redraw();
  }

  fit() {
    const [width, height] = this.size;
    const margin = 16 * (window.devicePixelRatio || 1);
    const scale = Math.min((this.canvas.width - margin) / width, (this.canvas.height - margin) / height);
    this.place.scale = Math.max(scale, 0.01);
    this.place.x = (this.canvas.width - width * this.place.scale) / 2;
    this.place.y = (this.canvas.height - height * this.place.scale) / 2;
    this.fitted = true;
    this.redraw();
  }

  /** Zoom by a factor about a point of the canvas; its middle if left out. */
  zoom(factor, at = [this.canvas.width / 2, this.canvas.height / 2]) {
    const { x, y, scale } = this.place;
    const next = Math.min(Math.max(scale * factor, 0.05), MOST * (window.devicePixelRatio || 1));
    this.place = { scale: next, x: at[0] - ((at[0] - x) * next) / scale, y: at[1] - ((at[1] - y) * next) / scale };
    this.fitted = false;
    this.redraw();
  }

  actual() {
    this.zoom(1 / this.place.scale);
  }

  moveDivider(share) {
    this.share = Math.min(Math.max(share, 0), 1);
    this.redraw();
  }

  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.paint();
    });
  }

  paint() {
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    context.clearRect(0, 0, width, height);
    const cut = Math.round(width * this.share);
    if (this.sides[1]) {
      this.paintSide(context, this.sides[0], 0, cut);
      this.paintSide(context, this.sides[1], cut, width);
    } else if (this.sides[0]) this.paintSide(context, this.sides[0], 0, width);
    this.divider.style.left = `${this.share * 100}%`;
    this.divider.setAttribute("aria-valuenow", Math.round(this.share * 100));
  }

  paintSide(context, side, left, right) {
    if (!side || right <= left) return;
    const { x, y } = this.place;
    const ratio = window.devicePixelRatio || 1;
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, this.canvas.height);
    context.clip();
    if (side.bitmap) {
      // The second picture may be larger or smaller: it covers the same place.
      const [width, height] = this.size;
      const scale = (this.place.scale * width) / side.size[0];
      context.imageSmoothingEnabled = scale < 1;
      context.imageSmoothingQuality = "high";
      context.drawImage(side.bitmap, x, y, width * this.place.scale, height * this.place.scale);
      if (side.labels) drawLabels(context, side.labels, { x, y, scale }, this.show, { unit: ratio, only: this.only });
    }
    if (side.message) {
      context.fillStyle = "#eceff4";
      context.font = `${15 * ratio}px system-ui, sans-serif`;
      context.textAlign = "center";
      wrapped(context, side.message, (left + right) / 2, this.canvas.height / 2, Math.min(right - left, 620 * ratio), ratio);
    }
    context.restore();
  }

  /** Picture pixel under a pointer event, and which side it is on; null outside of the picture. */
  pixelAt(event) {
    const [px, py] = this.canvasPoint(event);
    const second = this.sides[1] !== null && px > this.canvas.width * this.share;
    const side = this.sides[second ? 1 : 0];
    if (!side?.bitmap) return null;
    const [width, height] = this.size;
    const u = (px - this.place.x) / (width * this.place.scale);
    const v = (py - this.place.y) / (height * this.place.scale);
    if (u < 0 || v < 0 || u >= 1 || v >= 1) return null;
    return { x: Math.floor(u * side.size[0]), y: Math.floor(v * side.size[1]), side: second ? 1 : 0 };
  }

  canvasPoint(event) {
    const box = this.canvas.getBoundingClientRect();
    const ratio = this.canvas.width / box.width;
    return [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
  }

  listen() {
    let drag = null;
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0018)), this.canvasPoint(event));
    }, { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      drag = { at: this.canvasPoint(event), place: { ...this.place } };
      this.canvas.classList.add("dragging");
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (drag) {
        const [px, py] = this.canvasPoint(event);
        this.place = { ...drag.place, x: drag.place.x + px - drag.at[0], y: drag.place.y + py - drag.at[1] };
        this.fitted = false;
        this.redraw();
      }
      this.moved(this.pixelAt(event));
    });
    const release = () => {
      drag = null;
      this.canvas.classList.remove("dragging");
    };
    this.canvas.addEventListener("pointerup", release);
    this.canvas.addEventListener("pointercancel", release);
    this.canvas.addEventListener("pointerleave", () => this.moved(null));
    this.canvas.addEventListener("dblclick", () => this.fit());
    this.divider.addEventListener("pointerdown", (event) => {
      this.divider.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.divider.focus();
    });
    this.divider.addEventListener("pointermove", (event) => {
      if (!this.divider.hasPointerCapture(event.pointerId)) return;
      this.moveDivider(this.canvasPoint(event)[0] / this.canvas.width);
    });
    this.divider.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.moveDivider(this.share + step);
    });
  }
}

function wrapped(context, text, x, y, width, ratio) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (context.measureText(longer).width > width - 40 * ratio && lines[lines.length - 1]) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  const top = y - ((lines.length - 1) * 11 * ratio);
  lines.forEach((line, index) => context.fillText(line, x, top + index * 22 * ratio));
}
