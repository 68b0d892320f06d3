"""Which of mitsuba's variants this machine can run, and the libLLVM that the compiled one needs.

mitsuba's ``llvm_ad_rgb`` loads whatever libLLVM it finds and aborts the process where that is too old (with LLVM 16 and
older instruction selection ends in ``Cannot select: fminimum``). So every library is first tried by a process of its
own, and the answer is kept by the library's path and time of change.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.core.hashing import hash_json
from synthvision.library.packs import user_folder
from synthvision.render.config import MitsubaVariant

__all__ = ["LLVM_VARIABLE", "ChosenVariant", "choose_variant", "find_libllvm", "library_version", "require_mitsuba"]

LLVM_VARIABLE = "DRJIT_LIBLLVM_PATH"
#: Older libraries abort the process; they are not even tried.
OLDEST_LLVM = 17
INSTALL_LLVM = f"install LLVM {OLDEST_LLVM} or later (apt-get install libllvm19) or set {LLVM_VARIABLE} to its libLLVM"
_PLACES = (
    "/usr/lib/*-linux-gnu",
    "/usr/lib64",
    "/usr/lib/llvm-*/lib",
    "/usr/lib",
    "/usr/local/lib",
    "/opt/llvm*/lib",
)
_VERSION = re.compile(r"libLLVM(?:-(\d+)(?:\.(\d+))?\.so|\.so\.(\d+)(?:\.(\d+))?)")
_PROBE_SECONDS = 120
#: Renders a lit square with the integrator and the passes that the backend uses.
_PROBE = """
import mitsuba as mi
mi.set_variant("llvm_ad_rgb")
import numpy as np
scene = mi.load_dict({
    "type": "scene", "integrator": {"type": "volpath", "max_depth": 4}, "light": {"type": "constant"},
    "sensor": {"type": "perspective", "film": {"type": "hdrfilm", "width": 8, "height": 8}},
    "square": {"type": "rectangle", "to_world": mi.ScalarTransform4f().translate([0, 0, 2]).rotate([0, 1, 0], 180)},
})
light = np.array(mi.render(scene, spp=4, seed=1))
assert np.isfinite(light).all() and light.max() > 0
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChosenVariant:
    """The variant that is used and why.

    Args:
        name: Name of the variant.
        llvm: Version of libLLVM for the variants that use it, else None.
        reason: Why the compiled variant is not used, in one sentence; None where it is.
    """

    name: str
    llvm: str | None = None
    reason: str | None = None


def require_mitsuba() -> None:
    """Raise if mitsuba is not installed.

    Raises:
        MissingExtraError: It is not; the message holds the pip command.
    """
    if find_spec("mitsuba") is None:
        raise MissingExtraError("the backend mitsuba", "mitsuba")


def choose_variant(wanted: MitsubaVariant = "auto") -> ChosenVariant:
    """Return the variant to use, after making sure that it runs; libLLVM is named to mitsuba by the way.

    Where ``auto`` falls back to ``scalar_rgb`` a warning is logged once.

    Args:
        wanted: From the config.

    Raises:
        MissingExtraError: mitsuba is not installed.
        UsageError: A variant was asked for by name that cannot run here; the message says what it needs.
    """
    require_mitsuba()
    return _choose(wanted, os.environ.get(LLVM_VARIABLE))


@lru_cache(maxsize=8)
def _choose(wanted: MitsubaVariant, named_library: str | None) -> ChosenVariant:
    if wanted == "scalar_rgb":
        return ChosenVariant("scalar_rgb", reason="scalar_rgb was asked for")
    if wanted == "cuda_ad_rgb":
        _check_cuda()
        return ChosenVariant("cuda_ad_rgb")
    library, reason = find_libllvm(named_library)
    if library is not None:
        # mitsuba reads it when it first compiles; worker processes inherit it and need not search again.
        os.environ[LLVM_VARIABLE] = str(library)
        return ChosenVariant("llvm_ad_rgb", llvm=".".join(map(str, library_version(library.name))) or "unknown")
    if wanted == "llvm_ad_rgb":
        raise UsageError(f"mitsuba's variant llvm_ad_rgb needs a fit libLLVM: {reason}; {INSTALL_LLVM}")
    _log.warning("mitsuba renders with scalar_rgb, some times slower: %s; %s", reason, INSTALL_LLVM)
    return ChosenVariant("scalar_rgb", reason=reason)


