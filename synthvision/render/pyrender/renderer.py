"""A second raster backend: pyrender 0.1.45 behind the `Renderer` protocol, a judge of labels and pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import RenderError, UsageError
from synthvision.core.frames import AmodalCoverage, LabelImages, Radiance
from synthvision.core.id_colours import encode_id_colours, linear_from_srgb8
from synthvision.geometry.boxes import Box, box_intersection
from synthvision.gpu.context import GpuContext
from synthvision.render.assets import RenderAssets
from synthvision.render.background import background_light
from synthvision.render.config import PyrenderConfig
from synthvision.render.coverage import join_windows
from synthvision.render.opengl.amodal import pack_layers
from synthvision.render.opengl.screen_bounds import screen_box
from synthvision.render.parts import PartSource, box_corners
from synthvision.render.pixel_rays import camera_rays, facing_camera
from synthvision.render.pyrender.engine import Engine
from synthvision.render.pyrender.lights import lighting_of, place_lights
from synthvision.render.pyrender.meshes import MeshMaker
from synthvision.render.renderer import Shading
from synthvision.scene import Camera, Scene

__all__ = ["PyrenderRenderer"]

#: What is brighter than this many times the brightest lit white is cut off.
_HEADROOM = 64.0
_FLIP = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """A scene as pyrender's, with what is seen at its pixel centres."""

    source: Scene
    scene: Any
    camera_node: Any
    nodes: dict[int, list[Any]]
    boxes: dict[int, Box | None]
    unit: float
    id_hw: NDArray[np.uint16]
    depth_m_hw: NDArray[np.float32]


