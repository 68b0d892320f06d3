"""What may stand where a number or a word stands in a scene file: a constant or a distribution."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from synthvision.core.errors import nearest_name
from synthvision.sampling.distributions import (
    Beta,
    Bounds,
    ChoiceOfInts,
    ChoiceOfNumbers,
    ChoiceOfWords,
    Distribution,
    FiniteFloat,
    LogUniform,
    Normal,
    Poisson,
    StrictInt,
    TruncatedNormal,
    Uniform,
    UniformInt,
    Word,
)
from synthvision.sampling.samples import Samples
from synthvision.sampling.tables import FromTable, numbers_only, whole_numbers_only, words_only
from synthvision.sampling.weights import check_weights, weighted_index

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "ChoiceValue",
    "IntMixture",
    "IntValue",
    "Mixture",
    "NumberValue",
    "bounds_of",
    "draw_value",
    "within",
    "words_of",
]


def draw_value(value: Any, rng: np.random.Generator) -> Any:
    """Return one value of a distribution, or the constant itself.

    Example:
        >>> from synthvision.core.streams import rng_for
        >>> draw_value(0.25, rng_for(0, 0, "x"))
        0.25
    """
    return value.draw(rng) if isinstance(value, Distribution) else value


def bounds_of(value: float | Distribution) -> Bounds:
    """Return the smallest and largest value that a number or distribution can give."""
    return value.bounds() if isinstance(value, Distribution) else (float(value), float(value))


def words_of(value: str | Distribution) -> tuple[str, ...]:
    """Return the words that a word, a choice or a column of a table can give."""
    if isinstance(value, ChoiceOfWords):
        return value.choice
    if isinstance(value, FromTable):
        return tuple(dict.fromkeys(str(cell) for cell in value.cells))
    return (str(value),)


def within(low: float = -math.inf, high: float = math.inf, *, above: bool = False) -> Callable[[Any], Any]:
    """Return a check that no value of a number or distribution can lie outside a range.

    Args:
        low: Smallest allowed value.
        high: Largest allowed value.
        above: The value must be larger than `low`, not equal to it.
    """

    def check(value: Any) -> Any:
        if value is None:
            return value
        least, most = bounds_of(value)
        if least < low or most > high or (above and least == low):
            allowed = _range_text(low, high, above)
            if isinstance(value, Distribution):
                hint = "; truncated_normal has bounds" if isinstance(value, Normal) else ""
                raise ValueError(f"must be {allowed}, but this distribution gives {least:g}..{most:g}{hint}")
            raise ValueError(f"must be {allowed}, got {value:g}")
        return value

    return check


def _range_text(low: float, high: float, above: bool) -> str:
    if math.isinf(high):
        return f"above {low:g}" if above else f"{low:g} or more"
    if math.isinf(low):
        return f"{high:g} or less"
    return f"above {low:g}, up to {high:g}" if above else f"{low:g}..{high:g}"


def _joined_bounds(values: Sequence[Any]) -> Bounds:
    pairs = [bounds_of(value) for value in values]
    return min(low for low, _ in pairs), max(high for _, high in pairs)


_NUMBERS = {
    "uniform": "a real number, {uniform: [low, high]}",
    "uniform_int": "a whole number, {uniform_int: [low, high]}",
    "log_uniform": "{log_uniform: [low, high]}",
    "normal": "{normal: {mean: m, std: s}}",
    "truncated_normal": "{truncated_normal: {mean: m, std: s, low: a, high: b}}",
    "poisson": "{poisson: {mean: m, max: n}}",
    "beta": "{beta: {a: 2, b: 2, low: 0, high: 1}}",
    "choice": "{choice: [..], weights: [..]}",
    "samples": "{samples: [..]}",
    "mixture": "{mixture: [{weight: w, value: ..}, ..]}",
    "from": "{from: table.column}",
}
_INTS = ("uniform_int", "poisson", "choice", "mixture", "from")
#: What a part of a mixture cannot be.
_NO_PARTS = ("mixture", "from")


def _kind_of(value: Any) -> str:
    if isinstance(value, FromTable):
        return "from"
    if isinstance(value, Distribution):
        return next(iter(set(type(value).model_fields) - {"weights"}))
    if isinstance(value, dict):
        return next((key for key in value if key in _NUMBERS), "")
    return "constant"


def _recognised(what: str, kinds: Sequence[str]) -> BeforeValidator:
    """Return a check that a mapping is one of the distributions, with the nearest name in the message."""

    def check(value: Any) -> Any:
        if isinstance(value, Distribution):
            return value
        if not isinstance(value, dict):
            if isinstance(value, (list, tuple, str)) or value is None:
                raise ValueError(f"must be {what} or a distribution ({', '.join(kinds)}), got {_shown(value)}")
            return value
        names = [key for key in value if key != "weights"]
        known = [key for key in names if key in kinds]
        if len(known) == 1:
            return value
        if len(known) > 1:
            raise ValueError(f"must name one distribution, got {' and '.join(known)}")
        if any(key in _NUMBERS for key in names):
            raise ValueError(f"must give whole numbers ({', '.join(kinds)}), got {names[0]}")
        near = next((found for key in names if (found := nearest_name(str(key), kinds))), None)
        hint = f"; did you mean {near}?" if near else ""
        raise ValueError(f"must be {what} or a distribution ({', '.join(kinds)}), got {_shown(value)}{hint}")

    return BeforeValidator(check)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "the keys " + ", ".join(map(str, value)) if value else "an empty mapping"
    if value is None:
        return "nothing"
    return repr(value) if isinstance(value, str) else f"a list of {len(value)}"


_SimpleNumber = Annotated[
    Annotated[FiniteFloat, Tag("constant")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[UniformInt, Tag("uniform_int")]
    | Annotated[LogUniform, Tag("log_uniform")]
    | Annotated[Normal, Tag("normal")]
    | Annotated[TruncatedNormal, Tag("truncated_normal")]
    | Annotated[Poisson, Tag("poisson")]
    | Annotated[Beta, Tag("beta")]
    | Annotated[ChoiceOfNumbers, Tag("choice")]
    | Annotated[Samples, Tag("samples")],
    Discriminator(_kind_of),
    _recognised("a number", tuple(key for key in _NUMBERS if key not in _NO_PARTS)),
]

_SimpleInt = Annotated[
    Annotated[StrictInt, Tag("constant")]
    | Annotated[UniformInt, Tag("uniform_int")]
    | Annotated[Poisson, Tag("poisson")]
    | Annotated[ChoiceOfInts, Tag("choice")],
    Discriminator(_kind_of),
    _recognised("a whole number", tuple(key for key in _INTS if key not in _NO_PARTS)),
]


class MixturePart(BaseModel):
    """One part of a mixture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: FiniteFloat = Field(1.0, description="How often this part comes, relative to the others; 0 or more.")
    value: _SimpleNumber = Field(description="A number or a distribution of numbers other than a mixture.")


