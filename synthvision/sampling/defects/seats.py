"""Where on a host a mark can lie: open surface of the wanted kind, with room."""

from __future__ import annotations

from collections import OrderedDict
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from synthvision.library.decals import HostSurface, Patch, Place, surface_patch
from synthvision.library.model import Model
from synthvision.library.reference import AssetRef
from synthvision.sampling.defects.config import Where
from synthvision.sampling.selection import Library

__all__ = ["Seat", "SeatFinder", "Taken"]

Float = NDArray[np.float64]

_SURFACES_KEPT = 96
_TRIES = 10
#: Sizes that are tried one after the other, as shares of the wanted one.
_SHRUNK = (1.0, 1.0, 0.8, 0.6, 0.45)
#: Least share of the mark's rectangle that must lie on the host.
_LEAST_COVER = 0.72
_UP, _SIDE, _DOWN = 0.6, 0.45, -0.35

#: Middle of a mark, and the radius about it that no other mark may enter, in the host's frame.
Taken = tuple[Float, float]


class Seat:
    """A place that was found.

    Args:
        place: Where it is.
        patch: The surface under the mark's rectangle.
        length_m: Length that has room there.
        width_m: Width that has room there.
    """

    def __init__(self, place: Place, patch: Patch, length_m: float, width_m: float) -> None:
        self.place = place
        self.patch = patch
        self.length_m = length_m
        self.width_m = width_m


class SeatFinder:
    """Finds places on models; keeps what it worked out for the last of them.

    Args:
        library: Where models come from.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._kept: OrderedDict[str, tuple[HostSurface, tuple[str, ...]]] = OrderedDict()

    def surface(self, ref: AssetRef) -> tuple[HostSurface, tuple[str, ...]]:
        """Return the surface of a model and the names of its parts."""
        key = ref.key
        if key not in self._kept:
            model: Model = self._library.load_model(ref)
            self._kept[key] = (HostSurface.of(model), tuple(part.name for part in model.parts))
            if len(self._kept) > _SURFACES_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def find(
        self,
        ref: AssetRef,
        rotation: Float,
        rng: np.random.Generator,
        *,
        length_m: float,
        width_m: float,
        where: Where,
        part: str | None,
        taken: list[Taken],
    ) -> Seat | None:
        """Return a place for a mark, drawn evenly over the surface, or None where none was found.

        A mark that has no room is made smaller, to less than half its size at the least.

        Args:
            ref: The host.
            rotation: World from host, float64 (3, 3).
            rng: Draws places and directions.
            length_m: Wanted length in the host's frame.
            width_m: Wanted width.
            where: Which faces.
            part: Pattern of the host's mesh part, or None.
            taken: Where marks lie already.
        """
        host, names = self.surface(ref)
        weights = host.areas_m * _allowed(host, rotation, where)
        if part is not None:
            wanted = np.array([fnmatchcase(name, part) for name in names])
            weights = weights * wanted[host.part_m]
        else:
            # What is missing is a label of its own.
            weights = weights * np.array([not name.startswith("missing") for name in names])[host.part_m]
        total = np.cumsum(weights)
        if not len(total) or total[-1] <= 0:
            return None
        for share in _SHRUNK:
            length, width = length_m * share, width_m * share
            for _ in range(_TRIES):
                row = min(int(np.searchsorted(total, rng.random() * total[-1], side="right")), len(total) - 1)
                seat = self._try(host, row, rng, rotation, length, width, taken)
                if seat is not None:
                    return seat
        return None

    def _try(
        self,
        host: HostSurface,
        row: int,
        rng: np.random.Generator,
        rotation: Float,
        length: float,
        width: float,
        taken: list[Taken],
    ) -> Seat | None:
        a, b = np.sort(rng.random(2))
        point = np.array([a, b - a, 1.0 - b]) @ host.corners_m33[row]
        turn = rng.uniform(0.0, 2.0 * np.pi)
        normal = host.normals_m3[row]
        reach = 0.5 * float(np.hypot(length, width))
        if any(float(np.linalg.norm(point - middle)) < reach + other for middle, other in taken):
            return None
        helper = np.eye(3)[int(np.argmin(np.abs(normal)))]
        first = np.cross(normal, helper)
        along = np.cos(turn) * first + np.sin(turn) * np.cross(normal, first)
        place = Place.of(point, normal, along)
        if not _is_open(host, point, normal) or not _is_open(host, point, _towards_viewer(rotation, normal)):
            return None
        patch = surface_patch(host, place, length, width)
        if patch is None or patch.area_m2 < _LEAST_COVER * length * width:
            return None
        return Seat(place, patch, length, width)


def _allowed(host: HostSurface, rotation: Float, where: Where) -> NDArray[np.bool_]:
    up = host.normals_m3 @ rotation[2]
    if where == "up":
        return np.asarray(up > _UP)
    if where == "side":
        return np.asarray(np.abs(up) < _SIDE)
    return np.asarray(up > _DOWN) if where == "seen" else np.ones(len(up), bool)


def _towards_viewer(rotation: Float, normal: Float) -> Float:
    """Return the direction half-way between a normal and the world's up, in the host's frame."""
    half = normal + 0.9 * rotation[2]
    return np.asarray(half / max(float(np.linalg.norm(half)), 1e-9))


def _is_open(host: HostSurface, point: Float, direction: Float) -> bool:
    """Return whether a ray from just over the surface leaves the host (Moeller and Trumbore 1997)."""
    start = point + direction * (1e-4 * host.size_m)
    corner = host.corners_m33[:, 0]
    one, two = host.corners_m33[:, 1] - corner, host.corners_m33[:, 2] - corner
    cross = np.cross(direction[None], two)
    determinant = np.einsum("ij,ij->i", one, cross)
    safe = np.where(np.abs(determinant) < 1e-18, 1.0, determinant)
    offset = start - corner
    u = np.einsum("ij,ij->i", offset, cross) / safe
    other = np.cross(offset, one)
    v = other @ direction / safe
    distance = np.einsum("ij,ij->i", two, other) / safe
    hit = (np.abs(determinant) > 1e-18) & (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0)
    return not bool(hit.any())
