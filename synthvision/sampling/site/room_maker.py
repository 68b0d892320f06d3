"""Makes the site of a scene that is a room or a hall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthvision.library.procedural.models.interior import SLAB_M, Plan
from synthvision.library.reference import AssetRef
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placed import DrawnObject, PlacedObject
from synthvision.sampling.placement.supports import RectangleTop
from synthvision.sampling.selection import Library, Selector
from synthvision.sampling.shapes import ShapeCache
from synthvision.sampling.site.config import RoomSite
from synthvision.sampling.site.room import hall_of, plan_of, returned_lux, room_lights, room_strips, room_sun
from synthvision.sampling.site.site import Site
from synthvision.scene import Environment, Light, MaterialOverride

__all__ = ["RoomMaker"]

# Things stay this far off the walls, skirting included.
_WALL_MARGIN_M = 0.03
# Mean reflectance of all surfaces.
_REFLECTANCE = {"room_shell": 0.45, "hall_shell": 0.33}
_FLOOR_PARTS = ("floor", "lane_marking")
# Things stay this far below a ceiling or lamps; a room so high is a hall, whose lamps hang low.
_CEILING_GAP_M, _HALL_M = 0.08, 4.5
_TONES = ("white", "warm", "cool")


class RoomMaker:
    """Draws rooms.

    Args:
        library: Where assets come from.
        selector: Draws assets.
        shapes: Geometry of models.
    """

    def __init__(self, library: Library, selector: Selector, shapes: ShapeCache) -> None:
        self._library = library
        self._selector = selector
        self._shapes = shapes
        self._tiled: dict[str, float | None] = {}

    def make(self, drawer: Drawer, spec: RoomSite) -> Site:
        """Return the room of one scene.

        Raises:
            AssetError: An asset is missing or broken.
        """
        entry, ref = self._selector.draw(
            drawer, spec, "model", pool_path="site", asset_path="site.asset", variant_path="site.variant"
        )
        plan, hall = plan_of(ref.name, ref.params), hall_of(ref.name, ref.params)
        shape = self._shapes.shape(ref)
        materials = self._materials(drawer, spec)
        parts = [part.name for part in self._library.load_model(ref).parts]
        objects = []
        for name, shown in (
            ("floor", tuple(part for part in parts if part in _FLOOR_PARTS)),
            ("shell", tuple(part for part in parts if part not in _FLOOR_PARTS)),
        ):
            drawn = DrawnObject(
                name=f"site/{name}", group="site", role="background", entry=entry, ref=ref, shape=shape,
                scale=(1.0, 1.0, 1.0), materials=tuple(each for each in materials if each.slot in shown),
                attributes={**entry.attributes, **shape.attributes}, shown_parts=shown,
            )  # fmt: skip
            position = np.array([0.0, 0.0, -SLAB_M])
            objects.append(PlacedObject(drawn=drawn, rotation=np.eye(3), position_m=position, body=None))
        x, y, z = plan.size_m
        size = (x - 2 * _WALL_MARGIN_M, y - 2 * _WALL_MARGIN_M)
        lux = returned_lux(plan, _REFLECTANCE.get(ref.name, 0.4))
        return Site(
            objects=tuple(objects),
            strips=room_strips(plan, hall),
            support=RectangleTop(0.0, np.zeros(2), size, 0.0),
            facts={
                "length_m": round(x, 3),
                "width_m": round(y, 3),
                "height_m": round(z, 3),
                "lamp_lux": round(plan.lux, 1),
                "returned_lux": round(lux, 1),
            },
            lights=self._lights(drawer, spec, plan, str(ref.params.get("time", "day"))),
            environment=_returned(drawer, ref, lux),
            headroom_m=_headroom(plan),
            bounds_23=np.array([[-x / 2, -y / 2, 0.0], [x / 2, y / 2, z]]),
            room_23=np.array([[-size[0] / 2, -size[1] / 2, 0.0], [size[0] / 2, size[1] / 2, z]]),
        )

    def _lights(self, drawer: Drawer, spec: RoomSite, plan: Plan, time: str) -> tuple[Light, ...]:
        lights: list[Light] = list(room_lights(plan))
        if time == "day" and drawer.happens("site.sun.on", spec.sun.probability):
            sun = room_sun(
                plan,
                float(np.radians(drawer.number("site.sun.azimuth_deg", spec.sun.azimuth_deg))),
                float(np.radians(drawer.number("site.sun.elevation_deg", spec.sun.elevation_deg))),
                drawer.number("site.sun.illuminance_lux", spec.sun.illuminance_lux),
            )
            lights += [sun] if sun is not None else []
        return tuple(lights)

    def _materials(self, drawer: Drawer, spec: RoomSite) -> Sequence[MaterialOverride]:
        found = []
        for slot, picked in spec.surfaces.items():
            path = f"site.surfaces.{slot}"
            _, ref = self._selector.draw(
                drawer, picked, "material", pool_path=path, asset_path=path, variant_path=f"{path}.variant", keep=True
            )
            # Shells have texture coordinates in metres, as materials of a real size take them.
            found.append(MaterialOverride(slot=slot, asset=ref))
        return found


def _headroom(plan: Plan) -> float:
    """Return how high things may reach: under the lamps of a hall, under the ceiling of a room."""
    lamps = [each.centre_m[2] for each in plan.fixtures]
    low = plan.size_m[2] - _CEILING_GAP_M
    return min(low, min(lamps, default=low) - _CEILING_GAP_M) if plan.size_m[2] > _HALL_M else low


def _returned(drawer: Drawer, ref: AssetRef, lux: float) -> Environment:
    rng = drawer.rng("site.returned")
    tone = "hall" if ref.name == "hall_shell" else _TONES[int(rng.integers(len(_TONES)))]
    params = {"tone": tone, "design": int(rng.integers(3))}
    return Environment(asset=AssetRef("builtin", "indoors", params), illuminance_lux=max(lux, 0.05), visible=False)
