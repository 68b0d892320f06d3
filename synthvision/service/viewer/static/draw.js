// Labels drawn over a picture. Masks are a bitmap at the picture's own size; all else is lines that stay sharp.

import { borderPath, maskSpans } from "./rle.js";

const TINT = 0.3;
const DIM = 0.18;
const HATCH = 8;
const EDGES = [[0, 1], [0, 2], [1, 3], [2, 3], [4, 5], [4, 6], [5, 7], [6, 7], [0, 4], [1, 5], [2, 6], [3, 7]];

/** What drawing needs of labels that only depends on them: spans, borders, bitmaps. Made once and kept beside them. */
export function prepared(labels) {
  if (!labels.prepared) {
    const [width, height] = labels.size;
    labels.prepared = { width, height, bitmap: null, amodal: null, borders: new Map(), ids: null };
  }
  return labels.prepared;
}

/** Instance id of every pixel from all masks, Uint16Array row by row; 0 where there is none. */
export function idImage(labels) {
  const kept = prepared(labels);
  if (!kept.ids) {
    kept.ids = new Uint16Array(kept.width * kept.height);
    for (const item of labels.objects) {
      if (!item.rle) continue;
      for (const [column, top, bottom] of spansOf(item, "rle", kept)) {
        for (let row = top; row < bottom; row += 1) kept.ids[row * kept.width + column] = item.id;
      }
    }
  }
  return kept.ids;
}

/**
 * Draw labels. The context must be in pixels of the screen.
 * place: {x, y, scale} of the picture on the screen; show: names of overlays; unit: size of text and lines;
 * only: id of an instance that is brought out, or null.
 */
export function drawLabels(context, labels, place, show, { unit = 1, only = null } = {}) {
  const kept = prepared(labels);
  const shown = labels.objects.filter((item) => item.status === "labelled" || item.status === "ignored" || item.id === only);
  const { x, y, scale } = place;
  const faint = (item) => item.match === false || (only !== null && item.id !== only);
  const withState = (draw) => {
    context.save();
    context.translate(x, y);
    context.scale(scale, scale);
    draw();
    context.restore();
  };
  if (show.has("amodal")) withState(() => drawMasks(context, labels, shown, "amodal_rle", scale, unit, faint));
  if (show.has("masks")) withState(() => drawMasks(context, labels, shown, "rle", scale, unit, faint));
  for (const item of shown) {
    context.globalAlpha = faint(item) ? DIM : 1;
    if (show.has("boxes") && item.box) drawBox(context, item.box, item.colour, place, unit, false);
    if (show.has("amodal") && item.amodal_box) drawBox(context, item.amodal_box, item.colour, place, unit, true);
    if (show.has("solids") && item.corners) drawSolid(context, item, place, unit);
    if (show.has("keypoints") && item.points) drawPoints(context, item, place, unit);
    if (item.id === only && item.box) drawBox(context, item.box, "#ffffff", place, unit * 1.4, false);
  }
  context.globalAlpha = 1;
  if (show.has("names")) drawNames(context, shown, place, unit, faint, [kept.width * scale + x, kept.height * scale + y]);
}

function spansOf(item, part, kept) {
  const key = `${part}Spans`;
  item[key] ??= maskSpans(item[part], kept.height);
  return item[key];
}

