"""A need: which objects a training set lacks, as an audit or a search for weak slices states it and a mix fills it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthvision.core.errors import UsageError

__all__ = ["Need", "NeedCell", "load_need"]

_MODEL = ConfigDict(frozen=True, extra="forbid")


class NeedCell(BaseModel):
    """Objects that are wanted: those that have every one of some levels."""

    model_config = _MODEL

    levels: Mapping[str, str] = Field(
        min_length=1,
        description="Level by quantity: class, size, occlusion, light and weather as an audit names them; "
        "factor.NAME, a level of a factor of the scene file; weather.NAME, a recorded level of the weather.",
    )
    count: int | None = Field(
        None, ge=1, description="How many more objects; none given: as many as there is room for, fewer and fewer."
    )
    weight: float = Field(1.0, gt=0, description="How much an object of this cell counts against one of another.")

    def __str__(self) -> str:
        return ", ".join(f"{name} {level}" for name, level in self.levels.items())


class Need(BaseModel):
    """What a training set lacks."""

    model_config = _MODEL

    description: str = Field("", description="Where the need comes from, for people.")
    cells: tuple[NeedCell, ...] = Field(min_length=1, description="What is wanted; an object may count for several.")


def load_need(path: Path) -> Need:
    """Return the need that a JSON file holds: a need itself, or any result that has one under ``need``.

    Raises:
        UsageError: The file is missing, no JSON, or holds no need; every fault is listed.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file; give the JSON of an audit, or a need") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: a need must be a JSON file: {error}") from error
    if isinstance(data, dict) and "need" in data:
        data = data["need"]
        if data is None:
            raise UsageError(f"{path}: nothing is needed: no cell of it is thin")
    try:
        return Need.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise UsageError(
            f"{path}: must hold a need, {{cells: [{{levels: {{class: ...}}, count: ...}}]}}: {faults}"
        ) from error
