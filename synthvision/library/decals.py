"""Decals: thin patches cut from the triangles of another model, the host, where a mark lies on it.

The reference of a decal holds, beside the mark's own parameters, the host's reference and the place on it:

* ``host``: ``{"pack": .., "name": .., "params": {..}}``
* ``seat_m``: a point on the host's surface, in the host's frame, metres
* ``facing``: unit normal of the surface there
* ``along``: direction that the mark's length lies in; its part across `facing` is dropped

Host and place are JSON values, so that any process cuts the same patch. The patch follows the host's surface, is lifted
off it a little, and lies in the host's frame: it is drawn with the host's pose and scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from synthvision.core.errors import AssetError
from synthvision.library.catalogue import CatalogueEntry
from synthvision.library.mesh import weld_vertices
from synthvision.library.model import MeshPart, Model
from synthvision.library.procedural.shapes.cutting import Soup, above_zero, divided
from synthvision.library.procedural_pack import check_params
from synthvision.library.reference import HOST, AssetRef

__all__ = [
    "HostSurface",
    "Patch",
    "Place",
    "build_decal",
    "decal_reference",
    "host_of",
    "lift_of",
    "surface_patch",
]

Float = NDArray[np.float64]

_PLACE = (HOST, "seat_m", "facing", "along")
#: Surface that leans further from the seat's normal than this (cosine of 70 degrees) is not part of a patch.
_LEAST_FACING = 0.34
_WELD_M = 1e-7
LIFT_M = 1e-4
_LIFT_SHARE = 2e-3

# Columns of a patch's soup.
_POSITION, _NORMAL, _UV, _COLOUR, _LOCAL = slice(0, 3), slice(3, 6), slice(6, 8), slice(8, 12), slice(12, 15)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where on its host a decal lies.

    Args:
        seat_m: Point on the surface, float64 (3,), in the host's frame.
        axes_33: Rows: along its length, across, and out of the surface; right-handed, unit length.
    """

    seat_m: Float
    axes_33: Float

    @classmethod
    def of(cls, seat_m: Any, facing: Any, along: Any) -> Place:
        """Return the place with a normal and a direction that need not be square or of unit length.

        Raises:
            AssetError: They are not three finite numbers each, or are parallel.
        """
        vectors = []
        for name, value in (("seat_m", seat_m), ("facing", facing), ("along", along)):
            try:
                vector = np.asarray(value, np.float64)
            except (TypeError, ValueError):
                vector = np.zeros(0)
            if vector.shape != (3,) or not np.isfinite(vector).all():
                raise AssetError(f"a decal's {name} must be three finite numbers, got {value!r}")
            vectors.append(vector)
        seat, normal, length = vectors
        across = np.cross(normal, length)
        if np.linalg.norm(across) < 1e-9:
            raise AssetError(f"a decal's facing and along must not be parallel or zero, got {facing!r} and {along!r}")
        across /= np.linalg.norm(across)
        normal = normal / np.linalg.norm(normal)
        return cls(seat, np.stack([np.cross(across, normal), across, normal]))

    def local(self, points_n3: Float) -> Float:
        """Return points of the host's frame as metres along, across and out of the surface."""
        return np.asarray((points_n3 - self.seat_m) @ self.axes_33.T)


