"""A scene as a list of draws: meshes and textures uploaded, matrices and material factors in one uniform buffer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.geometry.poses import matrix_from_pose
from synthvision.geometry.projection import clip_from_camera
from synthvision.gpu.context import GpuContext
from synthvision.library.model import Material, MeshPart, Model, Texture
from synthvision.render.assets import RenderAssets
from synthvision.render.opengl.cache import GpuCache
from synthvision.render.opengl.coats import CoatTable
from synthvision.render.opengl.materials import SurfaceMaterial, resolve_materials
from synthvision.render.opengl.meshes import GpuMesh, upload_mesh
from synthvision.render.opengl.textures import GpuTexture, upload_normal_map, upload_texture
from synthvision.scene import Camera, RectLight, Scene, SceneObject

__all__ = ["DRAW_BYTES", "Draw", "DrawList", "DrawObject", "Features", "MapName", "build_draw_list"]

MapName = str
#: Texture unit of each map in the geometry passes.
MAP_UNITS: Mapping[MapName, int] = {
    "base_colour_map": 0,
    "metallic_roughness_map": 1,
    "normal_map": 2,
    "occlusion_map": 3,
    "emissive_map": 4,
}

_ROW = np.dtype(
    [
        ("clip_from_model", np.float32, (4, 4)),
        ("world_from_model", np.float32, (3, 4)),
        ("normal_from_model", np.float32, (3, 4)),
        ("base_colour", np.float32, 4),
        ("surface", np.float32, 4),
        ("emissive", np.float32, 4),
        ("uv_22", np.float32, 4),
        ("uv_offset", np.float32, 4),
        ("ids", np.uint32, 4),
    ]
)
#: The label pass numbers draws in 16 bits; 0 is the background.
_MAX_DRAWS = 65_535
#: Bytes of one draw in the uniform buffer; 256 is the largest offset alignment that drivers ask for.
DRAW_BYTES = _ROW.itemsize
#: A square of side 1 that faces +z, counter-clockwise, homogeneous.
_PANEL_CORNERS = np.array([[-0.5, -0.5, 0, 1], [0.5, -0.5, 0, 1], [0.5, 0.5, 0, 1], [-0.5, 0.5, 0, 1]])


@dataclass(frozen=True, slots=True, eq=False)
class DrawObject:
    """One object of the scene with its bounds.

    Args:
        item: The scene's object.
        corners_camera_83: Corners of the model's box in camera axes, metres.
        corners_world_83: The same in the world.
        depths_m: Smallest and largest depth of the corners.
        world_23: Smallest and largest world coordinates of the corners.
        draws: Indices into ``DrawList.draws``.
    """

    item: SceneObject
    corners_camera_83: NDArray[np.float64]
    corners_world_83: NDArray[np.float64]
    depths_m: tuple[float, float]
    world_23: NDArray[np.float64]
    draws: tuple[int, ...]


class Features(NamedTuple):
    """What decides the shader variant of a draw.

    Args:
        maps: Names of the maps it has.
        colours: Whether its vertices have colours.
        cutout: Whether texels can be missing.
        mirror_uv: Whether its maps go on mirrored beyond their border, along u and v.
    """

    maps: tuple[MapName, ...]
    colours: bool
    cutout: bool
    mirror_uv: tuple[bool, bool]


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """One mesh part of one object.

    Args:
        mesh: Vertices.
        surface: Final material.
        maps: Textures by map name; only those that the part has.
        instance_id: The object's id; 0 for a rectangle light that is seen.
        object_index: Index into ``DrawList.objects``, -1 for a rectangle light.
        front_face: Winding of faces seen from outside, ``ccw`` or ``cw``.
        culled: Whether faces seen from behind are left out.
        cutout: Alpha below which a texel is not there for labels, or None where every texel is.
        blended: Drawn over what stands behind it.
        features: What decides its shader variant.
    """

    mesh: GpuMesh
    surface: SurfaceMaterial
    maps: Mapping[MapName, GpuTexture]
    instance_id: int
    object_index: int
    front_face: str
    culled: bool
    cutout: float | None
    blended: bool
    features: Features


@dataclass(frozen=True, slots=True, eq=False)
class DrawList:
    """Everything that the passes over one scene share.

    Args:
        scene: What is drawn.
        draws: Draws in the order that every pass keeps, so that ties in depth have one winner everywhere.
        objects: The scene's objects, the nearest first.
        rows: The draws' uniforms, one row each.
        world_from_model: float64 (draws, 4, 4).
        uniforms: The rows on the GPU.
        coats: Classes of reflectance and coat that the draws refer to.
        near_m: Near plane that fits the content, not closer than the camera's.
        far_m: Far plane that fits the content, not farther than the camera's.
    """

    scene: Scene
    draws: tuple[Draw, ...]
    objects: tuple[DrawObject, ...]
    rows: NDArray[np.void]
    world_from_model: NDArray[np.float64]
    uniforms: moderngl.Buffer | None
    coats: CoatTable
    near_m: float
    far_m: float

    @property
    def is_emissive(self) -> bool:
        """Whether any surface gives off light."""
        return any(any(draw.surface.material.emissive) for draw in self.draws)

    @property
    def typical_size_m(self) -> float:
        """Longest side of the middle one of the objects that are not background, 1 where there are none."""
        sizes = [
            float((item.world_23[1] - item.world_23[0]).max())
            for item in self.objects
            if item.item.role != "background"
        ]
        return float(np.median(sizes)) if sizes else 1.0

    @property
    def instance_of_part(self) -> NDArray[np.uint16]:
        """Instance id by number of the draw, uint16 (draws + 1,); number 0 is the background."""
        return np.array([0, *(draw.instance_id for draw in self.draws)], np.uint16)

    def bind(self, index: int) -> None:
        """Bind the uniforms of one draw to block 0."""
        if self.uniforms is not None:
            self.uniforms.bind_to_uniform_block(0, offset=index * DRAW_BYTES, size=DRAW_BYTES)

    def release(self) -> None:
        """Give the uniform buffer back."""
        if self.uniforms is not None:
            self.uniforms.release()


def build_draw_list(
    context: GpuContext, cache: GpuCache, assets: RenderAssets, scene: Scene, anisotropy: int
) -> DrawList:
    """Return the draws of `scene`, after uploading what is not on the GPU yet.

    Raises:
        AssetError: An asset cannot be loaded.
        UsageError: A material override names a slot that does not exist, or there are too many parts.
    """
    camera_from_world = scene.camera.camera_from_world
    draws: list[Draw] = []
    objects: list[DrawObject] = []
    matrices: list[NDArray[np.float64]] = []
    for index, item in enumerate(_near_to_far(scene)):
        model = assets.load_model(item.asset)
        world_from_model = item.world_from_model
        mirrored = bool(np.linalg.det(world_from_model[:3, :3]) < 0)
        surfaces = resolve_materials(item, model, assets)
        first = len(draws)
        for number, part in enumerate(model.parts):
            if not len(part.triangles_m3) or not item.shows(part.name):
                continue
            mesh = cache.get("mesh", f"{model.key}#{number}", partial(upload_mesh, context, part))
            surface = surfaces[part.material]
            material = surface.material
            maps = _upload_maps(context, cache, surface, anisotropy)
            draws.append(
                Draw(
                    mesh=mesh,
                    surface=surface,
                    maps=maps,
                    instance_id=item.instance_id,
                    object_index=index,
                    front_face="cw" if mirrored else "ccw",
                    culled=not material.double_sided,
                    cutout=_cutout(surface),
                    blended=material.alpha_mode == "blend",
                    features=_features(mesh, surface, maps),
                )
            )
            matrices.append(world_from_model)
        corners = _box_corners(_bounds(draws[first:], model)) @ world_from_model[:3, :3].T + world_from_model[:3, 3]
        in_camera = corners @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
        objects.append(
            DrawObject(
                item,
                in_camera,
                corners,
                (float(in_camera[:, 2].min()), float(in_camera[:, 2].max())),
                np.stack([corners.min(axis=0), corners.max(axis=0)]),
                tuple(range(first, len(draws))),
            )
        )
    panels = [light for light in scene.lights if isinstance(light, RectLight) and light.visible]
    for light in panels:
        draws.append(_panel_draw(context, cache, light))
        matrices.append(_panel_matrix(light))
    if len(draws) > _MAX_DRAWS:
        raise UsageError(f"a scene must have at most {_MAX_DRAWS} mesh parts, got {len(draws)}")
    depths = [item.depths_m for item in objects]
    for matrix in matrices[len(draws) - len(panels) :]:
        along = (camera_from_world @ matrix @ _PANEL_CORNERS.T)[2]
        depths.append((float(along.min()), float(along.max())))
    near_m, far_m = _fitted_planes(scene.camera, depths)
    clip_from_world = clip_from_camera(scene.camera.k_33, scene.camera.size_wh, near_m, far_m) @ camera_from_world
    world_from_model = np.stack(matrices) if matrices else np.zeros((0, 4, 4))
    coats = CoatTable()
    rows = _uniform_rows(draws, world_from_model, clip_from_world, coats)
    uniforms = context.gl.buffer(rows.tobytes()) if len(rows) else None
    return DrawList(scene, tuple(draws), tuple(objects), rows, world_from_model, uniforms, coats, near_m, far_m)


def _panel_draw(context: GpuContext, cache: GpuCache, light: RectLight) -> Draw:
    """Return the draw of a rectangle light that is seen: even luminance, no id, nothing from behind."""
    positions = _PANEL_CORNERS[:, :3].astype(np.float32)
    normals = np.tile(np.array([0.0, 0.0, 1.0], np.float32), (4, 1))
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    part = MeshPart(positions_n3=positions, normals_n3=normals, uvs_n2=positions[:, :2], triangles_m3=triangles)
    mesh = cache.get("mesh", "panel", partial(upload_mesh, context, part))
    luminance = light.intensity_cd / (light.size_wh_m[0] * light.size_wh_m[1])
    red, green, blue = (channel * luminance for channel in light.colour)
    # An index of refraction of 1 mirrors nothing.
    material = Material(base_colour=(0.0, 0.0, 0.0, 1.0), emissive=(red, green, blue), roughness=1.0, ior=1.0)
    surface = SurfaceMaterial(material, np.eye(2), (0.0, 0.0))
    return Draw(
        mesh=mesh,
        surface=surface,
        maps={},
        instance_id=0,
        object_index=-1,
        front_face="ccw",
        culled=True,
        cutout=None,
        blended=False,
        features=_features(mesh, surface, {}),
    )


def _panel_matrix(light: RectLight) -> NDArray[np.float64]:
    return matrix_from_pose(light.position_m, light.rotation_wxyz, (*light.size_wh_m, 1.0))


def _near_to_far(scene: Scene) -> list[SceneObject]:
    """Return the objects with the nearest to the camera first: what they hide need not be worked out.

    Ground and walls come last, wherever their middle is.
    """
    forward = scene.camera.world_from_camera[:3, 2]
    return sorted(
        scene.objects,
        key=lambda item: (item.role == "background", float(forward @ np.asarray(item.position_m))),
    )


def _upload_maps(
    context: GpuContext, cache: GpuCache, surface: SurfaceMaterial, anisotropy: int
) -> dict[MapName, GpuTexture]:
    maps: dict[MapName, GpuTexture] = {}
    for name in MAP_UNITS:
        texture: Texture | None = getattr(surface.material, name)
        if texture is not None:
            kind, upload = ("normals", upload_normal_map) if name == "normal_map" else ("texture", upload_texture)
            key = f"{texture.key}|{texture.is_srgb}|{texture.wrap_uv}"
            maps[name] = cache.get(kind, key, partial(upload, context, texture, anisotropy))
    return maps


def _features(mesh: GpuMesh, surface: SurfaceMaterial, maps: Mapping[MapName, GpuTexture]) -> Features:
    wraps = [getattr(surface.material, name).wrap_uv for name in maps]
    mirror_u, mirror_v = (any(wrap[axis] == "mirror" for wrap in wraps) for axis in (0, 1))
    return Features(tuple(maps), mesh.has_colours, surface.material.alpha_mode != "opaque", (mirror_u, mirror_v))


def _cutout(surface: SurfaceMaterial) -> float | None:
    material = surface.material
    if material.alpha_mode == "opaque":
        return None
    return material.alpha_cutoff if material.alpha_mode == "mask" else 0.5


def _bounds(draws: list[Draw], model: Model) -> NDArray[np.float64]:
    """Return the model's box from the boxes that its meshes keep."""
    if not draws:
        return model.bounds_23
    boxes = np.stack([draw.mesh.bounds_23 for draw in draws])
    return np.stack([boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)])


