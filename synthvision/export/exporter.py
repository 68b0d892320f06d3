"""The interface of exporters; found by entry point ``synthvision.exporters``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from synthvision.dataset.manifest import LayerName
from synthvision.dataset.reader import Dataset
from synthvision.export.parts import Parts

__all__ = ["ExportOptions", "Exporter"]


class ExportOptions(BaseModel):
    """Base of the options of an exporter: frozen, unknown keys refused; each field says what it does and its unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Exporter(Protocol):
    """Writes a data set in one format, from its records and images, holding one frame in memory at a time.

    The class is called with its options as keywords; without any it takes their defaults. Its docstring says how it
    writes what the label policy ignores, and what of a data set the format cannot hold.
    """

    #: The options.
    Options: ClassVar[type[ExportOptions]]
    #: Images beside the pictures that must be in the data set with default options, e.g. ``("depth",)``.
    needs: ClassVar[tuple[LayerName, ...]]

    def __init__(self, **options: Any) -> None: ...

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write the data set below `out`.

        Args:
            dataset: What to read.
            out: Folder to write into; the data set's own folder for formats that belong to it.
            parts: Which frames go into which part, such as ``train`` and ``val``.

        Returns:
            The file or folder to give to a reader of the format.

        Raises:
            DatasetError: A record is broken, the data set lacks an image that is needed, or a file cannot be written.
        """
        ...
