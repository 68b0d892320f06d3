// The filter line: words into filters, suggestions while typing, chips of what is on, short messages.

import { spanName } from "./facets.js";
import { setFilter, state, toggleLevel, update } from "./state.js";

const MOST = 12;
const byId = (id) => document.getElementById(id);

export class Query {
  /** `goTo(frame)` is called for a bare number. */
  constructor(goTo) {
    this.input = byId("query-text");
    this.list = byId("suggestions");
    this.goTo = goTo;
    this.choices = [];
    this.chosen = -1;
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("focus", () => this.suggest());
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  show(about, counts) {
    this.about = about;
    this.counts = counts;
    this.chips();
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.choices.length) {
      event.preventDefault();
      this.chosen = (this.chosen + step + this.choices.length) % this.choices.length;
      this.mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.chosen >= 0) this.take(this.choices[this.chosen]);
      else this.enter(this.input.value.trim());
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.input.value = "";
      this.close();
      this.input.blur();
      byId(state.view === "grid" ? "grid" : "canvas").focus();
    }
  }

  /** Take typed words: a frame number, `key=value`, `key<number`, `key>number`, `key=low..high`. */
  enter(text) {
    if (!text) return;
    if (/^\d{1,8}$/.test(text)) {
      this.done();
      this.goTo(Number(text));
      return;
    }
    const match = /^([\w.]+)\s*([=<>:])\s*(.+)$/.exec(text);
    const facet = match && this.about.facets.find((one) => one.key === match[1] || one.title === match[1]);
    if (facet) {
      const [, , sign, value] = match;
      if (facet.levels) {
        const level = facet.levels.find((one) => one === value) ?? facet.levels.find((one) => one.toLowerCase() === value.toLowerCase());
        if (level) {
          this.done();
          toggleLevel(facet.key, level);
          return;
        }
        toast(`${facet.title} has no level ${value}; it has ${facet.levels.slice(0, 10).join(", ")}`);
        return;
      }
      const number = Number(value);
      // Of whole numbers, `=3` means those from 3 up to but not with 4.
      const span = value.includes("..") ? value
        : Number.isNaN(number) ? null
          : sign === "<" ? `..${value}` : sign === ">" ? `${value}..` : facet.whole !== false ? `${number}..${number + 1}` : null;
      if (span) {
        this.done();
        setFilter(facet.key, [span]);
        return;
      }
    }
    if (this.choices.length) {
      this.take(this.choices[0]);
      return;
    }
    toast(`“${text}” is no filter; try class=NAME, area=100..2000, visible<0.5 or a frame number`);
  }

  suggest() {
    const text = this.input.value.trim().toLowerCase();
    this.choices = [];
    for (const facet of this.about?.facets ?? []) {
      (facet.levels ?? []).forEach((level, index) => {
        const words = `${facet.key}=${level} ${facet.title} ${level}`.toLowerCase();
        const count = this.counts?.[facet.key]?.[index] ?? 0;
        if (text.split(/\s+/).every((word) => words.includes(word))) this.choices.push({ facet, level, count, near: level.toLowerCase().startsWith(text) });
      });
    }
    this.choices.sort((a, b) => b.near - a.near || b.count - a.count);
    this.choices = this.choices.slice(0, MOST);
    this.chosen = -1;
    this.list.replaceChildren();
    this.choices.forEach((choice, index) => {
      const item = document.createElement("li");
      item.id = `suggestion-${index}`;
      item.setAttribute("role", "option");
      const [key, level, count] = [choice.facet.title, choice.level, choice.count.toLocaleString("en")].map((part) => {
        const span = document.createElement("span");
        span.textContent = part;
        return span;
      });
      item.append(key, level, count);
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.take(choice);
      });
      this.list.append(item);
    });
    const open = document.activeElement === this.input && this.choices.length > 0 && !/^\d+$/.test(text);
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.chosen)));
    if (this.chosen >= 0) this.input.setAttribute("aria-activedescendant", `suggestion-${this.chosen}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  take(choice) {
    this.done();
    toggleLevel(choice.facet.key, choice.level);
  }

  done() {
    this.input.value = "";
    this.close();
    this.input.blur();
    byId(state.view === "grid" ? "grid" : "canvas").focus();
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.chosen = -1;
  }

  chips() {
    const holder = byId("chips");
    holder.replaceChildren();
    for (const [key, value] of state.filters) {
      const facet = this.about.facets.find((one) => one.key === key);
      const chip = document.createElement("button");
      chip.className = "chip";
      chip.textContent = `${facet?.title ?? key}: ${facet?.levels ? value : spanName(facet, value)}`;
      chip.title = "remove this filter";
      chip.addEventListener("click", () =>
        update({ filters: state.filters.filter(([k, v]) => k !== key || v !== value) }));
      holder.append(chip);
    }
    if (state.filters.length > 1) {
      const all = document.createElement("button");
      all.className = "chip all";
      all.textContent = "remove all";
      all.addEventListener("click", () => update({ filters: [] }));
      holder.append(all);
    }
  }
}

let vanishing = null;

/** Show a message for some seconds. */
export function toast(text) {
  const element = byId("toast");
  element.textContent = text;
  element.hidden = false;
  clearTimeout(vanishing);
  vanishing = setTimeout(() => {
    element.hidden = true;
  }, 3500);
}
