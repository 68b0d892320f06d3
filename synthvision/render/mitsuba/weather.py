"""Wet and snowy surfaces: masks per vertex of meshes that are split until a mask's patches are well resolved.

The masks are those of `synthvision.render.surface_weather`, which the raster backend draws too. What they mix is one
dry body, one soaked with a film of water, standing water and snow. The rings that rain makes on puddles are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.render.mitsuba.fields import Field
from synthvision.render.mitsuba.labels import LabelCaster
from synthvision.render.mitsuba.materials import Body, MaterialMaker
from synthvision.render.parts import ScenePart
from synthvision.render.surface_weather import (
    FILM_PATCH_M,
    PUDDLE_ROUGHNESS,
    SNOW_ROUGHNESS,
    WATER_F0,
    Heights,
    darkened_by_water,
    open_heights,
    puddle_mask,
    snow_mask,
    wet_film,
)
from synthvision.scene import Camera, Scene, Weather

__all__ = ["VertexMasks", "Vertices", "WeatherPainter", "refined"]

Float = NDArray[np.float64]

#: Longest edge of a triangle in view, in pixels, and as a share of a mask's patches.
_EDGE_PX = 3.0
_EDGE_SHARE = 0.08
_MOST_TRIANGLES = 400_000
_MOST_ROUNDS = 16
#: What looks for the sky starts this far above a surface, in metres.
_LIFT_M = 0.02
#: Roughness of a film where it is neither thick nor thin, and how far ground reaches above and below itself.
_FILM_ROUGHNESS = 0.28
_PUDDLE_SLACK_M = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Vertices:
    """A mesh in the world.

    Args:
        positions_n3: Metres.
        normals_n3: Unit length.
        uvs_n2: Texture coordinates of the maps.
        triangles_m3: Vertex numbers.
    """

    positions_n3: Float
    normals_n3: Float
    uvs_n2: NDArray[np.float32]
    triangles_m3: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class VertexMasks:
    """How much of each vertex is under what, float32 (n, 1) by the name of mitsuba's attribute; empty for none."""

    by_name: dict[str, NDArray[np.float32]]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the masks, in the order in which they lie over each other."""
        return tuple(self.by_name)


class WeatherPainter:
    """Puts the weather of one scene on its surfaces.

    Args:
        scene: The scene.
        caster: Its labels: tells what hides the sky.
    """

    def __init__(self, scene: Scene, caster: LabelCaster) -> None:
        weather = scene.weather
        lies = weather is not None and (weather.wetness is not None or weather.snow_cover is not None)
        self._weather: Weather | None = weather if lies else None
        self._camera = scene.camera
        self._caster = caster
        self._heights = _ground_heights(caster) if lies else open_heights()

    @property
    def snow_albedo(self) -> float:
        """Share of light that lying snow reflects; 0 where none lies."""
        weather = self._weather
        return 0.0 if weather is None or weather.snow_cover is None else weather.snow_cover.albedo

    def masks(self, part: ScenePart, vertices: Vertices) -> tuple[Vertices, VertexMasks]:
        """Return a part's mesh, split where it is too coarse, with what lies on it."""
        weather = self._weather
        if weather is None or part.surface.material.alpha_mode == "blend":
            return vertices, VertexMasks({})
        finest = _EDGE_SHARE * min(_patch_sizes(weather))
        mesh = refined(vertices, self._camera, finest)
        normals = mesh.normals_n3.astype(np.float32)
        open_sky = self._open_sky(mesh)
        found: dict[str, NDArray[np.float32]] = {}
        if weather.wetness is not None:
            wet, _ = wet_film(mesh.positions_n3, normals, open_sky, weather, self._heights)
            puddle = puddle_mask(mesh.positions_n3, normals, weather, self._heights) * open_sky
            found |= {"vertex_wet": np.maximum(wet, puddle)[:, None], "vertex_puddle": puddle[:, None]}
        if weather.snow_cover is not None:
            found["vertex_snow"] = snow_mask(mesh.positions_n3, normals, open_sky, weather)[:, None]
        return mesh, VertexMasks({name: mask for name, mask in found.items() if mask.max(initial=0.0) > 0})

    def painted(self, maker: MaterialMaker, bumped: Any, body: Body, masks: VertexMasks, bump: Any) -> Any:
        """Return a dry BSDF under what the masks name.

        Args:
            maker: Makes BSDFs.
            bumped: The dry BSDF under its normal map.
            body: What it is made of.
            masks: What lies on the part.
            bump: Puts a BSDF under the part's normal map.
        """
        for name in masks.kinds:
            if name == "vertex_wet":
                over = bump(maker.opaque(_soaked(body)))
            elif name == "vertex_puddle":
                over = maker.opaque(_standing_water(body))
            else:
                over = maker.opaque(_snow(self.snow_albedo))
            bumped = maker.lobes.blend(Field(np.array([[0.0], [1.0]], np.float32), attribute=name), bumped, over)
        return bumped

    def _open_sky(self, mesh: Vertices) -> NDArray[np.float32]:
        """Return whether the sky straight above is open, 0 or 1; what faces down has itself above."""
        up = np.broadcast_to(np.array([0.0, 0.0, 1.0]), mesh.positions_n3.shape)
        start = mesh.positions_n3 + _LIFT_M * mesh.normals_n3 + np.array([0.0, 0.0, _LIFT_M])
        hidden = self._caster.target.nearest(start, up) >= 0
        rise = np.clip((mesh.normals_n3[:, 2] + 0.2) / 0.25, 0, 1)
        return np.asarray(rise * rise * (3 - 2 * rise) * ~hidden, np.float32)


