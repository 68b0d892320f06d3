"""What the file readers hand over, and the cleaning that every mesh gets: checks, degenerate faces, normals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.model import Material

__all__ = ["RawModel", "RawPart", "clean_part", "open_edge_count", "smooth_normals", "transform_part", "weld_vertices"]

CREASE_RAD = float(np.radians(40.0))
"""Where a file has no normals, faces that meet at less than this angle are shaded as one smooth surface."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RawPart:
    """Triangles of one material as a reader found them, in the axes and units of the file.

    Args:
        positions_n3: Real numbers (n, 3).
        triangles_m3: Integers (m, 3), counter-clockwise seen from outside.
        normals_n3: Real numbers (n, 3) of any length, or None where the file has none.
        uvs_n2: Real numbers (n, 2), v = 0 at the top of the picture, or None.
        colours_n4: Linear RGBA (n, 4), or None.
        material: Index into ``RawModel.materials``.
        name: Name of the part.
    """

    positions_n3: NDArray[Any]
    triangles_m3: NDArray[Any]
    normals_n3: NDArray[Any] | None = None
    uvs_n2: NDArray[Any] | None = None
    colours_n4: NDArray[Any] | None = None
    material: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class RawModel:
    """A file's content: parts in one frame, materials, and a sentence for each thing that could not be honoured."""

    parts: list[RawPart]
    materials: list[Material]
    warnings: list[str] = field(default_factory=list)


def transform_part(part: RawPart, matrix_44: NDArray[np.float64]) -> RawPart:
    """Return the part taken through a 4x4 matrix; a mirroring one also turns the faces round.

    Normals go with the inverse transpose; where the matrix flattens the part they are dropped, to be computed anew.
    """
    linear = matrix_44[:3, :3]
    with np.errstate(invalid="ignore"):  # infinite positions become NaN here and are refused by clean_part
        positions = part.positions_n3.astype(np.float64) @ linear.T + matrix_44[:3, 3]
    determinant = float(np.linalg.det(linear))
    normals = part.normals_n3
    if normals is not None:
        # The cofactor matrix is the inverse transpose up to a factor and needs no division.
        cofactor = np.stack([np.cross(linear[1], linear[2]), np.cross(linear[2], linear[0]),
                             np.cross(linear[0], linear[1])])  # fmt: skip
        normals = normals @ (cofactor.T * np.sign(determinant)) if determinant != 0 else None
    triangles = part.triangles_m3[:, ::-1] if determinant < 0 else part.triangles_m3
    return replace(part, positions_n3=positions, normals_n3=normals, triangles_m3=triangles)


def clean_part(part: RawPart, label: str) -> tuple[RawPart | None, tuple[str, ...]]:
    """Return the part without degenerate triangles and unused vertices and with unit normals, and what was repaired.

    Args:
        part: Any part.
        label: Name of the file, for errors.

    Returns:
        The part, or None where no triangle is left; and one sentence for each repair worth telling.

    Raises:
        AssetError: A position is NaN or infinite, or an index points past the vertices.
    """
    where = f"{label}: part {part.name!r}" if part.name else label
    count = len(part.positions_n3)
    triangles = part.triangles_m3.astype(np.int64)
    positions = part.positions_n3.astype(np.float64)
    if not np.isfinite(positions).all():
        bad = int((~np.isfinite(positions)).any(axis=1).sum())
        raise AssetError(f"{where}: positions must be finite, got {bad} vertices with NaN or infinity")
    if triangles.size and (triangles.min() < 0 or triangles.max() >= count):
        raise AssetError(f"{where}: indices must be 0 to {count - 1}, got {int(triangles.min())} to "
                         f"{int(triangles.max())}")  # fmt: skip
    notes: list[str] = []
    kept = triangles[_areas(positions, triangles) > 0]
    if not len(kept):
        return None, (f"part {part.name!r} has no triangle with an area and is left out",)
    uvs = part.uvs_n2
    if uvs is not None and not np.isfinite(uvs).all():
        uvs = None
        notes.append(f"part {part.name!r} has texture coordinates with NaN or infinity; they are left out")
    colours = part.colours_n4
    if colours is not None:
        colours = np.clip(np.nan_to_num(colours), 0, 1)
    used, kept = np.unique(kept, return_inverse=True)
    kept = kept.reshape(-1, 3)
    positions = positions[used]
    normals = None if part.normals_n3 is None else part.normals_n3[used].astype(np.float64)
    if normals is not None:
        normals, repaired = _unit_normals(normals, positions, kept)
        if repaired:
            notes.append(f"part {part.name!r}: {repaired} normals without a length were computed from the faces")
    else:
        source, kept, normals = smooth_normals(positions, kept, CREASE_RAD)
        used, positions = used[source], positions[source]
    cleaned = replace(
        part,
        positions_n3=positions,
        triangles_m3=kept,
        normals_n3=normals,
        uvs_n2=None if uvs is None else uvs[used],
        colours_n4=None if colours is None else colours[used],
    )
    return cleaned, tuple(notes)


