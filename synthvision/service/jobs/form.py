"""The fields of the page's form, read from the JSON schema of a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from synthvision.config.model import Job
from synthvision.service.jobs.messages import FormField

__all__ = ["form_fields"]

#: What most people change; everything else is a line of YAML.
_KEYS = (
    "frames",
    "seed",
    "image.width",
    "image.height",
    "views_per_scene",
    "labels.min_visible_pixels",
    "labels.min_visible_fraction",
    "labels.otherwise",
    "labels.segmentation",
    "output.image_format",
    "output.depth",
    "output.ids",
    "output.normals",
    "output.semantic",
)
_KINDS = {"integer": "integer", "number": "number", "boolean": "boolean"}


@cache
def form_fields() -> tuple[FormField, ...]:
    """Return the common values of a job with unit, bounds and default, in the order in which the form shows them."""
    schema = Job.model_json_schema()
    return tuple(field for key in _KEYS for field in _field(schema, key))


def _field(schema: Mapping[str, Any], key: str) -> Iterator[FormField]:
    node: Mapping[str, Any] = schema
    default: Any = None
    for part in key.split("."):
        default = default.get(part) if isinstance(default, dict) else None
        node = _resolved(schema, node).get("properties", {}).get(part, {})
        default = node.get("default", default)
    inner = _resolved(schema, node)
    choices = inner.get("enum", [])
    kind = "choice" if choices else _KINDS.get(str(inner.get("type")))
    if kind is None:
        return
    yield FormField.model_validate(
        {
            "key": key,
            "description": node.get("description") or inner.get("description", ""),
            "kind": kind,
            "choices": [str(choice) for choice in choices],
            "minimum": inner.get("minimum"),
            "maximum": inner.get("maximum"),
            "default": default,
        }
    )


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a reference stands for; of several forms the one that is not null."""
    for _ in range(10):
        if "$ref" in node:
            node = schema["$defs"][str(node["$ref"]).rsplit("/", 1)[-1]]
        elif "anyOf" in node:
            node = next((item for item in node["anyOf"] if item.get("type") != "null"), {})
        else:
            break
    return node
