"""Distributions of a scene file: uniform, normal, choice and the like, each a frozen model.

A distribution knows how to draw one value from a generator (`draw`, a pure function of the generator's state) and
between which bounds its values lie (`bounds`). One that cannot give a value is refused when the file is read.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthvision.sampling.weights import check_weights, listed, weighted_index

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "Beta",
    "Bounds",
    "ChoiceOfInts",
    "ChoiceOfNumbers",
    "ChoiceOfWords",
    "Distribution",
    "FiniteFloat",
    "LogUniform",
    "Normal",
    "Poisson",
    "StrictInt",
    "TruncatedNormal",
    "Uniform",
    "UniformInt",
    "Word",
]

Bounds = tuple[float, float]
FiniteFloat = Annotated[float, Field(strict=True, allow_inf_nan=False)]
StrictInt = Annotated[int, Field(strict=True)]
Word = Annotated[str, Field(strict=True)]

# Beyond this many standard deviations a bell curve has no mass to speak of: 1e-12 of it.
_FARTHEST_TAIL = 7.0
_LEAST_MASS = 1e-12


class Distribution(BaseModel):
    """What all distributions share: frozen, no unknown keys, one value per `draw`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def draw(self, rng: np.random.Generator) -> Any:
        """Return one value; the same generator state gives the same value."""
        raise NotImplementedError

    def bounds(self) -> Bounds:
        """Return the smallest and largest value that can come, infinite where there is no limit."""
        raise NotImplementedError


