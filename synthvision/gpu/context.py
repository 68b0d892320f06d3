"""The one place where OpenGL contexts are made.

A context is standalone (no window) and comes through EGL, from a GPU's driver or from Mesa's llvmpipe. `GpuContext`
adds to moderngl's context what every user of it needs: shader programs from files, an error check that lets nothing
pass, and reading back into arrays.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import GpuUnavailableError, RenderError
from synthvision.gpu.shaders import FULL_SCREEN, ShaderLibrary

__all__ = ["EGL_LIBRARY", "INSTALL_MESA", "DriverInfo", "GpuContext", "open_context"]

EGL_LIBRARY = "libEGL.so.1"
INSTALL_MESA = "apt-get install libegl1 libgl1-mesa-dri"
_REQUIRED_VERSION = 430
_SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swrast", "swr", "software rasterizer")


@dataclass(frozen=True, slots=True)
class DriverInfo:
    """Who draws.

    Args:
        vendor: Vendor string of the driver.
        renderer: Name of the device, e.g. ``llvmpipe (LLVM 15.0.6, 256 bits)``.
        version: OpenGL version string with the driver's own version.
    """

    vendor: str
    renderer: str
    version: str


def open_context(device: int | None = None) -> GpuContext:
    """Return a new standalone OpenGL 4.3 core context.

    Args:
        device: Index of the EGL device, or None for the driver's first choice (a GPU where there is one).

    Raises:
        GpuUnavailableError: No context could be opened; the message names each way that was tried.
    """
    tried: list[str] = []
    choice = {} if device is None else {"device_index": device}
    # libGL is absent where only libegl1 and libgl1-mesa-dri are installed; libEGL exports the same entry points.
    for library in ({"libgl": EGL_LIBRARY}, {}):
        way = f"EGL with {library.get('libgl', 'libGL.so')}" + (f", device {device}" if device is not None else "")
        try:
            context = moderngl.create_context(
                require=_REQUIRED_VERSION, standalone=True, backend="egl", **library, **choice
            )
        except Exception as error:  # noqa: BLE001 - glcontext raises bare Exception
            tried.append(f"{way}: {error}")
            continue
        return GpuContext(context)
    raise GpuUnavailableError(
        f"an OpenGL {_REQUIRED_VERSION // 100}.{_REQUIRED_VERSION // 10 % 10} context is needed and none could be "
        f"opened ({'; '.join(tried)}). Without a GPU install Mesa's software driver: {INSTALL_MESA}"
    )


class GpuContext:
    """A moderngl context with programs from files, strict errors and reading back.

    Args:
        context: A standalone moderngl context; it belongs to this object from now on.

    Attributes:
        gl: The moderngl context.
        driver: Who draws.
        is_software: True for Mesa's software drivers.
        max_texture_px: Longest allowed side of a texture.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self.gl = context
        info: Mapping[str, Any] = context.info
        self.driver = DriverInfo(info["GL_VENDOR"], info["GL_RENDERER"], info["GL_VERSION"])
        self.is_software = any(name in self.driver.renderer.lower() for name in _SOFTWARE_RENDERERS)
        self.max_texture_px = int(info["GL_MAX_TEXTURE_SIZE"])
        self._shaders = ShaderLibrary(context)
        self._reset_status = _load_reset_status()
        self._malloc_trim = _load_malloc_trim()
        self._closed = False
        self._rest = context.framebuffer([context.texture((1, 1), 4)])
        context.clear_errors()

    def take(self) -> None:
        """Make this context the current one of this thread; OpenGL calls go to whichever is current.

        Opening a context makes it current and closing it leaves none, so whoever draws takes its own first.
        """
        self.gl.__enter__()

    def program(
        self, package: str, vertex: str, fragment: str, defines: Mapping[str, str | int] | None = None
    ) -> moderngl.Program:
        """Return the program of two GLSL files, compiled on first use.

        Args:
            package: Package whose ``shaders`` folder holds the files, e.g. ``synthvision.imaging``.
            vertex: File name of the vertex shader.
            fragment: File name of the fragment shader.
            defines: Preprocessor names and values put before the sources.

        Raises:
            RenderError: The driver refuses a shader; the message names the file and the line.
        """
        return self._shaders.program(package, vertex, fragment, defines or {})

    def full_screen_program(
        self, package: str, fragment: str, defines: Mapping[str, str | int] | None = None
    ) -> moderngl.Program:
        """Return the program that runs a fragment shader for every pixel of a target (see `draw_full_screen`)."""
        return self._shaders.program(package, FULL_SCREEN, fragment, defines or {})

    def draw_full_screen(self, program: moderngl.Program) -> None:
        """Draw one triangle over the whole bound target with a program of `full_screen_program`."""
        self._shaders.full_screen(program).render(vertices=3)

    def check_errors(self, stage: str) -> None:
        """Raise if the driver has reported an error, or the context was lost, since the last check.

        Args:
            stage: What was just done, for the message.

        Raises:
            RenderError: There was an error.
        """
        error = self.gl.error
        if error != "GL_NO_ERROR":
            self.gl.clear_errors()
            raise RenderError(f"the OpenGL driver reported {error} in {stage} ({self.driver.renderer})")
        if self._reset_status is not None and self._reset_status():
            raise RenderError(f"the OpenGL context was lost in {stage} ({self.driver.renderer}); open a new one")

    def read(
        self,
        target: moderngl.Framebuffer,
        *,
        components: int,
        dtype: type[np.generic],
        attachment: int = 0,
        normalised: bool = False,
    ) -> NDArray[Any]:
        """Return an attachment as an array whose first row is the *top* of the picture.

        Args:
            target: The framebuffer.
            components: Channels to read, 1 to 4.
            dtype: ``np.uint8`` (normalised), ``np.uint16``, ``np.uint32`` or ``np.float32``.
            attachment: Index of the colour attachment.
            normalised: Whether a 16-bit attachment holds fractions of 65,535 rather than whole numbers.

        Returns:
            Array (height, width), or (height, width, components) for more than one; owned by the caller.
        """
        width, height = target.size
        array: NDArray[Any] = np.zeros((height, width, components), dtype)
        target.read_into(
            array,
            viewport=(0, 0, width, height),
            components=components,
            attachment=attachment,
            alignment=1,
            dtype="nu2" if normalised else _GL_DTYPES[dtype],
        )
        upright = array[::-1]
        return np.ascontiguousarray(upright[..., 0] if components == 1 else upright)

    def release_framebuffer(self, framebuffer: moderngl.Framebuffer) -> None:
        """Release a framebuffer that may be bound.

        moderngl binds the last framebuffer again after it made a new one, which is an error where it is gone.
        """
        self._rest.use()
        framebuffer.release()

    def return_memory(self) -> None:
        """Give freed memory back to the system; a software driver's textures live on this process's heap.

        The C library keeps what was freed for later, so that evicted textures would count as resident for ever.
        """
        if self.is_software and self._malloc_trim is not None:
            self._malloc_trim(0)

    def finish(self) -> None:
        """Wait until everything that was asked for is drawn."""
        self.gl.finish()

    def close(self) -> None:
        """Release the context and everything in it; closing twice is harmless."""
        if not self._closed:
            self._closed = True
            self.take()
            self._shaders.clear()
            self.gl.release()


_GL_DTYPES: dict[type[np.generic], str] = {
    np.uint8: "f1",
    np.uint16: "u2",
    np.uint32: "u4",
    np.float32: "f4",
    np.float16: "f2",
}


def _load_malloc_trim() -> Any:
    """Return glibc's malloc_trim, or None where the C library has none."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None


def _load_reset_status() -> Any:
    """Return glGetGraphicsResetStatus (0 while the context lives), or None where the driver has none."""
    try:
        egl = ctypes.CDLL(EGL_LIBRARY)
        egl.eglGetProcAddress.restype = ctypes.c_void_p
        egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
        address = egl.eglGetProcAddress(b"glGetGraphicsResetStatusARB")
    except (OSError, AttributeError):
        return None
    return ctypes.CFUNCTYPE(ctypes.c_uint)(address) if address else None
