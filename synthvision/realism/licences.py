"""Licences of models and photos, as far as their names tell."""

from __future__ import annotations

__all__ = ["is_non_commercial"]


def is_non_commercial(licence: str | None) -> bool:
    """Return whether the name of a licence says that it does not allow commercial use; False for None.

    Example:
        >>> is_non_commercial("CC-BY-NC-4.0"), is_non_commercial("Apache-2.0")
        (True, False)
    """
    words = (licence or "").lower().replace("_", "-").replace(" ", "-").split("-")
    text = "-".join(words)
    return "nc" in words or any(said in text for said in ("non-commercial", "noncommercial", "research-only"))
