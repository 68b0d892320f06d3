"""The interface that every backend implements; found by entry point ``synthvision.renderers``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, Protocol

from synthvision.core.frames import LabelImages, Radiance
from synthvision.scene import Scene

__all__ = ["Renderer", "Shading"]

Shading = Literal["full", "ids"]


class Renderer(Protocol):
    """Draws scenes; keeps what it uploaded between frames, within a memory bound.

    A renderer is used by one thread of one process. Labels come first and colour only for an accepted scene, so the
    two are separate calls; calling both for the same scene uploads once.
    """

    def fingerprint(self) -> Mapping[str, str]:
        """Return what decides the exact bytes of its pictures: backend, driver, version."""
        ...

    def render_labels(
        self, scene: Scene, *, normals: bool = False, amodal_ids: Collection[int] = (), light_follows: bool = True
    ) -> LabelImages:
        """Return ids, depth and on request normals at pixel centres, and the coverage of each asked object alone.

        Args:
            scene: What to draw.
            normals: Also return normals.
            amodal_ids: Instance ids whose coverage alone is wanted.
            light_follows: False where no light of this scene will be asked for, as of the dense views that labels
                through a lens are taken from: a renderer may then leave out what only light needs.

        Raises:
            RenderError: The driver reported an error.
            AssetError: An asset of the scene cannot be loaded.
        """
        ...

    def render_radiance(self, scene: Scene, *, shading: Shading = "full") -> Radiance:
        """Return the linear light of the picture.

        Args:
            scene: What to draw.
            shading: ``full``, or ``ids``: every object emits the colour that codes its instance id (see
                `synthvision.core.id_colours`) and nothing else shines, through the same path, to prove that labels
                and picture agree.

        Raises:
            RenderError: The driver reported an error, or the picture holds NaN or infinity.
            AssetError: An asset of the scene cannot be loaded.
        """
        ...

    def close(self) -> None:
        """Release everything on the GPU."""
        ...
