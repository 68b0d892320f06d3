// The page: a form and an editor on the left, the jobs on the right, one event stream for all of them.

import * as api from "/api.js";
import { byId, make, setText } from "/dom.js";
import * as editor from "/editor.js";
import { buildForm, changes, clearForm } from "/form.js";
import { dropJob, keepOnly, onEdit, showJob } from "/jobs.js";
import { showPacks, startPacks } from "/packs.js";

const RETRY_MS = 2000;

function submission() {
  const data = { yaml: editor.value(), set: changes() };
  const name = byId("name").value.trim();
  if (name) data.name = name;
  return data;
}

function connection(state, words) {
  const chip = byId("connection");
  chip.className = `chip ${state}`;
  setText(chip, words);
}

async function follow() {
  for (;;) {
    const named = new Set();
    let listed = false;
    try {
      await api.listen("/events", {
        job: (job) => { if (!listed) named.add(job.id); showJob(job); },
        gone: ({ id }) => dropJob(id),
        listed: () => { listed = true; keepOnly(named); },
      }, () => connection("live", "live"));
    } catch (error) {
      if (error.status === 401) return;
      connection("lost", error.status === 0 || error.status === undefined ? "no connection" : error.message);
    }
    await new Promise((resume) => setTimeout(resume, RETRY_MS));
  }
}

async function chooseBuiltin() {
  const name = byId("builtin").value;
  if (!name) return;
  byId("name").value = name;
  clearForm();
  editor.setYaml(await api.text(`/builtin-jobs/${name}`));
}

async function submit() {
  const button = byId("submit");
  const note = byId("submit-note");
  button.disabled = true;
  setText(note, "checking ...");
  try {
    const job = await api.post("/jobs", submission());
    showJob(job);
    setText(note, job.queue_place ? `number ${job.queue_place} in the queue` : "started");
  } catch (error) {
    setText(note, error.problems?.length ? "not submitted" : error.message);
    if (error.problems?.length) editor.showProblems(error.message, error.problems);
  } finally {
    button.disabled = false;
  }
}

function editAsNew(text, job) {
  byId("builtin").value = "";
  byId("name").value = job.name;
  clearForm();
  editor.setYaml(text);
  const kept = job.overrides.length ? `its changes were: ${job.overrides.join(", ")}` : "";
  setText(byId("submit-note"), kept);
  byId("new").scrollIntoView();
}

let built = false;

async function open() {
  const [service, builtin] = await Promise.all([api.get("/service"), api.get("/builtin-jobs")]);
  if (!built) {
    built = true;
    setText(byId("service"), `${service.version}  ·  ${service.at_once === 1 ? "one job" : `${service.at_once} jobs`} at a time, ${service.queue} may wait`);
    buildForm(builtin.fields, editor.check);
    byId("builtin").append(make("option", { value: "", textContent: "own YAML" }));
    for (const name of builtin.jobs) byId("builtin").append(make("option", { value: name, textContent: name }));
    byId("builtin").value = builtin.jobs.includes("quickstart") ? "quickstart" : "";
    await chooseBuiltin();
  }
  await showPacks();
  follow();
}

api.onLogin(() => { if (!byId("login").open) byId("login").showModal(); });
byId("login").addEventListener("cancel", (event) => event.preventDefault());
byId("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  api.setToken(byId("token").value.trim());
  try {
    await api.get("/service");
    byId("login").close();
    setText(byId("login-error"), "");
    await open();
  } catch (error) {
    setText(byId("login-error"), error.status === 401 ? "the token is wrong" : error.message);
  }
});
byId("builtin").addEventListener("change", () => chooseBuiltin().catch((error) => setText(byId("submit-note"), error.message)));
byId("name").addEventListener("input", editor.check);
byId("submit").addEventListener("click", submit);
byId("big").addEventListener("click", () => byId("big").close());

editor.start(submission);
byId("new").addEventListener("input", () => setText(byId("submit-note"), ""));
startPacks(editor.check);
onEdit(editAsNew);
open().catch((error) => { if (error.status !== 401) connection("lost", error.message); });
