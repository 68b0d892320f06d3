"""Draws the values of a scene file, each from its own stream, and remembers what was drawn.

The stream of a value is named by its key path, so a key that is added or removed never moves another value. A pinned
value replaces a drawn one in the same place: its stream stays unused and every other stream is as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError

from synthvision.core.errors import UsageError, nearest_name
from synthvision.core.streams import rng_for
from synthvision.sampling.colours import Rgb, linear_from_hex, linear_from_hsv
from synthvision.sampling.distributions import ChoiceOfWords, Distribution
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.factors.restrict import Limits, choose_within, draw_boosted, draw_within, find_limit
from synthvision.sampling.number_values import ChoiceValue, IntValue, NumberValue, draw_value
from synthvision.sampling.tables import FromTable, TableRows
from synthvision.sampling.values import ChoiceOfColours, ColourValue, Hsv
from synthvision.sampling.weights import weighted_index

__all__ = ["Drawer", "Ledger"]

T = TypeVar("T")

_colours: TypeAdapter[Any] = TypeAdapter(ColourValue)


class Ledger:
    """What was drawn for one frame, and which values the caller pinned.

    Args:
        pins: Values by key path that replace drawn ones.
        limits: Levels by key path or pattern that drawn values must belong to.
        boosts: Factors with boosted levels by the key path that they speak of.
        tables: The rows that the scene draws from its tables.
    """

    def __init__(
        self,
        pins: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
        boosts: Mapping[str, FactorSpec] | None = None,
        tables: TableRows | None = None,
    ) -> None:
        self.tables = tables
        self.pins = dict(pins or {})
        self.limits = dict(limits or {})
        self.boosts = dict(boosts or {})
        #: Natural over actual chance of what was drawn, up to a factor that all frames share.
        self.weight = 1.0
        for path, value in self.pins.items():
            if value is None:
                raise UsageError(f"{path} must be set to a value, got nothing")
        self.factors: dict[str, Any] = {}
        self.paths: set[str] = set()

    def cell(self, rows: TableRows, path: str, value: FromTable) -> Any:
        """Return what a key path takes from a table, and note the row that was drawn.

        Raises:
            UsageError: No row has the levels that are asked for, or the table has rows for objects alone.
        """
        owner = rows.owner_of(value.table, path)
        new = not rows.known(value.table, owner)
        row, weight = rows.row(value.table, owner, self.limits, self.boosts)
        columns = {f"tables.{value.table}.{name}": cell for name, cell in row.items()}
        self.paths |= set(columns)
        if not owner:
            new = not columns.keys() <= self.factors.keys()  # the world may have noted it before the camera
            self.factors = {**columns, **self.factors}
        self.weight *= weight if new else 1.0
        pin = self.pins.get(f"tables.{value.column}")
        drawn = columns[f"tables.{value.column}"] if pin is None else pin
        self.factors[path] = drawn
        return drawn

    def check_paths(self) -> None:
        """Refuse pins, levels and boosts that no value asked for.

        Raises:
            UsageError: A path names nothing in this scene; the nearest path is given.
        """
        for path in (*self.pins, *self.limits, *self.boosts):
            if path not in self.paths and not any(fnmatchcase(each, path) for each in self.paths):
                near = nearest_name(path, sorted(self.paths))
                hint = f"; did you mean {near!r}?" if near else ""
                raise UsageError(f"{path!r} must name a value that this scene draws{hint}")


class Drawer:
    """Draws values of one scene or view.

    Args:
        seed: The job's seed.
        index: Scene index, or view index for what changes between views.
        suffix: Appended to every stream name: empty for the first attempt.
        ledger: Where values and pins are kept.
    """

    def __init__(self, seed: int, index: int, suffix: str, ledger: Ledger) -> None:
        self._seed = seed
        self._index = index
        self._suffix = suffix
        self._ledger = ledger

    def renewed(self, suffix: str) -> Drawer:
        """Return a drawer of the same scene with other streams, for a new try."""
        return Drawer(self._seed, self._index, self._suffix + suffix, self._ledger)

    def rng(self, path: str) -> np.random.Generator:
        """Return the generator of a key path."""
        return rng_for(self._seed, self._index, path + self._suffix)

    def lasting_rng(self, path: str) -> np.random.Generator:
        """Return the generator of a key path that is the same for all scenes and views of a job."""
        return rng_for(self._seed, 0, f"{path}#lasting")

    def number(self, path: str, value: NumberValue) -> float:
        """Return one number of a value."""
        drawn = self._value(path, value)
        if isinstance(drawn, bool) or not isinstance(drawn, (int, float)):
            raise UsageError(f"{path} must be set to a number, got {drawn!r}")
        return float(drawn)

    def integer(self, path: str, value: IntValue) -> int:
        """Return one whole number of a value."""
        drawn = self._value(path, value)
        if isinstance(drawn, bool) or not isinstance(drawn, int):
            raise UsageError(f"{path} must be set to a whole number, got {drawn!r}")
        return drawn

    def word(self, path: str, value: ChoiceValue) -> str:
        """Return one word of a value."""
        drawn = self._value(path, value)
        if not isinstance(drawn, str):
            raise UsageError(f"{path} must be set to a word, got {drawn!r}")
        if path in self._ledger.pins and isinstance(value, ChoiceOfWords):
            self._known(path, drawn, value.choice)
        return drawn

    def happens(self, path: str, probability: NumberValue) -> bool:
        """Return whether something of a given probability happens; a pin may be true or false."""
        pin = self._pin(path)
        if pin is not None:
            if not isinstance(pin, bool):
                raise UsageError(f"{path} must be set to true or false, got {pin!r}")
            self._ledger.factors[path] = pin
            return pin
        limit = find_limit(self._ledger.limits, path)
        if limit is not None and limit.takes(True) != limit.takes(False):
            self._ledger.factors[path] = limit.takes(True)
            return limit.takes(True)
        if probability in (0, 1):
            return bool(probability)
        rng = self.rng(path)
        chance = draw_value(probability, rng)
        spec = self._ledger.boosts.get(path)
        if spec is None:
            result = bool(rng.random() < chance)
        else:
            result, weight = draw_boosted(path, spec, lambda: bool(rng.random() < chance), rng)
            self._ledger.weight *= weight
        self._ledger.factors[path] = result
        return result

    def choose(self, path: str, names: Sequence[str], weights: Sequence[float] | None = None, *, keep: bool) -> int:
        """Return the index of one of several names, drawn with weights; a pin is one of the names.

        Args:
            path: Key path.
            names: What there is, one or more.
            weights: Equal where None.
            keep: Record the name as a factor even if there is no choice.
        """
        pin = self._pin(path)
        if pin is not None:
            self._known(path, pin, names)
            index = list(names).index(pin)
        elif (limit := find_limit(self._ledger.limits, path)) is not None:
            index = choose_within(path, names, weights, limit, self.rng(path))
        elif len(names) == 1:
            index = 0
        else:
            index = self._natural_or_boosted(path, names, weights)
        if keep or pin is not None or len(names) > 1:
            self._ledger.factors[path] = names[index]
        return index

    def _natural_or_boosted(self, path: str, names: Sequence[str], weights: Sequence[float] | None) -> int:
        rng, given = self.rng(path), weights or (1.0,) * len(names)
        spec = self._ledger.boosts.get(path)
        if spec is None:
            return weighted_index(given, rng)
        name, weight = draw_boosted(path, spec, lambda: names[weighted_index(given, rng)], rng)
        self._ledger.weight *= weight
        return list(names).index(name)

    def vector(self, path: str, values: Sequence[NumberValue]) -> tuple[float, ...]:
        """Return one number of each value, from the streams ``path.0``, ``path.1`` and so on."""
        return tuple(self.number(f"{path}.{index}", value) for index, value in enumerate(values))

    def colour(self, path: str, value: Any) -> Rgb:
        """Return the linear RGB of a colour value; a pin is a colour as a scene file writes it."""
        pin = self._pin(path)
        if pin is not None:
            try:
                value = _colours.validate_python(pin)
            except ValidationError as error:
                raise UsageError(f"{path} must be set to a colour, got {pin!r}: {error.errors()[0]['msg']}") from error
            self._ledger.factors[path] = pin
        if isinstance(value, str):
            return linear_from_hex(value)
        if isinstance(value, Hsv):
            parts = [self.number(f"{path}.hsv.{name}", getattr(value.hsv, name)) for name in ("h", "s", "v")]
            return linear_from_hsv(*parts)
        if isinstance(value, ChoiceOfColours):
            index = weighted_index(value.weights or (1.0,) * len(value.choice), self.rng(path))
            return self.colour(f"{path}.choice.{index}", value.choice[index])
        red, green, blue = self.vector(path, value)
        return red, green, blue

    def pinned(self, path: str, value: Any) -> Any:
        """Return the pin of a path, or the value that was drawn elsewhere."""
        pin = self._pin(path)
        if pin is None:
            return value
        self._ledger.factors[path] = pin
        return pin

    def pooled(self, path: str, value: Any, drawn: Any, rng_of: Callable[[str], np.random.Generator]) -> Any:
        """Return the pin of a path, or a value of a pool that many scenes share, within the level that is asked of it.

        Args:
            path: Key path.
            value: What the scene file says.
            drawn: What the pool has.
            rng_of: Gives the pool's own stream for a level, so that its values stay few.

        Raises:
            UsageError: The level takes no value, or the value is to be boosted.
        """
        if path in self._ledger.boosts:
            raise UsageError(
                f"{path} must not be boosted: it is drawn once for each of a few variants that all scenes share; plan "
                "its levels instead"
            )
        pin = self._pin(path)
        if pin is not None:
            self._ledger.factors[path] = pin
            return pin
        limit = find_limit(self._ledger.limits, path)
        if limit is None or limit.takes(drawn):
            return drawn
        return draw_within(path, value, limit, rng_of(str(limit)))

    def note(self, path: str, value: Any) -> None:
        """Record a quantity that follows from others as a factor."""
        self._ledger.factors[path] = value

    def _value(self, path: str, value: Any) -> Any:
        pin = self._pin(path)
        if pin is not None:
            self._ledger.factors[path] = pin
            return pin
        if isinstance(value, FromTable) and self._ledger.tables is not None:
            return self._ledger.cell(self._ledger.tables, path, value)
        limit = find_limit(self._ledger.limits, path)
        if limit is not None:
            drawn = draw_within(path, value, limit, self.rng(path))
            self._ledger.factors[path] = drawn
            return drawn
        if isinstance(value, Distribution):
            drawn = self._drawn(path, value)
            self._ledger.factors[path] = drawn
            return drawn
        return value

    def _drawn(self, path: str, value: Distribution) -> Any:
        rng = self.rng(path)
        spec = self._ledger.boosts.get(path)
        if spec is None:
            return value.draw(rng)
        drawn, weight = draw_boosted(path, spec, lambda: value.draw(rng), rng)
        self._ledger.weight *= weight
        return drawn

    def _pin(self, path: str) -> Any:
        self._ledger.paths.add(path)
        return self._ledger.pins.get(path)

    def _known(self, path: str, name: Any, names: Iterable[str]) -> None:
        allowed = list(names)
        if name not in allowed:
            near = nearest_name(str(name), allowed)
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(f"{path} must be set to one of {', '.join(allowed[:20])}, got {name!r}{hint}")
