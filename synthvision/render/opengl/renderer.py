"""The raster backend: OpenGL on a GPU, or on Mesa's software driver with the same labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import moderngl
import numpy as np

from synthvision.core.errors import RenderError, UsageError
from synthvision.core.frames import LabelImages, Radiance
from synthvision.gpu.block_means import BLOCK_PX, block_means_of_texture
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import TargetPool
from synthvision.render.assets import RenderAssets
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.amodal import measure_amodal
from synthvision.render.opengl.blending import draw_blended, find_blended
from synthvision.render.opengl.cache import GpuCache
from synthvision.render.opengl.centres import (
    CentreSamples,
    draw_centres,
    draw_label_centres,
    draw_opaque_centres,
    read_normals,
)
from synthvision.render.opengl.drawlist import DrawList, build_draw_list
from synthvision.render.opengl.edges import find_edges, upload_edges
from synthvision.render.opengl.environment import GpuEnvironment, upload_environment
from synthvision.render.opengl.glow import glow_lamps
from synthvision.render.opengl.ground import bounced_light, ground_object
from synthvision.render.opengl.ground_effects import add_ground_effects
from synthvision.render.opengl.lighting import LightingInputs, light_picture
from synthvision.render.opengl.lights import Lamp, scene_lamps, sky_keys
from synthvision.render.opengl.lobes import upload_lobes
from synthvision.render.opengl.occlusion import draw_open_share
from synthvision.render.opengl.samples import draw_id_emission, draw_samples, id_luminance
from synthvision.render.opengl.shadow_plan import plan_shadows
from synthvision.render.opengl.shadows import draw_shadow_maps
from synthvision.render.opengl.textures import GpuTexture, upload_photo
from synthvision.render.opengl.walls import Wall, find_walls
from synthvision.render.renderer import Shading
from synthvision.scene import RectLight, Scene

__all__ = ["OpenGLRenderer"]

_MIB = 2**20


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
        self._cache = GpuCache(self._config.cache_mib * _MIB, tidy=context.return_memory)
        self._pool = TargetPool(context)
        self._prepared: tuple[Scene, DrawList, CentreSamples] | None = None
        self._has_surfaces = False

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

    def render_labels(
        self, scene: Scene, *, normals: bool = False, amodal_ids: Collection[int] = (), light_follows: bool = True
    ) -> LabelImages:
        """Return ids, depth and on request normals at pixel centres, and the coverage of each asked object alone."""
        draw_list, centre = self._prepare(scene, surfaces=light_follows or normals)
        amodal = measure_amodal(self._context, self._pool, draw_list, centre.id_hw, amodal_ids)
        normal_hwc = read_normals(self._context, scene.camera, centre) if normals else None
        return LabelImages(centre.id_hw, centre.depth_m_hw, normal_hwc, amodal)

    def render_radiance(self, scene: Scene, *, shading: Shading = "full") -> Radiance:
        """Return the linear light of the picture, as a float texture that is valid until the next call."""
        draw_list, centre = self._prepare(scene)
        lit = shading == "full"
        blended = find_blended(draw_list) if lit else None
        if blended is not None:
            centre = draw_opaque_centres(
                self._context, self._pool, draw_list, centre, blended.solid, blended.region_xywh
            )
        edges = samples = None
        if self._config.antialias > 1:
            mask_hw = find_edges(scene.camera, centre.id_hw, centre.part_hw, centre.depth_m_hw)
            edges = upload_edges(self._pool, mask_hw)
        if edges is not None:
            samples = draw_samples(self._context, self._pool, draw_list, edges, opaque=not lit)
        inputs = self._full_light(draw_list, centre) if lit else self._id_light(draw_list, centre)
        target = light_picture(self._context, self._pool, self._config, draw_list, centre, samples, edges, inputs)
        if blended is not None:
            draw_blended(self._context, self._pool, self._config, draw_list, inputs, blended, target)
        self._context.check_errors("the lighting passes")
        self._meter(target.colours[0])
        width, height = scene.camera.size_wh
        return Radiance(
            width,
            height,
            centre.id_hw,
            centre.depth_m_hw,
            texture=target.colours[0],
            depth_texture=centre.depth_m,
        )

    def close(self) -> None:
        """Release everything on the GPU."""
        self._context.take()
        self._forget()
        self._cache.clear()
        self._pool.clear()

    def _prepare(self, scene: Scene, *, surfaces: bool = True) -> tuple[DrawList, CentreSamples]:
        """Return the scene's draws and what is seen at its pixel centres, drawn once for labels and colour.

        Args:
            scene: What to draw.
            surfaces: Whether it must also be known what the surfaces are made of.
        """
        self._context.take()
        if self._prepared is None or self._prepared[0] is not scene or (surfaces and not self._has_surfaces):
            self._forget()
            longest = max(scene.camera.size_wh)
            if longest > self._context.max_texture_px:
                raise UsageError(
                    f"a picture's sides must be at most {self._context.max_texture_px} pixels on this driver "
                    f"({self._context.driver.renderer}), got {longest}"
                )
            self._cache.begin_frame()
            draw_list = build_draw_list(self._context, self._cache, self._assets, scene, self._config.anisotropy)
            draw = draw_centres if surfaces else draw_label_centres
            self._prepared = (scene, draw_list, draw(self._context, self._pool, draw_list))
            self._has_surfaces = surfaces
        return self._prepared[1:]

    def _forget(self) -> None:
        if self._prepared is not None:
            self._prepared[1].release()
            self._prepared = None

    def _full_light(self, draw_list: DrawList, centre: CentreSamples) -> LightingInputs:
        context, pool, config, scene = self._context, self._pool, self._config, draw_list.scene
        environment = self._environment(scene)
        lamps = scene_lamps(scene, environment)
        keys = sky_keys(scene, environment, lamps)
        lamps += glow_lamps(draw_list, lamps)
        ground = ground_object(draw_list)
        walls = find_walls(draw_list, ground)
        plan = plan_shadows(draw_list, lamps, keys, walls, centre.depth_m_hw, config.shadow_map_px)
        shadows = draw_shadow_maps(context, pool, draw_list, plan.views, config.shadow_map_px)
        bounce, walls = bounced_light(draw_list, ground, walls, lamps, environment)
        inputs = LightingInputs(
            lamps=plan.lamps,
            shadows=shadows,
            lobes=self._lobes(lamps, walls),
            environment=environment,
            photo=self._photo(scene),
            open_share=None,
            emission=centre.emission,
            lit=True,
            ground=bounce,
            walls=walls,
            background=(0.0, 0.0, 0.0),
        )
        open_share = draw_open_share(context, pool, config, draw_list, centre, inputs, keys)
        inputs = replace(inputs, open_share=open_share)
        context.check_errors("the shadow passes")
        return add_ground_effects(context, pool, config, draw_list, centre, ground, inputs)

    def _id_light(self, draw_list: DrawList, centre: CentreSamples) -> LightingInputs:
        return LightingInputs(
            lamps=(),
            shadows=None,
            lobes=None,
            environment=None,
            photo=None,
            open_share=None,
            emission=draw_id_emission(self._context, self._pool, draw_list, centre),
            lit=False,
            ground=None,
            walls=(),
            background=id_luminance(0),
        )

    def _lobes(self, lamps: tuple[Lamp, ...], walls: tuple[Wall, ...]) -> moderngl.Texture | None:
        """Return the table that light from rectangles needs, or None where there is none."""
        if not walls and not any(isinstance(lamp.light, RectLight) for lamp in lamps):
            return None
        return self._cache.get("lobes", "table", lambda: upload_lobes(self._context)).texture

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
                with_shadows=config.environment_shadows,
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
