"""Options of exporters: from plain values to a checked model, and what must be there before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from synthvision.core.errors import DatasetError, UsageError, nearest_name
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.reader import Dataset
from synthvision.export.exporter import ExportOptions

__all__ = ["build_options", "require_layers"]

Model = TypeVar("Model", bound=ExportOptions)


def build_options(model: type[Model], values: Mapping[str, Any], format_name: str) -> Model:
    """Return the options of a format; those that are not given take their defaults.

    Args:
        model: The format's `Options`.
        values: Value by name.
        format_name: What messages call the format.

    Raises:
        UsageError: A name is unknown (the nearest is given), or a value is not allowed; all faults in one message.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        faults = []
        for fault in error.errors(include_url=False):
            name = ".".join(str(part) for part in fault["loc"])
            if fault["type"] == "extra_forbidden":
                near = nearest_name(name, model.model_fields)
                hint = f"; did you mean {near!r}?" if near else ""
                known = ", ".join(model.model_fields) or "none"
                faults.append(f"{format_name} has no option {name!r}{hint} (there are: {known})")
            else:
                message = fault["msg"][:1].lower() + fault["msg"][1:]
                faults.append(f"option {name} of {format_name}: {message}, got {fault['input']!r}")
        raise UsageError("; ".join(faults)) from error


def require_layers(dataset: Dataset, needed: Iterable[LayerName], format_name: str) -> None:
    """Check that a data set has the images that a format needs beside the pictures.

    Raises:
        DatasetError: It lacks some; the message names them and the command that makes them.
    """
    missing = [name for name in needed if name not in dataset.manifest.layers]
    if not missing:
        return
    there = ", ".join(sorted(dataset.manifest.layers))
    if dataset.manifest.augmentation is not None:
        how = "augment a data set that has them"
    else:
        how = f"make them: synthvision replay {dataset.root} --layers {','.join(missing)}"
    raise DatasetError(
        f"{format_name} needs {' and '.join(missing)} images, but {dataset.root} has only: {there}; {how}"
    )
