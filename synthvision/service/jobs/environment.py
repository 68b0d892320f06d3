"""What the processes that the service starts find in their environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from synthvision.library.packs import ENVIRONMENT_VARIABLE
from synthvision.service.jobs.settings import TOKEN_VARIABLE

__all__ = ["asset_roots", "child_environment"]

#: One thread each: libraries of linear algebra reserve address space for every core.
_SMALL = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def asset_roots(packs: Mapping[str, Path]) -> str:
    """Return the value of ``SYNTHVISION_ASSETS`` with which uploaded packs go by their names.

    Args:
        packs: Folders of the uploaded packs by name; they come after what the service itself was given.
    """
    given = [root for root in os.environ.get(ENVIRONMENT_VARIABLE, "").split(os.pathsep) if root.strip()]
    return os.pathsep.join([*given, *(f"{name}={folder}" for name, folder in packs.items())])


def child_environment(assets: str, *, small: bool = False) -> dict[str, str]:
    """Return the environment of a process that the service starts: this one's without the token.

    Args:
        assets: The value of ``SYNTHVISION_ASSETS``.
        small: The process has little address space, so libraries shall use one thread.
    """
    environment = {name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE}
    return {**environment, **(_SMALL if small else {}), ENVIRONMENT_VARIABLE: assets}
