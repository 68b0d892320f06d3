"""The interface of exporters; found by entry point ``synthvision.exporters``."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from synthvision.dataset.reader import Dataset

__all__ = ["Exporter"]


class Exporter(Protocol):
    """Writes the labels of a data set in one format.

    The class is called without arguments for its defaults. Each exporter documents how it writes what the label policy
    ignores.
    """

    def export(self, dataset: Dataset, out: Path) -> Path:
        """Write the labels below `out`, holding one record in memory at a time.

        Args:
            dataset: What to read.
            out: Folder to write into; the data set's own folder for formats that belong to it.

        Returns:
            The file or folder to give to a reader of the format.

        Raises:
            DatasetError: A record is broken, or a file cannot be written.
        """
        ...
