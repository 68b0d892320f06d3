"""What stands before a trained refiner: said in its card, and checked wherever it is applied.

A generator that learned what the refiners before it leave makes nonsense of pictures that did not go through them. So
its card names them by their settings and by the hash of what they took from photos. Where the photos lie is no part of
it: a copy elsewhere does the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synthvision.core.errors import UsageError
from synthvision.realism.refiner import Refiner, RefinerSpec

__all__ = ["BeforeEntry", "before_entry", "check_before"]

# Of a spec these say where photos lie, how many files are looked at, and what may be done with them. What was learned
# from them is in the hash.
_PLACES = frozenset({"kind", "reference", "reference_photos", "reference_licence", "renders"})


class BeforeEntry(BaseModel):
    """One refiner that a generator was trained behind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(description="Its kind, as in a chain.")
    settings: dict[str, Any] = Field(description="Its settings, without the places of files.")
    sha256: str = Field(description="Hash of what it took from photos.")


def before_entry(spec: RefinerSpec, refiner: Refiner) -> BeforeEntry:
    """Return what a card says of a refiner.

    Args:
        spec: Its part of the config.
        refiner: The refiner that was made of it.
    """
    settings = spec.model_dump(mode="json", exclude=set(_PLACES))
    return BeforeEntry(
        kind=str(getattr(spec, "kind", "")),
        settings=settings,
        sha256=",".join(entry.sha256 or "" for entry in refiner.models),
    )


def check_before(specs: Sequence[RefinerSpec], refiners: Sequence[Refiner]) -> None:
    """Check that each trained refiner of a chain has before it what it was trained behind.

    Args:
        specs: The parts of the chain, in their order.
        refiners: What was made of them.

    Raises:
        UsageError: Something else stands before one of them; the message says what must.
    """
    for place, refiner in enumerate(refiners):
        wanted: tuple[BeforeEntry, ...] = getattr(refiner, "before", ())
        if not wanted:
            continue
        first = max(place - len(wanted), 0)
        chain = zip(specs[first:place], refiners[first:place], strict=True)
        found = tuple(before_entry(spec, other) for spec, other in chain)
        if found != wanted:
            name = refiner.models[0].name
            raise UsageError(
                f"realism: the refiner {name} was trained behind {_words(wanted)} and must stand directly behind it, "
                f"got {_difference(wanted, found)}: put it there with the settings and photos of the training"
            )


def _words(entries: Sequence[BeforeEntry]) -> str:
    return ", ".join(entry.kind for entry in entries) or "nothing"


def _difference(wanted: Sequence[BeforeEntry], found: Sequence[BeforeEntry]) -> str:
    if [entry.kind for entry in wanted] != [entry.kind for entry in found]:
        return _words(found)
    for want, have in zip(wanted, found, strict=True):
        unlike = sorted(
            name
            for name in want.settings.keys() | have.settings.keys()
            if want.settings.get(name) != have.settings.get(name)
        )
        if unlike:
            return f"{want.kind} with another {', '.join(unlike)}"
        if want.sha256 != have.sha256:
            return f"{want.kind} that learned from other photos or renders"
    return _words(found)
