"""Label images of a picture through a lens: the nearest samples of the label views."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.frames import LabelImages
from synthvision.imaging.lens.coverage import join_coverage
from synthvision.imaging.lens.plan import LensPlan
from synthvision.imaging.lens.views import LensView, plan_of
from synthvision.scene import Scene

__all__ = ["join_labels"]


def join_labels(scene: Scene, views: Sequence[LensView], labels: Sequence[LabelImages]) -> LabelImages:
    """Return the label images of the picture from those of its views; without a lens those of the only view.

    Ids, depth, normals and coverage of a pixel all come from the one label sample that lies nearest to its centre, so
    they agree with each other: what is visible is part of what the object covers alone.

    Args:
        scene: What the frame shows.
        views: From `lens_views`.
        labels: One for each view.

    Raises:
        UsageError: Number or size of the label images are not those of the views, or a renderer left out what an
            object covers beyond a view.
    """
    if len(views) != len(labels):
        raise UsageError(f"there must be label images for each of {len(views)} views, got {len(labels)}")
    if scene.camera.lens is None:
        return labels[0]
    plan = plan_of(scene.camera)
    for view, image in zip(plan.views, labels, strict=True):
        width, height = view.labels.size_wh
        if image.id_hw.shape != (height, width):
            raise UsageError(f"labels of a view must have the size {(height, width)}, got {image.id_hw.shape}")
    return LabelImages(
        _join_ids(plan, labels),
        _join_depth(plan, labels),
        _join_normals(plan, labels),
        join_coverage(plan, [image.amodal for image in labels]),
    )


def _join_ids(plan: LensPlan, labels: Sequence[LabelImages]) -> NDArray[np.uint16]:
    width, height = plan.size_wh
    joined = np.zeros(height * width, np.uint16)
    for view, image in zip(plan.views, labels, strict=True):
        joined[view.pixels] = image.id_hw.ravel()[view.samples]
    return joined.reshape(height, width)


def _join_depth(plan: LensPlan, labels: Sequence[LabelImages]) -> NDArray[np.float32]:
    width, height = plan.size_wh
    joined = np.full(height * width, np.inf, np.float32)
    for view, image in zip(plan.views, labels, strict=True):
        depth = image.depth_m_hw.ravel()[view.samples]
        joined[view.pixels] = depth if view.depth_scale is None else depth * view.depth_scale
    return joined.reshape(height, width)


def _join_normals(plan: LensPlan, labels: Sequence[LabelImages]) -> NDArray[np.float32] | None:
    width, height = plan.size_wh
    joined = np.zeros((height * width, 3), np.float32)
    for view, image in zip(plan.views, labels, strict=True):
        if image.normal_hwc is None:
            return None
        normals = image.normal_hwc.reshape(-1, 3)[view.samples]
        joined[view.pixels] = normals @ view.face_from_camera_33.astype(np.float32)
    return joined.reshape(height, width, 3)
