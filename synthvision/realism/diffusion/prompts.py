"""Prompts from templates: names in braces stand for what a frame's record says, and for nothing else."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Mapping

from synthvision.core.errors import UsageError, nearest_name
from synthvision.dataset.records import FrameRecord

__all__ = ["check_template", "fill_template", "prompt_values"]


def prompt_values(record: FrameRecord) -> dict[str, str]:
    """Return every name that a template may use for a frame, with its text.

    Args:
        record: The frame.

    Returns:
        ``classes``: names of the visible classes, by name; ``counts``: the same with how many of each;
        ``time``: how much light there is (night, dusk, dim, day, bright day); ``weather``: the kind of weather, and
        the other levels of `weather_levels` by their name; ``frame``; and each factor's level by the factor's name. A
        factor never hides a name of the record. Underscores in words become spaces.

    Raises:
        DatasetError: The record has no weather, and a scene that this version does not read.
    """
    seen = Counter(
        label.category for label in record.instances if label.category is not None and label.visible_pixels > 0
    )
    names = sorted(name for name in seen if name is not None)
    levels = record.weather_levels()
    values = {name: _words(level) for name, level in record.factor_levels.items()}
    values |= {name: _words(level) for name, level in levels.items() if name != "kind"}
    values["weather"] = _words(levels["kind"])
    values["time"] = _words(levels["light"])
    values["frame"] = str(record.frame)
    values["classes"] = ", ".join(_words(name) for name in names) or "nothing"
    values["counts"] = ", ".join(f"{seen[name]} {_words(name)}" for name in names) or "nothing"
    return values


def check_template(template: str) -> None:
    """Check the form of a template: plain names in braces; ``{{`` and ``}}`` for braces themselves.

    Raises:
        UsageError: A brace is left open, or a name has a conversion or a format.
    """
    _parts(template)


def fill_template(template: str, values: Mapping[str, str]) -> str:
    """Return the text with each name replaced.

    A name is looked up as it stands, so ``{light.colour}`` is the factor of that name and never an attribute.

    Args:
        template: Text with names in braces.
        values: Text by name, as from `prompt_values`.

    Raises:
        UsageError: A name is unknown; the message lists those that there are. Or the form is wrong.

    Example:
        >>> fill_template("{weather}, {time}", {"weather": "fog", "time": "night"})
        'fog, night'
    """
    text = []
    for literal, name in _parts(template):
        text.append(literal)
        if name is None:
            continue
        if name not in values:
            near = nearest_name(name, values)
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(
                f"prompt {template!r} has no name {name!r} to fill in{hint} (there are: {', '.join(sorted(values))})"
            )
        text.append(values[name])
    return "".join(text)


def _parts(template: str) -> list[tuple[str, str | None]]:
    parts = []
    try:
        for literal, name, form, conversion in string.Formatter().parse(template):
            if name == "" or form or conversion:
                raise UsageError(f"prompt {template!r} must hold plain names in braces, such as {{classes}}")
            parts.append((literal, name))
    except ValueError as error:
        raise UsageError(f"prompt {template!r} must have whole braces ({error}); write {{{{ for a brace") from error
    return parts


def _words(value: object) -> str:
    return str(value).replace("_", " ")
