"""Writes a scene and a job for a user's own models: commented, valid, ready to render.

Nothing is copied and nothing is overwritten. The models stay where they are, in or below the folder of the job; a
``catalog.yaml`` beside the job lists them with their real size, unless the folder is an asset pack already.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path

from synthvision.core.errors import AssetError, SynthvisionError, UsageError, nearest_name
from synthvision.core.yaml_file import dump_yaml
from synthvision.dataset.atomic import write_text
from synthvision.library.indexing import index_folder, is_pack_folder
from synthvision.library.loading import MODEL_SUFFIXES, ModelOptions, load_model_file

__all__ = ["WrittenJob", "write_job_for_models"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}\Z")

#: Files whose longest side lies outside this range by their own unit were probably made in another unit.
_LIKELY_M = (0.004, 5.0)
#: Metres of the units that other programs write without saying so.
_OTHER_UNITS = (("mm", 0.001), ("cm", 0.01), ("inch", 0.0254))


@dataclass(frozen=True, slots=True)
class WrittenJob:
    """What was written.

    Args:
        job: The job file.
        scene: The scene file, beside it.
        catalogue: The list of models, beside it, or None where the folder had one.
        notes: What the user should look at, one sentence each.
    """

    job: Path
    scene: Path
    catalogue: Path | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One model of the user's.

    Args:
        path: The file.
        name: Name of its class.
        group: Name of its object group in the scene.
        asset: Its name in the pack.
        size_m: Real length of the longest side.
    """

    path: Path
    name: str
    group: str
    asset: str
    size_m: float


def write_job_for_models(
    models: Sequence[Path], *, out: Path | None = None, name: str = "parts", sizes: Sequence[str] = ()
) -> WrittenJob:
    """Write a scene and a job for model files and return where.

    Args:
        models: GLB, glTF, OBJ, PLY or STL files; each becomes a class named by its stem.
        out: Folder of the job; the models lie in it or below. None for the folder that holds all models.
        name: Name of the job and of its asset pack: letters, digits, dash and underscore.
        sizes: Real longest sides in metres: ``0.12`` for all models, ``bolt=0.05`` for one.

    Raises:
        UsageError: A name, size or place does not fit, or a file to be written exists; nothing is written.
        AssetError: A model cannot be opened; every one is listed, and nothing is written.
    """
    if not _NAME.match(name):
        raise UsageError(f"the name of a job must be letters, digits, '-' and '_', got {name!r}")
    paths = _checked_paths(models)
    folder = _folder(paths, out)
    notes: list[str] = []
    stated = _read_sizes(sizes, [path.stem for path in paths])
    size_notes: list[str] = []
    parts = _open_parts(paths, folder, stated, notes, size_notes)
    job, scene, catalogue = folder / f"{name}.yaml", folder / f"{name}_scene.yaml", folder / "catalog.yaml"
    listed = is_pack_folder(folder)
    for path in (job, scene):
        if path.exists():
            raise UsageError(f"{path} exists and is not overwritten; give another --name or --out")
    if listed:
        parts = _parts_of_pack(parts, folder, name, stated)
    else:
        write_text(catalogue, _catalogue_text(name, folder, parts))
        notes += size_notes
        notes.append(f"{catalogue}: state licence and author of your models there, and correct their size_m")
    write_text(scene, _scene_text(name, parts))
    write_text(job, _job_text(name, parts))
    return WrittenJob(job, scene, None if listed else catalogue, tuple(notes))


def _checked_paths(models: Sequence[Path]) -> list[Path]:
    if not models:
        raise UsageError("there must be at least one model")
    paths = list(dict.fromkeys(Path(os.path.abspath(path)) for path in models))
    for path in paths:
        if path.suffix.lower() not in MODEL_SUFFIXES:
            allowed = ", ".join(sorted(MODEL_SUFFIXES))
            raise UsageError(f"a model must be one of {allowed}, got {path}")
        if not path.is_file():
            others = [item.name for item in path.parent.glob("*")] if path.parent.is_dir() else []
            near = nearest_name(path.name, others)
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(f"{path}: there is no such file{hint}")
    stems: dict[str, Path] = {}
    for path in paths:
        other = stems.setdefault(path.stem, path)
        if other != path:
            raise UsageError(
                f"classes are named by the files, so two models cannot both be called {path.stem!r}, got {other} and "
                f"{path}; rename one"
            )
    return paths


