"""Quantities that a data set can be filtered and counted by: classes, sizes, visibility, weather, levels of factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from synthvision.inspect.browse.columns import STATUSES
from synthvision.inspect.browse.index import FrameIndex

__all__ = ["CountFacet", "Facet", "LevelFacet", "NumberFacet", "RangeFacet", "build_facets", "size_levels"]

#: COCO's limits of small and medium objects, pixels of mask.
_SMALL_PX, _MEDIUM_PX = 32**2, 96**2
_SIZES = ("small", "medium", "large")
# Bins reach from each edge up to, but not with, the next; the last one has no end.
_AREA_EDGES = tuple(float(4**power) for power in range(11))
_SHARE_EDGES = tuple(round(step / 20, 2) for step in range(20))
_VISIBLE_EDGES = (*_SHARE_EDGES, 1.0)
_TRUNCATION_EDGES = (0.0, 0.001, *_SHARE_EDGES[1:])
_DISTANCE_EDGES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
_LUX_EDGES = (0.0, 1.0, 3.4, 10.0, 30.0, 100.0, 400.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5)
_COUNT_EDGES = (*range(20), 20, 25, 30, 40, 50, 75, 100, 150, 200, 500, 1000)
#: Levels of weather from little to much; kinds of weather are sorted by name.
_WEATHER_ORDER: dict[str, tuple[str, ...]] = {
    "rain": ("none", "drizzle", "light", "moderate", "heavy", "violent"),
    "snow": ("none", "light", "moderate", "heavy"),
    "fog": ("none", "light", "moderate", "dense", "very dense"),
    "haze": ("none", "light", "moderate", "dense"),
    "dust": ("none", "light", "moderate", "dense"),
    "visibility": (">10 km", "5-10 km", "1-5 km", "500-1000 m", "200-500 m", "50-200 m", "<50 m"),
    "ground": ("dry", "damp", "wet", "puddles", "snow patches", "snow"),
    "sun": ("high", "low", "none"),
    "light": ("night", "dusk", "dim", "day", "bright day"),
    "wind": ("calm", "light", "moderate", "strong", "gale"),
}

Of = Literal["objects", "frames"]


@dataclass(frozen=True, slots=True)
class Facet:
    """One quantity.

    Args:
        key: Name in addresses and answers, e.g. ``weather.kind``.
        title: Name for people, with its unit.
        of: Whether each object or each frame has one.
        group: Heading that it stands under.
    """

    key: str
    title: str
    of: Of
    group: str


@dataclass(frozen=True, slots=True, eq=False)
class LevelFacet(Facet):
    """A quantity that is one of some names.

    Args:
        levels: The names, in their natural order.
        codes: Place in `levels` of each object or frame, from 1; 0 for none.
    """

    levels: tuple[str, ...] = ()
    codes: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.uint16))


@dataclass(frozen=True, slots=True, eq=False)
class NumberFacet(Facet):
    """A number in bins.

    Args:
        values: Of each object or frame; NaN where it is not known.
        edges: Where each bin starts; each ends where the next starts and the last has no end.
        codes: Bin of each value, from 1; 0 for none.
        whole: Whether the numbers are whole.
    """

    values: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.float32))
    edges: tuple[float, ...] = ()
    codes: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.uint8))
    whole: bool = False


@dataclass(frozen=True, slots=True)
class CountFacet(Facet):
    """How many objects of a frame pass the filters on objects, in bins.

    Args:
        edges: Where each bin starts.
    """

    edges: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RangeFacet(Facet):
    """A number that can be filtered by and that has no histogram: frame index, scene index.

    Args:
        values: Of each frame.
    """

    values: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.int32))


def size_levels(area_px: NDArray[Any]) -> NDArray[np.uint8]:
    """Return 1 for small, 2 for medium and 3 for large masks in COCO's sense, 0 for none.

    Example:
        >>> size_levels(np.array([0, 1, 1023, 1024, 9215, 9216])).tolist()
        [0, 1, 1, 2, 2, 3]
    """
    sizes = 1 + (area_px >= _SMALL_PX).astype(np.uint8) + (area_px >= _MEDIUM_PX).astype(np.uint8)
    return np.where(area_px > 0, sizes, 0).astype(np.uint8)


def build_facets(index: FrameIndex, config: Mapping[str, Any]) -> dict[str, Facet]:
    """Return the quantities of a data set by key, in the order that people look at them.

    Quantities that no frame or object has are left out, and those of weather that are the same in all frames.

    Args:
        index: The data set's index.
        config: The resolved job, which tells the order of the levels of factors.
    """
    columns = index.columns
    facets: list[Facet] = [
        LevelFacet("class", "class", "objects", "objects", columns.names("class"), columns.objects["class"]),
        LevelFacet("status", "label status", "objects", "objects", STATUSES, columns.objects["status"]),
        LevelFacet("size", "size (COCO)", "objects", "objects", _SIZES, size_levels(columns.objects["area"])),
        _numbers("area", "mask area, px", "objects", columns.objects["area"], _AREA_EDGES, whole=True),
        _numbers("visible", "visible fraction", "objects", columns.objects["visible"], _VISIBLE_EDGES),
        _numbers("truncation", "truncation", "objects", columns.objects["truncation"], _TRUNCATION_EDGES),
        _numbers("distance", "distance, m", "objects", columns.objects["distance"], _DISTANCE_EDGES),
        _named("cause", "ignored because", "objects", "objects", columns.names("cause"), columns.objects["cause"]),
        CountFacet("count", "objects in a picture", "frames", "pictures", _count_edges(index)),
    ]
    orders = _factor_orders(config)
    for name in sorted(columns.objects):
        if name.startswith("factor."):
            order = orders.get(name.removeprefix("factor."), ())
            title = name.removeprefix("factor.")
            facets.append(_named(name, title, "objects", "factors", columns.names(name), columns.objects[name], order))
    for name in sorted(columns.frames, key=_frame_order):
        head, _, rest = name.partition(".")
        if head not in ("weather", "factor", "scenario"):
            continue
        order = orders.get(rest, ()) if head == "factor" else _WEATHER_ORDER.get(rest, ())
        # A factor may be sampled and another of the same name measured; their keys must differ.
        key = f"sampled.{rest}" if name in columns.objects else name
        group = {"weather": "weather", "factor": "factors"}.get(head, "pictures")
        title = "weather" if rest == "kind" and head == "weather" else rest or head
        facet = _named(key, title, "frames", group, columns.names(name), columns.frames[name], order)
        if group != "weather" or len(facet.levels) > 1 or rest == "kind":
            facets.append(facet)
    lux = columns.frames["illuminance_lux"]
    facets.append(_numbers("illuminance", "light on the ground, lux", "frames", lux, _LUX_EDGES, group="weather"))
    facets += _cameras(index)
    facets += [
        RangeFacet("frame", "frame", "frames", "pictures", columns.frames["frame"]),
        RangeFacet("scene", "scene", "frames", "pictures", columns.frames["scene"]),
    ]
    return {facet.key: facet for facet in facets if _says_something(facet)}


def _says_something(facet: Facet) -> bool:
    if isinstance(facet, LevelFacet):
        return bool(facet.levels)
    return not isinstance(facet, NumberFacet) or bool(facet.codes.any())


def _frame_order(name: str) -> tuple[int, str]:
    return (0 if name == "weather.kind" else 1 if name.startswith("weather.") else 2, name)


def _named(
    key: str,
    title: str,
    of: Of,
    group: str,
    names: tuple[str, ...],
    codes: NDArray[Any],
    order: Sequence[str] = (),
) -> LevelFacet:
    """Return a facet whose levels come in a given order, and those that it does not name after it by name."""
    place = {level: index for index, level in enumerate(order)}
    levels = sorted(names, key=lambda level: (place.get(level, len(place)), level))
    lookup = np.zeros(len(names) + 1, np.uint16)
    for code, level in enumerate(names, start=1):
        lookup[code] = levels.index(level) + 1
    return LevelFacet(key, title, of, group, tuple(levels), lookup[codes])


def _numbers(
    key: str,
    title: str,
    of: Of,
    values: NDArray[Any],
    edges: tuple[float, ...],
    *,
    whole: bool = False,
    group: str = "objects",
) -> NumberFacet:
    # NaN sorts after every edge: it is taken out by hand.
    codes = np.searchsorted(np.array(edges, np.float32), values.astype(np.float32), side="right")
    codes = np.where(np.isnan(values), 0, codes).astype(np.uint8)
    used = int(codes.max(initial=0))
    return NumberFacet(key, title, of, group, values, edges[: max(used, 1)], codes, whole)


def _count_edges(index: FrameIndex) -> tuple[float, ...]:
    most = int(np.diff(index.object_start).max(initial=0))
    return tuple(float(edge) for edge in _COUNT_EDGES if edge <= most)


def _cameras(index: FrameIndex) -> list[Facet]:
    """Return what tells pictures of one scene or set apart, where there is more than one: camera, picture size."""
    columns = index.columns
    facets: list[Facet] = []
    numbers, places = np.unique(columns.frames["camera"], return_inverse=True)
    if len(numbers) > 1:
        names = tuple(str(number) for number in numbers.tolist())
        facets.append(LevelFacet("camera", "camera", "frames", "pictures", names, places.astype(np.uint16) + 1))
    sizes = np.stack([columns.frames["width"], columns.frames["height"]], axis=1)
    kinds, places = np.unique(sizes, axis=0, return_inverse=True)
    if len(kinds) > 1:
        names = tuple(f"{width} x {height}" if width else "unknown" for width, height in kinds.tolist())
        codes = places.reshape(-1).astype(np.uint16) + 1
        facets.append(LevelFacet("picture", "picture size", "frames", "pictures", names, codes))
    if columns.frames["broken"].any():
        codes = columns.frames["broken"].astype(np.uint16) + 1
        facets.append(LevelFacet("record", "record", "frames", "pictures", ("whole", "broken"), codes))
    return facets


def _factor_orders(config: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the levels of each factor in the order of the scene file."""
    scene = config.get("scene")
    factors = scene.get("factors") if isinstance(scene, Mapping) else None
    if not isinstance(factors, Mapping):
        return {}
    return {
        name: tuple(spec["levels"])
        for name, spec in factors.items()
        if isinstance(spec, Mapping) and isinstance(spec.get("levels"), Mapping)
    }
