"""Draws the objects of a scene and finds a place for each."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import PlacementError
from synthvision.library.catalogue import CatalogueEntry
from synthvision.library.parameters import Number
from synthvision.sampling.config import MaterialSpec, ObjectGroup, SceneSpec, SurfaceSpec
from synthvision.sampling.constraints.config import STRIP
from synthvision.sampling.defects.maker import DefectMaker
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.physics.parts import PartsCache, cache_folder
from synthvision.sampling.physics.settling import Settler
from synthvision.sampling.placed import DrawnObject, PlacedObject
from synthvision.sampling.placement.along import place_along
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import (
    Along,
    Dropped,
    Fixed,
    Inside,
    InVolume,
    Layered,
    OnSurface,
    Relative,
    Scatter,
    Stack,
)
from synthvision.sampling.placement.in_volume import place_in_volume
from synthvision.sampling.placement.inside import place_inside
from synthvision.sampling.placement.layers import place_layer
from synthvision.sampling.placement.on_level import place_on_level
from synthvision.sampling.placement.on_surface import place_on_surface
from synthvision.sampling.placement.orientation import about_vertical
from synthvision.sampling.placement.relative import place_relative
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage
from synthvision.sampling.placement.supports import EndlessPlane, RectangleTop, Support, TriangleTop
from synthvision.sampling.selection import Library, Selector
from synthvision.sampling.shapes import Shape, ShapeCache
from synthvision.sampling.site.site import Site, SiteMaker
from synthvision.scene import AssetRef, MaterialOverride

__all__ = ["DrawnObject", "ObjectMaker", "PlacedObject"]

Float = NDArray[np.float64]

# Parameters by which a procedural surface says how large it is made.
_SIZES = ("size_x_m", "size_y_m")


class ObjectMaker:
    """Draws and places the objects of a scene file.

    Args:
        spec: The scene file.
        library: Where assets come from.
        selector: Draws assets.
        shapes: Geometry of models.
    """

    def __init__(self, spec: SceneSpec, library: Library, selector: Selector, shapes: ShapeCache) -> None:
        self._spec = spec
        self._library = library
        self._selector = selector
        self._shapes = shapes
        self._tiled: dict[str, bool] = {}
        defects = {name: group.defects for name, group in spec.objects.items() if group.defects is not None}
        self._defects = DefectMaker(defects, library)
        self._settler = Settler(PartsCache(cache_folder()))
        placements = [group.placement for group in spec.objects.values()]
        self._layered = frozenset(name for name, group in spec.objects.items() if isinstance(group.placement, Layered))
        self._hollow = {placement.container for placement in placements if isinstance(placement, Inside)}
        self._hollow |= {
            name
            for name, group in spec.objects.items()
            if isinstance(group.placement, Along) and group.placement.overhang
        }
        # What things stand on at several heights has room below, too.
        self._hollow |= {
            getattr(each, "on", "surface") for each in placements if getattr(each, "level", None) not in (None, "top")
        }
        self._site = None if spec.site is None else SiteMaker(spec.site, library, selector, shapes)
        self._hollow |= {each.into for each in placements if isinstance(each, Dropped) and each.into is not None}

    def make(self, drawer: Drawer) -> tuple[tuple[PlacedObject, ...], Counter[str], Site | None]:
        """Return the objects of a scene, surface and site first, how often tries were refused by reason, and the site.

        Raises:
            PlacementError: Some object found no place in any of the restarts.
        """
        surface, support = self._make_surface(drawer)
        site = None if self._site is None else self._site.make(drawer)
        drawn = [self._draw_group(drawer, name, group) for name, group in self._spec.objects.items()]
        rejections: Counter[str] = Counter()
        failures: Counter[str] = Counter()
        for restart in range(self._spec.max_restarts + 1):
            stage = Stage(
                support if site is None else site.support,
                drawer.renewed(f"#{restart}") if restart else drawer,
                self._layered,
            )
            if site is not None:
                stage.strips, stage.further_surfaces = site.strips, site.further_supports
                stage.headroom_m = np.inf if site.headroom_m is None else site.headroom_m
                stage.bounds_23 = site.room_23
            try:
                placed = self._place_all(stage, drawn)
            except NoPlaceError as failure:
                failures[failure.name] += 1
                rejections += stage.rejections
                rejections["restarts"] += 1
                continue
            rejections += stage.rejections
            marked = self._defects.add(drawer, placed, rejections)
            return (*([surface] if surface else []), *(site.objects if site else ()), *marked), rejections, site
        raise PlacementError(_explain(failures, rejections, self._spec.max_restarts))

    def _place_all(self, stage: Stage, drawn: list[list[DrawnObject]]) -> list[PlacedObject]:
        placed: list[PlacedObject] = []
        waiting: list[tuple[Candidate, Dropped]] = []
        for items, group in zip(drawn, self._spec.objects.values(), strict=True):
            for index, item in enumerate(items):
                candidate = Candidate(
                    name=item.name,
                    group=item.group,
                    path=f"objects.{item.group}.{index}",
                    index=index,
                    count=len(items),
                    shape=item.shape,
                    scale=item.scale[0],
                    hollow=item.group in self._hollow,
                )
                if isinstance(group.placement, Dropped):
                    waiting.append((candidate, group.placement))
                    continue
                try:
                    body = _inside_room(_place(candidate, group, stage), stage)
                except NoPlaceError:
                    if not group.optional:
                        raise
                    stage.rejections[f"objects.{item.group}: left out"] += 1
                    continue
                stage.bodies.add(body)
                if item.name in stage.strip_names:
                    item = replace(item, attributes={**item.attributes, STRIP: stage.strip_names[item.name]})
                placed.append(PlacedObject(drawn=item, rotation=body.rotation, position_m=body.position_m, body=body))
        return placed + self._settled(waiting, drawn, stage)

    def _settled(
        self, waiting: list[tuple[Candidate, Dropped]], drawn: list[list[DrawnObject]], stage: Stage
    ) -> list[PlacedObject]:
        if not waiting:
            return []
        bodies = self._settler.settle(waiting, stage)
        return [
            PlacedObject(drawn=item, rotation=body.rotation, position_m=body.position_m, body=body)
            for items in drawn
            for item in items
            if (body := bodies.get(item.name)) is not None
        ]

    def _draw_group(self, drawer: Drawer, name: str, group: ObjectGroup) -> list[DrawnObject]:
        count = drawer.integer(f"objects.{name}.count", group.count)
        return [self._draw_object(drawer, name, group, index) for index in range(count)]

    def _draw_object(self, drawer: Drawer, name: str, group: ObjectGroup, index: int) -> DrawnObject:
        path = f"objects.{name}.{index}"
        model = f"objects.{name}.0" if group.alike else path
        entry, ref = self._selector.draw(
            drawer, group, "model",
            pool_path=f"objects.{name}", asset_path=f"{model}.asset", variant_path=f"{model}.variant",
        )  # fmt: skip
        shape = self._shapes.shape(ref)
        scale = drawer.number(f"{path}.scale", group.scale)
        overrides: list[MaterialOverride] = []
        entries: list[CatalogueEntry] = []
        for slot, material in group.materials.items():
            override, material_entry = self._draw_material(
                drawer, f"{path}.materials.{slot}", f"objects.{name}.materials.{slot}", slot, material, shape, scale
            )
            overrides += [override] if override else []
            entries += [material_entry] if material_entry else []
        attributes = {**entry.attributes, **shape.attributes}
        for material_entry in entries:
            attributes |= material_entry.attributes
        velocity = drawer.vector(f"{path}.velocity_m_s", group.velocity_m_s)
        turn = drawer.vector(f"{path}.angular_velocity_deg_s", group.angular_velocity_deg_s)
        return DrawnObject(
            name=f"{name}/{index}", group=name, role=group.role, entry=entry, ref=ref, shape=shape,
            scale=(scale, scale, scale), materials=tuple(overrides), material_entries=tuple(entries),
            attributes=attributes, velocity_m_s=(velocity[0], velocity[1], velocity[2]),
            angular_velocity_rad_s=(math.radians(turn[0]), math.radians(turn[1]), math.radians(turn[2])),
        )  # fmt: skip

    def _draw_material(
        self, drawer: Drawer, path: str, pool_path: str, slot: str, spec: MaterialSpec, shape: Shape, scale: float
    ) -> tuple[MaterialOverride | None, CatalogueEntry | None]:
        if not drawer.happens(f"{path}.on", spec.probability):
            return None, None
        entry, ref = None, None
        uv_scale = drawer.number(f"{path}.uv_scale", spec.uv_scale)
        if spec.pick is not None:
            entry, ref = self._selector.draw(
                drawer,
                spec,
                "material",
                pool_path=pool_path,
                asset_path=path,
                variant_path=f"{path}.variant",
                keep=True,
            )
            if self._is_tiled(ref):
                # The renderer takes texture coordinates for metres where a material has a real size.
                spans = list(shape.metres_per_uv.values()) if slot == "*" else [shape.metres_per_uv.get(slot, 1.0)]
                uv_scale *= scale * (sum(spans) / len(spans) if spans else 1.0)
        colour = None if spec.base_colour is None else drawer.colour(f"{path}.base_colour", spec.base_colour)
        metallic = None if spec.metallic is None else drawer.number(f"{path}.metallic", spec.metallic)
        roughness = None if spec.roughness is None else drawer.number(f"{path}.roughness", spec.roughness)
        offset = drawer.vector(f"{path}.uv_offset", spec.uv_offset)
        rotation = np.radians(drawer.number(f"{path}.uv_rotation_deg", spec.uv_rotation_deg))
        override = MaterialOverride(
            slot=slot, asset=ref, base_colour=colour, metallic=metallic, roughness=roughness, uv_scale=uv_scale,
            uv_offset=(offset[0], offset[1]), uv_rotation_rad=float(rotation),
        )  # fmt: skip
        return override, entry

    def _is_tiled(self, ref: AssetRef) -> bool:
        key = ref.key
        if key not in self._tiled:
            self._tiled[key] = self._library.load_material(ref).tile_m is not None
        return self._tiled[key]

    def _make_surface(self, drawer: Drawer) -> tuple[PlacedObject | None, Support]:
        spec = self._spec.surface
        if spec is None:
            return None, EndlessPlane()
        entry, ref = self._selector.draw(
            drawer, spec, "model",
            pool_path="surface", asset_path="surface.asset", variant_path="surface.variant", keep=True,
        )  # fmt: skip
        ref = _sized(spec, entry, ref)
        shape = self._shapes.shape(ref)
        scale = _surface_scale(spec, shape)
        yaw = float(np.radians(drawer.number("surface.yaw_deg", spec.yaw_deg)))
        override, material_entry = None, None
        if spec.material is not None:
            mean = float(np.sqrt(scale[0] * scale[1]))
            override, material_entry = self._draw_material(
                drawer, "surface.material", "surface.material", "*", spec.material, shape, mean
            )
        rotation = about_vertical(yaw)
        position = np.array([0.0, 0.0, -shape.high[2] * scale[2]])
        drawn = DrawnObject(
            name="surface", group="surface", role="background", entry=entry, ref=ref, shape=shape, scale=scale,
            materials=(override,) if override else (), material_entries=(material_entry,) if material_entry else (),
            attributes={**entry.attributes, **shape.attributes},
        )  # fmt: skip
        placed = PlacedObject(drawn=drawn, rotation=rotation, position_m=position, body=None)
        return placed, _surface_support(shape, scale, yaw)


def _inside_room(body: Body, stage: Stage) -> Body:
    if stage.is_outside(body):
        raise NoPlaceError(body.name, Counter({"outside the room": 1}))
    return body


def _place(candidate: Candidate, group: ObjectGroup, stage: Stage) -> Body:
    placement = group.placement
    if isinstance(placement, Along):
        return place_along(candidate, placement, stage)
    if isinstance(placement, InVolume):
        return place_in_volume(candidate, placement, stage)
    if isinstance(placement, (Layered, Stack)):
        return place_layer(candidate, placement, stage)
    if isinstance(placement, Inside):
        return place_inside(candidate, placement, stage)
    if isinstance(placement, Relative):
        return place_relative(candidate, placement, stage)
    assert not isinstance(placement, Dropped), "what is dropped settles together, after everything else"
    if isinstance(placement, (OnSurface, Scatter, Fixed)) and placement.level not in (None, "top"):
        return place_on_level(candidate, placement, stage)
    return place_on_surface(candidate, placement, stage)


def _sized(spec: SurfaceSpec, entry: CatalogueEntry, ref: AssetRef) -> AssetRef:
    """Return a surface that is made in the wanted shape, so that no texture is stretched, where its maker allows.

    One that is larger or smaller than it can be made is made as large or small as possible, to be scaled evenly.
    """
    sizes = [entry.parameters.get(name) for name in _SIZES]
    if any(name in spec.params for name in _SIZES) or not all(isinstance(size, Number) for size in sizes):
        return ref
    limits = [size for size in sizes if isinstance(size, Number)]
    wanted = spec.size_m or tuple(size.default for size in limits)
    larger = max(value / size.high for value, size in zip(wanted, limits, strict=True))
    smaller = min(value / size.low for value, size in zip(wanted, limits, strict=True))
    factor = larger if larger > 1.0 else min(smaller, 1.0)
    made = [value / factor for value in wanted]
    if any(value < size.low * (1 - 1e-9) for value, size in zip(made, limits, strict=True)):
        return ref
    # Division may leave a value a bit outside.
    values = [min(max(value, size.low), size.high) for value, size in zip(made, limits, strict=True)]
    return AssetRef(ref.pack, ref.name, {**ref.params, **dict(zip(_SIZES, map(float, values), strict=True))})


def _surface_scale(spec: SurfaceSpec, shape: Shape) -> tuple[float, float, float]:
    if spec.size_m is None:
        return 1.0, 1.0, 1.0
    extent = shape.high - shape.low
    return spec.size_m[0] / float(extent[0]), spec.size_m[1] / float(extent[1]), 1.0


def _surface_support(shape: Shape, scale: tuple[float, float, float], yaw_rad: float) -> Support:
    points = shape.points_n3.astype(np.float64) * np.array(scale)
    points[:, 2] -= shape.high[2] * scale[2]
    corners = points[shape.faces_m3]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.maximum(np.linalg.norm(normals, axis=1), 1e-300)
    top = (normals[:, 2] > 0.95 * length) & (corners[..., 2].min(axis=1) >= -2e-3)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    covered = float(length[top].sum() / 2)
    if covered >= 0.98 * float(np.prod(high - low)):
        turn = about_vertical(yaw_rad)[:2, :2]
        size = high - low
        return RectangleTop(0.0, turn @ ((low + high) / 2), (float(size[0]), float(size[1])), yaw_rad)
    turned = corners[top] @ about_vertical(yaw_rad).T
    return TriangleTop(0.0, turned[:, :, :2])


def _explain(failures: Counter[str], rejections: Counter[str], restarts: int) -> str:
    name, times = failures.most_common(1)[0]
    group = name.split("/")[0]
    reasons = Counter(
        {
            reason.split(": ", 1)[1]: count
            for reason, count in rejections.items()
            if reason.startswith(f"objects.{group}: ")
        }
    )
    listed = ", ".join(f"{reason} ({count} times)" for reason, count in reasons.most_common(3)) or "no try was made"
    return (
        f"objects.{group}: {name} must find a place, but did not in {times} of {restarts + 1} starts of the scene: "
        f"{listed}; fewer or smaller objects, a larger region or a smaller clearance help"
    )
