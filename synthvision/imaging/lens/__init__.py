"""Lens distortion: which pinhole views a distorted picture is made of, and how they are joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import moderngl

from synthvision.core.frames import LabelImages
from synthvision.imaging.tools import ImagingTools, Picture
from synthvision.scene import Scene

__all__ = ["LensView", "join_labels", "join_views", "lens_views"]


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
    """Return the pinhole views that a renderer must draw for a scene's camera: the scene itself without a lens."""
    return (LensView(scene, scene),)


def join_labels(scene: Scene, views: Sequence[LensView], labels: Sequence[LabelImages]) -> LabelImages:
    """Return the label images of the picture from those of its views."""
    return labels[0]


def join_views(
    tools: ImagingTools, scene: Scene, views: Sequence[LensView], pictures: Sequence[Picture]
) -> moderngl.Texture:
    """Return the light of the picture, a float texture with the first row at the bottom, from that of its views."""
    return pictures[0].light