class PyrenderRenderer:
    """Draws scenes with pyrender; see `synthvision.render.renderer.Renderer` for the methods.

    It has an OpenGL context of its own beside the one it is given. What pyrender cannot do: alpha masks are drawn as if
    whole, lamps have no size, points throw no shadow, and no environment is mirrored. Surfaces stay dry and free of
    snow.

    Args:
        context: The context of the others; it is left current.
        library: Where assets come from.
        config: Options; None for the defaults.

    Raises:
        MissingExtraError: pyrender is not installed.
        GpuUnavailableError: Its OpenGL bindings find no library.
    """

    def __init__(self, context: GpuContext, library: RenderAssets, config: PyrenderConfig | None = None) -> None:
        self._others = context
        self._assets = library
        self._config = config or PyrenderConfig.model_validate({})
        self._engine = Engine()
        self._meshes = MeshMaker(self._engine.pyrender)
        self._parts = PartSource(library)
        self._prepared: _Prepared | None = None
        self._others.take()

    def fingerprint(self) -> Mapping[str, str]:
        """Return what decides the exact bytes of its pictures: backend, driver, versions."""
        driver = self._engine.context.driver
        return {
            "backend": "pyrender",
            "vendor": driver.vendor,
            "driver": driver.renderer,
            "version": driver.version,
            "pyrender": version("pyrender"),
            "pyopengl": version("PyOpenGL"),
        }

    def render_labels(
        self, scene: Scene, *, normals: bool = False, amodal_ids: Collection[int] = (), light_follows: bool = True
    ) -> LabelImages:
        """Return ids, depth and on request normals at pixel centres, and the coverage of each asked object alone.

        pyrender draws no normals: they are those of the planes that neighbouring depths lie on.
        """
        prepared = self._prepare(scene)
        normal_hwc = _normals_of_depth(scene.camera, prepared.id_hw, prepared.depth_m_hw) if normals else None
        amodal = self._amodal(prepared, amodal_ids)
        self._others.take()
        return LabelImages(prepared.id_hw, prepared.depth_m_hw, normal_hwc, amodal)

    def render_radiance(self, scene: Scene, *, shading: Shading = "full") -> Radiance:
        """Return the linear light of the picture as an array."""
        prepared = self._prepare(scene)
        light = self._id_light(prepared) if shading == "ids" else self._light(prepared)
        self._others.take()
        width, height = scene.camera.size_wh
        return Radiance(width, height, prepared.id_hw, prepared.depth_m_hw, rgb_hwc=light)

    def close(self) -> None:
        """Release everything on the GPU."""
        self._prepared = None
        self._parts.clear()
        self._engine.close()
        self._others.take()

    def _prepare(self, scene: Scene) -> _Prepared:
        if self._prepared is not None and self._prepared.source is scene:
            return self._prepared
        pyrender, camera = self._engine.pyrender, scene.camera
        longest = max(camera.size_wh)
        if longest > self._engine.context.max_texture_px:
            raise UsageError(
                f"a picture's sides must be at most {self._engine.context.max_texture_px} pixels on this driver "
                f"({self._engine.context.driver.renderer}), got {longest}"
            )
        self._meshes.begin_frame()
        parts = self._parts.parts_of(scene)
        lighting = lighting_of(scene, self._assets, self._config.environment_lights)
        peak = float(np.max(lighting.ambient_rgb, initial=0.0)) + sum(
            float(np.max(light.colour)) * (light.illuminance_lux if light.kind == "sun" else light.intensity_cd) / np.pi
            for light in lighting.lights
        )
        glow = max((max(part.surface.material.emissive) for part in parts), default=0.0)
        unit = max(peak * _HEADROOM, 2 * glow, 1e-6)
        target = pyrender.Scene(bg_color=(0.0, 0.0, 0.0, 0.0), ambient_light=(0.0, 0.0, 0.0))
        nodes: dict[int, list[Any]] = {item.instance_id: [] for item in scene.objects}
        corners: dict[int, list[NDArray[np.float64]]] = {item.instance_id: [] for item in scene.objects}
        for part in parts:
            pose = np.eye(4)
            pose[:3, 3] = part.world_from_model[:3, 3]
            nodes[part.item.instance_id].append(target.add(self._meshes.make(part, unit), pose=pose))
            corners[part.item.instance_id].append(box_corners(part.world_positions()))
        place_lights(pyrender, target, lighting, unit)
        things = [
            np.concatenate(corners[item.instance_id])
            for item in scene.objects
            if item.role != "background" and corners[item.instance_id]
        ]
        if things:
            points = np.concatenate(things)
            target.shadow_bounds = np.stack([points.min(axis=0), points.max(axis=0)])
        in_camera = {number: _to_camera(camera, np.concatenate(points)) for number, points in corners.items() if points}
        near, far = _planes(camera, in_camera)
        node = target.add(_pyrender_camera(pyrender, camera, near, far), pose=camera.world_from_camera @ _FLIP)
        boxes = {number: screen_box(camera, points) for number, points in in_camera.items()}
        codes = {node: (number & 255, number >> 8, 0) for number, group in nodes.items() for node in group}
        seen, depth = self._engine.draw(target, camera.size_wh, pyrender.RenderFlags.SEG, codes)
        id_hw = _ids(seen)
        depth = np.where(id_hw > 0, depth, np.float32(np.inf)).astype(np.float32)
        self._prepared = _Prepared(scene, target, node, nodes, boxes, unit, id_hw, depth)
        return self._prepared

    def _light(self, prepared: _Prepared) -> NDArray[np.float32]:
        flags = self._engine.pyrender.RenderFlags
        # Points have no shadow maps in pyrender.
        shadows = flags.SHADOWS_DIRECTIONAL | flags.SHADOWS_SPOT if self._config.shadows else flags.NONE
        scene = prepared.source
        drawn, _ = self._engine.draw(prepared.scene, scene.camera.size_wh, shadows)
        wrong = ~np.isfinite(drawn).all(axis=2)
        if wrong.any():
            row, column = (int(value) for value in np.argwhere(wrong)[0])
            raise RenderError(
                f"every pixel must be a finite number, got NaN or infinity in {int(wrong.sum())} pixels, the first in "
                f"column {column}, row {row}"
            )
        covered = np.clip(drawn[..., 3:], 0, 1)
        background = background_light(scene, self._assets)
        light = drawn[..., :3] * np.float32(prepared.unit) + (1 - covered) * background
        return np.ascontiguousarray(light, np.float32)

    def _id_light(self, prepared: _Prepared) -> NDArray[np.float32]:
        numbers = np.array(list(prepared.nodes), np.uint16)
        colours = {int(number): encode_id_colours(number) for number in numbers}
        codes = {
            node: tuple(int(value) for value in colours[number])
            for number, group in prepared.nodes.items()
            for node in group
        }
        flags = self._engine.pyrender.RenderFlags.SEG
        seen, _ = self._engine.draw(prepared.scene, prepared.source.camera.size_wh, flags, codes)  # type: ignore[arg-type]
        rgb = np.round(seen[..., :3] * 255).astype(np.uint8)
        # pyrender clears segmentations to black; the code of the background is a colour of its own.
        rgb[prepared.id_hw == 0] = encode_id_colours(np.array(0, np.uint16))
        return linear_from_srgb8(rgb).astype(np.float32)

    def _amodal(self, prepared: _Prepared, ids: Collection[int]) -> dict[int, AmodalCoverage]:
        camera = prepared.source.camera
        width, height = camera.size_wh
        wanted = [item.instance_id for item in prepared.source.objects if item.instance_id in set(ids)]
        windows: dict[int, list[tuple[Box, NDArray[np.bool_]]]] = {number: [] for number in wanted}
        original = prepared.camera_node.camera
        for row in (-1, 0, 1):
            for column in (-1, 0, 1):
                tile = (column * width, row * height, (column + 1) * width, (row + 1) * height)
                pieces = [
                    (number, part)
                    for number in wanted
                    if (box := prepared.boxes.get(number)) is not None
                    and (part := box_intersection(box, tile)) is not None
                ]
                if not pieces:
                    continue
                cx, cy = camera.centre_xy_px
                moved = replace(camera, centre_xy_px=(cx - tile[0], cy - tile[1]))
                prepared.camera_node.camera = _pyrender_camera(
                    self._engine.pyrender, moved, original.znear, original.zfar
                )
                for layer in pack_layers([box for _, box in pieces]):
                    found = self._layer(prepared, [pieces[index][0] for index in layer])
                    for number, box in (pieces[index] for index in layer):
                        x1, y1, x2, y2 = box
                        covered = found[y1 - tile[1] : y2 - tile[1], x1 - tile[0] : x2 - tile[0]] == number
                        if (row, column) == (0, 0):
                            # What is seen is always part of what is covered.
                            covered = covered | (prepared.id_hw[y1:y2, x1:x2] == number)
                        windows[number].append((box, covered))
        prepared.camera_node.camera = original
        return {number: join_windows(camera, found) for number, found in windows.items()}

    def _layer(self, prepared: _Prepared, numbers: Sequence[int]) -> NDArray[np.uint16]:
        """Return the ids of some objects drawn without all others."""
        codes = {node: (number & 255, number >> 8, 0) for number in numbers for node in prepared.nodes[number]}
        flags = self._engine.pyrender.RenderFlags.SEG
        # Nodes without a code are not drawn.
        return _ids(self._engine.draw(prepared.scene, prepared.source.camera.size_wh, flags, codes)[0])


