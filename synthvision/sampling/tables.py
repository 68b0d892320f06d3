"""Tables of a scene file: rows of values that are drawn together, so that what goes together stays together.

A table has columns of the same length. A key takes its value from one by ``{from: table.column}``; all keys that name
the same table get the same row, one for each scene, or one for each object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from synthvision.core.errors import UsageError, nearest_name
from synthvision.core.streams import rng_for
from synthvision.sampling.distributions import Bounds, Distribution, FiniteFloat, StrictInt, Word
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.factors.restrict import Limits, find_limit
from synthvision.sampling.weights import check_weights, weighted_index

if TYPE_CHECKING:
    import numpy as np

__all__ = ["FromTable", "TableRows", "TableSpec", "TableValue", "column_uses", "with_columns"]

Cell = StrictInt | FiniteFloat | Word

#: Key paths of a scene's values that come from tables: (key path, table, column).
Uses = Sequence[tuple[tuple[str | int, ...], str, str]]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_OWNER = re.compile(r"objects\.[^.]+\.\d+(?=\.)")


class TableSpec(BaseModel):
    """Rows of values that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per: Literal["scene", "object"] = Field(
        "scene", description="Whether a row is drawn once for each scene, or once for each object."
    )
    columns: Mapping[str, tuple[Cell, ...]] = Field(
        min_length=1, description="Numbers or words by column, in the unit of the key that takes them; row by row."
    )
    weights: tuple[FiniteFloat, ...] | None = Field(
        None, description="How often each row comes, relative to the others; equal where left out."
    )
    importance: tuple[FiniteFloat, ...] | None = Field(
        None,
        description="Multiplies the importance weight of the pictures that show a row: natural over drawn frequency.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        lengths = {name: len(cells) for name, cells in self.columns.items()}
        for name in lengths:
            if not _NAME.match(name):
                raise ValueError(f"a column's name must be letters, digits, _ or -, and no digit first, got {name!r}")
        if len(set(lengths.values())) > 1 or 0 in lengths.values():
            shown = ", ".join(f"{name} {count}" for name, count in lengths.items())
            raise ValueError(f"columns must have the same number of rows, 1 or more, got {shown}")
        rows = range(self.rows)
        check_weights(rows, self.weights)
        if self.importance is not None and (len(self.importance) != self.rows or min(self.importance) <= 0):
            raise ValueError(f"importance must have one number above 0 for each of the {self.rows} rows")
        return self

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())))


def _as_table(value: Any) -> Any:
    return {"columns": value} if isinstance(value, Mapping) and value and "columns" not in value else value


#: A table; a block without the key `columns` is the columns themselves.
TableValue = Annotated[
    TableSpec,
    BeforeValidator(_as_table, json_schema_input_type=TableSpec | dict[str, list[int | float | str]]),
]

_tables: TypeAdapter[Mapping[str, TableSpec]] = TypeAdapter(Mapping[str, TableValue])


class _Refused(str):
    """A reference that leads nowhere, with the reason."""

    reason = ""


class FromTable(Distribution):
    """The value of a column in the row that was drawn: ``{from: table.column}``; see the scene's key `tables`."""

    column: str = Field(alias="from", description="A table of the scene's `tables` and one of its columns, with a dot.")

    _cells: tuple[Any, ...] = PrivateAttr(default=())
    _weights: tuple[float, ...] = PrivateAttr(default=())

    @field_validator("column", mode="before")
    @classmethod
    def _found(cls, value: Any) -> NoReturn:
        # A reference that leads somewhere is made by `with_columns` and never comes here.
        if isinstance(value, _Refused):
            raise ValueError(value.reason)
        raise ValueError(f"must name a column of the scene's `tables` as table.column, got {value!r}")

    @model_serializer
    def _as_written(self) -> dict[str, str]:
        return {"from": self.column}

    @classmethod
    def of(cls, column: str, table: TableSpec) -> FromTable:
        """Return the reference to a column, given as ``table.column``."""
        made = cls.model_construct(column=column)
        made._cells = table.columns[column.partition(".")[2]]
        made._weights = table.weights or (1.0,) * table.rows
        return made

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.column.partition(".")[0]

    @property
    def cells(self) -> tuple[Any, ...]:
        """The column's values that can come."""
        return tuple(cell for cell, weight in zip(self._cells, self._weights, strict=True) if weight > 0)

    def draw(self, rng: np.random.Generator) -> Any:
        """Return a value of the column alone, as often as it comes; scenes take it with the rest of its row."""
        return self._cells[weighted_index(self._weights, rng)]

    def bounds(self) -> Bounds:
        """Return the smallest and largest value that can come."""
        return min(self.cells), max(self.cells)


def numbers_only(value: FromTable) -> FromTable:
    """Refuse a column that holds words, where a number is due."""
    return _only(value, (int, float), "numbers")


def whole_numbers_only(value: FromTable) -> FromTable:
    """Refuse a column that holds anything but whole numbers."""
    return _only(value, (int,), "whole numbers")


def words_only(value: FromTable) -> FromTable:
    """Refuse a column that holds numbers, where a word is due."""
    return _only(value, (str,), "words")


def _only(value: FromTable, kinds: tuple[type, ...], what: str) -> FromTable:
    wrong = next((cell for cell in value.cells if not isinstance(cell, kinds)), None)
    if wrong is not None:
        raise ValueError(f"must come from a column of {what}, but {value.column} holds {wrong!r}")
    return value


