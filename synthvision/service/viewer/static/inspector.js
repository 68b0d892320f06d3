// Beside the picture: facts about the frame, the command that makes it again, its objects, its record as a tree.

import { ask } from "./api.js";
import { setFilter } from "./state.js";
import { toast } from "./query.js";

export class Inspector {
  constructor(element, chosen) {
    this.element = element;
    this.chosen = chosen;
    this.detail = null;
    this.pinned = null;
  }

  set(detail, set, message) {
    this.detail = detail;
    this.rows = new Map();
    this.pinned = null;
    this.element.replaceChildren();
    if (!detail) {
      this.element.append(node("p", "muted", message));
      return;
    }
    this.element.append(this.facts(detail), this.command(detail), this.objects(detail), this.record(detail, set));
  }

  facts(detail) {
    const section = node("section", "facts");
    section.append(node("h2", "", `Frame ${detail.frame}`));
    const { origin, weather } = detail;
    const facts = [["picture", `${detail.size[0]} x ${detail.size[1]} px`]];
    if (weather) {
      const levels = ["rain", "snow", "fog", "haze", "dust"].filter((name) => weather[name] !== "none");
      facts.push(["weather", [weather.kind, ...levels.map((name) => `${weather[name]} ${name}`)].join(", ")]);
      facts.push(["light", `${weather.light}, ${weather.illuminance_lux} lux, ground ${weather.ground}`]);
    }
    facts.push(["exposure", `EV100 ${detail.exposure_ev100.toFixed(1)}, noise ${detail.noise.toFixed(2)} of 255`]);
    facts.push(["drawn at", `attempt ${origin.attempt ?? 0}, camera ${origin.camera ?? 0}, step ${origin.step ?? 0}`]);
    for (const [name, level] of Object.entries(detail.factors)) facts.push([name, level]);
    const list = node("dl");
    for (const [name, value] of facts) list.append(node("dt", "", name), node("dd", "", value));
    const scene = node("button", "link", `scene ${origin.scene_index ?? 0}: all its pictures`);
    const index = origin.scene_index ?? 0;
    scene.addEventListener("click", () => setFilter("scene", [`${index}..${index + 1}`]));
    section.append(list, scene);
    return section;
  }

  command(detail) {
    const section = node("section", "command");
    section.append(node("h2", "", "Make it again"));
    const code = node("code", "", detail.command);
    const button = node("button", "", "Copy command");
    button.id = "copy";
    button.addEventListener("click", () => copy(detail.command));
    section.append(code, button);
    return section;
  }

  objects(detail) {
    const section = node("section", "objects");
    const near = [...detail.objects].reverse();
    const of = (...status) => near.filter((item) => item.category !== null && status.includes(item.status));
    const [labelled, others] = [of("labelled"), near.filter((item) => item.category === null || item.status === "unlabelled")];
    section.append(node("h2", "", `${labelled.length} labelled, nearest first`), this.list(labelled));
    const folded = [["ignored", of("ignored"), true], ["dropped", of("dropped"), true], ["hidden", of("hidden"), false],
      ["of no class", others, false]];
    for (const [title, items, open] of folded) {
      if (!items.length) continue;
      const more = node("details");
      more.open = open;
      more.append(node("summary", "", `${items.length} ${title}`), this.list(items));
      section.append(more);
    }
    return section;
  }

  list(items) {
    const list = node("ul");
    for (const item of items) {
      const button = node("button", "object");
      const dot = node("span", "dot");
      dot.style.background = item.colour;
      const numbers = [];
      if (item.area) numbers.push(`${item.area.toLocaleString("en")} px`);
      if (item.visible !== null && item.visible < 1 && item.area) numbers.push(`${Math.round(item.visible * 100)} % visible`);
      if (item.truncation) numbers.push(`${Math.round(item.truncation * 100)} % outside`);
      if (item.distance_m !== null) numbers.push(`${item.distance_m.toFixed(1)} m`);
      const title = node("span", "what", `${item.category ?? item.role} #${item.id}`);
      const status = item.cause ?? "";
      button.append(dot, title, node("span", "status", status), node("span", "numbers", numbers.join(" · ")));
      button.title = [item.name, ...item.reasons, ...pairs(item.attributes), ...pairs(item.factors)].join("\n");
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("mouseenter", () => this.pinned === null && this.chosen(item.id));
      button.addEventListener("mouseleave", () => this.pinned === null && this.chosen(null));
      button.addEventListener("click", () => this.pin(item.id));
      this.rows.set(item.id, button);
      const row = node("li");
      row.append(button);
      list.append(row);
    }
    return list;
  }

  pin(id) {
    this.rows.get(this.pinned)?.setAttribute("aria-pressed", "false");
    this.pinned = this.pinned === id ? null : id;
    this.rows.get(this.pinned)?.setAttribute("aria-pressed", "true");
    this.chosen(this.pinned);
  }

  /** Mark the object under the cursor in the list. */
  mark(id) {
    if (this.marked === id) return;
    this.rows?.get(this.marked)?.classList.remove("marked");
    this.marked = id;
    this.rows?.get(id)?.classList.add("marked");
  }

  record(detail, set) {
    const section = node("section", "record");
    section.append(node("h2", "", "Record"));
    const tree = node("ul", "tree");
    tree.setAttribute("aria-label", "Record of the frame");
    const root = node("details");
    root.append(node("summary", "", "scene, camera, instances, files"));
    root.append(tree);
    root.addEventListener("toggle", () => root.open && !tree.childElementCount && this.branch(tree, set, detail.frame, [], 0));
    section.append(root);
    return section;
  }

  async branch(list, set, frame, path, start) {
    const words = new URLSearchParams(path.map((step) => ["path", step]));
    words.set("start", start);
    let answer;
    try {
      answer = await ask(`sets/${set}/frames/${frame}/record`, { words });
    } catch (error) {
      list.append(node("li", "muted", error.message));
      return;
    }
    for (const child of answer.children) list.append(this.leaf(child, set, frame, path));
    const shown = start + answer.children.length;
    if (shown < answer.total) {
      const more = node("button", "link", `${answer.total - shown} more`);
      const row = node("li");
      row.append(more);
      more.addEventListener("click", () => {
        row.remove();
        this.branch(list, set, frame, path, shown);
      });
      list.append(row);
    }
  }

  leaf(child, set, frame, path) {
    const row = node("li");
    if (!child.kind) {
      row.append(node("span", "key", child.key), node("span", "value", format(child.value)));
      return row;
    }
    const branch = node("details");
    const summary = node("summary");
    const size = child.kind === "list" ? `[${child.size}]` : `{${child.size}}`;
    summary.append(node("span", "key", child.key), node("span", "muted", [child.hint, size].filter(Boolean).join(" ")));
    const list = node("ul", "tree");
    branch.append(summary, list);
    branch.addEventListener("toggle", () => {
      if (branch.open && !list.childElementCount) this.branch(list, set, frame, [...path, child.key], 0);
    });
    row.append(branch);
    return row;
  }
}

/** Copy a text, and say so. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`copied: ${text}`);
  } catch {
    toast(text);
  }
}

function node(kind, name = "", text = null) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  if (text !== null) element.textContent = text;
  return element;
}

const pairs = (facts) => Object.entries(facts).map(([key, value]) => `${key}: ${value}`);

function format(value) {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  if (Array.isArray(value)) return `[${value.map(format).join(", ")}]`;
  if (value === null) return "none";
  return typeof value === "object" ? "{}" : String(value);
}
