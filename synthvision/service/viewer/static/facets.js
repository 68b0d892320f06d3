// Histograms at the side: bars and bins that filter when they are clicked and follow the filters.

import { filterValues, setFilter, toggleLevel } from "./state.js";

const SHOWN = 8;
const GROUPS = ["objects", "pictures", "weather", "factors"];

export class Facets {
  constructor(element) {
    this.element = element;
    this.updates = [];
    this.widened = new Set();
    this.closed = new Set();
  }

  /** Lay out all histograms of a data set. */
  build(about) {
    this.element.replaceChildren();
    this.updates = [];
    this.about = about;
    const present = GROUPS.filter((group) => about.facets.some((facet) => facet.group === group && hasBars(facet)));
    for (const group of present) {
      const section = node("details", "group");
      section.open = !this.closed.has(group);
      section.addEventListener("toggle", () => (section.open ? this.closed.delete(group) : this.closed.add(group)));
      section.append(node("summary", "", group));
      for (const facet of about.facets) {
        if (facet.group === group && hasBars(facet)) section.append(facet.levels ? this.bars(facet) : this.bins(facet));
      }
      this.element.append(section);
    }
  }

  /** Show counts: `counts` by facet as the filters leave them. */
  show(counts) {
    this.counts = counts;
    for (const step of this.updates) step(counts);
  }

  frame(facet) {
    const section = node("section", "facet");
    section.dataset.key = facet.key;
    const heading = node("h3");
    heading.append(node("span", "", facet.title));
    const reset = node("button", "link", "clear");
    reset.setAttribute("aria-label", `clear the filter ${facet.title}`);
    reset.addEventListener("click", () => setFilter(facet.key, []));
    heading.append(reset);
    section.append(heading);
    this.updates.push(() => {
      reset.hidden = !filterValues(facet.key).length;
    });
    return section;
  }

  bars(facet) {
    const section = this.frame(facet);
    const colours = facet.key === "class" ? new Map(this.about.classes.map((one) => [one.name, one.colour])) : null;
    const list = node("div", "bars");
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", facet.title);
    const rows = facet.levels.map((level) => {
      const button = node("button", "bar");
      const fill = node("span", "fill");
      if (colours) fill.style.background = colours.get(level);
      const count = node("span", "count");
      button.append(fill, node("span", "name", level), count);
      button.dataset.level = level;
      button.addEventListener("click", () => toggleLevel(facet.key, level));
      list.append(button);
      return { button, fill, count, level };
    });
    const more = node("button", "link more");
    more.addEventListener("click", () => {
      if (!this.widened.delete(facet.key)) this.widened.add(facet.key);
      this.show(this.counts);
    });
    section.append(list, more);
    this.updates.push((counts) => {
      const values = counts[facet.key] ?? [];
      const most = Math.max(1, ...values);
      const chosen = filterValues(facet.key);
      const wide = this.widened.has(facet.key) || facet.levels.length <= SHOWN + 2;
      // A long list shows what there is most of; its order stays that of the job.
      const rank = new Map([...values.keys()].sort((a, b) => values[b] - values[a]).map((place, order) => [place, order]));
      rows.forEach((row, index) => {
        const value = values[index] ?? 0;
        row.count.textContent = value.toLocaleString("en");
        row.fill.style.width = `${value ? Math.max((100 * value) / most, 1.5) : 0}%`;
        row.button.setAttribute("aria-pressed", String(chosen.includes(row.level)));
        row.button.classList.toggle("off", chosen.length > 0 && !chosen.includes(row.level));
        row.button.classList.toggle("none", !value);
        row.button.hidden = !wide && rank.get(index) >= SHOWN && !chosen.includes(row.level);
      });
      more.hidden = facet.levels.length <= SHOWN + 2;
      more.textContent = this.widened.has(facet.key) ? "fewer" : `all ${facet.levels.length}`;
    });
    return section;
  }

  bins(facet) {
    const section = this.frame(facet);
    const plot = node("div", "bins");
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-label", facet.title);
    const { edges } = facet;
    const columns = edges.map((edge, index) => {
      const button = node("button", "bin");
      button.dataset.bin = index;
      button.append(node("span", "fill"));
      button.addEventListener("click", (event) => this.choose(facet, index, event.shiftKey));
      plot.append(button);
      return button;
    });
    const axis = node("div", "axis");
    axis.append(node("span", "", short(edges[0])), node("span", "", edges.length > 2 ? short(edges[Math.floor(edges.length / 2)]) : ""), node("span", "", lastName(facet)));
    section.append(plot, axis);
    this.updates.push((counts) => {
      const values = counts[facet.key] ?? [];
      const most = Math.max(1, ...values);
      const span = readSpan(filterValues(facet.key)[0]);
      columns.forEach((button, index) => {
        const value = values[index] ?? 0;
        button.firstChild.style.height = `${value ? Math.max((100 * value) / most, 3) : 0}%`;
        const inside = span !== null && edges[index] >= span[0] && edges[index] < span[1];
        button.setAttribute("aria-pressed", String(inside));
        button.classList.toggle("off", span !== null && !inside);
        const text = `${binName(facet, index)}: ${value.toLocaleString("en")}`;
        button.title = text;
        button.setAttribute("aria-label", text);
      });
    });
    return section;
  }

  /** Filter by a bin; a second click takes it back, with Shift the range grows to it. */
  choose(facet, index, widen) {
    const { edges } = facet;
    const end = (place) => (place + 1 < edges.length ? edges[place + 1] : "");
    const span = readSpan(filterValues(facet.key)[0]);
    let [low, high] = [edges[index], end(index)];
    if (span && widen) {
      low = Math.min(low, span[0]);
      if (high !== "") high = Math.max(high, span[1]);
      if (high === Infinity) high = "";
    }
    const text = `${low}..${high}`;
    setFilter(facet.key, filterValues(facet.key)[0] === text ? [] : [text]);
  }
}

/** Ends of a filter's range, or null. */
export function readSpan(text) {
  if (!text?.includes("..")) return null;
  const [low, high] = text.split("..");
  return [low === "" ? -Infinity : Number(low), high === "" ? Infinity : Number(high)];
}

/** A filter's range in words: its high end is left out, which whole numbers say better. */
export function spanName(facet, text) {
  const span = readSpan(text);
  if (!span) return text;
  const [low, high] = span;
  if (facet?.whole !== false && Number.isFinite(low) && high === low + 1) return short(low);
  const last = facet?.whole !== false && Number.isFinite(high) ? high - 1 : high;
  if (!Number.isFinite(high)) return `from ${short(low)}`;
  return Number.isFinite(low) ? `${short(low)}–${short(last)}` : `up to ${short(last)}`;
}

function binName(facet, index) {
  const next = facet.edges[index + 1];
  return spanName(facet, `${facet.edges[index]}..${next ?? ""}`);
}

const lastName = (facet) => `${short(facet.edges[facet.edges.length - 1])}${facet.key === "visible" ? "" : "+"}`;
const hasBars = (facet) => facet.levels?.length > 0 || facet.edges?.length > 0;

export function short(value) {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(2))}M`;
  if (Math.abs(value) >= 1e4) return `${Number((value / 1e3).toPrecision(2))}k`;
  return String(Number(value.toPrecision(4)));
}

function node(kind, name = "", text = null) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  if (text !== null) element.textContent = text;
  return element;
}
