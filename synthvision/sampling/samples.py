"""Numbers as they were measured: a list of values stands for the distribution that they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field, model_validator

from synthvision.sampling.distributions import Bounds, Distribution, FiniteFloat
from synthvision.sampling.weights import check_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Samples"]


class Samples(Distribution):
    """A number between measured ones, as often as they are dense: ``{samples: [0.1, 0.12, 0.2], weights: [1, 2, 1]}``.

    The inverse of the cumulative frequency, straight from each value to the next larger one. For the values alone,
    with nothing between them, take a choice.
    """

    samples: tuple[FiniteFloat, ...] = Field(
        min_length=1, max_length=100_000, description="Measured values in any order, in the key's unit."
    )
    weights: tuple[FiniteFloat, ...] | None = Field(
        None, description="How often each value comes, relative to the others; equal where left out."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_weights(self.samples, self.weights)
        return self

    def draw(self, rng: np.random.Generator) -> float:
        """Return one value."""
        values, marks = self._curve()
        return float(np.interp(rng.random(), marks, values))

    def bounds(self) -> Bounds:
        """Return the smallest and largest value that can come."""
        values, _ = self._curve()
        return float(values[0]), float(values[-1])

    def _curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the values in order and how often what comes is below each, 0..1."""
        values = np.array(self.samples, np.float64)
        weights = np.ones(len(values)) if self.weights is None else np.array(self.weights, np.float64)
        order = np.argsort(values, kind="stable")
        order = order[weights[order] > 0]
        values, weights = values[order], weights[order]
        # Each value stands in the middle of its own weight; what lies outside the outermost ones never comes.
        marks = np.cumsum(weights) - weights / 2
        span = marks[-1] - marks[0]
        return values, (marks - marks[0]) / span if span > 0 else np.zeros(len(values))
