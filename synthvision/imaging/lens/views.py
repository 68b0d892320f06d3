"""The pinhole cameras that a renderer draws for a camera with a lens."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.geometry.poses import quaternion_from_rotation, quaternion_multiply
from synthvision.imaging.lens.plan import LensPlan, PinholeFrame, lens_plan
from synthvision.scene import Camera, Scene
from synthvision.scene.rays import lens_model

__all__ = ["LensView", "channel_shift", "lens_views", "plan_of"]


@dataclass(frozen=True, slots=True)
class LensView:
    """One pinhole view that a picture is made of.

    Args:
        label_scene: The scene with the camera that labels are drawn with.
        picture_scene: The scene with the camera that light is drawn with; the same object where they do not differ.
    """

    label_scene: Scene
    picture_scene: Scene


def lens_views(scene: Scene) -> tuple[LensView, ...]:
    """Return the pinhole views that a renderer must draw for a scene's camera: the scene itself without a lens.

    Raises:
        UsageError: The distortion folds inside the picture, the views would be too large, or a photo stands behind a
            scene that is seen in several views.
    """
    camera = scene.camera
    if camera.lens is None:
        return (LensView(scene, scene),)
    plan = plan_of(camera)
    if len(plan.views) > 1 and scene.backdrop is not None:
        raise UsageError(
            "a photo can stand behind the scene only for a field of view up to 120 degrees, and this lens shows more; "
            "use an environment as background"
        )
    return tuple(
        LensView(
            replace(scene, camera=_view_camera(camera, view.face_from_camera_33, view.labels)),
            replace(scene, camera=_view_camera(camera, view.face_from_camera_33, view.light)),
        )
        for view in plan.views
    )


def plan_of(camera: Camera) -> LensPlan:
    """Return the plan of a camera that has a lens."""
    return lens_plan(lens_model(camera), camera.size_wh)


def channel_shift(camera: Camera) -> tuple[float, float]:
    """Return 1 / magnification - 1 of red and of blue: how much nearer to the middle their light comes from."""
    if camera.optics is None:
        return 0.0, 0.0
    return 1 / camera.optics.red_scale - 1, 1 / camera.optics.blue_scale - 1


def _view_camera(camera: Camera, face_from_camera_33: NDArray[np.float64], frame: PinholeFrame) -> Camera:
    turn = quaternion_from_rotation(face_from_camera_33.T)
    w, x, y, z = quaternion_multiply(camera.rotation_wxyz, turn).tolist()
    front = bool(np.array_equal(face_from_camera_33, np.eye(3)))
    return replace(
        camera,
        size_wh=frame.size_wh,
        focal_xy_px=frame.focal_xy_px,
        centre_xy_px=frame.centre_xy_px,
        rotation_wxyz=camera.rotation_wxyz if front else (w, x, y, z),
        lens=None,
    )