@dataclass(frozen=True, slots=True, eq=False)
class HostSurface:
    """The solid surface of a model as one list of triangles.

    Args:
        corners_m33: float64 (m, 3, 3), corners of the triangles.
        values_m3k: Corners with normals, texture coordinates and colours, float64 (m, 3, 12).
        normals_m3: Unit normals of the triangles, float64 (m, 3).
        areas_m: Their areas, square metres.
        part_m: Index of each triangle's part in the model.
        welded_m3: Number of the place of each corner: equal places have equal numbers, across parts.
        size_m: Longest side of the model's bounds.
    """

    corners_m33: Float
    values_m3k: Float
    normals_m3: Float
    areas_m: Float
    part_m: NDArray[np.int64]
    welded_m3: NDArray[np.int64]
    size_m: float

    @classmethod
    def of(cls, model: Model) -> HostSurface:
        """Return the surface of a model; what is see-through or cut out carries no decals."""
        values, parts = [], []
        for index, part in enumerate(model.parts):
            material = model.materials[part.material]
            if material.alpha_mode != "opaque" or not len(part.triangles_m3):
                continue
            corners = np.concatenate(_columns(part), axis=1)[part.triangles_m3]
            values.append(corners)
            parts.append(np.full(len(corners), index))
        if not values:
            raise AssetError(f"{model.key}: a model that carries a decal must have an opaque part, got none")
        joined = np.concatenate(values)
        corners = joined[:, :, _POSITION]
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        length = np.linalg.norm(cross, axis=1)
        kept = length > 1e-16
        joined, corners, cross, length = joined[kept], corners[kept], cross[kept], length[kept]
        bounds = model.bounds_23
        return cls(
            corners_m33=corners,
            values_m3k=joined,
            normals_m3=cross / length[:, None],
            areas_m=length / 2,
            part_m=np.concatenate(parts)[kept],
            welded_m3=weld_vertices(corners.reshape(-1, 3), _WELD_M).reshape(-1, 3),
            size_m=float((bounds[1] - bounds[0]).max()),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A piece of a host's surface.

    Args:
        soup: Its triangles; see the properties for the columns.
        part_m: Index of the host's part that each was cut from.
        axes_33: Of its place.
    """

    soup: Soup
    part_m: NDArray[np.int64]
    axes_33: Float

    @property
    def positions(self) -> Float:
        """Corners in the host's frame, float64 (m, 3, 3)."""
        return self.soup.values_m3k[:, :, _POSITION]

    @property
    def local(self) -> Float:
        """Corners as metres along, across and out of the surface at the seat, float64 (m, 3, 3)."""
        return self.soup.values_m3k[:, :, _LOCAL]

    @property
    def area_m2(self) -> float:
        """Area of the patch as seen along the seat's normal."""
        local = self.local[:, :, :2]
        one, two = local[:, 1] - local[:, 0], local[:, 2] - local[:, 0]
        return float(np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]).sum() / 2)

    def divided(self, cell_m: float, length_m: float, width_m: float) -> Patch:
        """Return the same patch in triangles no larger than a cell."""
        soup = self.soup
        for column, reach in ((12, length_m), (13, width_m)):
            count = max(round(reach / cell_m), 1)
            soup = divided(soup, column, np.linspace(-reach / 2, reach / 2, count + 1)[1:-1])
        return self._with(soup)

    def where(self, level: Callable[[Float], Float]) -> Patch:
        """Return the part of the patch on which a level is positive.

        Args:
            level: Gives the level (n,) of local points (n, 3).
        """
        values = level(self.local.reshape(-1, 3)).reshape(-1, 3)
        return self._with(above_zero(self.soup, values))

    def tilted(self, slope: Callable[[Float], Float]) -> Patch:
        """Return the same patch with the normals of a relief on it.

        Args:
            slope: Gives the change of the relief (n, 2) along and across at local points (n, 3).
        """
        values = self.soup.values_m3k.copy()
        flat = values.reshape(-1, values.shape[2])
        gradient = slope(flat[:, _LOCAL])
        flat[:, _NORMAL] -= gradient[:, :1] * self.axes_33[0] + gradient[:, 1:] * self.axes_33[1]
        return self._with(Soup(flat.reshape(values.shape), self.soup.source_m))

    def parts(self, lift_m: float, materials: Mapping[int, int], names: Mapping[int, str]) -> tuple[MeshPart, ...]:
        """Return mesh parts that lie over the host, one for each of its parts, with its normals, uvs and colours.

        Args:
            lift_m: Height over the surface.
            materials: Index of the material of each of the host's parts.
            names: Name of the mesh part for each of the host's parts.
        """
        lifted = _lifted(self.soup, lift_m)
        made = []
        for index in sorted(set(self.part_m.tolist())):
            values = lifted[self.part_m == index].reshape(-1, 15)
            normals = values[:, _NORMAL] / np.maximum(np.linalg.norm(values[:, _NORMAL], axis=1, keepdims=True), 1e-12)
            made.append(
                _mesh_part(values, normals, values[:, _UV], materials[index], names[index], colours=values[:, _COLOUR])
            )
        return tuple(made)

    def sheet(self, lift_m: float, length_m: float, width_m: float, name: str) -> MeshPart:
        """Return one mesh part over the host whose texture coordinates run over the mark: u along it, v down."""
        values = _lifted(self.soup, lift_m).reshape(-1, 15)
        normals = values[:, _NORMAL] / np.maximum(np.linalg.norm(values[:, _NORMAL], axis=1, keepdims=True), 1e-12)
        local = values[:, _LOCAL]
        uvs = np.stack([0.5 + local[:, 0] / length_m, 0.5 - local[:, 1] / width_m], axis=1)
        return _mesh_part(values, normals, uvs, 0, name)

    def _with(self, soup: Soup) -> Patch:
        # `source_m` counts the triangles of this patch's first soup, of which each belongs to one part.
        part_of = np.zeros(int(max(self.soup.source_m.max(initial=0), soup.source_m.max(initial=0))) + 1, np.int64)
        part_of[self.soup.source_m] = self.part_m
        return Patch(soup, part_of[soup.source_m], self.axes_33)


