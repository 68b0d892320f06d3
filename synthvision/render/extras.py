"""Which of the optional backends are installed, found without importing any of them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from synthvision.core.errors import MissingExtraError, SynthvisionError
from synthvision.gpu.doctor import Finding

__all__ = ["OPTIONAL_BACKENDS", "diagnose_backends", "missing_extra"]

#: Backends that need a package of the same name, which is also that of the extra.
OPTIONAL_BACKENDS = ("mitsuba", "pyrender")


def missing_extra(backend: str) -> MissingExtraError | None:
    """Return the error that names the pip command where a backend's package is missing, else None."""
    if backend not in OPTIONAL_BACKENDS or find_spec(backend) is not None:
        return None
    return MissingExtraError(f"the backend {backend}", backend)


def diagnose_backends() -> tuple[Finding, ...]:
    """Return what there is of the optional backends; none of them is needed, so that all findings are good ones.

    Where mitsuba is installed its variant is chosen, which may try libraries for some seconds on the first call.
    """
    return tuple(Finding(f"backend {name}", True, _detail(name)) for name in OPTIONAL_BACKENDS)


def _detail(name: str) -> str:
    missing = missing_extra(name)
    if missing is not None:
        return f"not installed (pip install 'synthvision[{missing.extra}]')"
    try:
        found = version(name)
    except PackageNotFoundError:
        found = "of unknown version"
    if name != "mitsuba":
        return found
    from synthvision.render.mitsuba.variant import choose_variant

    try:
        chosen = choose_variant("auto")
    except SynthvisionError as error:
        return f"{found}, {error}"
    return f"{found}, {chosen.name}" + (f" with LLVM {chosen.llvm}" if chosen.llvm else f" ({chosen.reason})")
