// Questions to the server, and the list of frames that pass the filters, read page by page.

import { filterWords, state } from "./state.js";

const PAGE = 200;

/** Ask the server; an answer that is no success is an error with the server's own message. */
export async function ask(path, { words = null, signal = null } = {}) {
  const query = words && [...words].length ? `?${words}` : "";
  let answer;
  try {
    answer = await fetch(`/api/${path}${query}`, { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("synthvision view does not answer any more; start it again");
  }
  const data = await answer.json().catch(() => ({}));
  if (answer.ok) return data;
  const detail = Array.isArray(data.detail) ? data.detail.map((item) => item.msg).join("; ") : data.detail;
  throw new Error(data.error ?? detail ?? `the server answered ${answer.status}`);
}

/** Fetch a picture as a bitmap with the note that came with it. */
export async function askPicture(set, frame, layer, signal = null) {
  const version = state.sets[set].version;
  const answer = await fetch(`/api/sets/${set}/frames/${frame}/layers/${layer}?v=${version}`, { signal });
  if (!answer.ok) {
    const data = await answer.json().catch(() => ({}));
    throw new Error(data.error ?? `the server answered ${answer.status}`);
  }
  const note = answer.headers.get("X-Note") ?? "";
  return { bitmap: await createImageBitmap(await answer.blob()), note };
}

export function thumbnailAddress(set, frame) {
  return `/api/sets/${set}/frames/${frame}/thumbnail?v=${state.sets[set].version}`;
}

/** Frames that pass the filters, in order; pages are fetched when they are asked for. */
export class FrameList {
  constructor() {
    this.total = 0;
    this.objects = 0;
    this.words = "";
    this.set = 0;
    this.pages = new Map();
    this.control = new AbortController();
  }

  /** Ask for the first page and all histograms with the filters as they are; gives the histograms. */
  async load() {
    this.control.abort();
    this.control = new AbortController();
    const [words, set] = [filterWords(), state.set];
    words.set("limit", PAGE);
    const data = await ask(`sets/${set}/overview`, { words, signal: this.control.signal });
    words.delete("limit");
    this.words = words.toString();
    this.set = set;
    this.pages = new Map([[0, Promise.resolve(entries(data.page))]]);
    this.ready = new Map([[0, entries(data.page)]]);
    this.total = data.page.total;
    this.objects = data.page.objects;
    return data.histograms;
  }

  /** The entry at a place if its page is there, else null; the page is then fetched and `arrived` is called. */
  peek(place, arrived) {
    if (place < 0 || place >= this.total) return null;
    const number = Math.floor(place / PAGE);
    const page = this.ready.get(number);
    if (page) return page[place % PAGE] ?? null;
    this.page(number).then(arrived, () => {});
    return null;
  }

  /** The entry at a place, or null beyond the ends. */
  async at(place) {
    if (place < 0 || place >= this.total) return null;
    return (await this.page(Math.floor(place / PAGE)))[place % PAGE] ?? null;
  }

  page(number) {
    let page = this.pages.get(number);
    if (!page) {
      const words = new URLSearchParams(this.words);
      words.set("start", number * PAGE);
      words.set("limit", PAGE);
      const [pages, ready] = [this.pages, this.ready];
      page = ask(`sets/${this.set}/frames`, { words, signal: this.control.signal }).then((data) => {
        ready.set(number, entries(data));
        return ready.get(number);
      });
      page.catch(() => pages.delete(number));
      pages.set(number, page);
    }
    return page;
  }
}

function entries(page) {
  return page.frames.map((frame, index) => ({
    frame,
    count: page.counts[index],
    size: page.sizes[index],
    broken: page.broken[index],
  }));
}
