"""The simulation engine, imported where it is used."""

from __future__ import annotations

from importlib.util import find_spec
from types import ModuleType

from synthvision.core.errors import UsageError

__all__ = ["MISSING", "engine_is_installed", "load_engine"]

MISSING = (
    "placement kind dropped needs the physics engine, and mujoco is not installed: pip install 'synthvision[physics]'"
)


def engine_is_installed() -> bool:
    """Return whether the extra `physics` is installed, without importing it."""
    return find_spec("mujoco") is not None


def load_engine() -> ModuleType:
    """Return the physics engine's module.

    Raises:
        UsageError: The extra `physics` is not installed.
    """
    try:
        import mujoco
    except ImportError as error:
        raise UsageError(MISSING) from error
    engine: ModuleType = mujoco
    return engine
