"""Licences of models and photos, as far as their names tell."""

from __future__ import annotations

import re

__all__ = ["is_non_commercial"]

_NON_COMMERCIAL = re.compile(r"non[-_ ]?commercial|(?<![a-z])nc(?![a-z])|research[-_ ]only", re.IGNORECASE)


def is_non_commercial(licence: str | None) -> bool:
    """Return whether a licence's name says that it forbids commercial use.

    Example:
        >>> is_non_commercial("cc-by-nc-4.0"), is_non_commercial("flux-1-dev-non-commercial-license")
        (True, True)
        >>> is_non_commercial("apache-2.0"), is_non_commercial(None)
        (False, False)
    """
    return licence is not None and _NON_COMMERCIAL.search(licence) is not None
