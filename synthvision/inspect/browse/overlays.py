"""Labels of a frame as the page draws them: masks, boxes, corners, points, names, colours."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from synthvision.core.labels import InstanceLabel
from synthvision.dataset.manifest import Manifest
from synthvision.dataset.records import FrameRecord
from synthvision.inspect.palette import IGNORED_COLOUR, Colour, text_colour_on
from synthvision.inspect.statistics import ignore_cause

__all__ = ["OVERLAYS", "Overlay", "class_skeletons", "frame_overlays", "hex_colour"]

Overlay = Literal["masks", "amodal", "solids", "keypoints", "all"]
#: What can be asked for beside boxes and names, which are always told. ``all`` also gives what carries no label.
OVERLAYS: tuple[Overlay, ...] = ("masks", "amodal", "solids", "keypoints", "all")
#: Answers stay below: run lengths of more letters than this are left out, nearest objects first.
_MAX_RUN_LETTERS = 4_000_000
_MAX_OBJECTS = 5_000


def hex_colour(colour: Colour) -> str:
    """Return a colour as HTML writes it.

    Example:
        >>> hex_colour((230, 159, 0))
        '#e69f00'
    """
    red, green, blue = colour
    return f"#{red:02x}{green:02x}{blue:02x}"


Skeletons = Mapping[str, Sequence[tuple[str, str]]]


def class_skeletons(manifest: Manifest) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return which keypoints of each class are joined, by class name; classes without lines are left out."""
    return {entry.name: entry.skeleton for entry in manifest.classes if entry.skeleton}


def frame_overlays(
    record: FrameRecord,
    colours: Mapping[str, Colour],
    parts: Collection[Overlay],
    matching: Collection[int] | None = None,
    skeletons: Skeletons = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the labels of a frame as JSON values.

    Args:
        record: The frame.
        colours: Colour of each class, as from `palette.class_colours`.
        parts: What to give beside boxes and names.
        matching: Instance ids that pass the filters; None where there are none.
        skeletons: Which keypoints are joined, as from `class_skeletons`.

    Returns:
        ``objects``, far ones first as they are drawn, and ``left_out``: how many of them were too many, or came without
        masks because their masks were too large.
    """
    everything = "all" in parts
    shown = [label for label in record.instances if everything or label.status in ("labelled", "ignored")]
    shown.sort(key=_nearness)
    left_out = max(0, len(shown) - _MAX_OBJECTS)
    shown = shown[left_out:]
    room, objects = _MAX_RUN_LETTERS, []
    for label in reversed(shown):
        item = _base(label, colours)
        if matching is not None:
            item["match"] = label.instance_id in matching
        for name, rle in (("rle", label.rle), ("amodal_rle", label.amodal_rle)):
            if rle is not None and ("masks" if name == "rle" else "amodal") in parts:
                room -= len(rle.counts)
                if room >= 0:
                    item[name] = rle.counts
                else:
                    left_out += 1
        if "amodal" in parts:
            item["amodal_box"] = label.amodal_box_xyxy
        if "solids" in parts and label.bbox_3d is not None:
            item["corners"] = label.bbox_3d.corners_px
        if "keypoints" in parts and label.keypoints:
            item["points"] = [[point.name, point.xy_px, point.visibility] for point in label.keypoints]
            names = [point.name for point in label.keypoints]
            joined = skeletons.get(label.category or "", ())
            item["lines"] = [[names.index(a), names.index(b)] for a, b in joined if a in names and b in names]
        if everything:
            item |= _details(label)
        objects.append(item)
    return {"objects": objects[::-1], "left_out": left_out}


def _base(label: InstanceLabel, colours: Mapping[str, Colour]) -> dict[str, Any]:
    grey = label.status != "labelled" or label.category is None
    colour = IGNORED_COLOUR if grey else colours.get(label.category or "", IGNORED_COLOUR)
    return {
        "id": label.instance_id,
        "name": label.name,
        "category": label.category,
        "status": label.status,
        "cause": ignore_cause(label) if label.status == "ignored" else None,
        "box": label.box_xyxy,
        "colour": hex_colour(colour),
        "ink": hex_colour(text_colour_on(colour)),
    }


def _details(label: InstanceLabel) -> dict[str, Any]:
    solid = label.bbox_3d
    distance = None if solid is None else math.sqrt(sum(value * value for value in solid.centre_m))
    return {
        "role": label.role,
        "reasons": label.reasons,
        "area": label.visible_pixels,
        "visible": label.visible_fraction,
        "truncation": label.truncation,
        "distance_m": None if distance is None else round(distance, 3),
        "contrast": label.contrast_transmittance,
        "attributes": dict(label.attributes),
        "factors": dict(label.factor_levels),
        "track": label.track_id,
    }


def _nearness(label: InstanceLabel) -> float:
    return -label.bbox_3d.centre_m[2] if label.bbox_3d is not None else -1.0 / max(label.visible_pixels, 1)