def _areas(positions: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return twice the area (m,), with what is below rounding noise set to zero."""
    if not len(triangles):
        return np.zeros(0)
    corners = positions[triangles]
    areas: NDArray[np.float64] = np.linalg.norm(_face_normals(corners), axis=1)
    longest = float((positions.max(axis=0) - positions.min(axis=0)).max())
    return np.where(areas > 1e-14 * longest * longest, areas, 0.0)


def _face_normals(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    normals: NDArray[np.float64] = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return normals


def _unit_normals(
    normals: NDArray[np.float64], positions: NDArray[np.float64], triangles: NDArray[np.int64]
) -> tuple[NDArray[np.float64], int]:
    lengths = np.linalg.norm(normals, axis=1)
    bad = ~(np.isfinite(lengths) & (lengths > 1e-12))
    if bad.any():
        faces = _face_normals(positions[triangles])
        sums = np.zeros_like(normals)
        for corner in range(3):
            np.add.at(sums, triangles[:, corner], faces)
        # Faces that cancel out leave no direction; their first face's does as well as any.
        silent = np.linalg.norm(sums, axis=1) <= 1e-300
        for corner in range(3):
            sums[triangles[silent[triangles[:, corner]], corner]] = faces[silent[triangles[:, corner]]]
        normals = np.where(bad[:, None], sums, normals)
        lengths = np.linalg.norm(normals, axis=1)
    return normals / lengths[:, None], int(bad.sum())


def weld_vertices(positions_n3: NDArray[Any], tolerance: float = 0.0) -> NDArray[np.int64]:
    """Return for each vertex the number (n,) of its place: equal positions get equal numbers.

    Args:
        positions_n3: Real numbers (n, 3).
        tolerance: Positions are first rounded to multiples of this length; 0 compares exactly.
    """
    points = np.asarray(positions_n3, np.float64)
    if tolerance > 0:
        points = np.rint(points / tolerance)
    points = np.ascontiguousarray(points + 0.0)  # -0.0 and 0.0 have different bytes
    order = np.lexsort(points.T)
    ordered = points[order]
    starts = np.concatenate([[False], (ordered[1:] != ordered[:-1]).any(axis=1)])
    places = np.zeros(len(points), np.int64)
    places[order] = np.cumsum(starts)
    return places


def smooth_normals(
    positions_n3: NDArray[np.float64], triangles_m3: NDArray[np.int64], crease_rad: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return normals that are smooth across flat edges and break at creases.

    Corners of neighbouring faces share a normal where the edge between them is bent by less than `crease_rad`; the
    shared normal is the mean of the faces' weighted by their angle at the corner. Vertices on a crease are split.

    Args:
        positions_n3: float64 (n, 3); vertices at the same place count as one.
        triangles_m3: int64 (m, 3) with area.
        crease_rad: Angle between neighbouring faces' normals where smoothness ends.

    Returns:
        For each new vertex the old one it copies (k,), the new triangles (m, 3), and the unit normals (k, 3).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    corners = positions_n3[triangles_m3]
    faces = _face_normals(corners)
    faces /= np.linalg.norm(faces, axis=1)[:, None]
    places = weld_vertices(positions_n3)[triangles_m3]
    count = len(triangles_m3)
    corner_ids = np.arange(3 * count).reshape(-1, 3)

    starts = places.ravel()
    ends = np.roll(places, -1, axis=1).ravel()
    ids_start, ids_end = corner_ids.ravel(), np.roll(corner_ids, -1, axis=1).ravel()
    swap = starts > ends
    low, high = np.where(swap, ends, starts), np.where(swap, starts, ends)
    ids_low, ids_high = np.where(swap, ids_end, ids_start), np.where(swap, ids_start, ids_end)
    order = np.lexsort((high, low))
    # Edges at the same place stand next to each other now; an edge of three faces links them in a chain.
    first, second = order[:-1], order[1:]
    same = (low[first] == low[second]) & (high[first] == high[second])
    first, second = first[same], second[same]
    cosine = np.einsum("ij,ij->i", faces[first // 3], faces[second // 3])
    flat = cosine > np.cos(crease_rad)
    first, second = first[flat], second[flat]
    rows = np.concatenate([ids_low[first], ids_high[first]])
    columns = np.concatenate([ids_low[second], ids_high[second]])
    links = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(3 * count, 3 * count))
    _, groups = connected_components(links, directed=False)

    weights = _corner_angles(corners).ravel()
    sums = np.zeros((int(groups.max()) + 1, 3))
    np.add.at(sums, groups, faces.repeat(3, axis=0) * weights[:, None])
    lengths = np.linalg.norm(sums, axis=1)
    weak = lengths < 1e-9  # faces folded onto each other: take one of them
    sums[groups[weak[groups]]] = faces.repeat(3, axis=0)[weak[groups]]
    sums /= np.linalg.norm(sums, axis=1)[:, None]

    pairs = triangles_m3.ravel() * np.int64(len(sums)) + groups
    unique, new = np.unique(pairs, return_inverse=True)
    source, group = np.divmod(unique, len(sums))
    return source, new.reshape(-1, 3), sums[group]


def _corner_angles(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the angle at each corner (m, 3)."""
    ahead = np.roll(corners, -1, axis=1) - corners
    ahead /= np.maximum(np.linalg.norm(ahead, axis=2, keepdims=True), 1e-300)
    back = -np.roll(ahead, 1, axis=1)
    angles: NDArray[np.float64] = np.arccos(np.clip(np.einsum("ijk,ijk->ij", ahead, back), -1, 1))
    return angles


def open_edge_count(positions_n3: NDArray[Any], triangles_m3: NDArray[Any]) -> int:
    """Return how many edges do not have exactly one neighbour on the other side: 0 for a watertight surface.

    Vertices within a millionth of the longest side count as one.
    """
    extent = float((positions_n3.max(axis=0) - positions_n3.min(axis=0)).max())
    places = weld_vertices(positions_n3, 1e-6 * extent)[triangles_m3.astype(np.int64)]
    whole = (places != np.roll(places, 1, axis=1)).all(axis=1)
    places = places[whole]
    starts, ends = places.ravel(), np.roll(places, -1, axis=1).ravel()
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    _, counts = np.unique(low * (int(places.max(initial=0)) + 1) + high, return_counts=True)
    return int((counts != 2).sum())
