"""pyrender itself: the one place that imports it, in an OpenGL context of its own.

pyrender keeps eight bits of gamma-encoded light. Here its picture goes to a buffer of 32-bit floats, and lights are
scaled down before and up again after, so that linear light comes out with its whole range.
"""

from __future__ import annotations

import os
from ctypes.util import find_library
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import GpuUnavailableError, MissingExtraError
from synthvision.gpu.context import GpuContext, open_context

__all__ = ["Engine", "require_pyrender"]

#: pyrender raises light to this power before it writes it.
_GAMMA = 2.2


def require_pyrender() -> None:
    """Raise if pyrender is not installed.

    Raises:
        MissingExtraError: It is not; the message holds the pip command.
    """
    if find_spec("pyrender") is None:
        raise MissingExtraError("the backend pyrender", "pyrender")


class Engine:
    """pyrender with a context of its own.

    Attributes:
        pyrender: The module.
        context: Its context; whoever draws takes it first.

    Raises:
        MissingExtraError: pyrender is not installed.
        GpuUnavailableError: Its OpenGL bindings find no library, or no context can be opened.
    """

    def __init__(self) -> None:
        require_pyrender()
        self.pyrender = _import_pyrender()
        self.context: GpuContext = open_context()
        self._renderer: Any = None

    def draw(
        self, scene: Any, size_wh: tuple[int, int], flags: int, nodes: dict[Any, tuple[int, int, int]] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return what pyrender draws, first row at the top.

        Args:
            scene: pyrender's.
            size_wh: Pixels.
            flags: ``pyrender.RenderFlags``; drawing is always off screen with alpha.
            nodes: 8-bit colours by node, for segmentation.

        Returns:
            float32 (height, width, 4), linear and premultiplied (segmentation: the colours, 0 to 1), and depth along
            z in metres, float32 (height, width), +inf where nothing is.
        """
        self.context.take()
        if self._renderer is None:
            self._renderer = _float_renderer(self.pyrender)(*size_wh)
        renderer = self._renderer
        renderer.viewport_width, renderer.viewport_height = size_wh
        wanted = self.pyrender.RenderFlags
        coded, depth = renderer.render(scene, flags | wanted.OFFSCREEN | wanted.RGBA, seg_node_map=nodes)
        if not flags & wanted.SEG:
            coded[..., :3] = np.maximum(coded[..., :3], 0) ** np.float32(_GAMMA)
        return coded, depth

    def close(self) -> None:
        """Release everything on the GPU."""
        self.context.take()
        if self._renderer is not None:
            self._renderer.delete()
            self._renderer = None
        self.context.close()


def _import_pyrender() -> Any:
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    if not hasattr(np, "infty"):
        # pyrender 0.1.45 uses a name that numpy 2 removed.
        vars(np)["infty"] = np.inf
    if find_library("GL") is None:
        # PyOpenGL would go on with OpenGL ES or with nothing, and fail at the first call.
        raise GpuUnavailableError("pyrender needs the library libGL beside EGL; install it: apt-get install libgl1")
    try:
        import pyrender
    except (ImportError, AttributeError, OSError) as error:
        raise GpuUnavailableError(
            f"pyrender cannot be loaded ({error}); install libGL: apt-get install libgl1"
        ) from error
    return pyrender


def _float_renderer(pyrender: Any) -> Any:
    """Return pyrender's renderer with a main buffer of floats and shadow maps that fit what throws shadows."""
    from OpenGL import GL

    class FloatRenderer(pyrender.Renderer):  # type: ignore[misc]  # pyrender has no types
        _main_fb: int | None
        _main_fb_dims: tuple[int, int]

        def _configure_main_framebuffer(self) -> None:
            size = (self.viewport_width, self.viewport_height)
            if self._main_fb is not None and self._main_fb_dims != size:
                self._delete_main_framebuffer()
            if self._main_fb is not None:
                return
            self._main_fb, self._main_cb, self._main_db = self._make_buffers(0, size)
            self._main_fb_ms, self._main_cb_ms, self._main_db_ms = self._make_buffers(4, size)
            self._main_fb_dims = size

        @staticmethod
        def _make_buffers(samples: int, size: tuple[int, int]) -> tuple[int, int, int]:
            colour, depth = GL.glGenRenderbuffers(2)
            for buffer, kind in ((colour, GL.GL_RGBA32F), (depth, GL.GL_DEPTH_COMPONENT32F)):
                GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, buffer)
                GL.glRenderbufferStorageMultisample(GL.GL_RENDERBUFFER, samples, kind, *size)
            target = GL.glGenFramebuffers(1)
            GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, target)
            places = (GL.GL_COLOR_ATTACHMENT0, GL.GL_DEPTH_ATTACHMENT)
            for place, buffer in zip(places, (colour, depth), strict=True):
                GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, place, GL.GL_RENDERBUFFER, buffer)
            return int(target), int(colour), int(depth)

        def _read_main_framebuffer(self, scene: Any, flags: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            width, height = self._main_fb_dims
            GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._main_fb_ms)
            GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, self._main_fb)
            for bits in (GL.GL_COLOR_BUFFER_BIT, GL.GL_DEPTH_BUFFER_BIT):
                GL.glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, bits, GL.GL_NEAREST)
            GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._main_fb)
            colour = GL.glReadPixels(0, 0, width, height, GL.GL_RGBA, GL.GL_FLOAT)
            ratio = GL.glReadPixels(0, 0, width, height, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT)
            colour_hwc = np.array(colour, np.float32).reshape(height, width, 4)[::-1].copy()
            ratio_hw = np.array(ratio, np.float64).reshape(height, width)[::-1]
            camera = scene.main_camera_node.camera
            near, far = camera.znear, camera.zfar
            with np.errstate(divide="ignore"):
                depth = near * far / (far - ratio_hw * (far - near))
            depth_hw: NDArray[np.float32] = np.where(ratio_hw >= 1, np.inf, depth).astype(np.float32)
            return colour_hwc, depth_hw

        def _get_light_cam_matrices(
            self, scene: Any, light_node: Any, flags: int
        ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            bounds = getattr(scene, "shadow_bounds", None)
            if bounds is None or not isinstance(light_node.light, pyrender.DirectionalLight):
                matrices: tuple[NDArray[np.float64], NDArray[np.float64]] = super()._get_light_cam_matrices(
                    scene, light_node, flags
                )
                return matrices
            # A map as wide as the whole ground would leave a shadow a few texels.
            reach = max(float(np.linalg.norm(bounds[1] - bounds[0])) / 2, 1e-3)
            pose = scene.get_pose(light_node).copy()
            back = 4 * reach
            pose[:3, 3] = np.mean(bounds, axis=0) + back * pose[:3, 2]
            camera = pyrender.OrthographicCamera(xmag=reach, ymag=reach, znear=0.01 * reach, zfar=2 * back)
            return np.linalg.inv(pose), camera.get_projection_matrix()

    return FloatRenderer
