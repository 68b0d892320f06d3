"""What tests of one stage of imaging share: tools to draw with, and textures made of arrays and read back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from synthvision.gpu.context import open_context
from synthvision.gpu.targets import TargetPool
from synthvision.imaging.tools import ImagingTools, Picture


@pytest.fixture(scope="module")
def tools():
    context = open_context()
    yield ImagingTools(context, TargetPool(context), None)
    context.close()


@dataclass
class Stage:
    """Turns arrays whose first row is the top of a picture into textures, whose first row is its bottom, and back."""

    tools: ImagingTools
    made: list = field(default_factory=list)

    def texture(self, array):
        """Upload (height, width) as one component, (height, width, 3) as four."""
        array = np.asarray(array)
        if array.ndim == 3:
            array = np.concatenate([array, np.ones((*array.shape[:2], 4 - array.shape[2]))], axis=2)
        components = 1 if array.ndim == 2 else 4
        pixels = np.ascontiguousarray(array[::-1], np.float32)
        self.made.append(self.tools.context.gl.texture(array.shape[1::-1], components, pixels, dtype="f4"))
        return self.made[-1]

    def picture(self, scene, light, depth, ids=None):
        """Return the picture of light, grey (height, width) or coloured, at depths that may be one number."""
        light = np.asarray(light)
        rgb = np.repeat(light[..., None], 3, axis=2) if light.ndim == 2 else light
        depth = np.broadcast_to(depth, rgb.shape[:2])
        ids = np.zeros(rgb.shape[:2]) if ids is None else ids
        return Picture(scene, self.texture(rgb), self.texture(depth), ids.astype(np.uint16), depth)

    def rgb(self, texture):
        """Read a texture of four components back, after a check that nothing went wrong on the way."""
        width, height = texture.size
        array = np.frombuffer(texture.read(), np.float32).reshape(height, width, 4)
        self.tools.context.check_errors("the test")
        return array[::-1, :, :3].astype(np.float64)


@pytest.fixture
def stage(tools):
    made = Stage(tools)
    yield made
    for texture in made.made:
        texture.release()