function drawMasks(context, labels, shown, part, scale, unit, faint) {
  const kept = prepared(labels);
  const name = part === "rle" ? "bitmap" : "amodal";
  const signature = shown.map((item) => `${item.id}${faint(item) ? "-" : ""}`).join();
  if (kept[name]?.signature !== signature) {
    kept[name] = { signature, canvas: maskBitmap(shown, part, kept, faint) };
  }
  context.imageSmoothingEnabled = scale < 1;
  context.drawImage(kept[name].canvas, 0, 0);
  context.lineJoin = "round";
  for (const item of shown) {
    if (!item[part]) continue;
    const key = `${part}${item.id}`;
    if (!kept.borders.has(key)) kept.borders.set(key, borderPath(spansOf(item, part, kept)));
    context.globalAlpha = faint(item) ? DIM : 1;
    context.setLineDash(part === "rle" ? [] : [(4 * unit) / scale, (3 * unit) / scale]);
    context.lineWidth = (2.4 * unit) / scale;
    context.strokeStyle = "rgba(12, 14, 18, 0.65)";
    if (part === "rle") context.stroke(kept.borders.get(key));
    context.lineWidth = (1.2 * unit) / scale;
    context.strokeStyle = item.colour;
    context.stroke(kept.borders.get(key));
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

function maskBitmap(shown, part, kept, faint) {
  const canvas = new OffscreenCanvas(kept.width, kept.height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(kept.width, kept.height);
  for (const item of shown) {
    if (!item[part]) continue;
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(item.colour.slice(at, at + 2), 16));
    const strength = faint(item) ? DIM : 1;
    const tint = Math.round(255 * (part === "rle" ? TINT : 0.14) * strength);
    for (const [column, top, bottom] of spansOf(item, part, kept)) {
      for (let row = top; row < bottom; row += 1) {
        const at = (row * kept.width + column) * 4;
        // What is ignored is hatched, whatever its colour.
        const stripe = item.status === "ignored" && (row + column) % HATCH < 2;
        image.data[at] = red;
        image.data[at + 1] = green;
        image.data[at + 2] = blue;
        image.data[at + 3] = stripe ? Math.round(200 * strength) : tint;
      }
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function drawBox(context, box, colour, { x, y, scale }, unit, dashed) {
  const [x1, y1, x2, y2] = box;
  context.setLineDash(dashed ? [5 * unit, 4 * unit] : []);
  context.lineWidth = 1.5 * unit;
  context.strokeStyle = colour;
  context.strokeRect(x + x1 * scale, y + y1 * scale, (x2 - x1) * scale, (y2 - y1) * scale);
  context.setLineDash([]);
}

function drawSolid(context, item, { x, y, scale }, unit) {
  context.beginPath();
  for (const [a, b] of EDGES) {
    const [from, to] = [item.corners[a], item.corners[b]];
    if (!from || !to) continue;
    context.moveTo(x + from[0] * scale, y + from[1] * scale);
    context.lineTo(x + to[0] * scale, y + to[1] * scale);
  }
  stroked(context, item.colour, unit);
}

function stroked(context, colour, unit) {
  context.lineWidth = 3 * unit;
  context.strokeStyle = "rgba(12, 14, 18, 0.6)";
  context.stroke();
  context.lineWidth = 1.5 * unit;
  context.strokeStyle = colour;
  context.stroke();
}

function drawPoints(context, item, { x, y, scale }, unit) {
  const at = (index) => item.points[index][1];
  // On a small object large dots would hide it.
  const side = item.box ? Math.max(item.box[2] - item.box[0], item.box[3] - item.box[1]) * scale : 0;
  const size = unit * Math.min(1, Math.max(0.35, side / (90 * unit)));
  context.beginPath();
  for (const [a, b] of item.lines ?? []) {
    if (!at(a) || !at(b)) continue;
    context.moveTo(x + at(a)[0] * scale, y + at(a)[1] * scale);
    context.lineTo(x + at(b)[0] * scale, y + at(b)[1] * scale);
  }
  stroked(context, item.colour, size);
  for (const [, point, visibility] of item.points) {
    if (!point || visibility === 0) continue;
    context.beginPath();
    context.arc(x + point[0] * scale, y + point[1] * scale, 3 * size, 0, 2 * Math.PI);
    context.fillStyle = visibility === 2 ? item.colour : "#14171c";
    context.fill();
    context.lineWidth = 1.4 * size;
    context.strokeStyle = visibility === 2 ? "#14171c" : item.colour;
    context.stroke();
  }
}

function drawNames(context, shown, { x, y, scale }, unit, faint, [right, bottom]) {
  const taken = [];
  context.font = `${11 * unit}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const height = 16 * unit;
  for (const item of [...shown].reverse()) {
    if (!item.box || !item.category || faint(item)) continue;
    const text = item.status === "ignored" ? `${item.category}: ${item.cause}` : item.category;
    const width = context.measureText(text).width + 8 * unit;
    const [x1, y1, x2, y2] = item.box.map((value, index) => (index % 2 ? y : x) + value * scale);
    const places = [[x1, y1 - height - unit], [x2 - width, y1 - height - unit], [x1, y2 + unit], [x1 + unit, y1 + unit]];
    const fitting = places.filter(([left, top]) => left >= x && top >= y && left + width <= right && top + height <= bottom);
    const clamp = (value, low, high) => Math.max(low, Math.min(value, high));
    const spare = [clamp(x1, x, Math.max(x, right - width)), clamp(y1, y, Math.max(y, bottom - height))];
    const free = ([left, top]) =>
      !taken.some(([l, t, r, b]) => left < r && l < left + width && top < b && t < top + height);
    const [left, top] = fitting.find(free) ?? fitting[0] ?? spare;
    // A heap of tags tells nothing: one that would hide another is left out, names stand in the list.
    if (!free([left, top])) continue;
    taken.push([left, top, left + width, top + height]);
    context.fillStyle = item.colour;
    context.beginPath();
    context.roundRect(left, top, width, height, 3 * unit);
    context.fill();
    context.fillStyle = item.ink;
    context.fillText(text, left + 4 * unit, top + height / 2 + 0.5 * unit);
  }
}
