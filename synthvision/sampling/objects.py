"""Draws the objects of a scene and finds a place for each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import PlacementError
from synthvision.library.catalogue import CatalogueEntry
from synthvision.library.parameters import Number
from synthvision.sampling.config import MaterialSpec, ObjectGroup, SceneSpec, SurfaceSpec
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placement.bodies import Body
from synthvision.sampling.placement.config import Inside, InVolume, Layered, Stack
from synthvision.sampling.placement.in_volume import place_in_volume
from synthvision.sampling.placement.inside import place_inside
from synthvision.sampling.placement.layers import place_layer
from synthvision.sampling.placement.on_surface import place_on_surface
from synthvision.sampling.placement.orientation import about_vertical
from synthvision.sampling.placement.stage import Candidate, NoPlaceError, Stage
from synthvision.sampling.placement.supports import EndlessPlane, RectangleTop, Support, TriangleTop
from synthvision.sampling.selection import Library, Selector
from synthvision.sampling.shapes import Shape, ShapeCache
from synthvision.scene import AssetRef, MaterialOverride, Role

__all__ = ["DrawnObject", "ObjectMaker", "PlacedObject"]

Float = NDArray[np.float64]

# Parameters by which a procedural surface says how large it is made.
_SIZES = ("size_x_m", "size_y_m")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnObject:
    """One object before it has a place.

    Args:
        name: Name in the scene.
        group: Name of its group.
        role: Role of its group.
        entry: What the catalogue knows of its asset.
        ref: Its asset.
        shape: Geometry of its model.
        scale: Multiplies the model's coordinates along x, y and z.
        materials: Overrides.
        material_entries: Catalogue entries of the material assets put on it.
        attributes: Its asset's attributes and those of its materials.
        velocity_m_s: How fast it moves, in world axes.
        angular_velocity_rad_s: How fast it turns about its origin, in world axes.
    """

    name: str
    group: str
    role: Role
    entry: CatalogueEntry
    ref: AssetRef
    shape: Shape
    scale: tuple[float, float, float]
    materials: tuple[MaterialOverride, ...] = ()
    material_entries: tuple[CatalogueEntry, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    velocity_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angular_velocity_rad_s: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedObject:
    """One object at its place.

    Args:
        drawn: What it is.
        rotation: World from model, float64 (3, 3).
        position_m: Where the model's origin stands.
        body: Its geometry in the world; None for the surface.
    """

    drawn: DrawnObject
    rotation: Float
    position_m: Float
    body: Body | None


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
        placements = [group.placement for group in spec.objects.values()]
        self._layered = frozenset(name for name, group in spec.objects.items() if isinstance(group.placement, Layered))
        self._hollow = {placement.container for placement in placements if isinstance(placement, Inside)}

    def make(self, drawer: Drawer) -> tuple[tuple[PlacedObject, ...], Counter[str]]:
        """Return the objects of a scene, the surface first, and how often tries were refused by reason.

        Raises:
            PlacementError: Some object found no place in any of the restarts.
        """
        surface, support = self._make_surface(drawer)
        drawn = [self._draw_group(drawer, name, group) for name, group in self._spec.objects.items()]
        rejections: Counter[str] = Counter()
        failures: Counter[str] = Counter()
        for restart in range(self._spec.max_restarts + 1):
            stage = Stage(support, drawer.renewed(f"#{restart}") if restart else drawer, self._layered)
            try:
                placed = self._place_all(stage, drawn)
            except NoPlaceError as failure:
                failures[failure.name] += 1
                rejections += stage.rejections
                rejections["restarts"] += 1
                continue
            rejections += stage.rejections
            return (*([surface] if surface else []), *placed), rejections
        raise PlacementError(_explain(failures, rejections, self._spec.max_restarts))

    def _place_all(self, stage: Stage, drawn: list[list[DrawnObject]]) -> list[PlacedObject]:
        placed: list[PlacedObject] = []
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
                try:
                    body = _place(candidate, group, stage)
                except NoPlaceError:
                    if not group.optional:
                        raise
                    stage.rejections[f"objects.{item.group}: left out"] += 1
                    continue
                stage.bodies.add(body)
                placed.append(PlacedObject(drawn=item, rotation=body.rotation, position_m=body.position_m, body=body))
        return placed

    def _draw_group(self, drawer: Drawer, name: str, group: ObjectGroup) -> list[DrawnObject]:
        count = drawer.integer(f"objects.{name}.count", group.count)
        return [self._draw_object(drawer, name, group, index) for index in range(count)]

    def _draw_object(self, drawer: Drawer, name: str, group: ObjectGroup, index: int) -> DrawnObject:
        path = f"objects.{name}.{index}"
        entry, ref = self._selector.draw(
            drawer, group, "model",
            pool_path=f"objects.{name}", asset_path=f"{path}.asset", variant_path=f"{path}.variant",
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


def _place(candidate: Candidate, group: ObjectGroup, stage: Stage) -> Body:
    placement = group.placement
    if isinstance(placement, InVolume):
        return place_in_volume(candidate, placement, stage)
    if isinstance(placement, (Layered, Stack)):
        return place_layer(candidate, placement, stage)
    if isinstance(placement, Inside):
        return place_inside(candidate, placement, stage)
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
