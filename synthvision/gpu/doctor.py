"""Can this machine render? Each step on the way to a picture is tried, and a failed one says what to type."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass

import numpy as np

__all__ = ["Diagnosis", "Finding", "diagnose"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check.

    Args:
        name: What was looked at.
        ok: Whether it is as it must be.
        detail: What was found.
        remedy: The line to type where it is not, or None.
    """

    name: str
    ok: bool
    detail: str
    remedy: str | None = None

    def __str__(self) -> str:
        line = f"{'ok ' if self.ok else 'BAD'} {self.name}: {self.detail}"
        return line if self.remedy is None else f"{line}\n    {self.remedy}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, in the order in which one depends on the other."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether pictures can be made."""
        return all(finding.ok for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


def diagnose() -> Diagnosis:
    """Return what was found; the checks stop at the first that makes the following ones pointless."""
    from synthvision.gpu.context import EGL_LIBRARY, INSTALL_MESA

    findings: list[Finding] = []
    if not sys.platform.startswith("linux"):
        detail = f"contexts are opened through EGL on Linux, this is {sys.platform}"
        return Diagnosis((Finding("platform", False, detail, "run it on Linux, for example in a container"),))
    try:
        ctypes.CDLL(EGL_LIBRARY)
    except OSError as error:
        return Diagnosis((Finding("EGL library", False, str(error), INSTALL_MESA),))
    findings.append(Finding("EGL library", True, EGL_LIBRARY))
    findings += _check_context()
    return Diagnosis(tuple(findings))


def _check_context() -> list[Finding]:
    from synthvision.core.errors import GpuUnavailableError, RenderError
    from synthvision.gpu.context import INSTALL_MESA, open_context

    try:
        context = open_context()
    except GpuUnavailableError as error:
        return [Finding("OpenGL context", False, str(error), INSTALL_MESA)]
    try:
        driver = context.driver
        kind = "software" if context.is_software else "hardware"
        findings = [
            Finding("OpenGL context", True, f"{driver.version}"),
            Finding("driver", True, f"{driver.renderer} ({driver.vendor}), {kind}"),
        ]
        samples = int(context.gl.max_samples)
        update = f"update the driver, or install Mesa's: {INSTALL_MESA}"
        findings.append(
            Finding("antialiasing", samples >= 4, f"{samples} samples per pixel", None if samples >= 4 else update)
        )
        try:
            covered = _draw_triangle(context)
        except RenderError as error:
            findings.append(Finding("drawing", False, str(error), update))
        else:
            right = covered == _TRIANGLE_PIXELS
            detail = f"a test triangle covers {covered} pixels, {_TRIANGLE_PIXELS} are right"
            findings.append(Finding("drawing", right, detail, None if right else update))
        return findings
    finally:
        context.close()


_TARGET_PX = 64
#: Pixel centres of a 64x64 target on and below its diagonal: the lower left triangle owns them or not by its rule,
#: so the test triangle is moved a quarter of a pixel off the centres.
_TRIANGLE_PIXELS = _TARGET_PX * (_TARGET_PX - 1) // 2


def _draw_triangle(context: object) -> int:
    """Return how many pixels of a target the lower left triangle covers."""
    from synthvision.gpu.context import GpuContext

    if not isinstance(context, GpuContext):
        raise TypeError("a GpuContext is needed")
    gl = context.gl
    program = context.program("synthvision.gpu", "triangle.vert.glsl", "triangle.frag.glsl")
    shift = 2 * 0.25 / _TARGET_PX
    corners = np.array([[-1, -1], [1 - shift, -1], [-1, 1 - shift]], np.float32)
    vertices = gl.vertex_array(program, [(gl.buffer(corners.tobytes()), "2f", "in_position")])
    target = gl.framebuffer([gl.texture((_TARGET_PX, _TARGET_PX), 1, dtype="u2")])
    target.use()
    target.clear()
    vertices.render()
    drawn = context.read(target, components=1, dtype=np.uint16)
    context.check_errors("drawing a triangle")
    return int(np.count_nonzero(drawn == 7))
