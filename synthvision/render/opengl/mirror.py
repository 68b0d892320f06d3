"""Mirror images in flat ground: a second, smaller picture of the scene as seen from below the plane.

A plane that mirrors shows at each pixel what a camera mirrored at the plane sees there. That camera's picture is turned
left to right as well, so that it is a camera like any other; whoever reads it projects a world point into it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import quaternion_from_rotation
from synthvision.geometry.projection import clip_from_camera
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import Target, TargetPool
from synthvision.render.opengl.centres import CentreSamples, draw_surfaces
from synthvision.render.opengl.drawlist import Draw, DrawList
from synthvision.scene import Camera, Scene

__all__ = ["MirrorPlane", "MirrorView", "PlanarMirror", "find_mirror", "mirror_camera", "mirror_view"]

#: Rougher ground shows no mirror image.
_ROUGHEST = 0.32
#: No pass for a plane that fills less of the picture.
_LEAST_SHARE = 0.005
#: A plate is at most this thick for its width.
_FLATNESS = 0.06
#: The picture's size over the mirror image's: for clear mirrors, and where film and rings blur what is mirrored.
_REDUCTION = 2
_ROUGH_REDUCTION = 3
_CLIP_DISTANCE_0 = 0x3000
_MIRROR = np.diag([1.0, 1.0, -1.0])


@dataclass(frozen=True, slots=True)
class MirrorPlane:
    """A horizontal plane that mirrors.

    Args:
        height_m: World z.
        object_index: The object that it is the top of, an index into ``DrawList.objects``.
        reduction: How many times smaller than the picture its mirror image may be: the rougher it is, the more.
    """

    height_m: float
    object_index: int
    reduction: int


def find_mirror(draw_list: DrawList, centre: CentreSamples, ground: int | None) -> MirrorPlane | None:
    """Return the plane that mirrors and fills most of the picture, or None where none does.

    Flat ground mirrors where it is wet and not all under snow, and any flat, horizontal plate where its material is
    smooth.

    Args:
        draw_list: The scene.
        centre: What the picture shows.
        ground: What `ground_object` returned.
    """
    wet = _mirrors_when_wet(draw_list.scene)
    camera_z = draw_list.scene.camera.position_m[2]
    candidates = {
        number: float(item.world_23[1, 2])
        for number, item in enumerate(draw_list.objects)
        for index in item.draws[:1]
        if item.world_23[1, 2] < camera_z and _is_plate(item.world_23)
        if (wet and number == ground) or _roughness(draw_list.draws[index]) <= _ROUGHEST
    }
    if not candidates:
        return None
    pixels = np.bincount(centre.part_hw.ravel(), minlength=len(draw_list.draws) + 1)[1:]
    seen = {number: sum(int(pixels[index]) for index in draw_list.objects[number].draws) for number in candidates}
    best = max(seen, key=lambda number: seen[number])
    if seen[best] < _LEAST_SHARE * centre.part_hw.size:
        return None
    return MirrorPlane(
        candidates[best],
        best,
        _ROUGH_REDUCTION if wet and best == ground and _is_stirred(draw_list.scene) else _REDUCTION,
    )


def _is_stirred(scene: Scene) -> bool:
    """Return whether no water on the ground is a clear mirror: a film alone, or puddles that rain falls into."""
    wetness = scene.weather.wetness if scene.weather is not None else None
    return wetness is not None and (wetness.puddles == 0 or wetness.ripple_rate_mm_h > 0)


def _mirrors_when_wet(scene: Scene) -> bool:
    weather = scene.weather
    if weather is None or weather.wetness is None:
        return False
    snow = weather.snow_cover
    return (weather.wetness.film > 0.1 or weather.wetness.puddles > 0) and (snow is None or snow.cover < 0.98)


def _is_plate(world_23: NDArray[np.float64]) -> bool:
    side = world_23[1] - world_23[0]
    return bool(side[2] <= _FLATNESS * min(side[0], side[1]))


def _roughness(draw: Draw) -> float:
    material = draw.surface.material
    texture = draw.maps.get("metallic_roughness_map")
    return material.roughness * (float(texture.mean_rgb[1]) if texture is not None else 1.0)


def mirror_camera(camera: Camera, height_m: float, reduction: int = _REDUCTION) -> Camera:
    """Return the camera whose picture, smaller and turned left to right, is the mirror image in a plane.

    Args:
        camera: The picture's.
        height_m: World z of the plane.
        reduction: How many times smaller.
    """
    width, height = camera.size_wh
    turned = _MIRROR @ camera.world_from_camera[:3, :3] @ np.diag([-1.0, 1.0, 1.0])
    qw, qx, qy, qz = (float(value) for value in quaternion_from_rotation(turned))
    x, y, z = camera.position_m
    return replace(
        camera,
        size_wh=(-(-width // reduction), -(-height // reduction)),
        focal_xy_px=(camera.focal_xy_px[0] / reduction, camera.focal_xy_px[1] / reduction),
        centre_xy_px=((width - camera.centre_xy_px[0]) / reduction, camera.centre_xy_px[1] / reduction),
        position_m=(x, y, 2 * height_m - z),
        rotation_wxyz=(qw, qx, qy, qz),
    )


@dataclass(frozen=True, slots=True, eq=False)
class PlanarMirror:
    """What ``planar_mirror.glsl`` reads.

    Args:
        light: Radiance of what stands on the plane, times its coverage, and coverage; with mip levels.
        reach: Metres from the plane to what is mirrored, times coverage; with mip levels.
        place_from_world: 4x4, to texture coordinates of both.
        height_m: World z of the plane.
    """

    light: moderngl.Texture
    reach: moderngl.Texture
    place_from_world: NDArray[np.float64]
    height_m: float

    def bind(self, program: moderngl.Program, light_unit: int, reach_unit: int) -> None:
        """Set the uniforms of a program that has them.

        Args:
            program: Where.
            light_unit: Texture unit of `light`.
            reach_unit: Texture unit of `reach`.
        """
        if "mirror_light" not in program:
            return
        self.light.use(light_unit)
        self.reach.use(reach_unit)
        program["mirror_from_world"].write(np.ascontiguousarray(self.place_from_world.T, np.float32).tobytes())
        program["mirror_height"] = self.height_m


@dataclass(frozen=True, slots=True, eq=False)
class MirrorView:
    """The mirrored scene before it is lit.

    Args:
        draw_list: The same draws for the mirrored camera; the caller releases it.
        surfaces: What it sees at its pixel centres, with the channels of `CentreSamples`.
        place_from_world: 4x4, to texture coordinates of its pictures.
    """

    draw_list: DrawList
    surfaces: Target
    place_from_world: NDArray[np.float64]


def mirror_view(context: GpuContext, pool: TargetPool, draw_list: DrawList, plane: MirrorPlane) -> MirrorView | None:
    """Return what the mirrored camera sees above a plane, or None where nothing stands there.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        plane: From `find_mirror`.
    """
    height = plane.height_m
    standing = [
        index
        for number, item in enumerate(draw_list.objects)
        if number != plane.object_index and item.world_23[1, 2] > height + 1e-4
        for index in item.draws
    ]
    if not standing:
        return None
    camera = mirror_camera(draw_list.scene.camera, height, plane.reduction)
    corners = np.concatenate([draw_list.objects[draw_list.draws[i].object_index].corners_world_83 for i in standing])
    depths = corners @ camera.camera_from_world[2, :3] + camera.camera_from_world[2, 3]
    far_m = min(max(1.05 * float(depths.max()), 2 * camera.near_m), camera.far_m)
    # Nothing below the plane is drawn, so that the nearest thing is no nearer than the plane's own distance.
    near_m = max(camera.near_m, 0.95 * float(depths.min()))
    far_m = max(far_m, 1.01 * near_m)
    clip = clip_from_camera(camera.k_33, camera.size_wh, near_m, far_m) @ camera.camera_from_world
    rows = draw_list.rows.copy()
    rows["clip_from_model"] = np.swapaxes(clip @ draw_list.world_from_model, 1, 2)
    # The vertex shader cuts off what is below: height of the model's origin over the plane.
    rows["uv_offset"][:, 3] = draw_list.world_from_model[:, 2, 3] - height
    mirrored = replace(
        draw_list,
        scene=replace(draw_list.scene, camera=camera),
        rows=rows,
        uniforms=context.gl.buffer(rows.tobytes()),
        near_m=near_m,
        far_m=far_m,
    )
    context.gl.enable_direct(_CLIP_DISTANCE_0)
    solid = [index for index in standing if not draw_list.draws[index].blended]
    surfaces = draw_surfaces(context, pool, mirrored, solid, "mirrored", {"ABOVE_PLANE": 1})
    context.gl.disable_direct(_CLIP_DISTANCE_0)
    to_place = np.array([[0.5, 0, 0, 0.5], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0, 1]])
    return MirrorView(mirrored, surfaces, to_place @ clip)
