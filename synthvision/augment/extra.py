"""The one door to albumentations, an optional dependency."""

from __future__ import annotations

import os
from typing import Any

from synthvision.core.errors import MissingExtraError, UsageError

__all__ = ["VERSION", "load_albumentations"]

#: The last release under the MIT licence; the project is frozen, so no other version is expected.
VERSION = "2.0.8"


def load_albumentations() -> Any:
    """Return the module.

    Raises:
        MissingExtraError: It is not installed; the message holds the pip command.
        UsageError: Another version is installed, whose transforms may do something else.
    """
    # On import it would ask the network whether there is a newer release.
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    try:
        import albumentations
    except ImportError as error:
        raise MissingExtraError("augment", "augment") from error
    if albumentations.__version__ != VERSION:
        raise UsageError(
            f"augment needs albumentations {VERSION}, got {albumentations.__version__}: "
            f"pip install 'albumentations=={VERSION}'"
        )
    return albumentations