def lift_of(size_m: float) -> float:
    """Return how far over the surface of a host of a size a decal lies: 0.1 mm, less on hosts under 5 cm."""
    return min(LIFT_M, _LIFT_SHARE * size_m)


def surface_patch(host: HostSurface, place: Place, length_m: float, width_m: float) -> Patch | None:
    """Return the piece of a host's surface under a rectangle about a seat, or None where there is no surface.

    The rectangle is projected along the seat's normal. What belongs is connected with the seat over surface that leans
    away by less than 70 degrees: neither the back of a plate, nor the floor of a hole, nor what stands on the surface.

    Args:
        host: The surface.
        place: Where the rectangle lies.
        length_m: Its length.
        width_m: Its width.
    """
    facing = np.flatnonzero(host.normals_m3 @ place.axes_33[2] > _LEAST_FACING)
    local = (host.corners_m33[facing] - place.seat_m) @ place.axes_33.T
    reach = np.array([length_m / 2, width_m / 2])
    low, high = local[:, :, :2].min(axis=1), local[:, :, :2].max(axis=1)
    near = ((low < reach) & (high > -reach)).all(axis=1)
    rows, local = facing[near], local[near]
    if not len(rows):
        return None
    soup = Soup(np.concatenate([host.values_m3k[rows], local], axis=2), rows)
    for axis, column in enumerate((12, 13)):
        for sign in (1.0, -1.0):
            soup = above_zero(soup, reach[axis] - sign * soup.values_m3k[:, :, column])
    if not len(soup):
        return None
    left = np.unique(soup.source_m)
    start = _seat_triangle(host, left, place)
    connected = np.zeros(len(host.part_m), bool)
    connected[left[_connected(host.welded_m3[left], int(np.searchsorted(left, start)))]] = True
    soup = soup.chosen(connected[soup.source_m])
    return Patch(soup, host.part_m[soup.source_m], place.axes_33)


def decal_reference(
    entry: CatalogueEntry,
    own: Mapping[str, Any],
    host: AssetRef,
    *,
    seat_m: Float,
    facing: Float,
    along: Float,
) -> AssetRef:
    """Return the reference of a decal on a host.

    Args:
        entry: Catalogue entry of the mark.
        own: The mark's own parameters.
        host: The model that it lies on.
        seat_m: Point on the host's surface, in its frame.
        facing: Normal of the surface there.
        along: Direction of the mark's length.
    """
    place = {
        HOST: {"pack": host.pack, "name": host.name, "params": dict(host.params)},
        "seat_m": [float(value) for value in seat_m],
        "facing": [float(value) for value in facing],
        "along": [float(value) for value in along],
    }
    return AssetRef(entry.pack, entry.name, {**own, **place})


def host_of(ref: AssetRef) -> AssetRef | None:
    """Return the reference of the model that a decal lies on, None for what is no decal.

    Raises:
        AssetError: The reference says so in a form that is not understood.
    """
    if HOST not in ref.params:
        return None
    host = ref.params[HOST]
    if (
        not isinstance(host, Mapping)
        or set(host) != {"pack", "name", "params"}
        or not isinstance(host["params"], Mapping)
    ):
        raise AssetError(f"asset {ref.pack}/{ref.name}: host must be a block of pack, name and params, got {host!r}")
    return AssetRef(str(host["pack"]), str(host["name"]), dict(host["params"]))


