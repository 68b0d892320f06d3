"""What the passes between radiance and picture share: context, textures, and the picture on its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.frames import Radiance
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import TargetPool
from synthvision.library.model import EnvironmentMap
from synthvision.library.reference import AssetRef
from synthvision.scene import Scene

__all__ = ["EnvironmentSource", "ImagingTools", "Picture", "upload_radiance"]

PACKAGE = "synthvision.imaging"


class EnvironmentSource(Protocol):
    """Loads environment maps; ``synthvision.library.assets.AssetLibrary`` is one."""

    def load_environment(self, ref: AssetRef) -> EnvironmentMap:
        """Return an environment map."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ImagingTools:
    """What every pass needs.

    Args:
        context: Where everything is drawn; the current context while passes run.
        targets: Textures by name, kept from frame to frame; a name starts with the pass that owns it.
        assets: Where environment maps come from, for the light that air and drops take from all around.
    """

    context: GpuContext
    targets: TargetPool
    assets: EnvironmentSource


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Linear light of one pinhole view on its way to the sensor.

    Args:
        scene: What the view shows; its camera is the pinhole camera of this view.
        light: Float texture with 4 channels, the first row the bottom of the picture; the fourth channel is unused.
        depth: Float texture of the same size: metres along the camera's z axis at pixel centres, 0 where nothing is
            seen.
        id_hw: uint16, the instance id at each pixel centre, first row at the top.
        depth_m_hw: float32, what `depth` was made of, first row at the top; infinite where nothing is seen.
    """

    scene: Scene
    light: moderngl.Texture
    depth: moderngl.Texture
    id_hw: NDArray[np.uint16]
    depth_m_hw: NDArray[np.float32]


def upload_radiance(tools: ImagingTools, scene: Scene, radiance: Radiance) -> Picture:
    """Return the picture that a renderer's radiance starts as; arrays go to the GPU, textures are taken as they are."""
    size_wh = (radiance.width, radiance.height)
    light, depth = radiance.texture, radiance.depth_texture
    if light is None:
        light = tools.targets.get("radiance.light", size_wh, ((4, "f4"),)).colours[0]
        pixels = np.ones((radiance.height, radiance.width, 4), np.float32)
        pixels[..., :3] = radiance.rgb_hwc[::-1] if radiance.rgb_hwc is not None else 0.0
        light.write(pixels)
    if depth is None:
        depth = tools.targets.get("radiance.depth", size_wh, ((1, "f4"),)).colours[0]
        metres = radiance.depth_m_hw[::-1]
        depth.write(np.ascontiguousarray(np.where(np.isfinite(metres), metres, 0.0), np.float32))
    return Picture(scene, light, depth, radiance.id_hw, radiance.depth_m_hw)