def _box_corners(bounds_23: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack(np.meshgrid(*bounds_23.T, indexing="ij"), axis=-1).reshape(8, 3)


def _fitted_planes(camera: Camera, depths_m: list[tuple[float, float]]) -> tuple[float, float]:
    """Return near and far planes around the content: depth keeps its precision whatever the camera allows."""
    if not depths_m:
        return camera.near_m, camera.far_m
    smallest = min(nearest for nearest, _ in depths_m)
    largest = max(farthest for _, farthest in depths_m)
    nearest = smallest if smallest > camera.near_m else camera.near_m
    near = max(camera.near_m, 0.95 * nearest)
    far = min(camera.far_m, max(1.05 * largest, 2 * near))
    return near, max(far, 1.01 * near)


def _uniform_rows(
    draws: list[Draw], world: NDArray[np.float64], clip_from_world: NDArray[np.float64], coats: CoatTable
) -> NDArray[np.void]:
    rows = np.zeros(len(draws), _ROW)
    if not draws:
        return rows
    # GLSL matrices are stored by columns.
    rows["clip_from_model"] = np.swapaxes(clip_from_world @ world, 1, 2)
    rows["world_from_model"][:, :, :3] = np.swapaxes(world[:, :3, :3], 1, 2)
    # The columns of the inverse transpose are the rows of the inverse.
    rows["normal_from_model"][:, :, :3] = np.linalg.inv(world[:, :3, :3])
    for number, (row, draw) in enumerate(zip(rows, draws, strict=True), start=1):
        material = draw.surface.material
        row["base_colour"] = material.base_colour
        row["surface"] = (material.metallic, material.roughness, material.normal_scale, material.occlusion_strength)
        row["emissive"] = (*material.emissive, draw.cutout if draw.cutout is not None else 0.0)
        row["uv_22"] = draw.surface.uv_22.T.ravel()
        row["uv_offset"] = (*draw.surface.uv_offset, material.transmission, 0.0)
        coat = coats.index(material.ior, material.clearcoat, material.clearcoat_roughness)
        row["ids"] = (draw.instance_id, coat, number, 0)
    rows["world_from_model"][:, 0, 3] = np.where([draw.front_face == "cw" for draw in draws], -1.0, 1.0)
    return rows
