"""The words by which a language model is asked for a scenario."""

from __future__ import annotations

import json
from typing import Any

from synthvision.authoring.words.catalogue import Catalogue

__all__ = ["Message", "first_messages", "repair_messages"]

#: Role and content, as chat endpoints take them.
Message = dict[str, str]

_MOST_ERROR = 2_000
_TASK = """\
You write scenarios for a program that renders labelled training pictures. Answer with one JSON object that follows the
schema, and nothing else. A scenario builds on a world and changes as little of it as the wish needs.

- description: one plain English sentence that says what the pictures show.
- extends: the world or scenario to build on. Take the one that is nearest to it.
- weather: a preset, or null to leave the world's own. Only for worlds in the open air.
- changes: values of the world by key path, such as objects.cars.count or exposure.compensation_ev. A value is a number,
  a word, true or false, {low, high} for a range, or null to take the key away. Only groups that the world has.
- groups: objects to add, each with a new name and a model of the catalogue. relative_to is a group of the world or
  an earlier added group, side says where as that object faces, gap_m is the free way between; strip is a part of a
  street or room to stand on (only for worlds with a site), used where relative_to is null. role thing is labelled,
  distractor only hides things.
- camera: null to leave the world's own; else look_at (a group), distance_m, height_m, fov_deg (30 to 90) and
  bearing_deg (direction from the object, 0 its front, 90 its left, 180 behind it).
- constraints: what must hold of every picture: of and other are group names; occlusion, visible_fraction, truncation
  and transmittance are shares 0 to 1, pixel_height and pixel_width are pixels of a picture of 640 x 480, distance is
  metres, count is a number. low or high may be null. Ask for no more than the wish says, and leave room between low
  and high.
"""


def first_messages(
    wish: str, catalogue: Catalogue, schema: dict[str, Any], most: int, *, with_schema: bool
) -> list[Message]:
    """Return the messages that ask for a scenario.

    Args:
        wish: What the user wrote.
        catalogue: What a scenario can be made of.
        schema: Of the answer.
        most: Longest catalogue in characters.
        with_schema: Also write the schema out, for a model that nothing else holds to it.
    """
    system = f"{_TASK}\n{catalogue.told(most)}"
    if with_schema:
        system += f"\nThe schema of the answer:\n{json.dumps(_without_names(schema), separators=(',', ':'))}\n"
    return [{"role": "system", "content": system}, {"role": "user", "content": wish}]


def repair_messages(messages: list[Message], answer: str, fault: str) -> list[Message]:
    """Return the messages that ask for the same again, with what was wrong.

    Args:
        messages: What was asked.
        answer: What came.
        fault: Why it cannot be used.
    """
    return [
        *messages,
        {"role": "assistant", "content": answer[: 4 * _MOST_ERROR]},
        {
            "role": "user",
            "content": f"That scenario cannot be used:\n{fault[:_MOST_ERROR]}\n\nAnswer with the whole corrected JSON "
            "object, and nothing else.",
        },
    ]


def _without_names(schema: Any) -> Any:
    """Return a schema in which long lists of names, which the catalogue has, are text."""
    if isinstance(schema, dict):
        if len(schema.get("enum", ())) > 12:
            return {"type": "string", "description": "a name of the catalogue"}
        return {key: _without_names(value) for key, value in schema.items()}
    return [_without_names(value) for value in schema] if isinstance(schema, list) else schema
