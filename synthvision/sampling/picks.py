"""How a scene file names assets: by a pattern, a category, a tag, or one of several, with weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from synthvision.sampling.distributions import FiniteFloat
from synthvision.sampling.values import ParameterValue

__all__ = ["Pick", "PickValue", "Picked", "Query"]


class Query(BaseModel):
    """Which assets are meant; everything given must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asset: str | None = Field(
        None,
        description="Name or pattern of assets, e.g. bottle, builtin/bottle or models/die/*; * stands for any text.",
    )
    category: str | None = Field(None, description="Category of assets, e.g. bottle or floor.")
    tag: str | None = Field(None, description="Tag of assets, e.g. kitchen.")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return self.asset is None and self.category is None and self.tag is None

    def __str__(self) -> str:
        parts = [f"{name} {value!r}" for name, value in self if name in ("asset", "category", "tag") and value]
        return " with ".join(parts)


class WeightedQuery(Query):
    """One of several kinds of assets."""

    weight: FiniteFloat = Field(1.0, description="How often this one is taken, relative to the others; 0 or more.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.is_empty:
            raise ValueError("must name an asset, a category or a tag")
        if self.weight < 0:
            raise ValueError(f"weight must be 0 or more, got {self.weight:g}")
        return self


def _as_query(value: Any) -> Any:
    return {"asset": value} if isinstance(value, str) else value


QueryValue = Annotated[WeightedQuery, BeforeValidator(_as_query, json_schema_input_type=str | WeightedQuery)]


class Pick(Query):
    """Which assets are drawn from: those that match (each equally often), or one of several kinds by weight."""

    any_of: tuple[QueryValue, ...] = Field(
        (), description="Kinds of assets with weights; first a kind is drawn, then one of the assets that match it."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.is_empty == (not self.any_of):
            raise ValueError("must name either an asset, a category or a tag, or any_of")
        if self.any_of and sum(query.weight for query in self.any_of) <= 0:
            raise ValueError("at least one weight in any_of must be above 0, got none")
        return self

    @property
    def queries(self) -> tuple[WeightedQuery, ...]:
        """The kinds of assets to draw from, one or more."""
        if self.any_of:
            return self.any_of
        return (WeightedQuery(asset=self.asset, category=self.category, tag=self.tag, weight=1.0),)


def _as_pick(value: Any) -> Any:
    if isinstance(value, str):
        return {"asset": value}
    if isinstance(value, (list, tuple)):
        return {"any_of": value}
    return value


#: A pick; a plain word is the name or pattern of an asset, a list is any_of.
PickValue = Annotated[Pick, BeforeValidator(_as_pick, json_schema_input_type=str | Pick | list[str | WeightedQuery])]


class Picked(BaseModel):
    """Something that is drawn from the asset packs, and how procedural assets vary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pick: PickValue = Field(
        description="Which assets to draw from: a name or pattern, {category: ..}, {tag: ..}, or a list of these."
    )
    params: Mapping[str, ParameterValue] = Field(
        default_factory=dict,
        description="Values or distributions that replace a procedural asset's own ranges, by parameter; a parameter "
        "that only some of the picked assets have goes to those.",
    )
    variants: int = Field(
        16,
        ge=1,
        le=100_000,
        description="How many different parameter sets of each procedural asset the whole job draws from; more is more "
        "varied and takes more memory and time.",
    )
