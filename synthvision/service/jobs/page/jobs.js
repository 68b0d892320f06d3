// The list of jobs: progress, newest pictures, and what can be done with each.

import * as api from "/api.js";
import { byId, count, duration, make, setText } from "/dom.js";

const cards = new Map();
const LOOK_MS = 2000;
let editAsNew = () => {};

const words = {
  queued: (job) => (job.queue_place === 1 ? "next" : `number ${job.queue_place} in the queue`),
  running: (job) => {
    const { images_per_second: rate, seconds_left: left } = job.progress;
    return [rate ? `${rate.toFixed(1)} images/s` : "starting", left !== null && rate ? `${duration(left)} left` : ""].filter(Boolean).join("  ·  ");
  },
  stopping: () => "finishing frames in work",
};

function facts(job) {
  const { done, failed, total } = job.progress;
  const shown = `${done.toLocaleString("en")} of ${count(total, "picture")}`;
  const more = words[job.state]?.(job) ?? "";
  return [shown, failed ? `${failed} failed` : "", more].filter(Boolean).join("  ·  ");
}

class Card {
  constructor(job) {
    this.element = byId("job").content.firstElementChild.cloneNode(true);
    this.pictures = new Map();
    this.lookedAt = 0;
    for (const button of this.element.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.act(button));
    }
    this.update(job);
  }

  part(selector) { return this.element.querySelector(selector); }

  update(job) {
    const ended = this.job && this.job.state !== job.state;
    this.job = job;
    this.element.className = `job ${job.state}`;
    this.element.dataset.id = job.id;
    setText(this.part("h3"), job.name);
    this.part("h3").title = `job ${job.id}`;
    const state = this.part(".state");
    state.className = `chip state ${job.state}`;
    setText(state, job.state);
    setText(this.part(".facts"), facts(job));
    setText(this.part(".reason"), job.reason);
    const { done, failed, total } = job.progress;
    this.part(".bar .ok").style.flexBasis = `${(100 * done) / Math.max(total, 1)}%`;
    this.part(".bar .bad").style.flexBasis = `${(100 * failed) / Math.max(total, 1)}%`;
    this.part(".bar").setAttribute("aria-valuenow", Math.round((100 * (done + failed)) / Math.max(total, 1)));
    const can = new Set(job.actions);
    const shown = { stop: can.has("stop"), resume: can.has("resume"), tar: can.has("download"), zip: can.has("download"), delete: can.has("delete"), view: done > 0, edit: true, log: true };
    for (const button of this.element.querySelectorAll("[data-do]")) button.hidden = !shown[button.dataset.do];
    if (done > 0 && (ended || performance.now() - this.lookedAt > LOOK_MS)) this.look();
  }

  async look() {
    this.lookedAt = performance.now();
    try {
      const { frames } = await api.get(`/jobs/${this.job.id}/pictures?count=6`);
      const fresh = await Promise.all(frames.map((frame) => this.picture(frame)));
      this.part(".pictures").replaceChildren(...fresh);
      for (const [frame, button] of this.pictures) {
        if (!frames.includes(frame)) {
          URL.revokeObjectURL(button.firstChild.src);
          this.pictures.delete(frame);
        }
      }
      const log = this.part(".log");
      if (!log.hidden) setText(log, (await api.text(`/jobs/${this.job.id}/log`)) || "nothing was said");
    } catch { /* removed in between, or the service is gone: the stream says so */ }
  }

  async picture(frame) {
    if (!this.pictures.has(frame)) {
      const url = URL.createObjectURL(await api.blob(`/jobs/${this.job.id}/pictures/${frame}?width=240`));
      const button = make("button", { type: "button", title: `frame ${frame}` }, make("img", { src: url, alt: `frame ${frame}` }));
      button.addEventListener("click", () => this.enlarge(frame));
      this.pictures.set(frame, button);
    }
    return this.pictures.get(frame);
  }

  async enlarge(frame) {
    const url = URL.createObjectURL(await api.blob(`/jobs/${this.job.id}/pictures/${frame}?width=960`));
    byId("big-picture").src = url;
    byId("big-picture").alt = `frame ${frame}`;
    setText(byId("big-caption"), `${this.job.name}, frame ${frame}`);
    byId("big").addEventListener("close", () => URL.revokeObjectURL(url), { once: true });
    byId("big").showModal();
  }

  async act(button) {
    const what = button.dataset.do;
    const path = `/jobs/${this.job.id}`;
    button.disabled = true;
    try {
      if (what === "stop" || what === "resume") this.update(await api.post(`${path}/${what}`));
      else if (what === "delete") await this.remove(path);
      else if (what === "tar" || what === "zip") {
        const { url } = await api.post(`${path}/tickets`, { format: what });
        location.assign(url);
      } else if (what === "view") await this.copy(button);
      else if (what === "edit") editAsNew(await api.text(`${path}/config`), this.job);
      else if (what === "log") {
        const log = this.part(".log");
        if (log.hidden) setText(log, (await api.text(`${path}/log`)) || "nothing was said yet");
        log.hidden = !log.hidden;
      }
    } catch (error) {
      setText(this.part(".reason"), error.message);
    } finally {
      button.disabled = false;
    }
  }

  async remove(path) {
    const { done } = this.job.progress;
    const what = done ? `${count(done, "picture")} of ${this.job.name}` : this.job.name;
    if (confirm(`Delete ${what}? This cannot be undone.`)) await api.remove(path);
  }

  async copy(button) {
    const command = this.job.view_command;
    try {
      await navigator.clipboard.writeText(command);
      const before = button.textContent;
      setText(button, "Copied");
      setTimeout(() => setText(button, before), 1500);
    } catch {
      prompt("Copy this command:", command);
    }
  }

  close() {
    for (const button of this.pictures.values()) URL.revokeObjectURL(button.firstChild.src);
    this.element.remove();
  }
}

export function showJob(job) {
  const known = cards.get(job.id);
  if (known) known.update(job);
  else {
    const card = new Card(job);
    cards.set(job.id, card);
    const before = [...byId("list").children].find((item) => cards.get(item.dataset.id).job.number < job.number);
    byId("list").insertBefore(card.element, before ?? null);
  }
  byId("no-jobs").hidden = true;
}

export function dropJob(id) {
  cards.get(id)?.close();
  cards.delete(id);
  byId("no-jobs").hidden = cards.size > 0;
}

// After a new connection: what was not named is gone.
export function keepOnly(ids) {
  for (const id of [...cards.keys()]) if (!ids.has(id)) dropJob(id);
  byId("no-jobs").hidden = cards.size > 0;
}

export const onEdit = (edit) => { editAsNew = edit; };
