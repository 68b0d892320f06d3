"""A reader of STL files, binary and text."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from synthvision.core.errors import AssetError
from synthvision.library.mesh import RawModel, RawPart
from synthvision.library.model import Material
from synthvision.library.resources import read_bytes

__all__ = ["PLAIN", "read_stl"]

PLAIN = Material(name="default", base_colour=(0.6, 0.6, 0.6, 1.0), roughness=0.6, double_sided=True)
"""What meshes without materials are made of: grey, and seen from both sides, since their winding is often loose."""

_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def read_stl(path: Path) -> RawModel:
    """Return the triangles of an STL file; normals are computed, colours of vendor extensions are named in a warning.

    Args:
        path: The file.

    Raises:
        AssetError: The file is missing, cut short, or no STL.
    """
    data = read_bytes(path)
    warnings: list[str] = []
    # Binary files may begin with "solid" too, so the length decides.
    if len(data) >= 84 and len(data) == 84 + 50 * struct.unpack_from("<I", data, 80)[0]:
        records = np.frombuffer(data, _RECORD, offset=84)
        corners = records["corners"].reshape(-1, 3)
        if records["attribute"].any():
            warnings.append("colours in the attribute bytes are left out")
    elif data.lstrip()[:5].lower() == b"solid" and b"vertex" in data:
        corners = _text_corners(data, path)
    else:
        triangles = struct.unpack_from("<I", data, 80)[0] if len(data) >= 84 else None
        said = (
            f"its header says {triangles} triangles, {84 + 50 * triangles} bytes" if triangles is not None else "empty"
        )
        raise AssetError(f"{path}: must be a whole STL file, got {len(data)} bytes ({said}); the file is damaged")
    indices = np.arange(len(corners), dtype=np.int64).reshape(-1, 3)
    part = RawPart(positions_n3=corners.astype(np.float64), triangles_m3=indices, name=path.stem)
    return RawModel([part], [PLAIN], warnings)


def _text_corners(data: bytes, path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    words = [line.split()[1:] for line in data.splitlines() if line.lstrip()[:6].lower() == b"vertex"]
    try:
        corners = np.array(words, np.float64)
    except ValueError as error:
        raise AssetError(f"{path}: each vertex must be three numbers: {error}") from error
    if corners.ndim != 2 or corners.shape[1] != 3 or len(corners) % 3 or b"endsolid" not in data:
        raise AssetError(f"{path}: must be a whole STL file of three vertices a facet, got {len(corners)} vertices; "
                         "the file is cut short")  # fmt: skip
    return corners