def _folder(paths: Sequence[Path], out: Path | None) -> Path:
    common = Path(os.path.commonpath([path.parent for path in paths]))
    folder = common if out is None else Path(os.path.abspath(out))
    if not common.is_relative_to(folder):
        raise UsageError(
            f"the models must lie in or below the folder of the job, so that both can move together, but {common} is "
            f"not below {folder}; leave out --out, or put the models there"
        )
    return folder


def _read_sizes(sizes: Sequence[str], stems: Sequence[str]) -> Mapping[str, float]:
    """Return the stated size of each model that has one, by its stem."""
    of_all: dict[str, float] = {}
    of_one: dict[str, float] = {}
    for text in sizes:
        stem, equals, number = text.rpartition("=")
        try:
            size_m = float(number)
        except ValueError:
            size_m = 0.0
        if not 1e-6 <= size_m <= 1e5:
            raise UsageError(f"--size-m must be metres above 0, such as 0.12 or bolt=0.05, got {text!r}")
        if not equals:
            of_all = dict.fromkeys(stems, size_m)
        elif stem in stems:
            of_one[stem] = size_m
        else:
            near = nearest_name(stem, stems)
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(f"--size-m {text}: there is no model named {stem!r}{hint} (there are: {', '.join(stems)})")
    return of_all | of_one


def _open_parts(
    paths: Sequence[Path], folder: Path, sizes: Mapping[str, float], notes: list[str], size_notes: list[str]
) -> list[_Part]:
    """Open every model: only what loads is written into a job."""
    parts: list[_Part] = []
    faults: list[str] = []
    groups: set[str] = set()
    for path in paths:
        try:
            model = load_model_file(path, path.stem, ModelOptions(), root=folder)
        except SynthvisionError as error:
            faults.append(str(error))
            continue
        notes += [f"{path.name}: {warning}" for warning in model.warnings]
        low, high = model.bounds_23
        own_m = float((high - low).max())
        size_m = sizes.get(path.stem) or _likely_size(path, own_m, size_notes)
        group = re.sub(r"[^A-Za-z0-9_-]+", "_", path.stem).strip("_") or "part"
        while group in groups or group == "surface":
            group += "_"
        groups.add(group)
        relative = path.relative_to(folder).with_suffix("").as_posix()
        parts.append(_Part(path, path.stem, group, relative, size_m))
    if faults:
        raise AssetError("\n".join(faults))
    return parts


def _likely_size(path: Path, own_m: float, notes: list[str]) -> float:
    """Return the real size of a model as its file says, or as it would be in another unit if that is more likely."""
    low, high = _LIKELY_M
    if low <= own_m <= high:
        notes.append(f"{path.name}: {own_m:.3g} m long as its file says; --size-m changes that")
        return own_m
    likely = [(unit, own_m * metres) for unit, metres in _OTHER_UNITS if low <= own_m * metres <= high]
    if likely:
        # Most things that people photograph are about a hand long.
        unit, size_m = min(likely, key=lambda option: abs(math.log(option[1] / 0.15)))
        notes.append(
            f"{path.name}: {own_m:.3g} m long as its file says, which is unlikely; taken as {unit}, {size_m:.3g} m "
            "long; --size-m states the real size"
        )
        return size_m
    notes.append(f"{path.name}: {own_m:.3g} m long as its file says; --size-m states the real size")
    return own_m


def _parts_of_pack(parts: Sequence[_Part], folder: Path, name: str, stated: Mapping[str, float]) -> list[_Part]:
    """Return the parts under the names they have in the pack that the folder already is."""
    entries = {entry.path: entry for entry in index_folder(folder, name).entries if entry.path is not None}
    found: list[_Part] = []
    for part in parts:
        entry = entries.get(part.path)
        if entry is None or entry.kind != "model":
            raise UsageError(
                f"{folder} is an asset pack already, and its list of assets must hold {part.path}; add it there, or "
                "give another --out"
            )
        wanted = stated.get(part.name)
        if wanted is not None and wanted != entry.size_m:
            raise UsageError(
                f"{folder} is an asset pack already, whose list of assets states the size of {part.name!r}; write "
                f"{wanted:g} there instead of giving --size-m"
            )
        found.append(replace(part, asset=entry.name, size_m=entry.size_m or part.size_m))
    return found


def _catalogue_text(name: str, folder: Path, parts: Sequence[_Part]) -> str:
    lines = [
        f"# The models of the job {name}.yaml. synthvision reads this list, not the folder.",
        "# size_m is the real length of a model's longest side, in metres: correct it where it is not true.",
        "",
        "version: 1",
        _line("pack", name),
        "# Who made the models, and what others may do with them; stands in every data set.",
        "licence: ''",
        "author: ''",
        "assets:",
    ]
    for part in parts:
        lines += [
            f"- {_line('name', part.asset)}",
            f"  {_line('file', part.path.relative_to(folder).as_posix())}",
            f"  {_line('category', part.name)}",
            f"  {_line('size_m', float(f'{part.size_m:.6g}'))}",
        ]
    return "\n".join(lines) + "\n"


