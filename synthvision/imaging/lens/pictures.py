"""Light of a picture through a lens, sampled from that of its views, with lateral chromatic aberration."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from synthvision.core.errors import UsageError
from synthvision.imaging.lens.plan import LensPlan
from synthvision.imaging.lens.views import LensView, channel_shift, plan_of
from synthvision.imaging.tools import PACKAGE, ImagingTools, Picture
from synthvision.scene import Camera, KannalaBrandtLens, Scene

__all__ = ["join_views", "keep_field"]

_LIGHT, _PLACES = 0, 1
# Colours that lie nearer to green than this are taken from the same texels of the view.
_NEAR_PX = 0.9


def join_views(
    tools: ImagingTools, scene: Scene, views: Sequence[LensView], pictures: Sequence[Picture]
) -> moderngl.Texture:
    """Return the light of the picture, a float texture with the first row at the bottom, from that of its views.

    Without a lens and without chromatic aberration it is the only view's texture itself. Red and blue light are
    magnified about the principal point by the optics' scales: what they show at a place is what green shows at the
    place divided by the scale.

    Args:
        tools: Where to draw.
        scene: What the frame shows.
        views: From `lens_views`.
        pictures: Light of each view.

    Raises:
        UsageError: Number or size of the pictures are not those of the views.
    """
    if len(views) != len(pictures):
        raise UsageError(f"there must be a picture for each of {len(views)} views, got {len(pictures)}")
    camera = scene.camera
    shift = channel_shift(camera)
    if camera.lens is None and not any(shift):
        return pictures[0].light
    context = tools.context
    target = tools.targets.get("lens.light", camera.size_wh, ((4, "f4"),))
    plan = None if camera.lens is None else plan_of(camera)
    # Made before the target is bound: a new texture's framebuffer would take its place.
    places = None if plan is None else _upload_places(tools, plan)
    target.framebuffer.use()
    defines: dict[str, str | int] = {"TAPS": 1 if plan is None else plan.taps}
    if any(shift):
        defines["ABERRATION"] = 1
        if _farthest_shift_px(camera, plan, shift) > _NEAR_PX:
            defines["FAR_COLOURS"] = 1
    if plan is not None:
        defines["LENS"] = 1
    program = context.full_screen_program(PACKAGE, "lens.frag.glsl", defines)
    program["light"] = _LIGHT
    if "centre" in program:  # unused by a lens without aberration
        program["centre"] = (camera.centre_xy_px[0], camera.size_wh[1] - camera.centre_xy_px[1])
    if any(shift):
        program["channel_shift"] = shift
    if places is not None:
        program["places"] = _PLACES
        places.use(_PLACES)
    for number, picture in enumerate(pictures):
        wanted = camera.size_wh if plan is None else plan.views[number].light.size_wh
        if picture.light.size != wanted:
            raise UsageError(f"the light of view {number} must have the size {wanted}, got {picture.light.size}")
        if plan is not None:
            program["view"] = float(number)
        picture.light.use(_LIGHT)
        context.gl.enable_only(moderngl.BLEND if number else moderngl.NOTHING)
        context.gl.blend_func = moderngl.ONE, moderngl.ONE
        context.draw_full_screen(program)
    context.gl.enable_only(moderngl.NOTHING)
    context.check_errors("the lens pass")
    return target.colours[0]


def _farthest_shift_px(camera: Camera, plan: LensPlan | None, shift: tuple[float, float]) -> float:
    """Return about how far red or blue come from green in a view, at the picture's farthest corner."""
    (width, height), (cx, cy) = camera.size_wh, camera.centre_xy_px
    corner = float(np.hypot(max(cx, width - cx), max(cy, height - cy)))
    longest = 1.0 if plan is None else plan.longest_px
    return corner * longest * max(map(abs, shift))


def keep_field(tools: ImagingTools, scene: Scene, light: moderngl.Texture) -> moderngl.Texture:
    """Return the light with nothing outside a fisheye's field, where drops on the glass have no light to bend.

    Args:
        tools: Where to draw.
        scene: What the frame shows.
        light: Light of the picture; returned as it is where every pixel lies in the field.
    """
    if not isinstance(scene.camera.lens, KannalaBrandtLens):
        return light
    plan = plan_of(scene.camera)
    if plan.places[..., 3].min() >= 1:
        return light
    context = tools.context
    places = _upload_places(tools, plan)
    target = tools.targets.get("lens.field", light.size, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program(PACKAGE, "lens_field.frag.glsl")
    program["light"] = _LIGHT
    program["places"] = _PLACES
    light.use(_LIGHT)
    places.use(_PLACES)
    context.draw_full_screen(program)
    return target.colours[0]


def _upload_places(tools: ImagingTools, plan: LensPlan) -> moderngl.Texture:
    """Return a plan's places as a texture with rows counted from the bottom, kept from frame to frame."""
    places = tools.targets.get("lens.places", plan.size_wh, ((4, "f4"),)).colours[0]
    if places.extra is not plan:
        rows = np.array([view.light.size_wh[1] for view in plan.views], np.float32)
        upright = plan.places.copy()
        # Where no ray falls, the number -1 stays and the row is of no account.
        upright[..., 1] = rows[plan.places[..., 2].astype(np.intp)] - plan.places[..., 1]
        places.write(np.ascontiguousarray(upright[::-1]))
        places.extra = plan
    return places
