"""Framebuffers kept from frame to frame, made anew when the size or the wanted channels change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import moderngl

from synthvision.gpu.context import GpuContext

__all__ = ["Target", "TargetPool"]

#: Channels and moderngl dtype of one attachment.
Channel = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Target:
    """A framebuffer with its attachments.

    Args:
        framebuffer: What is drawn to.
        colours: Colour textures in order.
        depth: Depth texture or None.
    """

    framebuffer: moderngl.Framebuffer
    colours: tuple[moderngl.Texture, ...]
    depth: moderngl.Texture | None

    def release(self, context: GpuContext) -> None:
        """Give the memory back."""
        context.release_framebuffer(self.framebuffer)
        for texture in self.colours:
            texture.release()
        if self.depth is not None:
            self.depth.release()


class TargetPool:
    """Targets by name.

    Args:
        context: Where they live.
    """

    def __init__(self, context: GpuContext) -> None:
        self._context = context
        self._targets: dict[str, tuple[tuple[object, ...], Target]] = {}

    def get(
        self,
        name: str,
        size_wh: tuple[int, int],
        channels: Sequence[Channel],
        *,
        samples: int = 0,
        depth: bool | moderngl.Texture = False,
    ) -> Target:
        """Return the target `name`, remade if anything about it changed.

        Args:
            name: What it is for.
            size_wh: Pixels.
            channels: One attachment each.
            samples: 0, or the samples per pixel.
            depth: Whether it has its own depth texture, or another target's depth texture to share.
        """
        shared = depth if isinstance(depth, moderngl.Texture) else None
        key = (size_wh, tuple(channels), samples, shared.glo if shared is not None else bool(depth))
        found = self._targets.get(name)
        if found is not None and found[0] == key:
            return found[1]
        if found is not None:
            found[1].release(self._context)
        gl = self._context.gl
        colours = []
        for components, dtype in channels:
            texture = gl.texture(size_wh, components, samples=samples, dtype=dtype)
            if not samples:
                texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
                texture.repeat_x = texture.repeat_y = False
            colours.append(texture)
        own_depth = gl.depth_texture(size_wh, samples=samples) if depth and shared is None else None
        if own_depth is not None and not samples:
            own_depth.compare_func = ""
            own_depth.filter = (moderngl.NEAREST, moderngl.NEAREST)
            own_depth.repeat_x = own_depth.repeat_y = False
        attached = shared if shared is not None else own_depth
        target = Target(gl.framebuffer(colours, attached), tuple(colours), own_depth)
        self._targets[name] = (key, target)
        return target

    def clear(self) -> None:
        """Release all targets."""
        for _, target in self._targets.values():
            target.release(self._context)
        self._targets.clear()
