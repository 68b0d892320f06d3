"""Clothes and skin as closed smooth surfaces around a posed body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.models.people.shape import ARM_HOLES, BodyShape
from synthvision.library.procedural.models.people.skeleton import SIDES, Figure, follow
from synthvision.library.procedural.noise import Image
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.subdivision import Cage, Ints, Surface

__all__ = ["LowerCut", "UpperCut", "bare_arm", "bare_leg", "lower_mesh", "upper_mesh"]

TRUNK_V, SLEEVE_V = (0.0, 0.6), (0.64, 1.0)
"""Share of the height of a texture for the trunk and for the sleeves (left half, right half) of an upper garment."""

PELVIS_V, LEG_V = (0.0, 0.24), (0.27, 1.0)
"""The same for the seat and the legs of trousers; a skirt fills the whole height."""


@dataclass(frozen=True, slots=True)
class UpperCut:
    """The cut of an upper garment.

    Args:
        hem: Level of the lower edge, see `shape`; below 0 it goes on as a skirt, 1 for each length of a thigh.
        ease_m: How far it stands off the skin at hem, waist and chest.
        sleeve: Where sleeves end: 0.5 above the elbow, 1.9 at the wrist.
        cuff_ease_m: How wide the end of the sleeve is.
        collar: Level of the neckline; above 7 it stands up.
        flare_m: How far a skirt widens down to its hem.
        belt: How far it is drawn in at the waist, 0..1.
    """

    hem: float = 0.9
    ease_m: tuple[float, float, float] = (0.016, 0.022, 0.012)
    sleeve: float = 1.9
    cuff_ease_m: float = 0.008
    collar: float = 7.0
    flare_m: float = 0.0
    belt: float = 0.0


@dataclass(frozen=True, slots=True)
class LowerCut:
    """The cut of trousers or a skirt.

    Args:
        waist: Level of the upper edge.
        end: Where legs end: 0.8 above the knee, 1.95 at the ankle.
        ease_m: At the hips, the knee and the end.
        skirt: One tube about both legs.
        flare_m: How far a skirt widens.
    """

    waist: float = 1.9
    end: float = 1.95
    ease_m: tuple[float, float, float] = (0.008, 0.014, 0.02)
    skirt: bool = False
    flare_m: float = 0.0


def _height_sample(height: Image | None, surface: Surface) -> Floats:
    """Heights of folds at the points of a surface."""
    if height is None:
        return np.zeros(len(surface.points_n3))
    uv = surface.point_uvs()
    rows, columns = height.shape
    x = (uv[:, 0] * columns).astype(np.int64) % columns
    y = np.clip((uv[:, 1] * rows).astype(np.int64), 0, rows - 1)
    return np.asarray(height[y, x], np.float64)


def _finished(cage: Cage, figure: Figure, folds: Image | None, fold_m: float) -> Mesh:
    surface = cage.surface(figure.placed(cage.positions_n3(), cage.weights_nb()))
    if fold_m > 0:
        surface = surface.moved_along_normals(fold_m * _height_sample(folds, surface))
    return surface.mesh()


def _shrunk(ring: Floats, factor: float, lift: float) -> Floats:
    centre = ring.mean(axis=0)
    return np.asarray(centre + (ring - centre) * factor + [0.0, 0.0, lift], np.float64)


def _trunk_row(body: BodyShape, level: float, ease: float, flare: float = 0.0) -> tuple[Floats, Floats]:
    """Section and weights at a level; below 0 around both legs."""
    if level >= 0:
        return body.trunk_ring(level, ease), body.trunk_weights(level)
    hip, knee = body.rest["left_thigh"][2], body.rest["left_shin"][2]
    ring = body.trunk_ring(0.35, ease, flare=flare)
    ring[:, 2] = body.heights[0] + level * (hip - knee)
    return ring, body.skirt_weights(ring)


def upper_mesh(
    figure: Figure, body: BodyShape, cut: UpperCut, folds: Image | None, fold_m: float, *, fine: bool = True
) -> Mesh:
    """Return a shirt, jacket, coat or dress on a figure.

    Args:
        figure: The pose.
        body: The body of the same measures.
        cut: How it is cut.
        folds: Height of the folds over the texture, in -1..1.
        fold_m: Height of a fold in metres.
        fine: False uses fewer rows, for people that are part of something larger.
    """
    cage = Cage()
    levels = [cut.hem]
    levels += [
        level
        for level in ((-0.8, -0.4, 0.0, 0.55, 1.25, 2.05, 3.0) if fine else (0.0, 2.0, 3.1))
        if level > cut.hem + 0.25
    ]
    levels += [4.0, 5.0, 6.0]
    collars = [cut.collar] if not fine else [6.55, cut.collar] if cut.collar < 7.2 else [6.7, 7.0, cut.collar]
    levels += collars
    hem_ease, waist_ease, chest_ease = cut.ease_m
    top, low = body.height_at(cut.collar), float(_trunk_row(body, cut.hem, 0)[0][0, 2])
    rings: list[Ints] = []
    vs: list[float] = []
    for level in levels:
        ease = float(
            np.interp(
                level, (min(cut.hem, 0.8), 2.0, 3.5, 6.0, 7.0), (hem_ease, waist_ease, chest_ease, chest_ease, 0.011)
            )
        )
        ease -= cut.belt * 0.8 * waist_ease * float(np.exp(-(((level - 2.05) / 0.35) ** 2)))
        flare = cut.flare_m * max(-level, 0.0) / max(-cut.hem, 1e-6)
        ring, weights = _trunk_row(body, level, ease, flare)
        rings.append(cage.ring(ring, weights))
        vs.append(TRUNK_V[0] + (TRUNK_V[1] - TRUNK_V[0]) * (top - float(ring[0, 2])) / (top - low))
    armpit = levels.index(4.0)
    for row in range(len(rings) - 1):
        a, b, v = rings[row], rings[row + 1], (vs[row], vs[row + 1])
        if row in (armpit, armpit + 1):
            for first, last in ((4, 8), (10, 14)):
                columns = np.arange(first, last + 1)
                cage.strip(a[columns % 12], b[columns % 12], 0.5 + columns / 12, v)
        else:
            cage.bridge(a, b, (0.5, 1.5), v)
    hem_ring = cage.points[0]
    inner = cage.ring(_shrunk(hem_ring, 0.9, 0.012), cage.weights[0])
    cage.bridge(inner, rings[0], (0.5, 1.5), (vs[0], vs[0] - 0.01))
    cage.cap(inner, (0.5, vs[0]), flip=True)
    last = len(rings) - 1
    mouth = cage.ring(_shrunk(cage.points[last], 0.72, -0.02), cage.weights[last])
    cage.bridge(rings[-1], mouth, (0.5, 1.5), (vs[-1], vs[-1] + 0.01))
    cage.cap(mouth, (0.5, vs[-1]))
    for side, _ in SIDES:
        _sleeve(cage, body, side, [rings[armpit + row] for row in range(3)], cut, fine)
    return _finished(cage, figure, folds, fold_m)


def _sleeve(cage: Cage, body: BodyShape, side: str, rows: Sequence[Ints], cut: UpperCut, fine: bool) -> None:
    front, middle, back = ARM_HOLES[side]
    low, mid, high = rows
    ring = np.array([low[middle], low[front], mid[front], high[front], high[middle], high[back], mid[back], low[back]])
    _mix_arm_into(cage, ring, side)
    places = (0.22, 0.5, 0.8, 1.0, 1.2, 1.55) if fine else (0.26, 0.82, 1.18)
    stations = [t for t in places if t < cut.sleeve - 0.12] + [cut.sleeve]
    flip = side == "left"
    u = (0.0, 0.5) if side == "left" else (0.5, 1.0)
    v = SLEEVE_V[0]
    span = SLEEVE_V[1] - v
    chest = cut.ease_m[2]
    for t in stations:
        ease = float(np.interp(t, (0.0, 0.4, cut.sleeve), (0.35 * chest, 0.8 * chest, cut.cuff_ease_m)))
        following = cage.ring(body.arm_ring(side, t, ease), body.arm_weights(side, t))
        v_next = SLEEVE_V[0] + span * t / cut.sleeve
        cage.bridge(ring, following, u, (v, v_next), flip=flip)
        ring, v = following, v_next
    _closed_end(cage, ring, body.arm_ring(side, cut.sleeve - 0.06, 0.0), body.arm_weights(side, cut.sleeve), u, v, flip)


def _closed_end(
    cage: Cage, ring: Ints, inside: Floats, weights: Floats, u: tuple[float, float], v: float, flip: bool
) -> None:
    """Turn the end of a tube inwards, to a plug within the limb."""
    plug = cage.ring(_shrunk(inside, 0.8, 0.0), weights)
    cage.bridge(ring, plug, u, (v, v - 0.008), flip=flip)
    cage.cap(plug, (u[0] + 0.01, v - 0.01), flip=flip)


def _mix_arm_into(cage: Cage, ring: Ints, side: str) -> None:
    """Let the edge of an armhole follow the arm a little, its upper half more."""
    starts = np.cumsum([0] + [len(block) for block in cage.points])
    for place, number in enumerate(ring):
        block = int(np.searchsorted(starts, number, side="right")) - 1
        rows = np.array(cage.weights[block])
        share = (0.34, 0.3, 0.26, 0.2, 0.24, 0.2, 0.26, 0.3)[place]
        rows[number - starts[block]] = (1 - share) * rows[number - starts[block]] + share * follow(
            **{f"{side}_arm": 1.0}
        )
        cage.weights[block] = rows


def lower_mesh(
    figure: Figure, body: BodyShape, cut: LowerCut, folds: Image | None, fold_m: float, *, fine: bool = True
) -> Mesh:
    """Return trousers, shorts or a skirt on a figure; arguments as for `upper_mesh`."""
    cage = Cage()
    hip_ease, knee_ease, end_ease = cut.ease_m
    levels = [
        cut.waist,
        *(level for level in ((1.5, 1.0, 0.5, 0.0) if fine else (0.8, 0.0)) if level < cut.waist - 0.2),
    ]
    if cut.skirt:
        levels = levels[:-1] + [level for level in (0.0, -0.35, -0.7, -1.0) if level > -cut.end + 0.1] + [-cut.end]
    top = body.height_at(cut.waist)
    low = float(_trunk_row(body, levels[-1], 0)[0][0, 2])
    span = (0.0, 1.0) if cut.skirt else PELVIS_V
    rings: list[Ints] = []
    vs: list[float] = []
    for level in levels:
        flare = cut.flare_m * max(-level, 0.0) / max(cut.end, 1e-6) if cut.skirt else 0.0
        ring, weights = _trunk_row(body, level, hip_ease, flare)
        if level <= 0 and not cut.skirt:
            ring[:, 2] += np.abs(ring[:, 1]) * 0.35  # the cut rises from the crotch to the hips
        rings.append(cage.ring(ring, weights))
        vs.append(span[0] + (span[1] - span[0]) * (top - float(ring[0, 2])) / (top - low))
    for row in range(len(rings) - 1):
        cage.bridge(rings[row], rings[row + 1], (0.5, 1.5), (vs[row], vs[row + 1]), flip=True)
    plug = cage.ring(_shrunk(cage.points[0], 0.8, -0.01), cage.weights[0])
    cage.bridge(plug, rings[0], (0.5, 1.5), (vs[0] + 0.005, vs[0]), flip=True)
    cage.cap(plug, (0.5, 0.005))
    if cut.skirt:
        last = len(rings) - 1
        inner = cage.ring(_shrunk(cage.points[last], 0.92, 0.015), cage.weights[last])
        cage.bridge(rings[-1], inner, (0.5, 1.5), (vs[-1], vs[-1] - 0.01), flip=True)
        cage.cap(inner, (0.5, vs[-1] - 0.01), flip=True)
        return _finished(cage, figure, folds, fold_m)
    seat = body.heights[0] - 0.012
    middle = cage.ring(np.array([[0.0, 0.0, seat]]), follow(pelvis=1.0))
    around = rings[-1]
    for side, columns in (("left", range(7)), ("right", (0, 11, 10, 9, 8, 7, 6))):
        edge = np.concatenate([middle, around[list(columns)]])
        _trouser_leg(cage, body, side, edge, cut, (knee_ease, end_ease), fine)
    return _finished(cage, figure, folds, fold_m)


def _trouser_leg(
    cage: Cage, body: BodyShape, side: str, ring: Ints, cut: LowerCut, eases: tuple[float, float], fine: bool
) -> None:
    places = (0.32, 0.76, 1.0, 1.24, 1.6) if fine else (0.36, 0.84, 1.16)
    stations = [t for t in places if t < cut.end - 0.1] + [cut.end]
    u = (0.0, 0.5) if side == "left" else (0.5, 1.0)
    flip = side == "left"
    v = LEG_V[0]
    for t in stations:
        ease = float(np.interp(t, (0.2, min(1.0, cut.end), max(cut.end, 1.01)), (cut.ease_m[0], *eases)))
        following = cage.ring(body.leg_ring(side, t, ease), body.leg_weights(side, t))
        v_next = LEG_V[0] + (LEG_V[1] - LEG_V[0]) * t / cut.end
        cage.bridge(ring, following, u, (v, v_next), flip=flip)
        ring, v = following, v_next
    _closed_end(cage, ring, body.leg_ring(side, cut.end - 0.05, 0.0), body.leg_weights(side, cut.end), u, v, flip)


def _bare(figure: Figure, rings: Sequence[tuple[Floats, Floats]], flip: bool) -> Mesh:
    """A limb of skin: a smooth tube through rings, both ends closed."""
    cage = Cage()
    numbers = [cage.ring(*ring) for ring in rings]
    vs = np.linspace(0.0, 1.0, len(numbers))
    for row in range(len(numbers) - 1):
        cage.bridge(numbers[row], numbers[row + 1], (0.0, 1.0), (float(vs[row]), float(vs[row + 1])), flip=flip)
    cage.cap(numbers[0], (0.5, 0.0), flip=not flip)
    cage.cap(numbers[-1], (0.5, 1.0), flip=flip)
    placed = figure.placed(cage.positions_n3(), cage.weights_nb())
    # Two rings are a piece that hardly shows, such as an ankle between trousers and shoe.
    return (cage.surface(placed) if len(numbers) > 2 else cage.coarse_surface(placed)).mesh()


def bare_arm(figure: Figure, body: BodyShape, side: str, start: float, *, fine: bool = True) -> Mesh:
    """Return the skin of an arm from `start` (0 shoulder, 1 elbow) to the wrist."""
    places = (0.62, 0.85, 1.0, 1.2, 1.6) if fine else (0.85, 1.15)
    stations = [start, *(t for t in places if t > start + 0.1), 2.03]
    rings = [(body.arm_ring(side, t, 0.0), body.arm_weights(side, t)) for t in stations]
    return _bare(figure, rings, side == "left")


def bare_leg(
    figure: Figure,
    body: BodyShape,
    side: str,
    start: float,
    end: float = 2.05,
    ease_m: float = 0.0,
    *,
    fine: bool = True,
) -> Mesh:
    """Return the skin of a leg, or a stocking `ease_m` outside it, between two places of it."""
    places = (0.7, 0.88, 1.0, 1.15, 1.35, 1.65) if fine else (0.86, 1.14, 1.4)
    stations = [start, *(t for t in places if start + 0.1 < t < end - 0.2), end]
    rings = [(body.leg_ring(side, t, ease_m), body.leg_weights(side, t)) for t in stations]
    return _bare(figure, rings, side == "left")
