// The form: common values of a job, as its JSON schema describes them. An empty field changes nothing.

import { byId, make } from "/dom.js";

const inputs = new Map();

const label = (key) => key.replace(/^(output|labels|image)\./, "").replaceAll("_", " ");

function field(item) {
  if (item.kind === "choice" || item.kind === "boolean") {
    const choices = item.kind === "choice" ? item.choices : ["true", "false"];
    const select = make("select");
    select.append(make("option", { value: "", textContent: "job's own" }));
    for (const choice of choices) {
      const shown = item.kind === "choice" ? choice : choice === "true" ? "yes" : "no";
      select.append(make("option", { value: choice, textContent: shown }));
    }
    return select;
  }
  const input = make("input", { type: "number", step: item.kind === "integer" ? "1" : "any", placeholder: "job's own" });
  if (item.minimum !== null) input.min = item.minimum;
  if (item.maximum !== null) input.max = item.maximum;
  return input;
}

export function buildForm(items, changed) {
  for (const item of items) {
    const input = field(item);
    input.dataset.key = item.key;
    input.addEventListener("input", changed);
    inputs.set(item.key, { input, item });
    const standard = item.default === null ? "" : ` Without a value in the job: ${item.default}.`;
    byId("fields").append(make("label", { title: `${item.key}: ${item.description}${standard}` }, make("span", { textContent: label(item.key) }), input));
  }
}

// Values by key path, of the fields that were filled in.
export function changes() {
  const found = {};
  for (const [key, { input, item }] of inputs) {
    const value = input.value.trim();
    if (input.validity.badInput) found[key] = "not a number";
    else if (value !== "") found[key] = item.kind === "choice" ? value : item.kind === "boolean" ? value === "true" : Number(value);
  }
  return found;
}

export function clearForm() {
  for (const { input } of inputs.values()) input.value = "";
}
