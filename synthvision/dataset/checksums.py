"""A checksum beside each shard of records, for ``sha256sum -c``: tells a shard that was cut short or changed."""

from __future__ import annotations

import hashlib

from synthvision.core.errors import DatasetError
from synthvision.dataset.atomic import write_text
from synthvision.dataset.layout import DatasetLayout

__all__ = ["checksum_holds", "write_checksum"]


def write_checksum(layout: DatasetLayout, shard: int, sha256: str) -> None:
    """Write the checksum of a shard.

    Args:
        layout: The data set.
        shard: Number of the shard.
        sha256: Hexadecimal hash of its bytes.

    Raises:
        DatasetError: The file cannot be written.
    """
    write_text(layout.checksum(shard), f"{sha256}  {layout.shard(shard).name}\n")


def checksum_holds(layout: DatasetLayout, shard: int) -> bool | None:
    """Return whether a shard's bytes are those that were written; None where it has no checksum.

    Raises:
        DatasetError: The shard or its checksum cannot be read.
    """
    path = layout.checksum(shard)
    try:
        said = path.read_text().split()
        with layout.shard(shard).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        if error.filename == str(path):
            return None
        raise DatasetError(f"{layout.shard(shard)} must be there: its checksum is") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} and its shard must be readable: {error}") from error
    return said[:1] == [found]
