"""Places on a flat surface, without overlap: anywhere, scattered, in rows and grids, or stated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Fixed, Grid, OnSurface, Region, Row, Scatter
from synthvision.sampling.placement.orientation import about_vertical, lay
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage
from synthvision.sampling.placement.supports import Support, draw_in_region

__all__ = ["drawn_rotation", "place_on_surface"]

Float = NDArray[np.float64]
SurfacePlacement = OnSurface | Scatter | Grid | Row | Fixed

# Corners this little above the lowest one carry the object too.
_CONTACT_M = 1e-3


def place_on_surface(candidate: Candidate, placement: SurfacePlacement, stage: Stage) -> Body:
    """Return an object at a free place of a surface, its lowest point on the surface.

    Raises:
        NoPlaceError: No try succeeded.
    """
    drawer = stage.drawer
    rotation = drawn_rotation(candidate, placement.pose, placement.flip_probability, placement.yaw_deg, drawer)
    supports = stage.supports(placement.on)
    if not supports:
        raise NoPlaceError(candidate.name, Counter({f"no object of {placement.on} to stand on": 1}))
    rng = drawer.rng(f"{candidate.path}.position")
    owner, support = supports[int(rng.integers(len(supports)))]
    start = candidate.body(rotation, np.zeros(3))
    lift = support.height_m - start.low[2]
    feet = start.hull_n3[start.hull_n3[:, 2] <= start.low[2] + _CONTACT_M, :2]
    outline = start.hull_n3[:, :2] if owner is None else feet
    ignore = () if owner is None else (owner.name,)
    neighbours = stage.bodies.of_group(candidate.group) if isinstance(placement, Scatter) else []
    reasons: Counter[str] = Counter()
    for xy in _places(candidate, placement, support, drawer, rng):
        if isinstance(placement, Scatter) and _too_near(xy, neighbours, placement.min_distance_m):
            reasons["closer than min_distance_m"] += 1
            continue
        if not support.holds(outline + xy, placement.margin_m):
            reasons["off the edge of the surface"] += 1
            continue
        body = start.moved(np.array([xy[0], xy[1], lift]))
        other = stage.bodies.touching(body, placement.clearance_m, ignore)
        if other is not None:
            reasons[f"overlap with {other.group}"] += 1
            continue
        stage.refuse(candidate, reasons)
        return body
    stage.refuse(candidate, reasons)
    raise NoPlaceError(candidate.name, reasons)


def drawn_rotation(candidate: Candidate, pose: str, flip: object, yaw_deg: object, drawer: Drawer) -> Float:
    """Return the rotation of an object whose pose and yaw are drawn from their streams."""
    path = candidate.path
    flipped = drawer.happens(f"{path}.flipped", flip)  # type: ignore[arg-type]  # checked by the placement's model
    yaw = np.radians(drawer.number(f"{path}.yaw_deg", yaw_deg))  # type: ignore[arg-type]  # as above
    base = lay(candidate.shape, pose, flipped, drawer.rng(f"{path}.pose"))  # type: ignore[arg-type]  # as above
    rotation: Float = about_vertical(float(yaw)) @ base
    return rotation


def _places(
    candidate: Candidate, placement: SurfacePlacement, support: Support, drawer: Drawer, rng: np.random.Generator
) -> Iterator[Float]:
    if isinstance(placement, Fixed):
        yield np.array(drawer.vector(f"{candidate.path}.position_m", placement.position_m))
        return
    region = placement.region or support.region
    if isinstance(placement, (Grid, Row)):
        place: Float = _regular_place(candidate, placement, region, drawer)
        reach = drawer.number(f"{candidate.path}.jitter_m", placement.jitter_m)
        for _ in range(placement.max_tries if reach > 0 else 1):
            yield place + draw_in_region(Region.disc(reach), rng)
        return
    if region is None:
        region = Region.rectangle((1.0, 1.0))
    for _ in range(placement.max_tries):
        yield draw_in_region(region, rng)


def _regular_place(candidate: Candidate, placement: Grid | Row, region: Region | None, drawer: Drawer) -> Float:
    # Spacing and direction belong to the group, not to one object: all must agree.
    path = f"objects.{candidate.group}.placement"
    angle = np.radians(drawer.number(f"{path}.direction_deg", placement.direction_deg))
    if isinstance(placement, Row):
        along = drawer.number(f"{path}.spacing_m", placement.spacing_m)
        local = np.array([(candidate.index - (candidate.count - 1) / 2) * along, 0.0])
    else:
        step = np.array(drawer.vector(f"{path}.spacing_m", placement.spacing_m))
        rows = -(-candidate.count // placement.columns)
        columns = min(placement.columns, candidate.count)
        cell = np.array([candidate.index % placement.columns, candidate.index // placement.columns])
        local = (cell - (np.array([columns, rows]) - 1) / 2) * step
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array(region.centre_m) if region else np.zeros(2)
    place: Float = centre + turn @ local
    return place


def _too_near(xy: Float, neighbours: list[Body], distance_m: float) -> bool:
    return any(np.hypot(*(xy - other.position_m[:2])) < distance_m for other in neighbours)
