"""Environment maps from Radiance ``.hdr`` and OpenEXR ``.exr`` files.

An equirectangular file is stored the way a person looks at it: its middle is straight ahead, its right half is to the
right, its top row is up. With "ahead" taken as world +Y that is exactly the orientation of `EnvironmentMap`, so pixels
are neither turned nor mirrored.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.resources import read_bytes

__all__ = ["ENVIRONMENT_SUFFIXES", "decode_exr", "decode_hdr", "read_environment"]

ENVIRONMENT_SUFFIXES = frozenset({".hdr", ".exr"})
"""Files that hold linear light."""

MAX_PIXELS = 1 << 27
"""16,384 x 8,192: larger maps are refused before memory is asked for."""

_HDR_SIZE = re.compile(rb"^([+-])([XY]) (\d+) ([+-])([XY]) (\d+)$")


def read_environment(path: Path, max_width: int = 2048) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Return the light of an equirectangular file.

    Args:
        path: A ``.hdr`` or ``.exr`` file, twice as wide as high.
        max_width: Wider maps are area-averaged to this width; averaging keeps the energy of a sun that is smaller
            than a pixel.

    Returns:
        float32 (height, width, 3), linear, finite, not negative; and one sentence for each repair.

    Raises:
        AssetError: The file is missing, broken, truncated, not 2:1, black, or holds NaN.
    """
    import cv2

    data = read_bytes(path)
    label = str(path)
    light = decode_exr(data, label) if path.suffix.lower() == ".exr" else decode_hdr(data, label)
    if light.shape[2] == 1:
        light = np.repeat(light, 3, axis=2)
    light = light[..., :3]
    height, width = light.shape[:2]
    if abs(width - 2 * height) > max(2, width // 50):
        raise AssetError(f"{label}: an environment map must be equirectangular, twice as wide as high, got "
                         f"{width} x {height}")  # fmt: skip
    light, notes = _repaired(light, label)
    if width > max_width:
        light = cv2.resize(light, (max_width, max(1, round(height * max_width / width))), interpolation=cv2.INTER_AREA)
        notes += (f"averaged from {width} to {max_width} pixels width",)
    return np.ascontiguousarray(light), notes


def _repaired(light: NDArray[np.float32], label: str) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    if np.isnan(light).any():
        raise AssetError(f"{label}: an environment map must not hold NaN, got {int(np.isnan(light).sum())} samples")
    notes: list[str] = []
    endless = np.isinf(light)
    if endless.any():
        # Half floats overflow at 65,504; what is infinite was at least that bright.
        peak = max(65_504.0, float(np.max(light, initial=0.0, where=~endless)))
        light = np.where(endless, np.float32(peak), light)
        notes.append(f"{int(endless.sum())} infinite samples were set to {peak:g}")
    if (light < 0).any():
        notes.append(f"{int((light < 0).sum())} negative samples were set to zero")
        light = np.maximum(light, 0)
    if not light.any():
        raise AssetError(f"{label}: an environment map must hold some light, got black only")
    return light.astype(np.float32, copy=False), tuple(notes)


def decode_hdr(data: bytes, label: str) -> NDArray[np.float32]:
    """Return the pixels of a Radiance RGBE file, float32 (height, width, 3), linear RGB.

    Raises:
        AssetError: Not a Radiance file, XYZ colours, a turned or mirrored layout, too large, or truncated.
    """
    import cv2

    width, height, body = _hdr_size(data, label)
    _check_size(width, height, label)
    _check_hdr_rows(data, body, width, height, label)
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise AssetError(f"{label}: must be a whole Radiance file, got: {error}") from error
    if bgr is None or bgr.shape != (height, width, 3) or bgr.dtype != np.float32:
        raise AssetError(f"{label}: must be a whole Radiance file of {width} x {height} RGBE pixels")
    return np.ascontiguousarray(bgr[..., ::-1])


def _hdr_size(data: bytes, label: str) -> tuple[int, int, int]:
    head = data[:65536]
    lines = head.split(b"\n")
    if not lines[0].startswith((b"#?RADIANCE", b"#?RGBE")):
        raise AssetError(f"{label}: a Radiance file must begin with #?RADIANCE, got {bytes(lines[0][:16])!r}")
    position = 0
    for line in lines[:-1]:
        position += len(line) + 1
        if line.strip() == b"FORMAT=32-bit_rle_xyze":
            raise AssetError(f"{label}: a Radiance file must hold RGB, got XYZ; convert it first")
        match = _HDR_SIZE.match(line.strip())
        if match:
            if (match[1], match[2], match[4], match[5]) != (b"-", b"Y", b"+", b"X"):
                raise AssetError(f"{label}: rows must run from top to bottom and left to right (-Y h +X w), got "
                                 f"{line.decode('ascii', 'replace')!r}; save it upright")  # fmt: skip
            return int(match[6]), int(match[3]), position
    raise AssetError(f"{label}: a Radiance file must state its size as '-Y height +X width'; the line is missing")


def _check_hdr_rows(data: bytes, body: int, width: int, height: int, label: str) -> None:
    """Say in which row a run-length coded file ends early; files in the older codings are left to the decoder."""
    if not 8 <= width < 32768 or data[body : body + 2] != b"\x02\x02":
        return
    position = body
    for row in range(height):
        if data[position : position + 4] != bytes((2, 2, width >> 8, width & 255)):
            raise AssetError(f"{label}: the file ends early or is damaged at row {row} of {height}")
        position += 4
        for _ in range(4):
            filled = 0
            while filled < width:
                count = data[position] if position < len(data) else 0
                if count == 0:
                    raise AssetError(f"{label}: the file ends early or is damaged at row {row} of {height}")
                is_run = count > 128
                filled += count - 128 if is_run else count
                position += 2 if is_run else 1 + count


def _check_size(width: int, height: int, label: str) -> None:
    if width < 1 or height < 1 or width * height > MAX_PIXELS:
        raise AssetError(f"{label}: a picture must have 1 to {MAX_PIXELS} pixels, got {width} x {height}")


def decode_exr(data: bytes, label: str) -> NDArray[np.float32]:
    """Return the pixels of an OpenEXR file, float32 (height, width, 1 or 3), linear.

    The first part's R, G, B channels (of the unnamed layer, else of the first layer that has them) or its Y channel.

    Raises:
        AssetError: Not an OpenEXR file, no such channels, too large, or truncated.
    """
    import OpenEXR

    # The binding reads from paths only.
    with tempfile.NamedTemporaryFile(suffix=".exr") as copy:
        copy.write(data)
        copy.flush()
        said = io.StringIO()  # the binding prints the true reason and then fails with another
        try:
            with contextlib.redirect_stdout(said), OpenEXR.File(copy.name, header_only=True) as header:
                low, high = header.header()["dataWindow"]
                width, height = (int(high[axis]) - int(low[axis]) + 1 for axis in (0, 1))
            _check_size(width, height, label)
            with contextlib.redirect_stdout(said), OpenEXR.File(copy.name, separate_channels=True) as whole:
                channels = {name: np.asarray(channel.pixels) for name, channel in whole.channels().items()}
        except (OSError, RuntimeError, ValueError, KeyError, TypeError, IndexError) as error:
            reason = " ".join((said.getvalue() or str(error)).replace(copy.name, "it").split())
            raise AssetError(f"{label}: must be a whole OpenEXR file, got: {reason}") from error
    return np.stack(_colour_planes(channels, label), axis=-1).astype(np.float32)


def _colour_planes(channels: dict[str, NDArray[np.float32]], label: str) -> list[NDArray[np.float32]]:
    layers = sorted({name.rpartition(".")[0] for name in channels}, key=lambda layer: (layer != "", layer))
    for names in (("R", "G", "B"), ("Y",)):
        for layer in layers:
            full = [f"{layer}.{name}" if layer else name for name in names]
            if all(name in channels for name in full):
                planes = [channels[name] for name in full]
                if any(plane.shape != planes[0].shape for plane in planes):
                    raise AssetError(f"{label}: channels must have one size; subsampled ones are not supported")
                return planes
    raise AssetError(f"{label}: an OpenEXR picture must have channels R, G, B or Y, got {', '.join(sorted(channels))}")
