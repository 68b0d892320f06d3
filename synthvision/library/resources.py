"""Files that a mesh names by URI: they must lie inside the pack, whatever the file says."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from synthvision.core.errors import AssetError

__all__ = ["MAX_FILE_BYTES", "read_bytes", "resource_path"]

MAX_FILE_BYTES = 2 << 30
"""Nothing larger is read: 2 GiB is far over any usable mesh and bounds what a bad file can cost."""

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")


def resource_path(uri: str, folder: Path, root: Path, owner: str) -> Path:
    """Return the path of a file that another file names.

    Args:
        uri: Relative path with forward slashes; backslashes are taken for them.
        folder: Folder of the naming file.
        root: Folder that nothing may leave: the pack's.
        owner: The naming file, for the error.

    Returns:
        A path inside `root`; it need not exist.

    Raises:
        AssetError: `uri` is absolute, has a scheme such as ``http:``, or leads out of `root`, also by a link.
    """
    text = uri.replace("\\", "/")
    if not text or "\0" in text or _SCHEME.match(text) or PurePosixPath(text).is_absolute():
        raise AssetError(f"{owner}: a file inside the pack must be named by a relative path, got {uri!r}")
    path = folder / text
    if ".." in PurePosixPath(text).parts or not path.resolve().is_relative_to(root.resolve()):
        raise AssetError(f"{owner}: {uri!r} leads out of the pack's folder {root}; put the file into the pack")
    return path


def read_bytes(path: Path, owner: str | None = None) -> bytes:
    """Return the content of a file.

    Args:
        path: What to read.
        owner: The file that names it, for the error; None where it is the asset itself.

    Raises:
        AssetError: The file is missing, unreadable, or over `MAX_FILE_BYTES`.
    """
    what = f"{owner}: {path.name}, which it names," if owner else f"{path}:"
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise AssetError(f"{what} must be at most {MAX_FILE_BYTES} bytes, got {size}")
        return path.read_bytes()
    except FileNotFoundError:
        raise AssetError(f"{what} does not exist" + (f" (looked for {path})" if owner else "")) from None
    except OSError as error:
        raise AssetError(f"{what} cannot be read: {error.strerror or error}") from error
