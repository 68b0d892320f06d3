"""A job that makes what a labelled set lacks: thin cells of an audit become rows of a frozen plan.

A cell speaks of class, size, occlusion, light and weather as an audit tells them. In the job each becomes a factor with
levels, written into its scene: size is the height of an object in pixels (the square root of its share of the picture,
as the audit measures it, times that of the picture's area), occlusion and truncation are those that the label images
tell, light and weather are kinds of weather or, indoors, named set-ups of light. What the job cannot steer is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthvision.authoring.fit.writing import column_name
from synthvision.authoring.plans.files import save_plan
from synthvision.authoring.plans.fill import fill_rows
from synthvision.config.job import Job
from synthvision.core.class_names import class_hint
from synthvision.core.errors import UsageError
from synthvision.core.yaml_file import dump_yaml
from synthvision.dataset.atomic import write_text
from synthvision.dataset.need import Need, NeedCell
from synthvision.evaluate.audit.levels import LIGHTS, OCCLUSIONS, SIZE_LIMITS, SIZES, WEATHERS
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.factors.plan import Plan, PlanRow

__all__ = ["GapPlan", "plan_gaps", "save_gap_job"]

#: Kinds of weather that look as light and weather of an audit say.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "dark": ("dusk", "night", "wet_night"),
    "day": ("overcast", "cloudy"),
    "sun": ("clear",),
    "veiled": ("fog", "dense_fog"),
}
#: In the dark an audit tells nothing of the air, and no hard sun shines through fog.
_FORBIDDEN: tuple[Mapping[str, str], ...] = (
    *({"light": "dark", "weather": weather} for weather in WEATHERS),
    {"light": "sun", "weather": "veiled"},
)
_LEAST_PX = 8.0
_LARGEST = 0.95
_HIDDEN = {"free": (0.0, 0.1), "partly": (0.1, 0.5), "mostly": (0.5, 0.9)}
_CUT = (0.05, 0.7)
_WHOLE = (0.0, 0.0)
_PREFIX = "gap"
_PROPOSALS = 80
#: Stands for what a cell asks of one object in the picture: a row asks it of one cell only, or it would hardly come.
_LOOK = "look"
_ANY = "any"


@dataclass(frozen=True, slots=True)
class GapPlan:
    """What is to be made.

    Args:
        job: The job with the factors that the plan speaks of, without the plan.
        plan: One row a scene.
        left_out: Cells that the job cannot steer, and why, one sentence each.
        rows: Different rows, and how many scenes each has.
    """

    job: Job
    plan: Plan
    left_out: tuple[str, ...]
    rows: tuple[tuple[Mapping[str, str], int], ...]


def plan_gaps(need: Need, job: Job, scenes: int, lighting: Mapping[str, Sequence[str]] | None = None) -> GapPlan:
    """Return a plan of scenes that fill what is needed.

    Cells that can stand in one scene share a row; a row gets scenes in proportion to the most objects that one of its
    cells lacks, at least one, and no more than that.

    Args:
        need: What is missing, from `AuditReport.need` or a file.
        job: The job to build on; its own plan is left aside.
        scenes: At most so many scenes.
        lighting: Names of the scene's set-ups of light by level of light, for scenes without weather.

    Raises:
        UsageError: The job can steer none of the cells, a set-up is unknown, or there are more rows than scenes.
        ConfigError: The job does not hold together with the factors.
    """
    if scenes < 1:
        raise UsageError(f"the number of scenes must be 1 or more, got {scenes}")
    steering = _Steering(job, {name: tuple(setups) for name, setups in (lighting or {}).items()})
    kept: list[NeedCell] = []
    left_out: list[str] = []
    for cell in need.cells:
        reason = steering.why_not(cell.levels)
        if reason:
            left_out.append(f"{cell}: {reason}")
        else:
            kept.append(cell)
    if not kept:
        raise UsageError(
            f"{job.name} must be able to steer one cell at least, and can steer none: " + "; ".join(left_out[:5])
        )
    joined = [_joined(cell.levels) for cell in kept]
    # Where a row says nothing of light or weather, it stays open.
    levels = {name: (_ANY, *found) for name, found in _levels_of(joined).items()}
    forbidden = [row for row in _FORBIDDEN if all(level in levels.get(name, ()) for name, level in row.items())]
    abstract = fill_rows(levels, joined, forbidden)
    if len(abstract) > scenes:
        raise UsageError(f"these cells need {len(abstract)} scenes at least, got {scenes}: raise --scenes")
    classes = steering.shared_classes(kept)
    rows: list[dict[str, str]] = []
    wanted: list[int] = []
    for number, joint in enumerate(abstract):
        row = _parted(joint)
        # What is said of objects must be said of those of some class.
        nameless = {"size", "occlusion"} & row.keys() and "class" not in row
        rows.append(steering.row({"class": classes[number % len(classes)], **row} if nameless else row))
        own = [
            cell.count or 1 for cell, levels_of in zip(kept, joined, strict=True) if levels_of.items() <= joint.items()
        ]
        wanted.append(max(own))
    counts = _shared_out(wanted, scenes)
    changed = steering.job(rows)
    plan = Plan(
        description=need.description or f"what a set lacks, made by {job.name}",
        rows=tuple(PlanRow(levels=row) for row, count in zip(rows, counts, strict=True) for _ in range(count)),
    )
    return GapPlan(changed, plan, tuple(left_out), tuple(zip(rows, counts, strict=True)))


def save_gap_job(gaps: GapPlan, path: Path, plan: Plan | None = None) -> tuple[Path, Path]:
    """Write the job, and its plan beside it; return both paths.

    Args:
        gaps: From `plan_gaps`.
        path: The job's file.
        plan: The plan where it was tried and changed since; None for that of `gaps`.

    Raises:
        DatasetError: A file cannot be written.
    """
    chosen = plan or gaps.plan
    file = path.with_name(f"{path.stem}_plan.yaml")
    save_plan(chosen, file)
    frames = gaps.job.frame_order.frames_of_one_scene
    data = gaps.job.resolved() | {"plan": file.name, "frames": len(chosen.rows) * frames}
    lines = [
        f"Fills gaps: {chosen.description}. {len(chosen.rows)} scenes.",
        *(f"not: {line}" for line in gaps.left_out),
    ]
    write_text(path, "".join(f"# {line}\n" for line in lines) + dump_yaml(data))
    return path, file


class _Steering:
    """What a job can be told to show."""

    def __init__(self, job: Job, lighting: Mapping[str, tuple[str, ...]]) -> None:
        self._job = job
        self._lighting = lighting
        self._setups = tuple(job.scene.lighting)
        self._outdoors = job.scene.weather is not None
        if lighting and not self._setups:
            raise UsageError(f"{job.name} has no set-ups of light under lighting to choose from")
        for level, names in lighting.items():
            if level not in LIGHTS:
                raise UsageError(f"a level of light must be one of {', '.join(LIGHTS)}, got {level!r}")
            for name in names:
                if name not in self._setups:
                    raise UsageError(f"{job.name} has no lighting {name!r}{class_hint(name, self._setups)}")

    def why_not(self, levels: Mapping[str, str]) -> str:
        """Return why a cell cannot be steered; empty where it can."""
        for name, level in levels.items():
            reason = self._why_not_level(name, level)
            if reason:
                return reason
        if any(row.items() <= levels.items() for row in _FORBIDDEN):
            return "light and weather that an audit never tells of together"
        return ""

    def _why_not_level(self, name: str, level: str) -> str:
        factors = self._job.scene.factors
        known: Mapping[str, Sequence[str]] = {
            "class": self._job.class_names,
            "size": SIZES,
            "occlusion": OCCLUSIONS,
            "light": LIGHTS,
            "weather": WEATHERS,
            **{f"factor.{factor}": tuple(spec.levels) for factor, spec in factors.items()},
        }
        if name not in known:
            return f"the job has no {name}"
        if level not in known[name]:
            return f"the job has no {name} {level!r}"
        if name == "size" and level not in self._heights_px():
            return f"objects so small have no label in pictures of {self._job.image.width} x {self._job.image.height}"
        if name == "weather" and not self._outdoors:
            return "the job's scene has no weather"
        if name == "light" and not self._outdoors and level not in self._lighting:
            return f"the job's scene has no weather, and no set-up of light is named for {level}"
        return ""

    def shared_classes(self, cells: Sequence[NeedCell]) -> tuple[str, ...]:
        """Return the classes that stand for any: those that cells name, else all."""
        named = dict.fromkeys(cell.levels["class"] for cell in cells if "class" in cell.levels)
        return tuple(named) or tuple(self._job.class_names)

    def row(self, levels: Mapping[str, str]) -> dict[str, str]:
        """Return a row of levels of factors for a row of an audit's levels."""
        found: dict[str, str] = {}
        category = levels.get("class", "")
        for name, level in levels.items():
            if name == "size":
                found[self._name(category, "size")] = level
            elif name == "occlusion":
                found[self._name(category, "cut" if level == "cut" else "hidden")] = level
            elif name.startswith("factor."):
                found[name.removeprefix("factor.")] = level
        if category and not {"size", "occlusion"} & levels.keys():
            # Somewhere in the picture, of any size.
            found[self._name(category, "there")] = "there"
        kind = self._kind(levels)
        if kind:
            found[f"{_PREFIX}_light"] = kind
        return found

    def _kind(self, levels: Mapping[str, str]) -> str:
        light, weather = levels.get("light", ""), levels.get("weather", "")
        if not self._outdoors:
            return light
        if weather == "veiled":
            return "veiled"
        return light or ("day" if weather == "clear" else "")

    def _name(self, category: str, what: str) -> str:
        return f"{_PREFIX}_{column_name(category)}_{what}"

    def job(self, rows: Iterable[Mapping[str, str]]) -> Job:
        """Return the job with the factors that rows name."""
        rows = list(rows)
        named = {name for row in rows for name in row}
        factors: dict[str, Any] = {}
        for category in self._job.class_names:
            for what, spec in self._measured(category).items():
                if self._name(category, what) in named:
                    factors[self._name(category, what)] = spec
        data = self._job.resolved()
        scene = data["scene"]
        light = f"{_PREFIX}_light"
        kinds = tuple(dict.fromkeys(row[light] for row in rows if light in row))
        if kinds and self._outdoors:
            factors[light] = self._weather_factor(kinds)
            words = list(dict.fromkeys(word for kind in factors[light]["levels"].values() for word in kind["one_of"]))
            scene["weather"] = {**scene["weather"], "kind": {"choice": words}}
        elif kinds:
            factors[light] = {"of": "lighting", "levels": self._lighting_levels(kinds)}
        scene["factors"] = {**scene.get("factors", {}), **_as_specs(factors)}
        scene["proposals"] = max(int(scene["proposals"]), _PROPOSALS)
        data["plan"] = None
        return Job.from_resolved(data, name=self._job.name)

    def _heights_px(self) -> dict[str, tuple[int, int]]:
        """Return least and largest height of an object by level of size; what is too small for a label is not there."""
        side = math.sqrt(self._job.image.width * self._job.image.height)
        least = max(_LEAST_PX, 1.2 * math.sqrt(self._job.labels.min_visible_pixels))
        edges = (0.0, *(limit * side for limit in SIZE_LIMITS), _LARGEST * side)
        ends = {
            name: (math.ceil(max(low, least)), math.ceil(high) - 1)
            for name, low, high in zip(SIZES, edges, edges[1:], strict=False)
        }
        return {name: (low, high) for name, (low, high) in ends.items() if low <= high}

    def _measured(self, category: str) -> dict[str, dict[str, Any]]:
        objects = {"class": category}
        sizes = {name: {"between": ends} for name, ends in self._heights_px().items()}
        hidden = {name: {"between": ends} for name, ends in _HIDDEN.items()}
        cut = {"whole": {"between": _WHOLE}, "cut": {"between": _CUT}}
        there = {"there": {"between": (1, 100_000)}, "gone": {"between": (0, 0)}}
        return {
            "size": {"measure": "pixel_height", "objects": objects, "levels": sizes},
            "hidden": {"measure": "occlusion", "objects": objects, "levels": hidden},
            "cut": {"measure": "truncation", "objects": objects, "levels": cut},
            "there": {"measure": "pixel_height", "objects": objects, "levels": there},
        }

    def _weather_factor(self, kinds: Sequence[str]) -> dict[str, Any]:
        others = [kind for kind in _KINDS if kind not in kinds]
        # A factor must have two levels; one that no row names is never drawn on purpose.
        chosen = kinds if len(kinds) > 1 else (*kinds, others[0])
        return {"of": "weather.kind", "levels": {kind: {"one_of": _KINDS[kind]} for kind in chosen}}

    def _lighting_levels(self, kinds: Sequence[str]) -> dict[str, Any]:
        levels: dict[str, Any] = {kind: {"one_of": self._lighting[kind]} for kind in kinds}
        rest = tuple(name for name in self._setups if not any(name in self._lighting[kind] for kind in kinds))
        if rest:
            levels["other"] = {"one_of": rest}
        if len(levels) < 2:
            raise UsageError(
                "lighting must leave a choice: of a scene whose set-ups are all one level of light, leave light out"
            )
        return levels


