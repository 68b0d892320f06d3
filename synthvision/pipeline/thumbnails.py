"""A sheet of asset thumbnails: every model on a grey floor in soft daylight, every material on a ball and floor.

What an asset folder holds is seen at a glance, and what is wrong with it too: scale, missing textures, holes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from synthvision.core.errors import AssetError, RenderError
from synthvision.core.registry import load_plugin
from synthvision.dataset.atomic import atomic_file
from synthvision.geometry.poses import look_at
from synthvision.geometry.projection import focal_px_from_fov
from synthvision.gpu.context import open_context
from synthvision.imaging.develop import Developer
from synthvision.imaging.lens import LensView
from synthvision.inspect.drawing import load_font
from synthvision.library.assets import AssetLibrary
from synthvision.library.catalogue import CatalogueEntry
from synthvision.library.reference import AssetRef
from synthvision.render.config import OpenGLConfig
from synthvision.render.renderer import Renderer
from synthvision.sampling.selection import Selector
from synthvision.scene import Camera, Environment, MaterialOverride, Scene, SceneObject, SunLight

__all__ = ["asset_sheet"]

_CELL_PX = 240
_CAPTION_PX = 40
_COLUMNS = 8


def asset_sheet(
    library: AssetLibrary,
    entries: Sequence[CatalogueEntry],
    out: str | Path,
    *,
    draws: int = 0,
    seed: int = 0,
    titles: Sequence[str] | None = None,
) -> Path:
    """Draw a sheet of thumbnails and return its path.

    Args:
        library: Where the entries come from.
        entries: What to draw, in this order; an asset that cannot be opened gets its error as a picture.
        out: PNG file.
        draws: Random objects of each procedural asset, as jobs draw them; 0 shows one of default values instead.
        seed: Which random objects.
        titles: What stands under each thumbnail instead of the asset's name, size and licence.

    Raises:
        GpuUnavailableError: No OpenGL context can be opened.
    """
    path = Path(out)
    context = open_context()
    renderer: Renderer = load_plugin("renderers", "opengl")(context, library, OpenGLConfig())
    developer = Developer(context, library)
    selector = Selector(library, seed)
    shown = [
        (entry, entry.reference(selector.variant("sheet", entry, {}, number) if draws and entry.parameters else None))
        for entry in entries
        for number in range(max(draws, 1) if entry.parameters else 1)
    ]
    columns = min(_COLUMNS, max(1, len(shown)))
    rows = max(1, math.ceil(len(shown) / columns))
    sheet = Image.new("RGB", (columns * _CELL_PX, rows * (_CELL_PX + _CAPTION_PX)), (24, 26, 30))
    draw = ImageDraw.Draw(sheet)
    try:
        for index, (entry, reference) in enumerate(shown):
            left, top = index % columns * _CELL_PX, index // columns * (_CELL_PX + _CAPTION_PX)
            try:
                sheet.paste(Image.fromarray(_thumbnail(renderer, developer, library, entry, reference)), (left, top))
                note = _note(library, entry, reference)
            except (AssetError, RenderError) as error:
                note = "cannot be opened"
                draw.multiline_text((left + 8, top + 8), _wrapped(str(error)), (240, 120, 100), load_font(11))
            title = entry.name[-34:] if titles is None else titles[index]
            note = note if titles is None else ""
            draw.text((left + 6, top + _CELL_PX + 3), title, (236, 239, 244), load_font(13))
            draw.text((left + 6, top + _CELL_PX + 20), note, (150, 158, 170), load_font(11))
    finally:
        renderer.close()
        context.close()
    with atomic_file(path) as stream:
        sheet.save(stream, "PNG")
    return path


def _thumbnail(
    renderer: Renderer, developer: Developer, library: AssetLibrary, entry: CatalogueEntry, reference: AssetRef
) -> NDArray[np.uint8]:
    if entry.kind == "photo":
        picture = Image.fromarray(library.load_photo(reference))
        picture.thumbnail((_CELL_PX, _CELL_PX))
        return np.asarray(picture)
    scene = _scene(library, entry, reference)
    labels = renderer.render_labels(scene)
    exposed = developer.expose(scene, renderer.render_radiance(scene))
    return developer.develop(scene, [LensView(scene, scene)], [exposed], labels).rgb_hwc


def _scene(library: AssetLibrary, entry: CatalogueEntry, reference: AssetRef) -> Scene:
    """Return the stage on which one asset is shown."""
    centre, radius = np.array([0.0, 0.0, 0.1]), 0.13
    overrides: tuple[MaterialOverride, ...] = ()
    shown: tuple[SceneObject, ...] = ()
    sky = library.entry("builtin/studio").reference()
    if entry.kind == "model":
        low, high = library.load_model(reference).bounds_23
        radius = max(float(np.linalg.norm(high - low)) / 2, 1e-3)
        centre = np.array([0.0, 0.0, (high[2] - low[2]) / 2])
        middle = (low + high) / 2
        shown = (
            SceneObject(
                instance_id=1,
                name="asset",
                asset=reference,
                position_m=(float(-middle[0]), float(-middle[1]), float(-low[2])),
            ),
        )
    elif entry.kind == "material":
        ball = library.entry("builtin/ball").reference()
        shown = (SceneObject(instance_id=1, name="asset", asset=ball),)
        low, high = library.load_model(ball).bounds_23
        radius, centre = float(high[2] - low[2]) * 1.3, np.array([0.0, 0.0, (high[2] - low[2]) / 2])
        overrides = (MaterialOverride(asset=reference),)
        shown = (SceneObject(instance_id=1, name="asset", asset=ball, materials=overrides),)
    elif entry.kind == "environment":
        sky = reference
        ball = library.entry("builtin/ball").reference()
        mirror = MaterialOverride(base_colour=(0.9, 0.9, 0.9), metallic=1.0, roughness=0.02)
        shown = (SceneObject(instance_id=1, name="asset", asset=ball, materials=(mirror,)),)
        low, high = library.load_model(ball).bounds_23
        radius, centre = float(high[2] - low[2]) * 1.2, np.array([0.0, 0.0, (high[2] - low[2]) / 2])
    ground_params = dict(library.entry("builtin/ground").reference().params)
    ground_params |= {"size_x_m": 30.0, "size_y_m": 30.0}
    ground = SceneObject(
        instance_id=2,
        name="ground",
        asset=AssetRef("builtin", "ground", ground_params),
        role="background",
        scale=(radius, radius, 1.0),
        materials=overrides,
    )
    fov = math.radians(32)
    direction = np.array([0.55, -0.95, 0.62])
    position = centre + direction / np.linalg.norm(direction) * radius / math.sin(fov / 2) * 1.12
    x, y, z = (float(value) for value in position)
    w, i, j, k = (float(value) for value in look_at(position, centre))
    focal = focal_px_from_fov(fov, _CELL_PX)
    camera = Camera(
        size_wh=(_CELL_PX, _CELL_PX),
        focal_xy_px=(focal, focal),
        centre_xy_px=(_CELL_PX / 2, _CELL_PX / 2),
        position_m=(x, y, z),
        rotation_wxyz=(w, i, j, k),
        near_m=radius * 0.05,
        far_m=radius * 200,
    )
    sun = SunLight(direction_xyz=(0.48, -0.36, 0.8), illuminance_lux=9000.0, angular_diameter_rad=0.06)
    environment = Environment(asset=sky, illuminance_lux=6000.0)
    return Scene(camera=camera, objects=(*shown, ground), lights=(sun,), environment=environment)


def _note(library: AssetLibrary, entry: CatalogueEntry, reference: AssetRef) -> str:
    licence = entry.licence or "no licence"
    if entry.kind != "model":
        return f"{entry.kind}, {licence}"
    model = library.load_model(reference)
    low, high = model.bounds_23
    longest = float((high - low).max())
    return f"{longest:.3g} m, {model.triangle_count:,} triangles, {licence}"


def _wrapped(text: str) -> str:
    return "\n".join(text[start : start + 34] for start in range(0, min(len(text), 340), 34))