class Mixture(Distribution):
    """Now one distribution, now another: ``{mixture: [{weight: 3, value: 0.5}, {value: {uniform: [1, 2]}}]}``."""

    mixture: tuple[MixturePart, ...] = Field(min_length=1, description="The parts.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_weights(self.mixture, tuple(part.weight for part in self.mixture))
        return self

    def draw(self, rng: np.random.Generator) -> float | int:
        """Return one value."""
        part = self.mixture[weighted_index([part.weight for part in self.mixture], rng)]
        value: float | int = draw_value(part.value, rng)
        return value

    def bounds(self) -> Bounds:
        """Return the smallest and largest value over all parts that can come."""
        return _joined_bounds([part.value for part in self.mixture if part.weight > 0])


class IntMixturePart(BaseModel):
    """One part of a mixture of whole numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: FiniteFloat = Field(1.0, description="How often this part comes, relative to the others; 0 or more.")
    value: _SimpleInt = Field(description="A whole number or a distribution of whole numbers other than a mixture.")


class IntMixture(Distribution):
    """Now one distribution of whole numbers, now another: see `Mixture`."""

    mixture: tuple[IntMixturePart, ...] = Field(min_length=1, description="The parts.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_weights(self.mixture, tuple(part.weight for part in self.mixture))
        return self

    def draw(self, rng: np.random.Generator) -> int:
        """Return one value."""
        part = self.mixture[weighted_index([part.weight for part in self.mixture], rng)]
        value: int = draw_value(part.value, rng)
        return value

    def bounds(self) -> Bounds:
        """Return the smallest and largest value over all parts that can come."""
        return _joined_bounds([part.value for part in self.mixture if part.weight > 0])


#: A real number in a scene file: a constant or a distribution.
NumberValue = Annotated[
    Annotated[FiniteFloat, Tag("constant")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[UniformInt, Tag("uniform_int")]
    | Annotated[LogUniform, Tag("log_uniform")]
    | Annotated[Normal, Tag("normal")]
    | Annotated[TruncatedNormal, Tag("truncated_normal")]
    | Annotated[Poisson, Tag("poisson")]
    | Annotated[Beta, Tag("beta")]
    | Annotated[ChoiceOfNumbers, Tag("choice")]
    | Annotated[Samples, Tag("samples")]
    | Annotated[Mixture, Tag("mixture")]
    | Annotated[FromTable, AfterValidator(numbers_only), Tag("from")],
    Discriminator(_kind_of),
    _recognised("a number", tuple(_NUMBERS)),
]

#: A whole number in a scene file: a constant or a distribution of whole numbers.
IntValue = Annotated[
    Annotated[StrictInt, Tag("constant")]
    | Annotated[UniformInt, Tag("uniform_int")]
    | Annotated[Poisson, Tag("poisson")]
    | Annotated[ChoiceOfInts, Tag("choice")]
    | Annotated[IntMixture, Tag("mixture")]
    | Annotated[FromTable, AfterValidator(whole_numbers_only), Tag("from")],
    Discriminator(_kind_of),
    _recognised("a whole number", _INTS),
]


def _kind_of_word(value: Any) -> str:
    if isinstance(value, FromTable) or (isinstance(value, dict) and "from" in value):
        return "from"
    return "choice" if isinstance(value, (dict, ChoiceOfWords)) else "constant"


#: A word in a scene file: a constant or a choice of words.
ChoiceValue = Annotated[
    Annotated[Word, Tag("constant")]
    | Annotated[ChoiceOfWords, Tag("choice")]
    | Annotated[FromTable, AfterValidator(words_only), Tag("from")],
    Discriminator(_kind_of_word),
]
