"""What a language model is asked for: a scenario in a form that any of them can be held to.

Lists instead of free keys, every key always there, text and numbers of bounded length: so the schema fits the strict
modes of endpoints, and a decoder that is held to it always comes to an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from synthvision.core.yaml_file import dump_yaml

__all__ = ["Draft", "draft_schema", "scenario_data", "scenario_text"]

ROLES = ("thing", "distractor")
SIDES = ("front", "behind", "left", "right", "beside", "around", "on_top")
STRIPS = ("lane", "parking", "cycle_lane", "kerb", "pavement", "crossing", "verge", "building_line", "wall", "floor")
KINDS = (
    "occlusion",
    "visible_fraction",
    "truncation",
    "pixel_height",
    "pixel_width",
    "transmittance",
    "distance",
    "in_front_of",
    "same_lane",
    "count",
)
#: What constraints of two kinds of objects call the second one.
_SECOND = {"occlusion": "by", "distance": "to", "in_front_of": "than", "same_lane": "to"}
_NO_RANGE = ("in_front_of", "same_lane")

_WORD = r"^[a-z][a-z0-9_]{1,30}$"
_TEXT = r"^[A-Za-z][A-Za-z0-9 ,.'()-]{2,160}$"
_KEY = r"^[a-z][a-z0-9_]{1,30}(\.[a-z0-9_]{1,30}){0,4}$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(_Part):
    """Two numbers."""

    low: float
    high: float


class Change(_Part):
    """One value of the world that is changed."""

    key: str
    value: float | bool | str | Range | None


class GroupDraft(_Part):
    """One group of objects that is added."""

    name: str
    asset: str
    fewest: int
    most: int
    role: Literal["thing", "distractor"]
    relative_to: str | None
    side: str | None
    gap_m: Range | None
    strip: str | None


class CameraDraft(_Part):
    """Where the camera stands."""

    look_at: str | None
    distance_m: Range
    height_m: Range | None
    bearing_deg: Range | None
    fov_deg: Range


class ConstraintDraft(_Part):
    """One thing that must hold."""

    kind: str
    of: str
    other: str | None
    low: float | None
    high: float | None


class Draft(_Part):
    """A scenario as a model writes it."""

    description: str
    extends: str
    weather: str | None
    changes: tuple[Change, ...] = Field(max_length=8)
    groups: tuple[GroupDraft, ...] = Field(max_length=4)
    camera: CameraDraft | None
    constraints: tuple[ConstraintDraft, ...] = Field(max_length=6)


def draft_schema(worlds: Sequence[str], weathers: Sequence[str], assets: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a draft.

    Args:
        worlds: Scenes and scenarios that it may build on.
        weathers: Presets of the weather.
        assets: Models that it may add.
    """
    word, text = _matching(_WORD), _matching(_TEXT)
    between = _block({"low": _number(-1000, 1000), "high": _number(-1000, 1000)})
    change = _block(
        {
            "key": _matching(_KEY),
            "value": {"anyOf": [_number(-100_000, 100_000), {"type": "boolean"}, word, between, _NULL]},
        }
    )
    group = _block(
        {
            "name": word,
            "asset": {"enum": list(assets)},
            "fewest": {"type": "integer", "minimum": 0, "maximum": 50},
            "most": {"type": "integer", "minimum": 1, "maximum": 50},
            "role": {"enum": list(ROLES)},
            "relative_to": _or_null(word),
            "side": _or_null({"enum": list(SIDES)}),
            "gap_m": _or_null(between),
            "strip": _or_null({"enum": list(STRIPS)}),
        }
    )
    camera = _block(
        {
            "look_at": _or_null(word),
            "distance_m": between,
            "height_m": _or_null(between),
            "bearing_deg": _or_null(between),
            "fov_deg": between,
        }
    )
    constraint = _block(
        {
            "kind": {"enum": list(KINDS)},
            "of": word,
            "other": _or_null(word),
            "low": _or_null(_number(0, 10_000)),
            "high": _or_null(_number(0, 10_000)),
        }
    )
    return _block(
        {
            "description": text,
            "extends": {"enum": list(worlds)},
            "weather": _or_null({"enum": list(weathers)}),
            "changes": {"type": "array", "items": change, "maxItems": 8},
            "groups": {"type": "array", "items": group, "maxItems": 4},
            "camera": _or_null(camera),
            "constraints": {"type": "array", "items": constraint, "maxItems": 6},
        }
    )


_NULL: dict[str, Any] = {"type": "null"}


def _number(low: float, high: float) -> dict[str, Any]:
    return {"type": "number", "minimum": low, "maximum": high, "multipleOf": 0.01}


def _matching(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, _NULL]}


def _block(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def scenario_data(draft: Draft) -> dict[str, Any]:
    """Return a draft as the data of a scene file."""
    data: dict[str, Any] = {"extends": draft.extends, "description": draft.description}
    if draft.weather is not None:
        data["weather"] = {"kind": draft.weather}
    for change in draft.changes:
        _put(data, change.key.split("."), _value(change.key, change.value))
    for group in draft.groups:
        _put(data, ["objects", group.name], _group(group))
    if draft.camera is not None:
        # A list takes the place of the world's cameras; a block would be put over one of them.
        data["cameras"] = [_camera(draft.camera)]
    if draft.constraints:
        data["constraints"] = [_constraint(each) for each in draft.constraints]
    return data


def scenario_text(draft: Draft) -> str:
    """Return a draft as a scene file."""
    return dump_yaml(scenario_data(draft))


def _put(data: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for key in path[:-1]:
        below = data.get(key)
        if not isinstance(below, dict):
            below = data[key] = {}
        data = below
    data[path[-1]] = value


def _value(key: str, value: Any) -> Any:
    if isinstance(value, Range):
        if key.rpartition(".")[2] == "count":
            return {"uniform_int": [round(value.low), round(value.high)]}
        return _uniform(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _uniform(value: Range) -> Any:
    return _plain(value.low) if value.low == value.high else {"uniform": [_plain(value.low), _plain(value.high)]}


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _group(group: GroupDraft) -> dict[str, Any]:
    count: Any = {"uniform_int": [group.fewest, group.most]} if group.fewest != group.most else group.most
    data: dict[str, Any] = {"pick": group.asset, "count": count}
    if group.role != "thing":
        data["role"] = group.role
    if group.relative_to is not None:
        data["placement"] = {"kind": "relative", "to": group.relative_to}
        if group.side is not None:
            data["placement"]["side"] = group.side
        if group.gap_m is not None:
            data["placement"]["gap_m"] = _uniform(group.gap_m)
    elif group.strip is not None:
        data["placement"] = {"kind": "along", "strips": group.strip}
    return data


def _camera(camera: CameraDraft) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": "shell",
        "look_at": "things" if camera.look_at is None else {"group": camera.look_at},
        "distance_m": _uniform(camera.distance_m),
        "fov_deg": _uniform(camera.fov_deg),
    }
    for key, value in (("height_m", camera.height_m), ("bearing_deg", camera.bearing_deg)):
        if value is not None:
            data[key] = _uniform(value)
    return data


def _constraint(own: ConstraintDraft) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": own.kind, "of": own.of}
    second = _SECOND.get(own.kind)
    if second is not None and own.other is not None:
        data[second] = own.other
    if own.kind not in _NO_RANGE:
        data["between"] = [None if value is None else _plain(value) for value in (own.low, own.high)]
    return data