def refined(vertices: Vertices, camera: Camera, finest_m: float) -> Vertices:
    """Return a mesh whose triangles in view have edges of a few pixels, or of `finest_m` where that is more.

    Triangles are cut in four at the middles of their edges; the surface stays what it is.

    Args:
        vertices: The mesh.
        camera: Tells how large a triangle is seen.
        finest_m: Edges shorter than this need no cut.
    """
    rows = np.concatenate([vertices.positions_n3, vertices.normals_n3, vertices.uvs_n2], axis=1)
    triangles = vertices.triangles_m3.astype(np.int64)
    done: list[NDArray[np.int64]] = []
    count = len(triangles)
    for _ in range(_MOST_ROUNDS):
        coarse = _too_coarse(rows[:, :3], triangles, camera, finest_m)
        if not coarse.any() or count + 3 * int(coarse.sum()) > _MOST_TRIANGLES:
            break
        done.append(triangles[~coarse])
        cut = triangles[coarse]
        a, b, c = cut.T
        middles = [(rows[first] + rows[second]) / 2 for first, second in ((a, b), (b, c), (c, a))]
        start = len(rows) + np.arange(3)[:, None] * len(cut) + np.arange(len(cut))
        ab, bc, ca = start
        rows = np.concatenate([rows, *middles])
        triangles = np.concatenate(
            [np.stack(corner, axis=1) for corner in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        )
        count += 3 * len(cut)
    normals = rows[:, 3:6] / np.maximum(np.linalg.norm(rows[:, 3:6], axis=1, keepdims=True), 1e-12)
    kept = np.concatenate([*done, triangles]).astype(np.uint32)
    return Vertices(rows[:, :3], normals, rows[:, 6:].astype(np.float32), kept)


def _too_coarse(positions: Float, triangles: NDArray[np.int64], camera: Camera, finest_m: float) -> NDArray[np.bool_]:
    corners = positions[triangles]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    pose = camera.camera_from_world
    seen = corners @ pose[:3, :3].T + pose[:3, 3]
    nearest = np.linalg.norm(seen.mean(axis=1), axis=1) - edges
    pixels = edges * max(camera.focal_xy_px) / np.maximum(nearest, max(camera.near_m, 1e-3))
    width, height = camera.size_wh
    (fx, fy), (cx, cy) = camera.focal_xy_px, camera.centre_xy_px
    x, y, z = np.moveaxis(seen, 2, 0)
    # Wholly beyond one side of the picture: a product instead of a quotient holds behind the camera too.
    outside = (z <= 0).all(axis=1)
    for beyond in (
        fx * x + cx * z < 0,
        fx * x + (cx - width) * z > 0,
        fy * y + cy * z < 0,
        fy * y + (cy - height) * z > 0,
    ):
        outside |= beyond.all(axis=1)
    coarse: NDArray[np.bool_] = (pixels > _EDGE_PX) & (edges > finest_m) & ~outside
    return coarse


def _patch_sizes(weather: Weather) -> list[float]:
    sizes = []
    if weather.wetness is not None:
        sizes += [FILM_PATCH_M] + ([weather.wetness.puddle_size_m] if weather.wetness.puddles > 0 else [])
    if weather.snow_cover is not None:
        sizes.append(weather.snow_cover.patch_size_m)
    return sizes


def _ground_heights(caster: LabelCaster) -> Heights:
    """Return between which heights puddles can stand: those of the lowest flat background, everywhere without one."""
    ranges = []
    for part in caster.target.parts:
        if part.item.role == "background":
            positions = part.world_positions()
            size = positions.max(axis=0) - positions.min(axis=0)
            if size[2] <= 0.02 * max(size[0], size[1]):
                ranges.append((float(positions[:, 2].min()), float(positions[:, 2].max())))
    if not ranges:
        return open_heights()
    low, high = min(ranges)
    return low - _PUDDLE_SLACK_M, high + _PUDDLE_SLACK_M


def _soaked(body: Body) -> Body:
    """Return a body under a film of water: darker where it is rough, smoother, with the water's own face."""
    rough, metal = float(body.roughness.mean[0]), float(body.metallic.mean[0])
    step = np.clip((rough - 0.15) / 0.35, 0, 1)
    soaked = np.float32((1 - metal) * step * step * (3 - 2 * step))
    coated = np.float32(1 - metal)

    def smoothed(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return values + (np.minimum(values, np.float32(_FILM_ROUGHNESS)) - values) * coated

    return replace(
        body,
        base=body.base.map(lambda values: darkened_by_water(np.clip(values, 0, 1), soaked)),
        roughness=body.roughness.map(smoothed),
        f0=body.f0 + (WATER_F0 - body.f0) * float(coated),
    )


def _standing_water(body: Body) -> Body:
    return replace(
        _soaked(body),
        roughness=Field(np.array([PUDDLE_ROUGHNESS], np.float32)),
        metallic=Field(np.zeros(1, np.float32)),
        f0=WATER_F0,
        coat=0.0,
    )


def _snow(albedo: float) -> Body:
    return Body(
        base=Field(np.full(3, albedo, np.float32)),
        roughness=Field(np.array([SNOW_ROUGHNESS], np.float32)),
        metallic=Field(np.zeros(1, np.float32)),
        f0=WATER_F0,
        coat=0.0,
        coat_roughness=0.0,
    )
