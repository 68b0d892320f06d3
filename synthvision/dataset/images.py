"""Images of a data set as bytes and back: picture, depth, ids, normals, classes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.dataset.manifest import Layer, LayerName

__all__ = ["decode_layer", "encode_layer", "read_layer", "semantic_image"]

# Level 1, the SUB filter and Huffman coding alone: for a 640 x 480 picture 7 to 8 ms where zlib's default strategy at
# the same level takes 9 to 13, and a smaller file, since neighbouring pixels of a picture hardly ever repeat.
_PNG_PICTURE = (
    cv2.IMWRITE_PNG_COMPRESSION,
    1,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY,
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_SUB,
)
# Labels repeat from row to row: the UP filter leaves zeros, which run lengths take away (1.2 ms, a third of what
# trying all filters takes).
_PNG_LABELS = (
    cv2.IMWRITE_PNG_COMPRESSION,
    1,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_RLE,
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_UP,
)


#: Kinds of images that are pictures for the eye.
_PICTURES: frozenset[LayerName] = frozenset({"image", "render"})


def encode_layer(name: LayerName, layer: Layer, pixels: NDArray[Any]) -> bytes | memoryview:
    """Return the file of one image.

    Args:
        name: Which image it is.
        layer: Its form on disk.
        pixels: ``image`` and ``render`` uint8 (h, w, 3) RGB; ``depth`` float32 (h, w); ``ids`` and ``semantic`` uint16
            (h, w); ``normals`` float32 (h, w, 3) in -1..1; ``flow_forward`` and ``flow_backward`` float32 (h, w, 2).
    """
    if layer.suffix == "tiff":
        # Uncompressed: float depth hardly shrinks (zlib saves 15 % and takes 200 times as long), nor does flow.
        stream = io.BytesIO()
        # Two channels are one page of two samples a pixel; left to itself the package would write a page for each row.
        planar = "contig" if pixels.ndim == 3 else None
        tifffile.imwrite(stream, pixels, photometric="minisblack", planarconfig=planar, metadata=None, software=False)
        return stream.getbuffer()
    if name == "normals":
        whole = np.rint(pixels * layer.scale + layer.offset).astype(np.uint16)
        return _encode(".png", cv2.cvtColor(whole, cv2.COLOR_RGB2BGR), _PNG_LABELS)
    if name in _PICTURES:
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        if layer.suffix == "jpg":
            return _encode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, layer.quality or 92))
        return _encode(".png", bgr, _PNG_PICTURE)
    return _encode(".png", pixels, _PNG_LABELS)


def decode_layer(name: LayerName, layer: Layer, data: bytes) -> NDArray[Any]:
    """Return the pixels of one file, as `encode_layer` takes them.

    Raises:
        DatasetError: The bytes are no whole image, or one of another type.
    """
    if layer.suffix == "tiff":
        try:
            pixels: NDArray[Any] = tifffile.imread(io.BytesIO(data))
        except (tifffile.TiffFileError, ValueError, OSError, IndexError, KeyError, TypeError) as error:
            raise DatasetError(f"must be a whole TIFF: {error}") from error
    else:
        _check_whole(layer, data)
        flags = cv2.IMREAD_COLOR if name in _PICTURES else cv2.IMREAD_UNCHANGED
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION) if data else None
        if decoded is None:
            raise DatasetError(f"must be a whole {layer.suffix} image")
        pixels = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB) if decoded.ndim == 3 else decoded
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if pixels.dtype != np.dtype(layer.dtype) or channels != layer.channels:
        raise DatasetError(f"must be {layer.dtype} with {layer.channels} channels, got {pixels.dtype} with {channels}")
    if name == "normals":
        return ((pixels.astype(np.float32) - np.float32(layer.offset)) / np.float32(layer.scale)).astype(np.float32)
    return pixels


def read_layer(name: LayerName, layer: Layer, path: Path) -> NDArray[Any]:
    """Return the pixels of one file of a data set.

    Raises:
        DatasetError: The file is missing or broken; the message names it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error
    try:
        return decode_layer(name, layer, data)
    except DatasetError as error:
        raise DatasetError(f"{path} {error}") from error


def semantic_image(id_hw: NDArray[np.uint16], class_of_id: Mapping[int, int]) -> NDArray[np.uint16]:
    """Return the class number of each pixel.

    Args:
        id_hw: uint16 (height, width).
        class_of_id: Class number, from 1, by instance id; other ids give 0.
    """
    table = np.zeros(max([int(id_hw.max(initial=0)), *class_of_id]) + 1, np.uint16)
    for instance_id, number in class_of_id.items():
        table[instance_id] = number
    return table[id_hw]


def _encode(suffix: str, pixels: NDArray[Any], options: tuple[int, ...]) -> bytes:
    ok, data = cv2.imencode(suffix, pixels, options)
    if not ok:
        raise DatasetError(f"an image of shape {pixels.shape} could not be written as {suffix}")
    return bytes(data)


def _check_whole(layer: Layer, data: bytes) -> None:
    # OpenCV fills what is missing of a truncated file with grey and says nothing: look at the end marks first.
    ending = b"IEND\xaeB`\x82" if layer.suffix == "png" else b"\xff\xd9"
    if not data.endswith(ending):
        raise DatasetError(f"must be a whole {layer.suffix} image, got {len(data)} bytes without its end mark")