def with_columns(data: object) -> object:
    """Return the data of a scene file in which each ``{from: table.column}`` knows its column.

    A reference that leads nowhere is left in a form that its own check refuses with the reason.
    """
    if not isinstance(data, dict):
        return data
    try:
        tables = _tables.validate_python(data.get("tables") or {})
    except ValidationError:
        return data  # the check of the key itself says what is wrong
    return {key: value if key == "tables" else _resolved(value, (key,), tables) for key, value in data.items()}


def _resolved(node: Any, path: tuple[str | int, ...], tables: Mapping[str, TableSpec]) -> Any:
    if isinstance(node, dict):
        if set(node) == {"from"} and isinstance(node["from"], str):
            return _reference(node["from"], path, tables)
        return {key: _resolved(value, (*path, key), tables) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)([_resolved(value, (*path, index), tables) for index, value in enumerate(node)])
    return node


def _reference(
    column: str, path: tuple[str | int, ...], tables: Mapping[str, TableSpec]
) -> FromTable | dict[str, _Refused]:
    known = [f"{name}.{each}" for name, table in tables.items() for each in table.columns]
    if column not in known:
        near = nearest_name(column, known)
        hint = f"; did you mean {near}?" if near else f" (there are: {', '.join(known) or 'none'})"
        return _refused(column, f"must name a column of the scene's `tables` as table.column, got {column!r}{hint}")
    table = tables[column.partition(".")[0]]
    if "params" in path:
        return _refused(column, "parameters are drawn once for each variant, not for each scene; give a distribution")
    of_object = path[0] == "objects" and len(path) > 2 and path[2] != "count"
    if table.per == "object" and not of_object:
        return _refused(column, f"{column} has a row for each object, but this key is drawn once for each scene")
    return FromTable.of(column, table)


def _refused(column: str, reason: str) -> dict[str, _Refused]:
    text = _Refused(column)
    text.reason = reason
    return {"from": text}


def column_uses(resolved_scene: Mapping[str, Any]) -> Uses:
    """Return which values of a scene come from tables.

    Args:
        resolved_scene: The scene as `model_dump` gives it.
    """
    return tuple(_uses(resolved_scene, ()))


def _uses(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    if isinstance(node, Mapping):
        if set(node) == {"from"} and isinstance(node["from"], str):
            table, _, column = node["from"].partition(".")
            yield path, table, column
            return
        for key, value in node.items():
            yield from _uses(value, (*path, key))
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _uses(value, (*path, index))


class TableRows:
    """The rows that one scene draws from its tables: the same for all its views, steps and cameras.

    Args:
        tables: From the scene file.
        uses: Which values come from them; levels and boosts of these choose among the rows.
        seed: The job's seed.
        scene_index: Which scene.
        suffix: Appended to the streams' names: empty for the first attempt.
    """

    def __init__(
        self, tables: Mapping[str, TableSpec], uses: Uses, seed: int, scene_index: int, suffix: str = ""
    ) -> None:
        self._tables = tables
        self._uses = uses
        self._seed = seed
        self._scene = scene_index
        self._suffix = suffix
        self._rows: dict[str, int] = {}

    def owner_of(self, name: str, path: str) -> str:
        """Return whose row of a table a key path takes: that of an object such as ``objects.dice.3``, or empty."""
        if self._tables[name].per == "scene":
            return ""
        found = _OWNER.match(path)
        if found is None:
            raise UsageError(f"{path}: the table {name} has a row for each object, and this is drawn for a scene")
        return found.group()

    def known(self, name: str, owner: str) -> bool:
        """Return whether a row was drawn already."""
        return f"{name}@{owner}" in self._rows

    def row(
        self, name: str, owner: str, limits: Limits, boosts: Mapping[str, FactorSpec]
    ) -> tuple[dict[str, Any], float]:
        """Return a row by column, and natural over drawn frequency up to a factor that all scenes share.

        Args:
            name: Of the table.
            owner: From `owner_of`.
            limits: Levels that drawn values must belong to, by key path.
            boosts: Factors with boosted levels by key path.

        Raises:
            UsageError: No row has the levels.
        """
        table = self._tables[name]
        count = table.rows
        weights = list(table.weights or (1.0,) * count)
        boosted = [1.0] * count
        for column, cells in table.columns.items():
            for path in self._paths(name, column, owner):
                limit = find_limit(limits, path)
                if limit is not None:
                    weights = [w if limit.takes(cell) else 0.0 for w, cell in zip(weights, cells, strict=True)]
                    if not any(weights):
                        raise UsageError(f"{path} must be able to take {limit}, but no row of the table {name} has it")
                if path in boosts:
                    spec = boosts[path]
                    boosted = [b * spec.boost_of(cell) for b, cell in zip(boosted, cells, strict=True)]
        key = f"{name}@{owner}"
        if key not in self._rows:
            drawn = [w * b for w, b in zip(weights, boosted, strict=True)]
            stream = f"tables.{name}{'@' if owner else ''}{owner}{self._suffix}"
            self._rows[key] = weighted_index(drawn, rng_for(self._seed, self._scene, stream))
        index = self._rows[key]
        importance = 1.0 if table.importance is None else float(table.importance[index])
        return {column: cells[index] for column, cells in table.columns.items()}, importance / boosted[index]

    def _paths(self, name: str, column: str, owner: str) -> Iterator[str]:
        """Yield every key path by which a level or boost may speak of a column."""
        yield f"tables.{name}.{column}"
        for path, of_table, of_column in self._uses:
            if (of_table, of_column) != (name, column):
                continue
            words = [str(part) for part in path]
            if owner:
                if owner.startswith(f"objects.{words[1]}."):
                    yield ".".join([owner, *words[2:]])
            else:
                yield ".".join(words)
