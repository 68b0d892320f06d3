"""The raster backend: OpenGL on a GPU, or on Mesa's software driver with the same labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import RenderError
from synthvision.core.frames import LabelImages, Radiance
from synthvision.core.id_colours import encode_id_colours, linear_from_srgb8
from synthvision.gpu.block_means import BLOCK_PX, block_means_of_texture
from synthvision.gpu.context import GpuContext
from synthvision.render.assets import RenderAssets
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.amodal import measure_amodal
from synthvision.render.opengl.blending import draw_blended, has_blended
from synthvision.render.opengl.cache import GpuCache
from synthvision.render.opengl.coats import CoatTable
from synthvision.render.opengl.drawlist import DrawList, build_draw_list
from synthvision.render.opengl.edges import find_edges, upload_edges
from synthvision.render.opengl.environment import GpuEnvironment, upload_environment
from synthvision.render.opengl.ground import ground_light, ground_object
from synthvision.render.opengl.labels import CentreSamples, draw_labels
from synthvision.render.opengl.lighting import LightingInputs, light_picture
from synthvision.render.opengl.lights import shining_lights
from synthvision.render.opengl.occlusion import draw_open_share
from synthvision.render.opengl.shadows import draw_shadow_maps
from synthvision.render.opengl.surfaces import draw_samples, draw_surfaces
from synthvision.render.opengl.targets import TargetPool
from synthvision.render.opengl.textures import GpuTexture, upload_photo
from synthvision.render.renderer import Shading
from synthvision.scene import Scene

__all__ = ["OpenGLRenderer"]

_MIB = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    draw_list: DrawList
    centre: CentreSamples


class OpenGLRenderer:
    """Draws scenes with OpenGL; see `synthvision.render.renderer.Renderer` for the methods.

    Labels are one geometry pass with one sample at each pixel centre. The picture is shaded once per pixel from
    surfaces drawn at the same centres, and four times where ids, depth or faces differ between neighbours.

    Args:
        context: An open context; the caller closes it.
        library: Where assets come from.
        config: Options; None for the defaults.
    """

    def __init__(self, context: GpuContext, library: RenderAssets, config: OpenGLConfig | None = None) -> None:
        self._context = context
        self._assets = library
        self._config = config or OpenGLConfig()
        self._cache = GpuCache(self._config.cache_mib * _MIB)
        self._pool = TargetPool(context)
        self._prepared: tuple[Scene, _Prepared] | None = None

    @property
    def cache(self) -> GpuCache:
        """What stays on the GPU between frames."""
        return self._cache

    def fingerprint(self) -> Mapping[str, str]:
        """Return what decides the exact bytes of its pictures: backend, driver, version."""
        driver = self._context.driver
        return {
            "backend": "opengl",
            "vendor": driver.vendor,
            "driver": driver.renderer,
            "version": driver.version,
        }

    def render_labels(self, scene: Scene, *, normals: bool = False, amodal_ids: Collection[int] = ()) -> LabelImages:
        """Return ids, depth and on request normals at pixel centres, and the coverage of each asked object alone."""
        prepared = self._prepare(scene, normals=normals)
        centre = prepared.centre
        amodal = measure_amodal(self._context, self._pool, prepared.draw_list, centre.id_hw, amodal_ids)
        return LabelImages(centre.id_hw, centre.depth_m_hw, centre.normal_hwc if normals else None, amodal)

    def render_radiance(self, scene: Scene, *, shading: Shading = "full") -> Radiance:
        """Return the linear light of the picture, as a float texture that is valid until the next call."""
        prepared = self._prepare(scene, normals=False)
        draw_list, centre = prepared.draw_list, prepared.centre
        context, pool, config = self._context, self._pool, self._config
        lit = shading == "full"
        blends = lit and has_blended(draw_list)
        if blends:
            centre = draw_labels(context, pool, draw_list, normals=False, opaque_only=True)
        environment = self._environment(scene) if lit else None
        photo = self._photo(scene) if lit else None
        coats = CoatTable()
        emission = None if lit else _id_emission(draw_list)
        emissive = not lit or any(any(draw.surface.material.emissive) for draw in draw_list.draws)
        surfaces = draw_surfaces(context, pool, draw_list, centre, coats, emissive=emissive, emission=emission)
        edges = samples = None
        if config.antialias > 1:
            edges = upload_edges(pool, find_edges(scene.camera, centre.id_hw, centre.part_hw, centre.depth_m_hw))
        if edges is not None:
            samples = draw_samples(context, pool, draw_list, edges, opaque=not lit)
        context.check_errors("the surface passes")
        lights = shining_lights(scene, environment) if lit else ()
        shadows = draw_shadow_maps(context, pool, draw_list, lights, centre.depth_m_hw, config.shadow_map_px)
        ground = ground_object(draw_list)
        open_share = None
        if lit and config.ambient_occlusion and (environment is not None or ground is not None):
            reach_px = config.ambient_occlusion_radius * scene.camera.size_wh[1]
            open_share = draw_open_share(context, pool, draw_list, centre, surfaces, reach_px)
        context.check_errors("the shadow passes")
        inputs = LightingInputs(
            lights=lights,
            shadows=shadows,
            environment=environment,
            photo=photo,
            open_share=open_share,
            coats=coats,
            emissive=emissive,
            lit=lit,
            ground=ground_light(draw_list, ground, lights, environment) if lit and ground is not None else None,
            background=(0.0, 0.0, 0.0) if lit else _code(0),
        )
        target = light_picture(context, pool, config, draw_list, centre, surfaces, samples, edges, inputs)
        if blends:
            draw_blended(context, pool, config, draw_list, inputs, target)
        context.check_errors("the lighting passes")
        self._meter(target.colours[0])
        width, height = scene.camera.size_wh
        return Radiance(width, height, texture=target.colours[0])

    def close(self) -> None:
        """Release everything on the GPU."""
        self._forget()
        self._cache.clear()
        self._pool.clear()

    def _prepare(self, scene: Scene, *, normals: bool) -> _Prepared:
        if self._prepared is not None:
            known, prepared = self._prepared
            if known is scene and (prepared.centre.normal_hwc is not None or not normals):
                return prepared
        self._forget()
        self._cache.begin_frame()
        draw_list = build_draw_list(self._context, self._cache, self._assets, scene, self._config.anisotropy)
        centre = draw_labels(self._context, self._pool, draw_list, normals=normals)
        prepared = _Prepared(draw_list, centre)
        self._prepared = (scene, prepared)
        return prepared

    def _forget(self) -> None:
        if self._prepared is not None:
            self._prepared[1].draw_list.release()
            self._prepared = None

    def _environment(self, scene: Scene) -> GpuEnvironment | None:
        environment = scene.environment
        if environment is None:
            return None
        config = self._config
        return self._cache.get(
            "environment",
            environment.asset.key,
            lambda: upload_environment(
                self._context,
                self._assets.load_environment(environment.asset),
                mirror_px=config.environment_map_px,
                with_sun=config.environment_sun,
            ),
        )

    def _photo(self, scene: Scene) -> GpuTexture | None:
        backdrop = scene.backdrop
        if backdrop is None:
            return None
        return self._cache.get(
            "photo",
            backdrop.asset.key,
            lambda: upload_photo(self._context, self._assets.load_photo(backdrop.asset)),
        )

    def _meter(self, radiance: moderngl.Texture) -> None:
        """Leave the block means with the texture, after checking that each is a number."""
        means = block_means_of_texture(self._context, radiance)
        wrong = ~np.isfinite(means.rgb_hwc).all(axis=2)
        if wrong.any():
            row, column = (int(value) * BLOCK_PX for value in np.argwhere(wrong)[0])
            raise RenderError(
                f"every pixel must be a finite number, got NaN or infinity in {int(wrong.sum())} blocks of "
                f"{BLOCK_PX}x{BLOCK_PX} pixels, the first near column {column}, row {row}"
            )
        radiance.extra = means


def _code(instance_id: int) -> tuple[float, float, float]:
    red, green, blue = linear_from_srgb8(encode_id_colours(np.array(instance_id, np.uint16)))
    return float(red), float(green), float(blue)


def _id_emission(draw_list: DrawList) -> NDArray[np.float32]:
    """Return the emission of each draw, float32 (draws, 3), that codes its object's id."""
    ids = np.array([draw.instance_id for draw in draw_list.draws], np.uint16)
    return linear_from_srgb8(encode_id_colours(ids)).astype(np.float32).reshape(-1, 3)
