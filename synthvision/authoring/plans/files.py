"""Plan files: written once, with a hash by which any later change is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from synthvision.core.errors import UsageError, nearest_name
from synthvision.core.yaml_file import dump_yaml
from synthvision.dataset.atomic import write_text
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.factors.plan import Plan, PlanRow

__all__ = ["levels_of_factors", "read_row", "save_plan"]


def save_plan(plan: Plan, path: Path) -> Plan:
    """Write a plan with its hash and return it as it was written.

    Args:
        plan: The plan.
        path: The file; one that is there is replaced once the new one is whole.

    Raises:
        DatasetError: The file cannot be written.
    """
    frozen = plan.frozen()
    head = {
        "description": frozen.description,
        "strength": frozen.strength,
        "made_for": frozen.made_for,
        "generation": frozen.generation if frozen.generation > 1 else None,
        "hash": frozen.hash,
    }
    text = dump_yaml({key: value for key, value in head.items() if value not in (None, "")})
    if frozen.forbidden:
        text += "forbidden:\n" + "".join(f"- {_flow(row)}\n" for row in frozen.forbidden)
    text += "rows:\n" + "".join(f"- {_row_text(row)}\n" for row in frozen.rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    return frozen


def read_row(text: str, factors: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the levels that an option names: ``weather=rain,crowd=many``.

    Args:
        text: Factor and level pairs.
        factors: Names of levels by factor.

    Raises:
        UsageError: A pair is not FACTOR=LEVEL, or there is no such factor or level.
    """
    row: dict[str, str] = {}
    for pair in text.split(","):
        name, equals, level = (part.strip() for part in pair.partition("="))
        if not equals or not name or not level:
            raise UsageError(f"levels must be written FACTOR=LEVEL,FACTOR=LEVEL, got {text!r}")
        if name not in factors:
            raise UsageError(f"there is no factor {name!r}{_hint(name, factors)} (there are: {', '.join(factors)})")
        if level not in factors[name]:
            known = ", ".join(factors[name])
            raise UsageError(f"factor {name} has no level {level!r}{_hint(level, factors[name])} (there are: {known})")
        if name in row:
            raise UsageError(f"each factor must come once, got {name} twice in {text!r}")
        row[name] = level
    return row


def levels_of_factors(factors: Mapping[str, FactorSpec], names: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
    """Return the names of levels by factor.

    Args:
        factors: From the scene file.
        names: Only these factors; all where empty.

    Raises:
        UsageError: There is no factor at all, or none of a name.
    """
    if not factors:
        raise UsageError("the scene must have factors to be planned or counted, but its file has no key factors")
    for name in names:
        if name not in factors:
            raise UsageError(f"there is no factor {name!r}{_hint(name, factors)} (there are: {', '.join(factors)})")
    return {name: tuple(spec.levels) for name, spec in factors.items() if not names or name in names}


def _row_text(row: PlanRow) -> str:
    parts = [f"levels: {_flow(row.levels)}"]
    parts += [f"scene: {row.scene}"] if row.scene is not None else []
    parts += [f"attempt: {row.attempt}"] if row.attempt else []
    parts += [f"weight: {row.weight!r}"] if row.weight != 1 else []
    return "{" + ", ".join(parts) + "}"


def _flow(row: Mapping[str, str]) -> str:
    # One line a row, so that a person can compare rows; names are quoted where YAML asks for it.
    return "{" + ", ".join(f"{_word(name)}: {_word(level)}" for name, level in row.items()) + "}"


def _word(text: str) -> str:
    plain = dump_yaml([text]).strip()
    return plain[1:-1]


def _hint(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    near = nearest_name(name, known)
    return f"; did you mean {near!r}?" if near else ""