def _job_text(name: str, parts: Sequence[_Part]) -> str:
    classes = "\n".join(f"  - {{name: {_word(part.name)}, match: {{group: {_word(part.group)}}}}}" for part in parts)
    return f"""\
# Pictures of your own models with masks and boxes.
#   synthvision render {name}.yaml --frames 8
#   synthvision preview {name}.yaml

# What is seen: the scene file beside this one.
scene: {name}_scene.yaml

# What is labelled, in this order: the first class that takes an object wins.
classes:
{classes}

frames: 200
seed: 0
image: {{width: 640, height: 480}}

# Objects of which too little is seen are marked to be ignored in training.
labels:
  min_visible_pixels: 40
  min_visible_fraction: 0.1
  otherwise: ignore

# Where the models are: this folder, whose catalog.yaml or ASSETS.csv lists them, is the pack {name}.
assets:
  packs: [{name}]
  roots: [{name}=.]
"""


def _scene_text(name: str, parts: Sequence[_Part]) -> str:
    longest = max(part.size_m for part in parts)
    # Room for two of each model to lie side by side, and a little more to spread.
    room = longest * (0.5 + 0.4 * (2 * len(parts)) ** 0.5)
    groups = "\n".join(_group_text(name, part, room) for part in parts)
    return f"""\
# What pictures of the job {name}.yaml may show. Any number may be a distribution: {{uniform: [low, high]}},
# {{normal: {{mean: m, std: s}}}}, {{choice: [a, b]}} and others. Lengths are metres, angles degrees.

description: Own models on changing floors, by daylight or lamp

# What the objects stand on: a flat ground that shows another floor in each scene.
surface:
  pick: ground
  size_m: [{_number(room * 80)}, {_number(room * 80)}]
  material:
    pick: {{category: floor}}
    uv_rotation_deg: {{uniform: [0, 360]}}

# One group for each model. `pose: stable` lays objects down in any way in which they come to rest; `upright` stands
# them as modelled.
objects:
{groups}

# One kind of light for each scene, by weight.
lighting:
  # The built-in skies bring their own sun.
  outdoors:
    weight: 2
    environment:
      pick: {{tag: day}}
      illuminance_lux: {{log_uniform: [2000, 80000]}}
  indoors:
    environment:
      pick: {{tag: indoor}}
      illuminance_lux: {{log_uniform: [80, 1500]}}
  lamp:
    lights:
      lamp:
        kind: spot
        illuminance_lux: {{log_uniform: [150, 1000]}}
        temperature_k: {{uniform: [2700, 5000]}}
        distance_m: {{uniform: [{_number(room * 3)}, {_number(room * 6)}]}}
        elevation_deg: {{uniform: [35, 80]}}
        radius_m: {_number(room * 0.15)}
    environment:
      pick: {{tag: indoor}}
      illuminance_lux: {{log_uniform: [40, 300]}}

camera:
  kind: shell
  # Size of the ball around all objects against the shorter side of the picture: above 1 some are cut off.
  fill: {{uniform: [0.6, 1.3]}}
  elevation_deg: {{uniform: [15, 85]}}
  jitter_m: {_number(longest * 0.15)}
  fov_deg: {{uniform: [35, 60]}}
  roll_deg: {{normal: {{mean: 0, std: 5}}}}

exposure:
  compensation_ev: {{truncated_normal: {{mean: 0, std: 0.4, low: -1, high: 1}}}}
  white_balance:
    adaptation: {{uniform: [0.6, 1]}}
"""


def _group_text(pack: str, part: _Part, room: float) -> str:
    return f"""\
  {_word(part.group)}:
    pick: {_word(escape(f"{pack}/{part.asset}"))}
    count: {{uniform_int: [1, 2]}}
    placement:
      kind: on_surface
      pose: stable
      region: {{radius_m: {_number(room)}}}
      clearance_m: {_number(part.size_m * 0.02)}"""


def _line(key: str, value: object) -> str:
    return dump_yaml({key: value}).rstrip("\n")


def _word(text: str) -> str:
    """Return text as it may stand inside a flow mapping: quoted where YAML would read something else."""
    return dump_yaml([text]).strip()[1:-1]


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"
