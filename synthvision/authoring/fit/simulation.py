"""The boxes that a scene file would give, from geometry alone: nothing is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.authoring.fit.annotations import RealBox, RealImage
from synthvision.core.errors import PlacementError
from synthvision.geometry.poses import rotation_from_quaternion, transform_points
from synthvision.library.assets import AssetLibrary
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.light_config import EnvironmentBackground
from synthvision.sampling.sampler import SceneSampler
from synthvision.sampling.shapes import ShapeCache
from synthvision.scene import Scene, SceneObject
from synthvision.scene.rays import project_to_picture

__all__ = ["Simulation"]

Float = NDArray[np.float64]

#: A box of which less than this share lies in the picture is no label that a person would draw.
_LEAST_INSIDE = 0.3

_OPEN = EnvironmentBackground.model_validate({})


class Simulation:
    """Samples scenes and projects the hulls of their objects.

    Args:
        spec: The scene file.
        library: Its assets.
        groups: Object groups whose boxes are wanted.
        size_wh: Size of the picture in pixels.
        seed: Of the scenes.
        shapes: What is known of the library's models; shared, it is worked out once for several simulations.
    """

    def __init__(
        self,
        spec: SceneSpec,
        library: AssetLibrary,
        groups: Sequence[str],
        size_wh: tuple[int, int],
        seed: int = 0,
        shapes: ShapeCache | None = None,
    ) -> None:
        self._shapes = shapes or ShapeCache(library)
        self._sampler = SceneSampler(_unlit(spec), (), library, seed, size_wh=size_wh, shapes=self._shapes)
        self._groups = frozenset(groups)
        self._size_wh = size_wh
        self.failed = 0

    def picture(self, index: int, pins: Mapping[str, Any] | None = None) -> tuple[RealImage, Scene] | None:
        """Return the boxes of one scene and the scene; None where its objects found no place.

        Boxes are named by group. Objects hidden by others count as if nothing hid them.

        Args:
            index: Which scene.
            pins: Values by key path that replace drawn ones.
        """
        try:
            scene = self._sampler.sample(index, pins=pins)
        except PlacementError:
            self.failed += 1
            return None
        boxes = []
        for item in scene.objects:
            group = item.name.partition("/")[0]
            if group in self._groups and (box := self._box(item, scene, group)) is not None:
                boxes.append(box)
        return RealImage(f"scene {index}", self._size_wh, tuple(boxes)), scene

    def _box(self, item: SceneObject, scene: Scene, group: str) -> RealBox | None:
        hull = self._shapes.shape(item.asset).hull_n3 * np.array(item.scale)
        world = hull @ rotation_from_quaternion(item.rotation_wxyz).T + np.array(item.position_m)
        seen = transform_points(scene.camera.camera_from_world, world)
        if (seen[:, 2] <= 0).any():
            return None
        pixels = project_to_picture(scene.camera, seen)
        pixels = pixels[np.isfinite(pixels).all(axis=1)]
        if len(pixels) < 3:
            return None
        low, high = pixels.min(axis=0), pixels.max(axis=0)
        size = np.array(self._size_wh, np.float64)
        inside_low, inside_high = np.maximum(low, 0.0), np.minimum(high, size)
        shown = np.maximum(inside_high - inside_low, 0.0)
        if shown.min() < 1.0 or shown.prod() < _LEAST_INSIDE * (high - low).prod():
            return None
        centre, extent = (inside_low + inside_high) / 2 / size, shown / size
        return RealBox(group, (float(centre[0]), float(centre[1])), (float(extent[0]), float(extent[1])))


def _unlit(spec: SceneSpec) -> SceneSpec:
    """Return a scene without light and weather: no box depends on them, and their maps take long to make."""
    dark: dict[str, Any] = {"lighting": {}, "lights": {}, "factors": {}}
    dark |= dict.fromkeys(("environment", "sky", "weather"))
    surface = spec.surface and spec.surface.model_copy(update={"material": None})
    return spec.model_copy(update={**dark, "background": _OPEN, "surface": surface})