def find_libllvm(named: str | None = None) -> tuple[Path | None, str]:
    """Return the newest libLLVM that mitsuba can use, or None and why there is none.

    Looked at are the library that is named, what the dynamic linker knows, and the usual folders; each is tried in a
    process of its own.

    Args:
        named: Path of a library that goes before all others, whatever its version.
    """
    tried: list[str] = []
    if named:
        path = Path(named)
        if path.is_file() and _works(path):
            return path, ""
        tried.append(f"{LLVM_VARIABLE} names {named}, which {'fails' if path.is_file() else 'is no file'}")
    old: set[str] = set()
    for path in sorted(_candidates(), key=lambda path: (library_version(path.name), str(path)), reverse=True):
        if library_version(path.name)[0] < OLDEST_LLVM:
            old.add(".".join(map(str, library_version(path.name))))
        elif _works(path):
            return path, ""
        else:
            tried.append(f"{path.name} fails")
    if old:
        tried.append(f"libLLVM {', '.join(sorted(old))} is older than {OLDEST_LLVM}")
    return None, "; ".join(tried) or "no libLLVM was found"


def library_version(name: str) -> tuple[int, ...]:
    """Return the version in the file name of a libLLVM, empty where it is none.

    Example:
        >>> library_version("libLLVM.so.19.1"), library_version("libLLVM-16.so.1"), library_version("libLLVM.so")
        ((19, 1), (16,), ())
    """
    match = _VERSION.match(name)
    if match is None:
        return ()
    return tuple(int(part) for part in match.groups() if part is not None)


def _candidates() -> set[Path]:
    """Return the libraries whose names tell a version, each file once."""
    found = [*_known_to_linker()]
    for place in _PLACES:
        folders = Path("/").glob(place.lstrip("/")) if "*" in place else [Path(place)]
        for folder in folders:
            with suppress(OSError):
                found += folder.glob("libLLVM*.so*")
    found += (Path(sys.prefix) / "lib").glob("libLLVM*.so*")
    return _each_file_once(path for path in found if library_version(path.name))


def _each_file_once(paths: Iterable[Path]) -> set[Path]:
    by_file: dict[Path, Path] = {}
    for path in sorted(paths):
        with suppress(OSError):
            by_file.setdefault(path.resolve(strict=True), path)
    return set(by_file.values())


def _known_to_linker() -> list[Path]:
    for program in ("ldconfig", "/sbin/ldconfig"):
        with suppress(OSError, subprocess.SubprocessError):
            listed = subprocess.run([program, "-p"], capture_output=True, text=True, timeout=10, check=True).stdout
            return [Path(line.rpartition("=> ")[2].strip()) for line in listed.splitlines() if "libLLVM" in line]
    return []


def _works(path: Path) -> bool:
    """Return whether mitsuba renders with a library; the answer is remembered."""
    known = _Answers(user_folder() / "mitsuba_llvm.json")
    state = _library_state(path)
    answer = known.get(state)
    if answer is None:
        answer = _probe(path)
        if answer is not None:
            known.add(state, answer)
    return bool(answer)


def _probe(path: Path) -> bool | None:
    """Return whether mitsuba renders with a library, or None where a busy machine left that open."""
    environment = os.environ | {LLVM_VARIABLE: str(path)}
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE], env=environment, capture_output=True, timeout=_PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.returncode == 0


def _library_state(path: Path) -> str:
    try:
        state = path.resolve().stat()
        installed = version("mitsuba")
    except (OSError, PackageNotFoundError):
        return ""
    return hash_json([str(path.resolve()), state.st_size, state.st_mtime_ns, installed])


def _check_cuda() -> None:
    """Raise if CUDA's driver library, which mitsuba loads, is missing."""
    import ctypes

    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        raise UsageError(f"mitsuba's variant cuda_ad_rgb needs an NVIDIA driver: {error}") from error


class _Answers:
    """Which libraries work, in a file of the user's: a memory for speed, whose loss costs nothing but time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, bool] = {}
        with suppress(OSError, ValueError):
            known = json.loads(path.read_text(encoding="utf-8"))
            self._known = {key: value for key, value in known.items() if isinstance(value, bool)}

    def get(self, state: str) -> bool | None:
        return self._known.get(state) if state else None

    def add(self, state: str, answer: bool) -> None:
        if not state:
            return
        self._known[state] = answer
        # A home that cannot be written to must not stop a job that otherwise can run.
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(f".{os.getpid()}.tmp")
            part.write_text(json.dumps(self._known, sort_keys=True), encoding="utf-8")
            part.replace(self._path)
