"""What decides the exact bytes of a picture: driver build, package versions, CPU features.

Two runs with one fingerprint give the same bytes; the fingerprint stands in the manifest, so that a reader of two
data sets can tell whether a difference between them may come from the machine.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from synthvision import __version__

__all__ = ["fingerprint"]

# The packages whose code touches pixels, labels or sampled numbers.
_PACKAGES = (
    "numpy", "scipy", "trimesh", "python-fcl", "mujoco-core", "moderngl", "opencv-python-headless", "Pillow", "tifffile"
)  # fmt: skip


def fingerprint(renderer: Mapping[str, str]) -> dict[str, str]:
    """Return the fingerprint of this process as strings by name.

    Args:
        renderer: What `Renderer.fingerprint` says: backend, driver and its version.
    """
    found = {f"renderer.{name}": value for name, value in renderer.items()}
    found["synthvision"] = __version__
    found["python"] = platform.python_version()
    found["machine"] = platform.machine()
    found["libc"] = " ".join(platform.libc_ver())
    found["cpu_features"] = _cpu_features()
    for package in _PACKAGES:
        try:
            found[f"package.{package}"] = version(package)
        except PackageNotFoundError:
            found[f"package.{package}"] = "missing"
    return dict(sorted(found.items()))


def _cpu_features() -> str:
    # The flags rather than the model name: software drivers and BLAS pick their code by them, and they name no host.
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() in ("flags", "Features"):
            return hashlib.sha256(" ".join(sorted(value.split())).encode()).hexdigest()[:16]
    return "unknown"
