"""From a model's id or path to a local folder with safetensors files, its licence and its hash."""

from __future__ import annotations

import hashlib
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from synthvision.core.errors import ConfigError, UsageError
from synthvision.core.hashing import hash_file
from synthvision.core.yaml_file import parse_yaml

__all__ = ["ModelFolder", "fetch_files", "hash_weights", "licence_of", "resolve_model"]

#: What a hub's id looks like; everything else can only be a path.
_ID = re.compile(r"[\w.-]+(/[\w.-]+)?\Z")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on this machine.

    Args:
        name: Its id on the hub, or the name of its folder; never a path.
        path: Its folder.
        licence: What its model card says; None where it says nothing.
    """

    name: str
    path: Path
    licence: str | None


def resolve_model(
    model: str, folder: Path, *, offline: bool, variant: str | None = None, pipeline: bool
) -> ModelFolder:
    """Return the local folder of a model, fetched from the hub where it is not on this machine.

    Args:
        model: Local folder (absolute, or relative to `folder`), or an id on the hub.
        folder: Where relative paths start.
        offline: Never ask the hub: the folder must be local or cached.
        variant: Variant of the weights, e.g. ``fp16``.
        pipeline: Whether it is a whole pipeline, not one network.

    Raises:
        UsageError: It is neither on this machine nor to be had from the hub, or holds no weights as safetensors.
    """
    local = folder / model
    if local.is_dir():
        found, name = local, local.resolve().name
    elif _ID.match(model):
        found, name = _fetched(model, offline=offline, variant=variant, pipeline=pipeline), model
    else:
        raise UsageError(
            f"model {model} must be an existing folder or an id on the hub such as owner/name, got neither"
        )
    index = "model_index.json" if pipeline else "config.json"
    if not (found / index).is_file():
        kind = "a pipeline of diffusers" if pipeline else "a network of diffusers"
        raise UsageError(f"model {name} must be {kind} with its {index}, but there is none in its folder")
    if not any(found.rglob("*.safetensors")):
        raise UsageError(
            f"model {name} must hold its weights as .safetensors files, but there are none; convert it with diffusers' "
            "save_pretrained (files with pickles are not loaded, since they can run code)"
        )
    return ModelFolder(name, found, licence_of(found))


def fetch_files(model: str, folder: Path, *, offline: bool) -> ModelFolder:
    """Return the local folder of loose weights, such as a LoRA's or an adapter's, fetched where it is not there.

    Args:
        model: Local folder (absolute, or relative to `folder`), or an id on the hub.
        folder: Where relative paths start.
        offline: Never ask the hub.

    Raises:
        UsageError: It is neither on this machine nor to be had from the hub.
    """
    local = folder / model
    if local.is_dir():
        return ModelFolder(local.resolve().name, local, licence_of(local))
    if not _ID.match(model):
        raise UsageError(
            f"model {model} must be an existing folder or an id on the hub such as owner/name, got neither"
        )
    found = _fetched(model, offline=offline, variant=None, pipeline=False)
    return ModelFolder(model, found, licence_of(found))


def _fetched(model: str, *, offline: bool, variant: str | None, pipeline: bool) -> Path:
    """Return the folder in the hub's cache, downloaded where it has to be."""
    import httpx
    from diffusers import DiffusionPipeline
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        if pipeline:
            found = DiffusionPipeline.download(model, local_files_only=offline, use_safetensors=True, variant=variant)
            # The pipeline's own download leaves the card behind, which holds the licence.
            snapshot_download(model, local_files_only=offline, allow_patterns=["README.md", "model_index.json"])
        else:
            # Some repositories hold the same weights more than once, in other forms: only one is of use.
            patterns = ["*.json", "*.safetensors", "README.md"]
            found = snapshot_download(model, local_files_only=offline, allow_patterns=patterns)
    except (OSError, ValueError, HfHubHTTPError, httpx.HTTPError) as error:
        first = textwrap.shorten(str(error) or type(error).__name__, 120, placeholder="...")
        how = "offline is set and it is not in the cache" if offline else "the hub could not give it"
        raise UsageError(
            f"model {model} must be on this machine or on the hub, but {how} ({first}); download it once with "
            f"`hf download {model}` where there is a network, or give the path of a local folder"
        ) from error
    return Path(found)


def licence_of(folder: Path) -> str | None:
    """Return the licence that a model card states in the front matter of its README.md; None where it states none.

    Hub cards write ``license: other`` with the words under ``license_name``: those are returned then.
    """
    try:
        text = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    match = re.match(r"---\s*\n(.*?)\n---\s*(\n|\Z)", text, re.DOTALL)
    if match is None:
        return None
    try:
        card = parse_yaml(match[1], "README.md").data
    except ConfigError:
        # Cards are written by hand, and a broken one must not keep a model from being used: its line is looked for.
        line = re.search(r"^license:\s*(\S.*?)\s*$", match[1], re.MULTILINE)
        return line[1].strip("'\"") if line else None
    if not isinstance(card, dict):
        return None
    stated = card.get("license")
    name = card.get("license_name")
    if isinstance(stated, list):
        stated = ", ".join(str(part) for part in stated)
    if stated in (None, "other", "unknown") and name:
        stated = name
    return str(stated) if stated else None


def hash_weights(path: Path, *, variant: str | None = None, pipeline: bool = False) -> str:
    """Return the SHA-256 over the safetensors files that are loaded and their relative names, or over one file.

    Args:
        path: A folder or a file.
        variant: As for loading: where a folder has files of that variant they count, else the plain ones.
        pipeline: Files at the top of the folder do not count: those are the same weights again, for other programs.

    Raises:
        OSError: A file cannot be read.
    """
    if path.is_file():
        return hash_file(path)
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*.safetensors"), key=lambda found: found.relative_to(path).as_posix()):
        relative = file.relative_to(path)
        if (pipeline and len(relative.parts) == 1) or _variant_of(file.name) != _wanted(file.parent, variant):
            continue
        digest.update(f"{relative.as_posix()}\0{hash_file(file)}\n".encode())
    return digest.hexdigest()


def _variant_of(name: str) -> str:
    """Return the variant in a file's name, such as fp16 in ``model.fp16.safetensors``; empty without."""
    return re.sub(r"-\d+-of-\d+$", "", name.removesuffix(".safetensors")).partition(".")[2]


def _wanted(folder: Path, variant: str | None) -> str:
    there = {_variant_of(file.name) for file in folder.glob("*.safetensors")}
    return variant if variant is not None and variant in there else ""
