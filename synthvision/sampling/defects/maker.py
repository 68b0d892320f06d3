"""Puts defects on the objects of a scene: draws them, finds their seats, makes each an object of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.catalogue import CatalogueEntry
from synthvision.library.decals import decal_reference, lift_of
from synthvision.library.parameters import Number
from synthvision.sampling.defects.config import KINDS, DefectSpec, DefectsSpec, asset_of
from synthvision.sampling.defects.seats import Seat, SeatFinder, Taken
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placed import DrawnObject, PlacedObject
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.selection import Library, draw_parameter
from synthvision.sampling.shapes import Shape

__all__ = ["DEFECTS_SUFFIX", "DefectMaker", "host_name", "severity_level"]

Float = NDArray[np.float64]

#: Added to the name of a group: the group of the marks on its objects.
DEFECTS_SUFFIX = "#defects"
_BUILTIN = "builtin"
_BOX_FACES = np.array(
    [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6],
     [1, 3, 5], [3, 7, 5]]
)  # fmt: skip


def host_name(name: str) -> str:
    """Return the name of the object that a mark or part lies on, by its own name; the name itself for other objects.

    Example:
        >>> host_name("brackets/0#scratch/1")
        'brackets/0'
    """
    return name.partition("#")[0]


def severity_level(severity: float) -> str:
    """Return a severity in words: slight, moderate or severe.

    Example:
        >>> severity_level(0.2), severity_level(0.5), severity_level(0.9)
        ('slight', 'moderate', 'severe')
    """
    return "slight" if severity < 1 / 3 else "moderate" if severity < 2 / 3 else "severe"


class DefectMaker:
    """Makes the defects of a scene file's groups.

    Args:
        specs: Defects by group; groups without any left out.
        library: Where models come from.
    """

    def __init__(self, specs: Mapping[str, DefectsSpec], library: Library) -> None:
        self._specs = dict(specs)
        self._library = library
        self._seats = SeatFinder(library)
        self._entries: dict[str, CatalogueEntry] = {}

    def add(
        self, drawer: Drawer, objects: Sequence[PlacedObject], rejections: Counter[str]
    ) -> tuple[PlacedObject, ...]:
        """Return the objects of a scene with those of their defects, each right after its host.

        Args:
            drawer: Draws the scene's values.
            objects: The objects at their places.
            rejections: Counts marks that found no seat.
        """
        if not self._specs:
            return tuple(objects)
        found: list[PlacedObject] = []
        for item in objects:
            spec = self._specs.get(item.drawn.group)
            marks = [] if spec is None else self._marks(drawer, item, spec, rejections)
            if spec is not None:
                faults = sum(mark.drawn.attributes["defect"] != "none" for mark in marks)
                drawn = replace(item.drawn, attributes={**item.drawn.attributes, "defects": str(faults)})
                item = replace(item, drawn=drawn)
            found += [item, *marks]
        return tuple(found)

    def _marks(
        self, drawer: Drawer, host: PlacedObject, spec: DefectsSpec, rejections: Counter[str]
    ) -> list[PlacedObject]:
        base = f"objects.{host.drawn.name.replace('/', '.')}.defects"
        if not drawer.happens(f"{base}.on", spec.probability):
            return []
        taken: list[Taken] = []
        marks: list[PlacedObject] = []
        for name, kind_spec in spec.kinds.items():
            path = f"{base}.{name}"
            if not drawer.happens(f"{path}.on", kind_spec.probability):
                continue
            for index in range(drawer.integer(f"{path}.count", kind_spec.count)):
                mark = self._mark(drawer, f"{path}.{index}", host, name, index, spec.kind_of(name), kind_spec, taken)
                if mark is None:
                    rejections[f"objects.{host.drawn.group}.defects.{name}: no seat"] += 1
                else:
                    marks.append(mark)
        return marks

    def _mark(
        self,
        drawer: Drawer,
        path: str,
        host: PlacedObject,
        name: str,
        index: int,
        kind: str,
        spec: DefectSpec,
        taken: list[Taken],
    ) -> PlacedObject | None:
        entry = self._entry(kind)
        lengths, aspects = KINDS[kind]
        severity = 0.0 if kind == "print" else drawer.number(f"{path}.severity", spec.severity)
        size_rng = drawer.rng(f"{path}.size")
        length = float(np.exp(size_rng.uniform(*np.log(lengths))))
        aspect = float(size_rng.uniform(*aspects))
        if spec.length_m is not None:
            length = drawer.number(f"{path}.length_m", spec.length_m)
        if spec.aspect is not None:
            aspect = drawer.number(f"{path}.aspect", spec.aspect)
        # The mark is made in the host's frame, which the scene may scale.
        scale = float(np.mean(host.drawn.scale))
        limits = [entry.parameters[key] for key in ("length_m", "width_m")]
        length_m, width_m = (
            min(max(value / scale, limit.low), limit.high) if isinstance(limit, Number) else value / scale
            for value, limit in zip((length, length * aspect), limits, strict=True)
        )
        seat = self._seats.find(
            host.drawn.ref, host.rotation, drawer.rng(f"{path}.seat"), length_m=length_m, width_m=width_m,
            where=spec.where, part=spec.part, taken=taken,
        )  # fmt: skip
        if seat is None:
            return None
        taken.append((seat.place.seat_m, 0.5 * float(np.hypot(seat.length_m, seat.width_m))))
        own: dict[str, Any] = {
            "length_m": max(seat.length_m, _low(entry, "length_m")),
            "width_m": max(seat.width_m, _low(entry, "width_m")),
            "severity": severity,
        }
        for key, parameter in entry.parameters.items():
            if key not in own:
                own[key] = draw_parameter(drawer, f"{path}.{key}", parameter, spec.params.get(key))
        ref = decal_reference(
            entry, own, host.drawn.ref,
            seat_m=seat.place.seat_m, facing=seat.place.axes_33[2], along=seat.place.axes_33[0],
        )  # fmt: skip
        shape = _box_shape(ref.key, seat, lift_of(self._seats.surface(host.drawn.ref)[0].size_m))
        label = f"{host.drawn.name}#{name}/{index}"
        drawn = DrawnObject(
            name=label,
            group=f"{host.drawn.group}{DEFECTS_SUFFIX}",
            role=host.drawn.role,
            entry=entry,
            ref=ref,
            shape=shape,
            scale=host.drawn.scale,
            # A dent shows the host's own materials, whatever the scene made of them.
            materials=host.drawn.materials if kind == "dent" else (),
            attributes={
                **entry.attributes,
                "severity": f"{severity:.2f}",
                "severity_level": severity_level(severity),
                "length_mm": f"{1000 * seat.length_m * scale:.1f}",
                "host": host.drawn.name,
                **({"variant": str(own["variant"])} if "variant" in own else {}),
            },
            velocity_m_s=host.drawn.velocity_m_s,
            angular_velocity_rad_s=host.drawn.angular_velocity_rad_s,
        )
        body = Body(label, drawn.group, shape, scale, host.rotation, host.position_m)
        return PlacedObject(drawn=drawn, rotation=host.rotation, position_m=host.position_m, body=body)

    def _entry(self, kind: str) -> CatalogueEntry:
        if kind not in self._entries:
            (self._entries[kind],) = self._library.find(asset=f"{_BUILTIN}/{asset_of(kind)}", kind="model")
        return self._entries[kind]


def _low(entry: CatalogueEntry, name: str) -> float:
    parameter = entry.parameters[name]
    return parameter.low if isinstance(parameter, Number) else 0.0


def _box_shape(key: str, seat: Seat, lift_m: float) -> Shape:
    """Return the box around a mark as its shape: sampling needs no more, and the mark need not be painted for it."""
    points = seat.patch.positions.reshape(-1, 3)
    low, high = points.min(axis=0) - lift_m, points.max(axis=0) + lift_m
    corners = np.array(
        [[(low, high)[k][0], (low, high)[j][1], (low, high)[i][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    )
    return Shape(
        key=key,
        hull_n3=corners,
        triangles_m3=_BOX_FACES,
        points_n3=corners.astype(np.float32),
        faces_m3=_BOX_FACES,
        attributes={},
        states=(),
        metres_per_uv={},
    )
