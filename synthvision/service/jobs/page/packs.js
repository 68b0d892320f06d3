// Uploaded asset packs.

import * as api from "/api.js";
import { byId, count, make, setText } from "/dom.js";

let changed = () => {};

function note(text, isError = false) {
  const line = byId("upload-note");
  line.className = isError ? "error" : "";
  setText(line, text);
}

function row(pack) {
  const kinds = pack.assets.map((asset) => asset.category || asset.name);
  const shown = kinds.slice(0, 6).join(", ") + (kinds.length > 6 ? ", ..." : "");
  const button = make("button", { type: "button", textContent: "Remove" });
  button.addEventListener("click", async () => {
    if (!confirm(`Remove the pack ${pack.name}? This cannot be undone.`)) return;
    try {
      await api.remove(`/packs/${pack.name}`);
      note("");
      await showPacks();
    } catch (error) { note(error.message, true); }
  });
  return make("li", {}, make("span", {}, make("b", { textContent: pack.name }), `  ${count(pack.assets.length, "asset")}: ${shown}`), button);
}

export async function showPacks() {
  const { uploaded } = await api.get("/packs");
  byId("packs").replaceChildren(...uploaded.map(row));
  changed();
}

async function upload() {
  const file = byId("pack-file").files[0];
  if (!file) return note("choose a file first", true);
  const name = byId("pack-name").value.trim();
  if (!name || !byId("pack-name").checkValidity()) return note("give the pack a name of small letters, digits, - and _", true);
  const query = new URLSearchParams({ file: file.name });
  for (const key of ["category", "licence"]) if (byId(`pack-${key}`).value.trim()) query.set(key, byId(`pack-${key}`).value.trim());
  if (byId("pack-size").value) query.set("size_m", byId("pack-size").value);
  byId("upload").disabled = true;
  note("uploading, then opening every asset ...");
  try {
    const pack = await api.put(`/packs/${encodeURIComponent(name)}?${query}`, file);
    const warnings = pack.assets.flatMap((asset) => asset.warnings.map((warning) => `${asset.name}: ${warning}`));
    note(`${pack.name}: ${count(pack.assets.length, "asset")}. Jobs name it with assets: {packs: [${pack.name}]}. ${warnings.slice(0, 3).join("; ")}`);
    byId("pack-file").value = "";
    await showPacks();
  } catch (error) {
    note(error.message, true);
  } finally {
    byId("upload").disabled = false;
  }
}

function suggestName() {
  const file = byId("pack-file").files[0];
  if (!file) return;
  const stem = file.name.replace(/\.[^.]*$/, "").toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^[-_]+/, "");
  if (!byId("pack-name").value) byId("pack-name").value = stem.slice(0, 40);
}

export function startPacks(onChange) {
  changed = onChange;
  const drop = byId("drop");
  byId("pack-file").addEventListener("change", suggestName);
  byId("upload").addEventListener("click", upload);
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
    });
  }
  drop.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    byId("pack-file").files = event.dataTransfer.files;
    suggestName();
  });
}