def _joined(levels: Mapping[str, str]) -> dict[str, str]:
    """Return levels with those of size and occlusion as one, so that no row asks for those of two cells."""
    look = ",".join(f"{name}={levels[name]}" for name in ("size", "occlusion") if name in levels)
    rest = {name: level for name, level in levels.items() if name not in ("size", "occlusion")}
    return {**rest, _LOOK: look} if look else rest


def _parted(levels: Mapping[str, str]) -> dict[str, str]:
    rest = {name: level for name, level in levels.items() if name != _LOOK and level != _ANY}
    pairs = [pair.partition("=") for pair in levels.get(_LOOK, "").split(",") if pair not in ("", _ANY)]
    return {**rest, **{name: level for name, _, level in pairs}}


def _levels_of(rows: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for name, level in row.items():
            found.setdefault(name, {})[level] = None
    return {name: tuple(levels) for name, levels in found.items()}


def _as_specs(factors: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: FactorSpec.model_validate(spec).model_dump(mode="json", by_alias=True) for name, spec in factors.items()
    }


def _shared_out(wanted: Sequence[int], most: int) -> list[int]:
    """Return how many scenes each row gets: what it wants, or its part of what there is, at least 1."""
    if sum(wanted) <= most:
        return list(wanted)
    spare = most - len(wanted)
    rest = [count - 1 for count in wanted]
    exact = [spare * count / max(sum(rest), 1) for count in rest]
    counts = [1 + int(value) for value in exact]
    by_rest = sorted(range(len(wanted)), key=lambda place: (int(exact[place]) - exact[place], place))
    for place in by_rest[: most - sum(counts)]:
        counts[place] += 1
    return counts