def build_decal(entry: CatalogueEntry, ref: AssetRef, load: Callable[[AssetRef], Model]) -> Model:
    """Return the model of a decal.

    Args:
        entry: Catalogue entry of the mark.
        ref: Its reference, with host and place.
        load: Gives the host.

    Raises:
        AssetError: A parameter is missing or wrong, the host cannot be loaded, or there is no surface at the seat.
    """
    host = host_of(ref)
    if entry.build_on is None or host is None:
        raise AssetError(f"asset {entry.full_name} is no mark that can lie on another model")
    if HOST in host.params:
        raise AssetError(f"asset {entry.full_name}: a decal cannot lie on a decal, got host {host.pack}/{host.name}")
    missing = [name for name in _PLACE if name not in ref.params]
    if missing:
        raise AssetError(f"asset {entry.full_name}: the place on the host needs {', '.join(missing)}")
    own = {name: value for name, value in ref.params.items() if name not in _PLACE}
    check_params(entry, own)
    place = Place.of(*(ref.params[name] for name in _PLACE[1:]))
    built = entry.build_on(own, load(host), place)
    if not isinstance(built, Model):
        raise AssetError(f"asset {entry.full_name}: its builder must return a Model, got {type(built).__name__}")
    return built


def _columns(part: MeshPart) -> list[Float]:
    count = len(part.positions_n3)
    uvs = np.zeros((count, 2)) if part.uvs_n2 is None else part.uvs_n2.astype(np.float64)
    colours = np.ones((count, 4)) if part.colours_n4 is None else part.colours_n4.astype(np.float64)
    return [part.positions_n3.astype(np.float64), part.normals_n3.astype(np.float64), uvs, colours]


def _seat_triangle(host: HostSurface, rows: NDArray[np.int64], place: Place) -> int:
    """Return the triangle that holds the seat, or the nearest one to it."""
    local = place.local(host.corners_m33[rows].reshape(-1, 3)).reshape(-1, 3, 3)
    flat = local[:, :, :2]
    sides = np.roll(flat, -1, axis=1) - flat
    # Twice the area of each side with the seat: all positive where the seat is inside.
    turns = sides[:, :, 0] * -flat[:, :, 1] - sides[:, :, 1] * -flat[:, :, 0]
    length = np.maximum(np.linalg.norm(sides, axis=2), 1e-12)
    outside = np.maximum(-(turns / length), 0.0).max(axis=1)
    height = np.abs(local[:, :, 2]).min(axis=1)
    return int(rows[np.argmin(outside + 1e-3 * height)])


def _connected(welded_m3: NDArray[np.int64], start: int) -> NDArray[np.int64]:
    """Return the triangles that share corners, at first or second hand, with one of them."""
    _, corner = np.unique(welded_m3, return_inverse=True)
    count = len(welded_m3)
    corner = corner.reshape(-1)
    triangle = np.repeat(np.arange(count), 3)
    size = count + int(corner.max()) + 1
    graph = coo_array((np.ones(len(corner), np.int8), (triangle, corner + count)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][:count]
    return np.asarray(np.flatnonzero(labels == labels[start]))


def _lifted(soup: Soup, lift_m: float) -> Float:
    """Return the values with positions moved outwards; corners at one place move together, also over a crease."""
    values = soup.values_m3k.copy()
    positions, normals = values[:, :, _POSITION].reshape(-1, 3), values[:, :, _NORMAL].reshape(-1, 3)
    place = weld_vertices(positions, _WELD_M)
    total = np.zeros((int(place.max()) + 1, 3))
    np.add.at(total, place, normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    values[:, :, _POSITION] = (positions + lift_m * total[place]).reshape(-1, 3, 3)
    return values


def _mesh_part(
    values: Float, normals: Float, uvs: Float, material: int, name: str, *, colours: Float | None = None
) -> MeshPart:
    return MeshPart(
        positions_n3=values[:, _POSITION].astype(np.float32),
        normals_n3=normals.astype(np.float32),
        uvs_n2=uvs.astype(np.float32),
        colours_n4=None if colours is None or bool((colours == 1.0).all()) else colours.astype(np.float32),
        triangles_m3=np.arange(len(values), dtype=np.uint32).reshape(-1, 3),
        material=material,
        name=name,
    )