def _ids(seen: NDArray[np.float32]) -> NDArray[np.uint16]:
    codes = np.round(seen[..., :2] * 255).astype(np.uint16)
    return np.asarray(codes[..., 0] + (codes[..., 1] << np.uint16(8)), np.uint16)


def _to_camera(camera: Camera, points_n3: NDArray[np.float64]) -> NDArray[np.float64]:
    pose = camera.camera_from_world
    moved: NDArray[np.float64] = points_n3 @ pose[:3, :3].T + pose[:3, 3]
    return moved


def _planes(camera: Camera, in_camera: Mapping[int, NDArray[np.float64]]) -> tuple[float, float]:
    """Return near and far planes around the content: depth keeps its precision whatever the camera allows."""
    if not in_camera:
        return camera.near_m, camera.far_m
    smallest = min(float(points[:, 2].min()) for points in in_camera.values())
    largest = max(float(points[:, 2].max()) for points in in_camera.values())
    near = max(camera.near_m, 0.95 * smallest)
    far = min(camera.far_m, max(1.05 * largest, 2 * near))
    return near, max(far, 1.01 * near)


def _pyrender_camera(pyrender: Any, camera: Camera, near: float, far: float) -> Any:
    return pyrender.IntrinsicsCamera(*camera.focal_xy_px, *camera.centre_xy_px, znear=near, zfar=far)


def _normals_of_depth(
    camera: Camera, id_hw: NDArray[np.uint16], depth_m_hw: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return unit normals in camera axes that face the camera, float32 (height, width, 3), zero for none.

    Along each axis the neighbour of the same object that is nearer in depth tells the slope.
    """
    rays = camera_rays(camera)
    points = rays * np.where(np.isfinite(depth_m_hw), depth_m_hw, 0.0)[..., None].astype(np.float64)
    along_x, along_y = (_slope(points, id_hw, depth_m_hw, axis) for axis in (1, 0))
    normal = np.cross(along_y, along_x)
    length = np.linalg.norm(normal, axis=2, keepdims=True)
    # An object one pixel wide says nothing about its slope: it is taken to face the camera.
    normal = np.where(
        length > 0, normal / np.maximum(length, 1e-300), -rays / np.linalg.norm(rays, axis=2, keepdims=True)
    )
    shape = normal.shape
    facing = facing_camera(normal.reshape(-1, 3), rays.reshape(-1, 3)).reshape(shape)
    facing[id_hw == 0] = 0
    return facing


def _slope(
    points: NDArray[np.float64], id_hw: NDArray[np.uint16], depth_m_hw: NDArray[np.float32], axis: int
) -> NDArray[np.float64]:
    best = np.zeros_like(points)
    nearest = np.full(id_hw.shape, np.inf)
    for step in (1, -1):
        shifted = np.roll(points, -step, axis=axis)
        same = np.roll(id_hw, -step, axis=axis) == id_hw
        border = [slice(None), slice(None)]
        border[axis] = slice(-1, None) if step == 1 else slice(0, 1)
        same[tuple(border)] = False
        change = np.where(same, np.abs(shifted[..., 2] - points[..., 2]), np.inf)
        better = change < nearest
        best[better] = (step * (shifted - points))[better]
        nearest[better] = change[better]
    return best
