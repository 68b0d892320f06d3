"""Classes of a job: which objects get which label.

`classes` is an ordered list and the first class that matches wins, so special cases stand before general ones. An
object of role ``thing`` or ``stuff`` that no class matches cannot be labelled; a thing then becomes a ``distractor``
and stuff becomes ``background``, with ``role_reason: no class matches`` in its attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from synthvision.sampling.scoped import ScopedObject

__all__ = ["ClassSpec", "Match", "class_of", "matches_pattern"]

Texts = Mapping[str, str]


def _texts(value: Any) -> Any:
    # `top_face: 5` in YAML is a number; the state is a word. True and 1.0 have no one spelling and stay refused.
    if isinstance(value, Mapping):
        return {key: str(item) if type(item) is int else item for key, item in value.items()}
    return value


TextsFromFile = Annotated[Texts, BeforeValidator(_texts, json_schema_input_type=Mapping[str, str | int])]


class Match(BaseModel):
    """Which objects a class takes; everything given must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str | None = Field(None, description="Name or pattern of the object group in the scene file.")
    asset: str | None = Field(None, description="Name or pattern of the object's asset; * stands for any text.")
    category: str | None = Field(None, description="Category of the object's asset.")
    tag: str | None = Field(None, description="Tag of the object's asset.")
    part: str | None = Field(
        None,
        description="Name or pattern of a mesh part, which then becomes an instance of its own, e.g. missing_*; rules "
        "without part take whole objects.",
    )
    material: str | None = Field(
        None, description="Name or pattern of a material asset that was put on the object, e.g. *ace_of_*."
    )
    attributes: TextsFromFile = Field(
        default_factory=dict, description="Attributes of the object or of its material that must have these values."
    )
    state: TextsFromFile = Field(
        default_factory=dict,
        description="States that must have these values, e.g. {top_face: 5}: they follow from how the object lies or "
        "is seen.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        named = (self.group, self.asset, self.category, self.tag, self.part, self.material)
        if not any(named) and not self.attributes and not self.state:
            raise ValueError(
                "must name at least one of group, asset, category, tag, part, material, attributes and state"
            )
        return self

    def takes(self, item: ScopedObject) -> bool:
        """Return whether an object matches."""
        return (
            (self.group is None or fnmatchcase(item.group, self.group))
            and (self.asset is None or matches_pattern(self.asset, item.pack, item.asset))
            and (self.category is None or self.category == item.category)
            and (self.tag is None or self.tag in item.tags)
            and (self.part is None) == (item.part is None)
            and (self.part is None or fnmatchcase(item.part or "", self.part))
            and (self.material is None or any(matches_pattern(self.material, *name) for name in item.materials))
            and all(item.attributes.get(key) == value for key, value in self.attributes.items())
            and all(item.states.get(key) == value for key, value in self.state.items())
        )


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, (dict, Match)) else value


class ClassSpec(BaseModel):
    """One class of the data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, description="Name of the class as exporters write it.")
    match: Annotated[tuple[Match, ...], BeforeValidator(_as_list, json_schema_input_type=Match | list[Match])] = Field(
        min_length=1, description="Which objects get this class: one rule, or a list of which any may hold."
    )

    def takes(self, item: ScopedObject) -> bool:
        """Return whether an object gets this class, as far as this class alone is concerned."""
        return any(match.takes(item) for match in self.match)


def class_of(classes: Sequence[ClassSpec], item: ScopedObject) -> str | None:
    """Return the name of the first class that takes an object, or None."""
    return next((spec.name for spec in classes if spec.takes(item)), None)


@lru_cache(maxsize=16_384)
def matches_pattern(pattern: str, pack: str, name: str) -> bool:
    """Return whether a name or pattern means an asset: its name, or its pack and name.

    Example:
        >>> matches_pattern("*/die_*", "shared", "models/die/die_red")
        True
    """
    return fnmatchcase(name, pattern) or fnmatchcase(f"{pack}/{name}", pattern)
