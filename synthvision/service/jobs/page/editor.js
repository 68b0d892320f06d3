// The YAML editor: line numbers, a check after each pause, faults at their lines.

import * as api from "/api.js";
import { byId, count, later, make, setText } from "/dom.js";

const area = byId("yaml");
const gutter = byId("gutter");
let marked = new Set();
let collect = () => ({});
let running = null;

function drawGutter() {
  const lines = area.value.split("\n").length;
  gutter.replaceChildren();
  for (let line = 1; line <= lines; line += 1) {
    gutter.append(marked.has(line) ? make("b", { textContent: line }) : String(line), "\n");
  }
  gutter.scrollTop = area.scrollTop;
}

function goTo(line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + lines[line - 1].length);
  const height = area.scrollHeight / lines.length;
  area.scrollTop = Math.max(0, (line - 4) * height);
  area.scrollLeft = 0;
}

export function showProblems(detail, problems) {
  // A problem of a built-in scene has a line too, but of another text.
  const own = (problem) => problem.line !== null && problem.file === `${collect().name || "job"}.yaml`.toLowerCase();
  marked = new Set(problems.filter(own).map((problem) => problem.line));
  const verdict = byId("verdict");
  verdict.className = "verdict wrong";
  setText(verdict, problems.length ? count(problems.length, "fault") : detail);
  byId("problems").replaceChildren(...problems.map((problem) => {
    const place = own(problem) ? `line ${problem.line}` : problem.line ? `${problem.file}:${problem.line}` : problem.file;
    const words = problem.key_path ? `${problem.key_path}: ${problem.message}` : problem.message;
    const button = make("button", { type: "button" }, make("code", { textContent: place }), words);
    if (own(problem)) button.addEventListener("click", () => goTo(problem.line));
    return make("li", {}, button);
  }));
  drawGutter();
}

function showGood(check) {
  marked = new Set();
  const packs = check.packs.length ? `, packs ${check.packs.join(", ")}` : "";
  const verdict = byId("verdict");
  verdict.className = "verdict ok";
  setText(verdict, `${count(check.frames, "picture")} of ${check.width} x ${check.height}, ` +
    `${count(check.classes.length, "class", "classes")}: ${check.classes.join(", ")}${packs}`);
  byId("problems").replaceChildren();
  drawGutter();
}

async function checkNow() {
  running?.abort();
  if (!area.value.trim()) {
    setText(byId("verdict"), "");
    byId("problems").replaceChildren();
    return;
  }
  const own = new AbortController();
  running = own;
  try {
    const check = await api.post("/jobs/check", collect(), own.signal);
    if (running === own) showGood(check);
  } catch (error) {
    if (running === own && error.name !== "AbortError") showProblems(error.message, error.problems || []);
  }
}

export const check = later(400, checkNow);

export function setYaml(text) {
  area.value = text;
  area.scrollTop = 0;
  marked = new Set();
  drawGutter();
  check();
}

export const value = () => area.value;

export function start(collectSubmission) {
  collect = collectSubmission;
  area.addEventListener("input", () => { drawGutter(); check(); });
  area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
  area.addEventListener("keydown", (event) => {
    // Tab indents; Escape first lets it leave the editor, as people without a mouse need.
    if (event.key === "Escape") area.dataset.leave = "yes";
    else if (event.key === "Tab" && !event.shiftKey && area.dataset.leave !== "yes") {
      event.preventDefault();
      area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
    } else if (event.key !== "Tab") delete area.dataset.leave;
  });
  area.addEventListener("blur", () => { delete area.dataset.leave; });
  drawGutter();
}
