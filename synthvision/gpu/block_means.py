"""A picture on the GPU reduced to the mean of each block: enough to meter it, and to find what is not a number."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.context import GpuContext

__all__ = ["BLOCK_PX", "BlockMeans", "block_means_of_texture"]

#: Side of a block; the last row and column may be smaller.
BLOCK_PX = 8


@dataclass(frozen=True, slots=True, eq=False)
class BlockMeans:
    """Mean of each block of a picture.

    Args:
        rgb_hwc: float32 (rows of blocks, columns of blocks, 3), first row at the top of the picture.
    """

    rgb_hwc: NDArray[np.float32]


def block_means_of_texture(context: GpuContext, texture: moderngl.Texture) -> BlockMeans:
    """Return the block means of a float texture whose first row is the bottom of the picture.

    Blocks start at the bottom left, where the texture's rows do.
    """
    width, height = texture.size
    size = (-(-width // BLOCK_PX), -(-height // BLOCK_PX))
    drawn = context.gl.texture(size, 4, dtype="f4")
    target = context.gl.framebuffer([drawn])
    target.use()
    context.gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program("synthvision.gpu", "block_means.frag.glsl")
    program["picture"] = 0
    texture.use(0)
    context.draw_full_screen(program)
    means = context.read(target, components=4, dtype=np.float32)
    context.release_framebuffer(target)
    drawn.release()
    return BlockMeans(np.ascontiguousarray(means[..., :3]))