class Uniform(Distribution):
    """A real number, equally likely anywhere in a range: ``{uniform: [low, high]}``."""

    uniform: tuple[FiniteFloat, FiniteFloat] = Field(description="Smallest and largest value, in the key's unit.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered("uniform", self.uniform)
        return self

    def draw(self, rng: np.random.Generator) -> float:
        """Return one value."""
        low, high = self.uniform
        return low + (high - low) * rng.random()

    def bounds(self) -> Bounds:
        """Return the range."""
        return self.uniform


class UniformInt(Distribution):
    """A whole number, each of a range equally likely, both ends included: ``{uniform_int: [low, high]}``."""

    uniform_int: tuple[StrictInt, StrictInt] = Field(description="Smallest and largest whole number, both included.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered("uniform_int", self.uniform_int)
        return self

    def draw(self, rng: np.random.Generator) -> int:
        """Return one value."""
        low, high = self.uniform_int
        return int(rng.integers(low, high, endpoint=True))

    def bounds(self) -> Bounds:
        """Return the range."""
        return self.uniform_int


class LogUniform(Distribution):
    """A positive number whose logarithm is uniform: each doubling is equally likely: ``{log_uniform: [low, high]}``."""

    log_uniform: tuple[FiniteFloat, FiniteFloat] = Field(
        description="Smallest and largest value, both above 0, in the key's unit."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ordered("log_uniform", self.log_uniform)
        if self.log_uniform[0] <= 0:
            raise ValueError(f"log_uniform needs both bounds above 0, got {listed(self.log_uniform)}")
        return self

    def draw(self, rng: np.random.Generator) -> float:
        """Return one value."""
        low, high = self.log_uniform
        value = low * math.exp(math.log(high / low) * rng.random())
        return min(max(value, low), high)  # the exponential may round past an end

    def bounds(self) -> Bounds:
        """Return the range."""
        return self.log_uniform


class NormalParameters(BaseModel):
    """Mean and standard deviation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: FiniteFloat = Field(description="Mean, in the key's unit.")
    std: FiniteFloat = Field(description="Standard deviation, 0 or more, in the key's unit.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.std < 0:
            raise ValueError(f"std must be 0 or more, got {self.std:g}")
        return self


class Normal(Distribution):
    """A number from the whole bell curve: ``{normal: {mean: m, std: s}}``. Keys with limits want truncated_normal."""

    normal: NormalParameters = Field(description="Mean and standard deviation.")

    def draw(self, rng: np.random.Generator) -> float:
        """Return one value."""
        return self.normal.mean + self.normal.std * float(rng.standard_normal())

    def bounds(self) -> Bounds:
        """Return infinite bounds, or the mean where nothing varies."""
        if self.normal.std == 0:
            return self.normal.mean, self.normal.mean
        return -math.inf, math.inf


class TruncatedNormalParameters(NormalParameters):
    """A bell curve and the window that values are taken from."""

    low: FiniteFloat = Field(description="Smallest value that may come, in the key's unit.")
    high: FiniteFloat = Field(description="Largest value that may come, in the key's unit.")

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low must not be above high, got low {self.low:g} and high {self.high:g}")
        off = max(self.low - self.mean, self.mean - self.high, 0.0)
        has_mass = off <= _FARTHEST_TAIL * self.std
        if not has_mass:
            raise ValueError(
                f"the window {self.low:g}..{self.high:g} must hold some of the bell curve, but with mean {self.mean:g} "
                f"and std {self.std:g} nothing falls into it; widen the window or move the mean"
            )
        return self


class TruncatedNormal(Distribution):
    """A bell curve without its tails: ``{truncated_normal: {mean: m, std: s, low: a, high: b}}``."""

    truncated_normal: TruncatedNormalParameters = Field(description="Mean, standard deviation, smallest and largest.")

    def draw(self, rng: np.random.Generator) -> float:
        """Return one value, by the inverse of the cumulative function."""
        p = self.truncated_normal
        u = rng.random()
        if p.std == 0 or p.low == p.high:
            return p.mean if p.std == 0 else p.low
        start, end = _window_quantiles(p)
        if end - start < _LEAST_MASS:  # so narrow that the curve is level over it
            return p.low + (p.high - p.low) * u
        quantile = min(max(start + (end - start) * u, 5e-324), math.nextafter(1.0, 0.0))
        value = p.mean + _mirror(p) * p.std * _STANDARD.inv_cdf(quantile)
        return min(max(value, p.low), p.high)

    def bounds(self) -> Bounds:
        """Return the window."""
        return self.truncated_normal.low, self.truncated_normal.high


class PoissonParameters(BaseModel):
    """Mean and largest count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: FiniteFloat = Field(description="Mean of the untruncated distribution, above 0.")
    max: StrictInt = Field(description="Largest count that may come; larger ones are drawn again.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not 0 < self.mean <= 500:
            raise ValueError(f"mean must be above 0, up to 500, got {self.mean:g}")
        if not 0 <= self.max <= 10_000:
            raise ValueError(f"max must be 0..10000, got {self.max}")
        if _poisson_mass(self) < _LEAST_MASS:
            raise ValueError(
                f"max must leave some of the distribution: with mean {self.mean:g}, counts up to {self.max} never come"
            )
        return self


class Poisson(Distribution):
    """A count of rare things: ``{poisson: {mean: m, max: n}}``; counts above n are drawn again."""

    poisson: PoissonParameters = Field(description="Mean and largest count.")

    def draw(self, rng: np.random.Generator) -> int:
        """Return one value, by the inverse of the cumulative function."""
        p = self.poisson
        u = rng.random() * _poisson_mass(p)
        probability = math.exp(-p.mean)
        total = probability
        count = 0
        while total < u and count < p.max:
            count += 1
            probability *= p.mean / count
            total += probability
        return count

    def bounds(self) -> Bounds:
        """Return 0 and the largest count."""
        return 0, self.poisson.max


class BetaParameters(BaseModel):
    """Shape of a beta distribution and the range it is stretched over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    a: FiniteFloat = Field(description="First shape, above 0: below 1 gathers values at low.")
    b: FiniteFloat = Field(description="Second shape, above 0: below 1 gathers values at high.")
    low: FiniteFloat = Field(0.0, description="Smallest value, in the key's unit.")
    high: FiniteFloat = Field(1.0, description="Largest value, in the key's unit.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.a <= 0 or self.b <= 0:
            raise ValueError(f"a and b must be above 0, got a {self.a:g} and b {self.b:g}")
        if self.low > self.high:
            raise ValueError(f"low must not be above high, got low {self.low:g} and high {self.high:g}")
        return self


class Beta(Distribution):
    """A number in a range, humped or gathered at the ends: ``{beta: {a: 2, b: 5, low: 0, high: 1}}``."""

    beta: BetaParameters = Field(description="Shapes and range.")

    def draw(self, rng: np.random.Generator) -> float:
        """Return one value."""
        p = self.beta
        return p.low + (p.high - p.low) * float(rng.beta(p.a, p.b))

    def bounds(self) -> Bounds:
        """Return the range."""
        return self.beta.low, self.beta.high


class _Weighted(Distribution):
    weights: tuple[FiniteFloat, ...] | None = Field(
        None, description="How often each entry comes, relative to the others; equal where left out."
    )

    def _index(self, count: int, rng: np.random.Generator) -> int:
        return weighted_index(self.weights or (1.0,) * count, rng)


class ChoiceOfNumbers(_Weighted):
    """One of several numbers: ``{choice: [1, 2, 5], weights: [3, 1, 1]}``."""

    choice: tuple[FiniteFloat | StrictInt, ...] = Field(min_length=1, description="The numbers to choose from.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_weights(self.choice, self.weights)
        return self

    def draw(self, rng: np.random.Generator) -> float | int:
        """Return one value."""
        return self.choice[self._index(len(self.choice), rng)]

    def bounds(self) -> Bounds:
        """Return the smallest and largest entry."""
        return min(self.choice), max(self.choice)


class ChoiceOfInts(_Weighted):
    """One of several whole numbers: ``{choice: [1, 2, 5], weights: [3, 1, 1]}``."""

    choice: tuple[StrictInt, ...] = Field(min_length=1, description="The whole numbers to choose from.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_weights(self.choice, self.weights)
        return self

    def draw(self, rng: np.random.Generator) -> int:
        """Return one value."""
        return self.choice[self._index(len(self.choice), rng)]

    def bounds(self) -> Bounds:
        """Return the smallest and largest entry."""
        return min(self.choice), max(self.choice)


class ChoiceOfWords(_Weighted):
    """One of several words: ``{choice: [red, green], weights: [3, 1]}``."""

    choice: tuple[Word, ...] = Field(min_length=1, description="The words to choose from.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_weights(self.choice, self.weights)
        return self

    def draw(self, rng: np.random.Generator) -> str:
        """Return one word."""
        return self.choice[self._index(len(self.choice), rng)]


def _ordered(name: str, pair: tuple[float, float]) -> None:
    if pair[0] > pair[1]:
        raise ValueError(f"{name} must be [low, high] with low not above high, got {listed(pair)}")


_STANDARD = NormalDist()


def _mirror(p: TruncatedNormalParameters) -> float:
    # Far above the mean the cumulative function is 1 to the last digit; mirrored, the same tail keeps its digits.
    return -1.0 if (p.low + p.high) / 2 > p.mean else 1.0


def _window_quantiles(p: TruncatedNormalParameters) -> tuple[float, float]:
    mirror = _mirror(p)
    first, second = mirror * (p.low - p.mean) / p.std, mirror * (p.high - p.mean) / p.std
    return _STANDARD.cdf(min(first, second)), _STANDARD.cdf(max(first, second))


def _poisson_mass(p: PoissonParameters) -> float:
    probability = math.exp(-p.mean)
    total = probability
    for count in range(1, p.max + 1):
        probability *= p.mean / count
        total += probability
    return total
