"""Which lamps of a frame have shadow maps, and how many each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.lamp_views import ahead_view, cube_views, fitted_view, has_casters, spot_view
from synthvision.render.opengl.lights import FORMS, Lamp
from synthvision.render.opengl.shadow_stage import ShadowView, Stage, set_stage
from synthvision.render.opengl.sun_views import key_view, sun_views
from synthvision.render.opengl.walls import Wall
from synthvision.scene import RectLight, SpotLight, SunLight

__all__ = ["MAX_MAPS", "ShadowPlan", "plan_shadows"]

#: Shadow maps of one frame.
MAX_MAPS = 32


@dataclass(frozen=True, slots=True, eq=False)
class ShadowPlan:
    """The lamps of a frame and the views of their shadow maps.

    Args:
        lamps: In the order of the lighting pass.
        views: Those of the soft lights of the sky, one each, and then those of the lamps.
    """

    lamps: tuple[Lamp, ...]
    views: tuple[ShadowView, ...]


def plan_shadows(
    draw_list: DrawList,
    lamps: tuple[Lamp, ...],
    keys: tuple[SunLight, ...],
    walls: tuple[Wall, ...],
    depth_m_hw: NDArray[np.float32],
    side_px: int,
) -> ShadowPlan:
    """Return lamps with their shadow maps.

    Suns, spots and rectangles always have one. Points, the strongest first, have as long as maps are left.

    Args:
        draw_list: The scene.
        lamps: What shines.
        keys: Soft lights of the sky, which have maps only.
        walls: What hides the sky in ways of its own, so that it has no part in its shadows.
        depth_m_hw: Depth of the picture: a map need not reach beyond what is seen.
        side_px: Side of one map.
    """
    if not lamps and not keys:
        return ShadowPlan((), ())
    stage = set_stage(draw_list, depth_m_hw, side_px)
    middle = stage.seen_n3.mean(axis=0) if len(stage.seen_n3) else np.zeros(3)
    order = sorted(range(len(lamps)), key=lambda index: (not lamps[index].must_cast, -_weight(lamps[index], middle)))
    reserved = sum(lamp.must_cast for lamp in lamps)
    planned: list[tuple[Lamp, list[ShadowView]]] = []
    used = len(keys)
    for index in order:
        reserved -= lamps[index].must_cast
        planned.append(_planned(stage, lamps[index], MAX_MAPS - used - reserved))
        used += len(planned[-1][1])
    # The calls of the lighting pass are grouped by form, so that scenes share programs.
    planned.sort(key=lambda pair: (FORMS.index(pair[0].form), len(pair[1])))
    hidden = frozenset(wall.index for wall in walls)
    views = [key_view(stage, key, hidden) for key in keys]
    numbered = []
    for lamp, own in planned:
        numbered.append(replace(lamp, first_map=len(views) if own else 0, maps=len(own)))
        views += own
    return ShadowPlan(tuple(numbered), tuple(views))


def _weight(lamp: Lamp, middle: NDArray[np.float64]) -> float:
    light = lamp.light
    if isinstance(light, SunLight):
        return light.illuminance_lux
    return light.intensity_cd / max(float(np.sum((np.asarray(light.position_m) - middle) ** 2)), 1e-4)


def _planned(stage: Stage, lamp: Lamp, budget: int) -> tuple[Lamp, list[ShadowView]]:
    """Return a lamp with its form, and its views: at most `budget`."""
    light = lamp.light
    if isinstance(light, SunLight):
        return replace(lamp, form="sun"), sun_views(stage, light, budget)
    if isinstance(light, SpotLight):
        return replace(lamp, form="cone"), [spot_view(stage, lamp, light)]
    flat = isinstance(light, RectLight)
    if budget < 1 or not has_casters(stage, lamp):
        return replace(lamp, form="sheet" if flat else "point"), []
    fitted = fitted_view(stage, lamp)
    if fitted is not None:
        return replace(lamp, form="panel" if flat else "cone"), [fitted]
    faces = cube_views(stage, lamp)
    if len(faces) > budget:
        return (replace(lamp, form="panel"), [ahead_view(stage, lamp)]) if flat else (replace(lamp, form="point"), [])
    if not faces:
        return replace(lamp, form="sheet" if flat else "point"), []
    mask = sum(1 << face for face, _ in faces)
    return replace(lamp, form="hall" if flat else "cube", faces=mask), [view for _, view in faces]
